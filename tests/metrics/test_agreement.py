"""The model of the player against the player's log: the session's own gate, replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bargein.corpus import Case
from bargein.corpus.clientmodel import agreement_line, client_agreement
from bargein.errors import StageError
from bargein.ledger import Generated, Heard, Played
from bargein.metrics.agreement import agreement
from bargein.outcome import Link
from bargein.session import load

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"


@pytest.mark.parametrize("name", ["openai-01-interruption", "grok-03-local-vad-cut", "openai-22-no-interrupt-repeated"])
def test_composed_clients_are_the_model(name: str) -> None:
    """Their log was written by the same player: no error, and nothing heard by one alone."""
    found = client_agreement(Case(load(SESSIONS / name)))
    assert found is not None
    assert found.pieces > 10
    assert (0, 0, 0, 0) == (found.median_ms, found.worst_ms, found.only_logged_ms, found.only_modelled_ms)


def test_a_wrong_link_shows() -> None:
    """A delay of 80 ms that was not there is 80 ms of error."""
    found = client_agreement(Case(load(SESSIONS / "openai-12-plain")), Link(delay_ms=80))
    assert found is not None
    assert (80, 80) == (found.median_ms, found.worst_ms)
    assert "80 ms apart" in agreement_line(Case(load(SESSIONS / "openai-12-plain")), Link(delay_ms=80))


def test_without_a_log_there_is_nothing_to_say() -> None:
    """Nor where nobody says which gate ran."""
    case = Case(load(SESSIONS / "openai-12-plain"))
    case.session.__dict__["client_heard"] = None
    assert client_agreement(case) is None
    assert "" == agreement_line(case)
    unnamed = load(SESSIONS / "openai-12-plain")
    unnamed.info = replace(unnamed.info, client={})
    assert client_agreement(Case(unnamed)) is None


def test_what_only_one_of_them_heard() -> None:
    """A cut that the model does not know, and a piece that the log does not."""
    logged = Heard((Played(0, 0, "A", "a", 0, 300),), 1_000)
    modelled = Heard((Played(5, 0, "A", "a", 0, 500), Played(900, 0, "B", "b", 0, 50)), 1_000)
    found = agreement(logged, modelled)
    assert (1, 5, 0, 250) == (found.pieces, found.median_ms, found.only_logged_ms, found.only_modelled_ms)
    assert agreement(Heard((), 1_000), modelled).text.startswith("nothing in common")
    with pytest.raises(StageError):
        agreement(Generated((), 1), modelled)  # type: ignore[arg-type]
