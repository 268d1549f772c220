"""Lanes of a timeline: the user's microphone, the agent's sound as it arrived, and as it was heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bargein.plot.columns import Float32, Grid, Outline
from bargein.plot.material import Material
from bargein.plot.sound import arrivals, never_heard, split
from bargein.session import Session
from bargein.session.sounding import AgentSound
from bargein.timeline import Span, Timeline
from bargein.units import SECOND, ms_of, seconds


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """A row of waveforms: bands by what became of the sound (``palette.SOUND``), and a note beside the name."""

    name: str
    note: str
    outlines: Mapping[str, Outline]

    @property
    def peak(self) -> float:
        """Largest magnitude of the lane; 0 in silence."""
        return max((o.peak for o in self.outlines.values()), default=0.0)


@dataclass(frozen=True, slots=True, order=True)
class Bar:
    """A label of the user's track (``palette.LABELS``)."""

    span: Span
    kind: str


def bars(session: Session, grid: Grid) -> tuple[Bar, ...]:
    """Labels of the user's track that show inside the picture."""
    found = (Bar(Span(b.onset_ms, b.offset_ms), b.kind) for b in session.labels if b.track == "user")
    return tuple(b for b in found if b.span & grid.window)


def user_lane(session: Session, grid: Grid) -> Lane | None:
    """The microphone; None where the session has no such track."""
    track = session.info.tracks.get("user")
    if track is None:
        return None
    outline = grid.outline([(track.origin_ms, session.audio("user"), track.rate)])
    return Lane("user", "microphone as sent", {"user": outline})


def generated_lane(material: Material, sound: AgentSound, grid: Grid) -> Lane | None:
    """Sound at the time it arrived, by whether it was ever heard; None where nothing arrived."""
    generated = material.generated
    if not generated.rows:
        return None
    sounded = material.heard.by_part() if material.heard is not None else {}
    pieces: dict[str, list[tuple[Span, Float32]]] = {"arrived": [], "unheard": []}
    for span, row in arrivals(generated.rows, generated.rate):
        whole = Span(row.first, row.first + row.samples)
        known = sounded.get(row.part, Timeline()).clip(whole)
        for kind, parts in (("arrived", known), ("unheard", Timeline([whole]) - known)):
            for part in parts:
                when = Span(*(span.start + span.ms * (n - row.first) // row.samples for n in (part.start, part.end)))
                pieces[kind].append((when, sound.samples(row.part, part.start, part.ms)))
    if material.heard is None:  # nothing is known of what was heard, so nothing was "never heard"
        pieces = {"arrived": pieces["unheard"]}
    outlines = {kind: grid.squeezed(found) for kind, found in pieces.items()}
    arriving = seconds(sum(w.ms for r in generated.responses() if (w := generated.window(r))))
    note = f"as it arrived: in all {seconds(generated.audio_ms()):.1f} s of sound in {arriving:.1f} s"
    if not generated.samples():
        note = f"{len(generated.rows)} pieces arrived in {arriving:.1f} s; their sound was not logged"
    return Lane("agent, generated", note, {kind: o for kind, o in outlines.items() if o.columns})


def heard_lane(material: Material, sound: AgentSound, grid: Grid, name: str = "agent, heard",
               note: str | None = None) -> Lane | None:  # fmt: skip
    """Sound when it left the loudspeaker, by whether it should have; None where nothing is known of that.

    Behind the last sample of a response that was cut stands what would have followed, up to the next sound.
    """
    session, heard = material.session, material.heard
    track = session.info.tracks.get("agent")
    if heard is None or not heard.by_sample:
        if track is None or track.kind != "heard":
            return None
        outline = grid.outline([(track.origin_ms, session.audio("agent"), track.rate)])
        said = "its own channel of the call" if heard is None else "the remote track, as it arrived"
        return Lane(name, said, {"heard": outline})
    pieces: dict[str, list[tuple[int, Float32, int]]] = {}
    leaked = 0
    revoked, interrupted = material.revoked_at(), material.interrupted_at()
    for row in heard.rows:
        cut, onset = revoked.get(row.response), interrupted.get(row.response)
        for piece in split(row, heard.rate, (t for t in (cut, onset) if t is not None)):
            start = piece.run + ms_of(piece.offset, heard.rate)
            kind = "over" if onset is not None and start >= onset else "heard"
            if cut is not None and start >= cut:
                kind = "leaked"
                leaked += piece.samples
            part = (piece.response, piece.item, piece.content)
            found = sound.samples(part, piece.first, piece.samples)
            pieces.setdefault(kind, []).append((start, found, heard.rate))
    starts = [s.start for s in heard.timeline()]
    for at, part, missing in never_heard(material.generated, heard):
        following = min((s for s in starts if s > at), default=session.info.length_ms)
        count = min(missing.ms, max(following - at, 0) * heard.rate // SECOND)
        pieces.setdefault("unheard", []).append((at, sound.samples(part, missing.start, count), heard.rate))
    outlines = {kind: grid.outline(found) for kind, found in pieces.items()}
    if note is None:
        note = f"in all {seconds(heard.audio_ms()):.1f} s"
        note += f", {seconds(ms_of(leaked, heard.rate)):.2f} s of it after its cut" if leaked else ""
    return Lane(name, note, {kind: o for kind, o in outlines.items() if o.columns})
