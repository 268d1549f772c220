"""Lanes of a timeline: the user's microphone, the agent's sound as it arrived, and as it was heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bargein.ledger import Generated, Heard
from bargein.plot.columns import Float32, Grid, Outline
from bargein.plot.material import Material
from bargein.plot.pieces import generated_pieces, heard_pieces
from bargein.session import Session
from bargein.session.sounding import AgentSound
from bargein.timeline import Span
from bargein.units import ms_of, seconds


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
    pieces: dict[str, list[tuple[Span, Float32]]] = {}
    for p in generated_pieces(material):
        pieces.setdefault(p.kind, []).append((Span(p.start, p.end), sound.samples(p.part, p.first, p.samples)))
    outlines = {kind: grid.squeezed(found) for kind, found in pieces.items()}
    return Lane("agent, generated", generated_note(generated), {kind: o for kind, o in outlines.items() if o.columns})


def generated_note(generated: Generated) -> str:
    """Say how much sound arrived, and how fast."""
    arriving = seconds(sum(w.ms for r in generated.responses() if (w := generated.window(r))))
    samples = generated.samples()
    if not samples:
        return f"{len(generated.rows)} pieces arrived in {arriving:.1f} s; their sound was not logged"
    return f"as it arrived: in all {seconds(ms_of(samples, generated.rate)):.1f} s of sound in {arriving:.1f} s"


def heard_note(heard: Heard | None, leaked: int = 0) -> str:
    """Say how much was heard and how many samples of it after their cut; of a channel, what it is."""
    if heard is None:
        return "its own channel of the call"
    if not heard.by_sample:
        return "the remote track, as it arrived"
    after = f", {seconds(ms_of(leaked, heard.rate)):.2f} s of it after its cut" if leaked else ""
    return f"in all {seconds(heard.audio_ms()):.1f} s{after}"


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
        return Lane(name, heard_note(heard), {"heard": outline})
    pieces: dict[str, list[tuple[int, Float32, int]]] = {}
    for p in heard_pieces(material):
        pieces.setdefault(p.kind, []).append((p.start, sound.samples(p.part, p.first, p.samples), heard.rate))
    leaked = sum(len(samples) for _, samples, _ in pieces.get("leaked", ()))
    outlines = {kind: grid.outline(found) for kind, found in pieces.items()}
    said = heard_note(heard, leaked) if note is None else note
    return Lane(name, said, {kind: o for kind, o in outlines.items() if o.columns})
