"""The eight points of the origin's review: each fault on a session that shows it, and what its fix changes.

`python tests/test_origin.py` rewrites the figures of docs/origin.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from bargein.corpus import Account, Case, Run, account, run_policies
from bargein.events import AudioDone, Delta, SpeechStarted, SpeechStopped
from bargein.gate import Action, policy
from bargein.metrics.books import difference
from bargein.metrics.stopping import revoked_heard_ms
from bargein.metrics.text import HeardText, heard_text
from bargein.outcome import Link, Outcome
from bargein.providers import Response
from bargein.replay import played
from bargein.replay.telling import Recorded
from bargein.session import load
from bargein.units import SECOND
from score import drawn, play, reading_of, session_of

ROOT = Path(__file__).parents[1]
SESSIONS, PAGE = ROOT / "data" / "sessions", ROOT / "docs" / "origin.md"
UNTOLD, AGAIN = "openai-21-no-interrupt", "openai-22-no-interrupt-repeated"
OPENAI, GROK, TAIL = "openai-01-interruption", "grok-01-interruption", "openai-02-tail"
TWICE, TWICE_GROK = "openai-11-double-interruption", "grok-13-double-interruption"


class Point(NamedTuple):
    """One line of the table."""

    fault: str
    session: str
    fix: str
    before: str
    after: str
    basis: str


@cache
def case(name: str) -> Case:
    """An embedded session."""
    return Case(load(SESSIONS / name))


@cache
def run(name: str, gate: str) -> Run:
    """A session under a gate that listens to the detector its client had."""
    (only,) = run_policies(case(name), [gate])
    return only


def s(ms: int) -> str:
    """Seconds, for a table."""
    return f"{ms / SECOND:.1f} s"


def basis(*names: str) -> str:
    """Whether these sessions were recorded."""
    said = {"modelled" if case(name).session.info.modelled else "recorded" for name in names}
    return " and ".join(sorted(said))


# ---- 1 the server neither stops forwarding nor cancels


def forwarded_after(outcome: Outcome) -> int:
    """Deltas of revoked responses that the relay passed on although it had seen the user report."""
    cuts = outcome.cuts
    return sum(
        any(e.response in c.revoked and e.at > c.at for c in cuts) for e in outcome.events if isinstance(e, Delta)
    )


def told(outcome: Outcome) -> list[tuple[str, int | None, str]]:
    """What the provider is told, and what it answers."""
    return [(t.name, t.audio_end_ms, t.answer) for t in outcome.told]


def stalled() -> Outcome:
    """Three ticks of A arrive, then the network stalls; the user speaks up after eight."""
    reading = replace(reading_of(drawn("AAA.......", "........uu")), responses={"A": Response("A", created=0)})
    return played(session_of(1_000), policy("full"), Link(), reading)


def says(outcome: Outcome) -> str:
    """What the provider is told, for a table."""
    return ", ".join(name if ms is None else f"{name} at {ms:,} ms" for name, ms, _ in told(outcome)) or "nothing"


def naive_cancels(name: str) -> list[str]:
    """How the provider answers a cancel without an id, sent at the first cut that revokes anything."""
    reading = case(name).reading
    provider = Recorded(reading.responses, reading.generated)
    cut = next(c for c in run(name, "full").outcome.cuts if c.revoked)
    return [provider.to_naive_cancel(r, cut.at) for r in cut.revoked]


def server() -> Point:
    """Relay and provider told, or not."""
    bare, gates = (
        run(UNTOLD, "stop-only").outcome,
        {n: run(UNTOLD, n).outcome for n in ("relay-only", "server", "full")},
    )
    heard = ", ".join(f"`{name}` {s(revoked_heard_ms(o))}" for name, o in gates.items())
    (clock,) = [t for t in stalled().told if t.name == "truncate"]
    return Point(
        "no cancel, no stop of forwarding on the server", f"`{UNTOLD}`, `{OPENAI}`, `{GROK}`, `{TAIL}`; a drawn stall",
        "a relay that revokes (`relay-only`, `server`), and a provider that is told what was heard (`full`)",
        f"{forwarded_after(bare)} late deltas forwarded, {s(revoked_heard_ms(bare))} of the revoked answer heard. "
        f"Naive commands are refused: a cancel in the tail ({naive_cancels(TAIL)[0]}), a truncation by the wall clock "
        f"({clock.naive_ms} ms of an item of {clock.audio_end_ms} ms: {clock.naive_answer})",
        f"{forwarded_after(gates['full'])} forwarded; heard: {heard}. Told by `full`: {says(gates['full'])}; where "
        f"OpenAI interrupts by itself, {says(run(OPENAI, 'full').outcome)}; to xAI, {says(run(GROK, 'full').outcome)}",
        f"{basis(UNTOLD, OPENAI, GROK, TAIL)}, drawn",
    )  # fmt: skip


def test_1_the_relay_stops_forwarding() -> None:
    """65 deltas come after the report. A relay alone cannot take back what it had sent; the client's cut can."""
    heard = {
        name: revoked_heard_ms(run(UNTOLD, name).outcome) for name in ("stop-only", "relay-only", "server", "full")
    }
    assert {"stop-only": 16_462, "relay-only": 3_975, "server": 0, "full": 0} == heard
    passed = [forwarded_after(run(UNTOLD, name).outcome) for name in ("stop-only", "relay-only", "server", "full")]
    assert [65, 0, 0, 0] == passed
    assert 65 == len(run(UNTOLD, "full").outcome.withheld)


@pytest.mark.parametrize(("name", "commands"), [
    (UNTOLD, [("cancel", None, "accepted"), ("truncate", 1_252, "accepted")]),  # interrupt_response: false
    (OPENAI, [("truncate", 2_254, "accepted")]),                                # true: it stops by itself
    (GROK,   []),                                                               # refuses or mishandles both
])  # fmt: skip
def test_1_the_provider_is_told_what_it_cannot_know_and_nothing_else(name: str, commands: list[object]) -> None:
    """What `full` sends depends on the provider and on the settings in force."""
    assert commands == told(run(name, "full").outcome)
    assert [] == told(run(name, "stop-only").outcome)


def test_1_in_the_tail_there_is_nothing_to_cancel() -> None:
    """Generation had ended: a naive cancel is refused, so `full` sends none, and truncates."""
    assert ["response_cancel_not_active"] == naive_cancels(TAIL)
    assert [("truncate", 4_243, "accepted")] == told(run(TAIL, "full").outcome)


def test_1_a_wall_clock_says_more_than_there_was() -> None:
    """300 ms came and were heard, 800 ms went by: the provider refuses 800 as beyond the item."""
    (sent,) = [t for t in stalled().told if t.name == "truncate"]
    assert (300, "accepted", 800, "already shorter") == (
        sent.audio_end_ms,
        sent.answer,
        sent.naive_ms,
        sent.naive_answer,
    )


# ---- 2 late deltas restart playback


def race() -> Point:
    """The very next delta."""
    heard = {name: s(revoked_heard_ms(run(AGAIN, name).outcome)) for name in ("stop-only", "suppress", "keyed")}
    return Point(
        "late deltas restart playback", f"`{AGAIN}`", "a gate keyed on the response id (`keyed`)",
        f"{heard['stop-only']} of revoked answers heard (`stop-only`), {heard['suppress']} (`suppress`)",
        heard["keyed"], basis(AGAIN),
    )  # fmt: skip


def test_2_late_deltas_restart_playback_until_the_gate_is_keyed() -> None:
    """Of revoked answers, heard after the cut, from sample ids; stragglers show it with as little as one delta."""
    names = ("stop-only", "suppress", "keyed")
    assert [4_930, 4_167, 0] == [revoked_heard_ms(run(AGAIN, name).outcome) for name in names]
    assert [271, 0, 0] == [revoked_heard_ms(run("openai-17-stragglers", name).outcome) for name in names]


# ---- 3 and 4 the books


def books(name: str) -> Account:
    """Kept three ways, against what was heard under keyed."""
    return account(run(name, "keyed"))


def without_end(name: str) -> int:
    """Responses whose audio never got its `audio.done`."""
    return sum(r.audio_done is None for r in case(name).reading.responses.values() if r.first_delta is not None)


def speaking_time() -> Point:
    """Booked against heard."""
    kept = books(TWICE_GROK)
    return Point(
        "speaking time without `audio.done`", f"`{TWICE_GROK}`", "books of what was heard (`bi.accounts`)",
        f"{s(kept.before.agent_ms)} booked, {without_end(TWICE_GROK)} answers without an end; after the origin's own "
        f"fix {s(kept.after.agent_ms)}", f"{s(kept.heard.agent_ms)}, as heard", basis(TWICE_GROK),
    )  # fmt: skip


def test_3_a_response_without_audio_done_is_booked_into_the_next() -> None:
    """Two of three answers have no end: one long turn is booked; the origin's fix books three, and too little."""
    kept = books(TWICE_GROK)
    assert 2 == without_end(TWICE_GROK)
    assert (2_343, -1_646) == (kept.before_difference.over_counted_ms, kept.after_difference.over_counted_ms)
    assert (1, 3) == (kept.before.turns, kept.after.turns)
    assert 0 == difference(kept.heard, kept.heard).over_counted_ms


def phantom() -> Point:
    """Silence in the books while the agent was heard."""
    kept = books(GROK)
    return Point(
        "phantom silence", f"`{GROK}`", "books of what was heard (`bi.accounts`)",
        f"{s(kept.before_difference.phantom_silence_ms)} booked as silence while the agent was heard; after the "
        f"origin's own fix {s(kept.after_difference.phantom_silence_ms)}",
        s(difference(kept.heard, kept.heard).phantom_silence_ms), basis(GROK),
    )  # fmt: skip


def test_4_silence_is_booked_while_the_agent_is_heard() -> None:
    """The fix mends the end that is stale at a barge-in, and not that sound lasts longer than its generation."""
    kept = books(GROK)
    assert (6_579, 4_081) == (kept.before_difference.phantom_silence_ms, kept.after_difference.phantom_silence_ms)
    assert 0 == difference(kept.heard, kept.heard).phantom_silence_ms


# ---- 5 nodes


def nodes() -> Point:
    """What stays in the audio graph."""
    left = {name: run(TWICE, name).outcome.nodes for name in ("stop-only", "suppress", "keyed")}
    clean = "; ".join(f"`{name}` {left[name].left_connected} of {left[name].stopped}" for name in ("suppress", "keyed"))
    return Point(
        "nodes left connected", f"`{TWICE}`", "disconnect what is stopped (`Playing.disconnects`)",
        f"`stop-only` {left['stop-only'].left_connected} of {left['stop-only'].stopped} stopped nodes", clean,
        basis(TWICE),
    )  # fmt: skip


def test_5_a_stopped_node_stays_connected_until_somebody_disconnects_it() -> None:
    """One at each cut of sound, two here; the players differ in nothing else."""
    counted = {name: run(TWICE, name).outcome.nodes for name in ("stop-only", "suppress", "keyed")}
    assert {"stop-only": (2, 2), "suppress": (2, 0), "keyed": (2, 0)} == {
        name: (n.stopped, n.left_connected) for name, n in counted.items()
    }


# ---- 6 what the gate secretly needs

LATE = "AAAAAAAAAA....BBBB"
#: Opens too early on the user's silence, or on the old response's end; too late where neither comes.
HIDDEN: dict[str, tuple[dict[str, str], str, str]] = {
    "the user's silence": ({"sent": LATE, "user": "....uuu..........."}, "AAAA...AAA....BBBB", "AAAA..........BBBB"),
    "`audio_done` of the old answer": (
        {"sent": LATE, "user": "....uuuuuuuuuuuu..", "done": ".....A............"},
        "AAAA..AAAA....BBBB", "AAAA..........BBBB",
    ),
    "the timer": (
        {"sent": "AAAA......BBBB" + "." * 92, "user": "....uuu".ljust(106, "u")},
        "AAAA" + "." * 102, "AAAA......BBBB" + "." * 92,
    ),
}  # fmt: skip


#: What may open `suppress`, besides its timer.
BOUNDARIES = (SpeechStopped, AudioDone)


def opened_by(name: str) -> list[str]:
    """After each cut under `suppress`: what came last before revoked audio was played again."""
    outcome = run(name, "suppress").outcome
    found = []
    for cut in outcome.cuts:
        again = next((d.at for d in outcome.decisions if d.action is Action.PLAY and d.at > cut.at
                      and d.delta is not None and d.delta.response in cut.revoked), None)  # fmt: skip
        if again is not None:
            between = [e for e in outcome.events if cut.at < e.at <= again and isinstance(e, BOUNDARIES)]
            found.append(type(between[-1]).__name__)
    return found


def hidden() -> Point:
    """What `suppress` opens on."""
    lost = {what: sum(a != b for a, b in zip(suppressed, keyed, strict=True)) * 100
            for what, (_, suppressed, keyed) in HIDDEN.items()}  # fmt: skip
    wrong = ", ".join(
        f"{what} ({ms} ms wrongly {'muted' if what == 'the timer' else 'heard'})" for what, ms in lost.items()
    )
    again = {gate: s(revoked_heard_ms(run(UNTOLD, gate).outcome)) for gate in ("suppress", "keyed")}
    return Point(
        "hidden dependencies of the gate", f"`{UNTOLD}`; three drawings", "a gate that opens on nothing (`keyed`)",
        f"`suppress` hangs on {wrong}; {again['suppress']} of a revoked answer heard", f"0 ms each; {again['keyed']}",
        f"{basis(UNTOLD)}, drawn",
    )  # fmt: skip


@pytest.mark.parametrize("what", HIDDEN)
def test_6_suppress_hangs_on_three_things_and_keyed_on_none(what: str) -> None:
    """Each drawn alone: what opens the gate too early, or not in time."""
    rows, suppressed, keyed = HIDDEN[what]
    user, sent, done = rows["user"], rows["sent"], rows.get("done", "")
    assert suppressed == play("suppress", sent=sent, user=user, done=done)
    assert keyed == play("keyed", sent=sent, user=user, done=done)


def test_6_on_an_embedded_session_it_is_the_users_silence() -> None:
    """The user stops; 26 ms later the answer that they had interrupted goes on, for 12.7 s."""
    assert ["SpeechStopped"] == opened_by(UNTOLD)
    assert [12_731, 0] == [revoked_heard_ms(run(UNTOLD, gate).outcome) for gate in ("suppress", "keyed")]


# ---- 7 the transcript


def words() -> HeardText:
    """The interrupted answer's words, and which of them were heard."""
    shown = run(OPENAI, "keyed")
    cut = next(r for r in case(OPENAI).reading.responses.values() if r.interrupted)
    return heard_text(cut, shown.outcome.generated, shown.outcome.heard, case(OPENAI).voiced)


def mark() -> Point:
    """Generated words and heard ones."""
    said = words()
    return Point(
        "no mark in the transcript", f"`{OPENAI}`", "`heard ⟨cut⟩ unheard` (`bargein transcript`)",
        f"{len(said.words)} words, as if all had been heard",
        f"{said.low} to {said.high} of {len(said.words)} words, then ⟨cut⟩", basis(OPENAI),
    )  # fmt: skip


def test_7_the_transcript_shows_where_the_cut_fell() -> None:
    """The log's own text holds no mark; ours stands behind the last word that may have been heard."""
    said = words()
    assert "⟨cut⟩" not in " ".join(said.words)
    before, after = str(said).split("⟨cut⟩")
    assert len(said.words) - said.high == len(after.split())
    assert said.high == len(before.split())
    assert (4, 8, 33) == (said.low, said.high, len(said.words))


# ---- 8 the providers


def around(name: str, gate: str) -> tuple[int | None, int]:
    """Detection delay and leak at the one barge-in of a session."""
    (only,) = run(name, gate).barge_ins
    return only.detection_ms, only.leak_ms[0]


def providers() -> Point:
    """One gate, two providers."""
    ours, theirs, local = around(OPENAI, "keyed"), around(GROK, "keyed"), around(GROK, "keyed@local-vad")
    return Point(
        "providers that differ", f"`{OPENAI}`, `{GROK}`", "a detector beside the loudspeaker (`keyed@local-vad`)",
        f"`keyed`, OpenAI: detected after {ours[0]:,} ms, leak {ours[1]:,} ms; "
        f"Grok: {theirs[0]:,} and {theirs[1]:,} ms",
        f"Grok: {local[0]:,} and {local[1]:,} ms", basis(OPENAI, GROK),
    )  # fmt: skip


def test_8_one_gate_leaks_differently_at_two_providers() -> None:
    """All of the difference is the detector's; none is left with a detector of one's own."""
    assert [(94, 94), (1_118, 1_118)] == [around(name, "keyed") for name in (OPENAI, GROK)]
    assert [(54, 54), (36, 36)] == [around(name, "keyed@local-vad") for name in (OPENAI, GROK)]
    first = {
        name: [e for e in run(name, "keyed").outcome.events if isinstance(e, SpeechStarted)] for name in (OPENAI, GROK)
    }
    assert {"provider"} == {e.source for found in first.values() for e in found}


# ---- the page

POINTS: tuple[Callable[[], Point], ...] = (server, race, speaking_time, phantom, nodes, hidden, mark, providers)
MARKS = re.compile(r"(<!-- points -->\n).*?(\n<!-- /points -->)", re.DOTALL)
HEAD = ("", "fault", "seen in", "fix", "before", "after", "basis")


def table() -> str:
    """The eight lines, from the code as it is."""
    rows = [HEAD, ("---",) * len(HEAD), *((str(n), *make()) for n, make in enumerate(POINTS, 1))]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def test_the_page_says_what_the_code_says() -> None:
    """Eight lines, every figure of them computed from the embedded sessions and the drawings."""
    found = MARKS.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert f"<!-- points -->\n{table()}\n<!-- /points -->" == found[0]
    assert 8 == len(POINTS)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(MARKS.sub(lambda m: m[1] + table() + m[2], page), encoding="utf-8")
    sys.stdout.write("docs/origin.md: figures rewritten\n")
