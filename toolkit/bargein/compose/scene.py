"""A scene: what is to happen in a session, as data. Nothing here reads a file or draws a number.

A scene names the provider and its settings, what the agent will say, what the user does and when, and the client that
listens. When a user's act begins is hung on something that happens (:class:`Cue`), because the agent's times are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bargein.providers.model import Format
from bargein.settings import SemanticVad, ServerVad

#: What the sessions show, and where late audio comes from.
SITUATIONS = (
    "interruption", "tail", "backchannel", "cough", "noise", "echo", "pause", "short answer", "double interruption",
    "plain",
)  # fmt: skip
CAUSES = ("as-recorded", "stragglers", "interrupt_response-false", "local-vad-cut")

#: What a telephone line carries, as both providers offer it.
TELEPHONE = Format("audio/pcmu", 8_000)

ActKind = Literal["turn", "interruption", "backchannel", "tic", "noise", "echo"]
#: What a cue can hang on; ``n`` counts responses (or acts, for ``act``) from 1.
CueKind = Literal["session", "heard", "generated", "drained", "act"]


@dataclass(frozen=True, slots=True)
class Cue:
    """When an act begins: so many ms after something happened.

    ``session`` session start, ``heard`` the n-th response became audible, ``generated`` its generation ended,
    ``drained`` it was heard to its end, ``act`` the n-th act fell silent.

    Examples
    --------
    >>> Cue("heard", 1, 2_400)
    Cue(on='heard', n=1, ms=2400)
    """

    on: CueKind
    n: int = 1
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that sounds on the user's side.

    Parameters
    ----------
    kind
        What it is, by intent: the label it gets.
    cue
        When its first clip is put.
    clips
        Names of recordings, one after another; none for what is made here (``tic``, ``noise``) and for ``echo``.
    pause
        Between clips: lengths drawn from measured pauses within these bounds, from acoustic offset to onset. Of a
        single clip: what its own pause lies within.
    taken
        Whether the provider's detection takes it for speech. Speech always is; for the rest the scene decides.
    phrase
        For ``echo``: the first of the reply's stretches of speech that the provider takes for the user.
    gain_db
        Added to the clips.
    """

    kind: ActKind
    cue: Cue
    clips: tuple[str, ...] = ()
    pause: tuple[int, int] | None = None
    taken: bool = True
    phrase: int = 0
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Room:
    """A loudspeaker that is heard by the microphone: level of the echo, and the response's clip or a synthetic one."""

    gain_db: float = -14.0
    clip: str | None = None


@dataclass(frozen=True)
class Scene:
    """One session to be built.

    Parameters
    ----------
    id
        Name of the folder.
    provider, model, settings
        Whom the agent talks through and what is in force.
    replies
        What the agent says: names of recordings per response, in order of creation.
    acts
        What the user does.
    situation, cause
        One of :data:`SITUATIONS`, one of :data:`CAUSES`.
    policy
        The session's own client: a gate's name, with the detector it listens to.
    stragglers
        For cause ``stragglers``: least and most deltas after a report of speech.
    truncates
        Whether the client tells the provider what was heard.
    room
        The echo path; None for a headset.
    beta
        OpenAI's retired dialect.
    transcription
        OpenAI's input transcription.
    format
        Of both directions.
    chunk_ms
        Audio in one ``append``.
    tail_ms
        How long the session goes on when nothing more will happen.
    notes
        Into ``session.json``.
    delays
        Ranges of the provider model that differ from its own, by field.
    """

    id: str
    provider: Literal["openai", "xai"]
    model: str
    settings: ServerVad | SemanticVad
    replies: tuple[tuple[str, ...], ...]
    acts: tuple[Act, ...]
    situation: str
    cause: str = "as-recorded"
    policy: str = "stop-only"
    stragglers: tuple[int, int] = (0, 0)
    truncates: bool = False
    room: Room | None = None
    beta: bool = False
    transcription: str | None = None
    format: Format = TELEPHONE
    chunk_ms: int = 200
    tail_ms: int = 1_500
    notes: tuple[str, ...] = ()
    delays: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.situation not in SITUATIONS or self.cause not in CAUSES:
            raise ValueError(f"{self.id}: no such situation or cause: {self.situation}, {self.cause}")
        if self.cause in ("stragglers", "interrupt_response-false") and self.provider != "openai":
            raise ValueError(f"{self.id}: {self.cause} was never seen of {self.provider}, and is not assumed of it")
        if self.cause == "local-vad-cut" and (self.provider != "xai" or not self.policy.endswith("@local-vad")):
            raise ValueError(f"{self.id}: a local cut needs xai, whose own stop comes late, and a policy @local-vad")
