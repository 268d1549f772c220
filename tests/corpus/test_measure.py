"""Tables over the embedded sessions: what must hold of them, counted from sample ids."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import bargein as bi
from bargein.corpus import (
    Case,
    Corpus,
    Run,
    account,
    account_totals,
    as_recorded,
    open_corpus,
    policy_rows,
    run_policies,
    ties,
)
from bargein.errors import NotAnswerable, SettingsError
from bargein.metrics.stopping import revoked_heard_ms
from bargein.session import Change, Info, Record, load, save

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The embedded sessions."""
    return open_corpus(SESSIONS, verify=False)


@pytest.fixture(scope="module")
def runs(corpus: Corpus) -> list[Run]:
    """Every session under every policy."""
    return [run for case in corpus for run in run_policies(case)]


def test_the_gates_that_flush_tie_where_nothing_comes_late(runs: list[Run]) -> None:
    """(a) as recorded: the same samples at the same times; (b), (c), (d): not."""
    assert {
        "as-recorded": True,
        "stragglers": False,
        "interrupt_response-false": False,
        "local-vad-cut": False,
    } == ties(runs)


@pytest.mark.parametrize(("policy", "causes"), [
    ("stop-only", {"stragglers", "interrupt_response-false", "local-vad-cut"}),
    ("suppress", {"interrupt_response-false", "local-vad-cut"}),
    ("keyed", set()),
])  # fmt: skip
def test_who_lets_revoked_audio_back_in(policy: str, causes: set[str], runs: list[Run]) -> None:
    """In every session of these causes, and in no other."""
    mine = [r for r in runs if r.outcome.policy.name == policy]
    leaky = {r.case.session.id: r.case.cause for r in mine if revoked_heard_ms(r.outcome)}
    assert {r.case.session.id for r in mine if r.case.cause in causes} == set(leaky)


def test_the_number_of_barge_ins_is_the_same_under_every_policy(runs: list[Run]) -> None:
    """They come from labels, not from what a gate did."""
    counted = {}
    for run in runs:
        counted.setdefault(run.case.session.id, set()).add(len(run.barge_ins))
    assert all(len(numbers) == 1 for numbers in counted.values())
    assert sum(next(iter(n)) for n in counted.values()) >= 15


def test_what_the_recorded_provider_never_generated_is_not_known(runs: list[Run]) -> None:
    """A gate that goes on to play has heard all there is of a response the provider stopped: censored, and counted."""
    censored = {(r.cause, r.policy): r.row()["censored"] for r in policy_rows(runs)}
    hit = {(r.cause, r.policy): r.row()["barge-ins"] for r in policy_rows(runs)}
    assert hit["stragglers", "indicator"] == censored["stragglers", "indicator"] > 0
    ran_on = [
        (r, e)
        for r in runs
        for e in r.barge_ins
        if (r.case.cause, r.outcome.policy.name) == ("interrupt_response-false", "indicator") and e.censored
    ]
    assert all(e.silent >= r.case.session.info.length_ms - 1 for r, e in ran_on), "only by the end of the session"
    assert {0} == {n for (_, policy), n in censored.items() if policy.startswith("keyed")}


def test_what_a_relay_would_have_kept_back_is_known() -> None:
    """The provider stopped, and nothing more would have been forwarded: what drains at the client is all of it."""
    (run,) = run_policies(Case(load(SESSIONS / "openai-01-interruption")), ["relay-only"])
    assert [False] == [e.censored for e in run.panel.met]
    assert {} == run.outcome.censored_from


def test_only_stop_only_leaves_nodes_connected(runs: list[Run]) -> None:
    """It stops without disconnecting."""
    left = {r.policy.partition("@")[0] for r in policy_rows(runs) if r.row()["nodes left"]}
    assert {"stop-only"} == left


def test_user_agent_both_neither_make_up_the_length(runs: list[Run]) -> None:
    """Whatever was heard, the session is as long as it is."""
    from bargein.timeline import Span, Timeline

    for run in runs:
        whole = Timeline([Span(0, run.case.session.info.length_ms)])
        agent = run.outcome.heard.timeline()
        user = run.case.session.spans("speech", "interruption", "backchannel") & whole
        parts = [user - agent, agent - user, user & agent, whole - (user | agent)]
        assert run.case.session.info.length_ms == sum(p.ms for p in parts)


def test_arrival_accounting_is_wrong_without_any_interruption(runs: list[Run]) -> None:
    """The origin's fault 3: generation outruns hearing, so its end is not the end of hearing, fix or no fix."""
    accounts = [account(r) for r in runs if r.outcome.policy.name == "suppress"]
    calm = [a for a in accounts if not a.interrupted]
    assert len(calm) >= 6
    for found in calm:
        assert found.before_difference.over_counted_ms < 0 < found.before_difference.phantom_silence_ms
        assert found.after_difference.over_counted_ms < 0 < found.after_difference.phantom_silence_ms
    totals = {str(r["sessions"]): r for r in account_totals(accounts)}
    assert totals["all"]["n"] == len(accounts)
    assert totals["all"]["agent heard"] == sum(a.heard.agent_ms for a in accounts)


def test_barge_ins_in_the_tail_are_unseen_by_the_books(runs: list[Run]) -> None:
    """The origin's fault 4."""
    for run in runs:
        if run.outcome.policy.name == "suppress" and run.case.session.info.situation == "tail":
            assert account(run).before_difference.unseen_barge_ins >= 1


def test_as_recorded_groups_by_provider_model_and_settings(corpus: Corpus) -> None:
    """Every session is in exactly one cell, and cells differ in what they are grouped by."""
    found = as_recorded(corpus)
    assert len(corpus) == sum(len(c.observed) for c in found)
    assert len(found) == len({(c.provider, c.model, c.settings, c.basis, c.speech_style) for c in found})
    assert {"openai", "xai"} == {c.provider for c in found}
    assert all(c.basis == "modelled" and c.speech_style == "read" for c in found)


def test_grok_reports_later_than_openai_while_the_agent_speaks(corpus: Corpus) -> None:
    """The origin's fault 6: 0.7 to 1.2 s against 0 to 0.1 s and the network."""
    delays = {p: [v for c in as_recorded(corpus) if c.provider == p for e in c.panel.met if (v := e.detection_ms)]
              for p in ("openai", "xai")}  # fmt: skip
    assert max(delays["openai"]) < 400 < 650 < min(delays["xai"])


def test_the_verbs_give_frames() -> None:
    """What a researcher types."""
    one = SESSIONS / "openai-12-plain"
    assert ["indicator", "stop-only", "suppress", "keyed"] == list(bi.compare(one)["policy"])
    assert 1 == len(bi.measure(one)) == len(bi.measure(one, by="session")) == len(bi.accounts(one))
    assert ", ".join(load(one).info.clusters) == bi.accounts(one)["clusters"][0] != ""
    assert {"onset", "class"} <= set(bi.episodes(SESSIONS / "openai-01-interruption"))
    with pytest.raises(SettingsError, match="settings or session"):
        bi.measure(one, by="mood")


def test_a_session_without_times_cannot_be_replayed(tmp_path: Path) -> None:
    """It is measured where it can be, and refused where it cannot."""
    from bargein.settings import ServerVad

    info = Info("still", "openai", "m", 0, clock="none", settings=(Change(0, ServerVad(0.5, 300, 500)),))
    record = Record(0, None, "s2c", "provider", {"type": "response.created", "response": {"id": "r"}})
    session = save(tmp_path / "still", info, [record], audio={})
    with pytest.raises(NotAnswerable, match="clock: none"):
        bi.replay(session)
    with pytest.raises(NotAnswerable, match="none of these sessions"):
        bi.compare(session)
    assert 0 == len(bi.measure(session))


def test_a_tie_is_said_only_where_all_the_gates_ran(corpus: Corpus) -> None:
    """One gate alone ties with nobody."""
    assert {} == ties([run for case in corpus for run in run_policies(case, ["keyed"])])


def test_a_run_can_be_sent_to_another_process():
    """With all that was computed of it, and able to compute the rest."""
    (run,) = run_policies(Case(load(SESSIONS / "openai-01-interruption")), ["keyed"])
    sent = pickle.loads(pickle.dumps(run))  # noqa: S301  # our own
    assert (run.episodes, run.outcome.heard) == (sent.episodes, sent.outcome.heard)
    assert Run.of(sent.case, sent.outcome).episodes == run.episodes
