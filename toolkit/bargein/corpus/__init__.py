"""Many sessions: opened together, measured together."""

from bargein.corpus.index import Case, Corpus, need_replayable, open_corpus
from bargein.corpus.measure import (
    Account,
    PolicyRow,
    Run,
    account,
    account_totals,
    as_recorded,
    policy_rows,
    run_policies,
    ties,
)
from bargein.corpus.whatif import differences, straggler_rows

__all__ = [
    "Account", "Case", "Corpus", "PolicyRow", "Run", "account", "account_totals", "as_recorded", "differences",
    "need_replayable", "open_corpus", "policy_rows", "run_policies", "straggler_rows", "ties",
]  # fmt: skip
