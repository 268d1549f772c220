"""The same session under other settings: a stand-in's reports of the user in the place of the provider's recorded ones.

::

    recorded    A |===========x            x: the provider stopped at its report of the user
                          uuuuuuuu
                                     B |=======
    supposed              ....uuuu     (a higher threshold: later)    A is cut later, as far as it was generated
                          ........     (or never)                     A ends with what was generated, censored there;
                                                                      B answers a turn that nobody reported: censored

Nothing else changes: responses and their deltas stay as they were recorded, in time and in length. Where the stand-in
reports somebody and the provider did not, the gate cuts the client alone; what it lets be heard of later deltas is
censored, as a provider that interrupts would not have sent them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from bargein.errors import NotAnswerable, SettingsError, check
from bargein.events import PROVIDER, Event, SpeechStarted, SpeechStopped
from bargein.ledger import Heard, Part
from bargein.metrics.recorded import settings_in_force
from bargein.outcome import Outcome
from bargein.providers import Provider, Reading
from bargein.providers import provider as provider_named
from bargein.replay.parties import Edge
from bargein.session import Session
from bargein.settings import ServerVad, merged
from bargein.units import ms_of

if TYPE_CHECKING:
    from bargein.vad.surrogate import Surrogate

#: What a session may be asked about: when its user is reported. The others say what the provider does then, and what it
#: did is in the recording.
ASKABLE = ("threshold", "prefix_padding_ms", "silence_duration_ms")
UNCALIBRATED = "surrogate: Silero's gate, uncalibrated; its reports are received when they are decided"
AS_RECORDED = "responses and their deltas: as recorded, none sooner, later, longer or new"
_when = attrgetter("at")


@dataclass(frozen=True)
class Reports:
    """What a provider would have reported of the user under other settings: a stand-in's, not recorded.

    Parameters
    ----------
    settings
        Those supposed, with what stays in force.
    edges
        In order, dated when they would have been received, session ms.
    known
        How well the stand-in is known, in words.
    """

    settings: ServerVad
    edges: tuple[Edge, ...]
    known: str

    @property
    def assumed(self) -> tuple[str, ...]:
        """What a replay with them rests on."""
        three = " / ".join(f"{getattr(self.settings, name):g}" for name in ASKABLE)
        return f"provider's reports: surrogate at {three}, not recorded", self.known, AS_RECORDED


def reports(
    session: Session, reading: Reading, settings: ServerVad, stand_in: Surrogate | None = None, known: str = ""
) -> Reports:
    """Say what the provider would have reported of a session's user under other settings.

    Parameters
    ----------
    session, reading
        With the microphone as sent; its log.
    settings
        Threshold, prefix padding, end silence; what is not set stays as it was in force.
    stand_in
        Of a calibration; None: the prior, Silero's gate, whose reports come with the deciding frame.
    known
        How well the stand-in is known, in words.

    Raises
    ------
    SettingsError
        Everything that the provider would refuse; a setting that is neither given nor on record.
    NotAnswerable
        No ``server_vad`` was in force, the microphone's sound is missing, the provider's detector has no stand-in, or
        settings are given that say what the provider does, not when it reports.
    """
    from bargein.vad.cache import scores_for
    from bargein.vad.surrogate import NO_MICROPHONE, PRIORS

    provider = provider_named(session.info.provider)
    check(provider.problems(settings), SettingsError, f"{session.id}, {provider.title}")
    asked = _supposed(session, reading, settings)
    if stand_in is None and (not provider.recommends or provider.name not in PRIORS):
        raise NotAnswerable(f"{session.id}: {_without_model(provider)}")
    track = session.info.tracks.get("user")
    if track is None or track.kind != "sent":
        raise NotAnswerable(f"{session.id}: {NO_MICROPHONE}")
    chosen = stand_in or PRIORS[provider.name]
    claims = chosen.claims(scores_for(session.audio("user"), track.rate), asked)
    later = track.origin_ms + chosen.delay_ms
    kinds: tuple[type[Edge], ...] = (SpeechStarted, SpeechStopped)
    found = [
        kind(max(at + later, 0), item=f"supposed-{n}", claimed_ms=claimed)
        for kind, of in zip(kinds, claims, strict=True)
        for n, (claimed, at) in enumerate(zip(of.claimed.tolist(), of.known.tolist(), strict=True), 1)
    ]
    return Reports(asked, tuple(sorted(found, key=_when)), known or UNCALIBRATED)


def _without_model(provider: Provider) -> str:
    return provider.why_not or f"{provider.title}: no stand-in for a voice detection of its own"


def _supposed(session: Session, reading: Reading, settings: ServerVad) -> ServerVad:
    """The settings asked about, over those in force while the provider reported anybody."""
    from bargein.vad.surrogate import NOT_SCORED

    changes = session.info.settings
    in_force = settings_in_force(session)
    if in_force is None:
        raise NotAnswerable(
            f"{session.id}: settings in force are not recorded, so semantic_vad may have been; "
            "log session.created, session.updated and what was sent"
        )
    during = {max(bisect_right(changes, e.at, key=_when) - 1, 0) for e in _reports_in(reading)}
    for kept in (*(changes[n].turn_detection for n in sorted(during)), in_force):
        if type(kept) in NOT_SCORED:
            raise NotAnswerable(f"{session.id}: {NOT_SCORED[type(kept)]}")
    assert isinstance(in_force, ServerVad)
    given = (f.name for f in fields(settings) if getattr(settings, f.name) is not None)
    more = [n for n in given if n not in ASKABLE and getattr(settings, n) != getattr(in_force, n)]
    if more:
        raise NotAnswerable(
            f"{session.id}: {', '.join(more)} would change what the provider generates, and that is held as recorded; "
            f"a session answers for {', '.join(ASKABLE)}"
        )
    asked = merged(in_force, settings)
    assert isinstance(asked, ServerVad)
    return asked


def _reports_in(reading: Reading) -> list[Edge]:
    return [e for e, _ in reading.events if isinstance(e, (SpeechStarted, SpeechStopped)) and e.source == PROVIDER]


def replaced(reading: Reading, edges: Iterable[Edge]) -> Reading:
    """Put other reports of the user in the place of the provider's.

    Parameters
    ----------
    reading
        As recorded.
    edges
        Theirs. One that says what the provider said in the same millisecond leaves its line as it is; any other comes
        before what else stands in its millisecond, on the connection of the recorded ones.

    Returns
    -------
    The same log but for the reports; where they are the recorded ones, the same reading.
    """
    wanted, mine = list(edges), _reports_in(reading)
    asked, recorded = ({(type(e), e.at) for e in those} for those in (wanted, mine))
    new = [e for e in wanted if (type(e), e.at) not in recorded]
    gone = {id(e) for e in mine if (type(e), e.at) not in asked}
    if not new and not gone:
        return reading
    ours = {*map(id, mine)}
    connections = [c for e, c in reading.events if id(e) in ours] or [c for _, c in reading.events] or [""]
    kept = [(e, c) for e, c in reading.events if id(e) not in gone]
    events: list[tuple[Event, str]] = [*((e, connections[0]) for e in new), *kept]
    return replace(reading, events=tuple(sorted(events, key=lambda sent: sent[0].at)), lines=())


class _Turn(NamedTuple):
    """A stretch from a report of speech to that of its end."""

    start: int
    stop: int


def _turns(edges: Iterable[Edge]) -> Iterator[_Turn]:
    since: int | None = None
    for e in sorted(edges, key=_when):
        if isinstance(e, SpeechStarted):
            since = e.at if since is None else since
        else:
            yield _Turn(e.at if since is None else since, e.at)
            since = None


def unasked(reading: Reading, edges: Sequence[Edge]) -> dict[str, int]:
    """Give the responses that answer a turn whose end is not among these reports, and when each was begun.

    A response answers the last turn whose end was reported before it. The turn is among these reports if one of theirs
    overlaps it and ends before the provider reported the user anew.
    """
    mine = _reports_in(reading)
    turns, supposed = list(_turns(mine)), list(_turns(edges))
    starts = sorted(e.at for e in mine if isinstance(e, SpeechStarted))
    lost = [turn for turn in turns if not _ends_too(turn, supposed, starts)]
    found = {}
    for r in reading.responses.values():
        begun = r.first_delta if r.created is None else r.created
        if begun is None:
            continue
        before = bisect_right(turns, begun, key=attrgetter("stop"))
        if before and turns[before - 1] in lost:
            found[r.id] = begun
    return found


def _ends_too(turn: _Turn, supposed: Iterable[_Turn], starts: Sequence[int]) -> bool:
    """Whether one of the supposed turns overlaps it and is over before the provider's next report."""
    after = bisect_right(starts, turn.stop)
    anew = starts[after] if after < len(starts) else None
    return any(s.start <= turn.stop and turn.start <= s.stop and (anew is None or s.stop < anew) for s in supposed)


def unsent(reading: Reading, edges: Iterable[Edge], heard: Heard) -> dict[str, int]:
    """Say from when on a response sounds that the provider would have stopped before it sent that.

    At a provider that interrupts: of a response that was being generated at one of these reports, and that no report of
    the provider's own had met by then, what was sent later.
    """
    starts = sorted(e.at for e in edges if isinstance(e, SpeechStarted))
    mine = [e.at for e in _reports_in(reading) if isinstance(e, SpeechStarted)]
    found = {}
    for r in reading.responses.values():
        begun = r.first_delta if r.created is None else r.created
        if begun is None or r.last_delta is None:
            continue
        stopped = next((at for at in starts if begun < at <= r.last_delta), None)
        if stopped is None or any(begun <= at <= stopped for at in mine):
            continue
        later: dict[Part, int] = {}  # its first sample not sent before the report
        for row in reading.generated.of(r.id):
            if row.at >= stopped:
                later[row.part] = min(row.first, later.get(row.part, row.first))
        sounded = [
            p.run + ms_of(p.offset + max(later[part] - p.first, 0), heard.rate)
            for p in heard.of_these([r.id])
            if (part := (p.response, p.item, p.content)) in later and p.first + p.samples > later[part]
        ]
        if sounded:
            found[r.id] = min(sounded)
    return found


def supposing(outcome: Outcome, reading: Reading, told: Reports) -> Outcome:
    """Say of an outcome what was supposed, and from when on which responses are not known any more.

    Parameters
    ----------
    outcome
        Played with :func:`replaced` reports.
    reading
        As recorded.
    """
    unknown = {**outcome.censored_from, **unasked(reading, told.edges)}
    if told.settings.interrupt_response is not False:
        sooner = unsent(reading, told.edges, outcome.heard)
        unknown |= {r: min(at, unknown.get(r, at)) for r, at in sooner.items()}
    said = (*outcome.assumed, *told.assumed)
    return replace(outcome, assumed=said, settings=told.settings, censored_from=unknown)
