"""Times that do not fit each other: pieces put where they arrived, a player before its audio, a microphone in bursts.

Providers generate several times faster than real time. So a recording made by placing each piece at its arrival lets
them overwrite each other; a session dated by arrivals alone books twenty seconds of speech as five.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import log, of
from bargein.doctor.interruptions import PLAYER_MS
from bargein.doctor.nodes import Started, overlaps, started
from bargein.doctor.wording import appended, said
from bargein.events import Delta
from bargein.units import ms_of

#: A microphone so far ahead of time was sent in a burst: its pieces are 20 to 200 ms long.
AHEAD_MS = 500
#: So much drift moves an onset past the interval at which turns are told apart (``metrics.audible.SILENCE_MS``).
DRIFT_MS, STEADY_MS = 200, 100
#: Two clocks differ by less; a microphone further off has gaps, is sent in bursts, or has another rate than stated.
DRIFT_SHARE = 0.05
#: Generation was recorded at 4 to 5.5 times real time; tens of times is a connection that stalled, or another clock.
TIMES, LEAST_MS = 50, 2_000


def check(case: Case) -> Iterator[Finding]:
    """Ask each of :data:`CHECKS`."""
    log(case)  # which refuses a log without times
    if case.session.info.clock != "wall":
        raise CannotCheck("the log's times were derived from the audio that was sent, so they agree with it by making")
    for look in CHECKS:
        yield from look(case)


def _overwritten(case: Case) -> Iterator[Finding]:
    """Pieces of a response that the player starts over the piece before."""
    found = [o for o in overlaps(case) if o.before.response == o.after.response]
    if found:
        lost, first = sum(o.ms for o in found), found[0]
        yield RULE.finding(case, first.after.at, f"{len(found)} pieces of audio were started over the piece before: "
                           f"{lost:,} ms were lost, as when each is put where it arrived",
                           (first.before.ref, first.after.ref), lost, "ms")  # fmt: skip


def _too_early(case: Case) -> Iterator[Finding]:
    """Pieces that sounded before the log has them arrive."""
    arrived = case.reading.generated.rows

    def early(node: Started) -> int:
        came = [r.at for r in arrived if r.item == node.item and r.first <= node.first < r.first + r.samples]
        return min(came, default=node.at) - node.at

    worst = max(started(case), key=early, default=None)
    if worst is not None and early(worst) > PLAYER_MS:
        yield RULE.finding(case, worst.at, f"audio sounded {early(worst):,} ms before it arrived: the player's clock "
                           "and the log's are not one", (worst.ref,), early(worst), "ms")  # fmt: skip


def _microphone(case: Case) -> Iterator[Finding]:
    """The microphone's sound, by the clock of those who sent it."""
    track = case.session.info.tracks.get("user")
    sent = [piece for piece in appended(said(case)) if piece.stored]  # others may have another rate than the track
    if track is None or len(sent) < 2:
        return
    sound = [ms_of(n, track.rate) for n in accumulate(piece.samples for piece in sent)]
    ahead = [(ms - sound[0]) - (piece.at - sent[0].at) for ms, piece in zip(sound, sent, strict=True)]
    peak, drift = max(ahead), ahead[-1]
    fastest = sent[ahead.index(peak)]
    took = sent[-1].at - sent[0].at
    steady = max(abs(a - drift * k / (len(ahead) - 1)) for k, a in enumerate(ahead)) <= STEADY_MS
    if steady and DRIFT_MS < abs(drift) <= DRIFT_SHARE * took:
        yield RULE.finding(case, sent[-1].at, f"the microphone's clock ran {drift:+,} ms against the log's in "
                           f"{took:,} ms", (sent[-1].ref,), drift, "ms")  # fmt: skip
    elif peak > AHEAD_MS:
        yield RULE.finding(case, fastest.at, f"the microphone was sent up to {peak:,} ms ahead of time: the "
                           "provider's audio_start_ms and audio_end_ms are no instants of the session",
                           (fastest.ref,), peak, "ms")  # fmt: skip


def _burst(case: Case) -> Iterator[Finding]:
    """Responses that arrived all at once."""
    generated = case.reading.generated
    for response in generated.responses():
        sound, window = generated.audio_ms(response), generated.window(response)
        if window is not None and sound >= LEAST_MS and sound > TIMES * max(window.ms, 1):
            refs = [ref for e, ref in of(log(case), Delta) if e.response == response]
            yield RULE.finding(case, window.start, f"{sound:,} ms of {response} arrived within {window.ms:,} ms: the "
                               "connection had stalled, or these times are not of arrival", (refs[0], refs[-1]), sound,
                               "ms")  # fmt: skip


#: What is looked for, in order.
CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (_overwritten, _too_early, _microphone, _burst)

RULE = Rule(
    number=12,
    name="clock",
    title="times that do not fit",
    looks_for="pieces of audio that overwrite each other, sound before they arrive, or arrive all at once; a "
    "microphone that is sent in bursts or drifts",
    threads=("tianye1999/callpilot#109", "ServiceNow/eva#112", "ServiceNow/eva#154"),
    needs="E",
    severity="warning",
    remedies={
        "": "place audio by its samples, one piece after the other, never by its arrival; one monotonic clock for the "
        "log and the player; send the microphone as it is recorded, pauses included",
    },
    check=check,
)  # fmt: skip
