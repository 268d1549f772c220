"""Sessions with one fault each, and their healthy twins: what a broken client, relay or provider would have recorded.

A fault is a switch: the twin is the same scene with the same draw, without it. What shows up while the scene plays is
switched in the scene (``recast``): a provider that does not hear, a client that does not cut. What is a matter of the
record alone is switched in what was written (``spoil``): a lost event, a needless command, a wrong figure.

Each belongs to a rule of the diagnosis, by its number; a fault may well break other rules too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bargein.audio.files import read_int16
from bargein.audio.places import data_dir
from bargein.compose.clips import Library, Prompts
from bargein.compose.composing import DRAWS, seed_of
from bargein.compose.folder import write
from bargein.compose.performance import Performance
from bargein.compose.premises import missing
from bargein.compose.ring1 import CUT_OFF, LIVE, NO_INTERRUPT_USUAL, SCENES, USUAL
from bargein.compose.scene import Act, Cue, Scene
from bargein.compose.spoiling import (
    Take,
    at_arrival,
    cancel_again,
    claim_another_rate,
    hear_nobody,
    lose_audio_done,
    lose_the_answer,
    send_in_part,
    truncate_by_the_stream,
)
from bargein.compose.stage import CueNeverCame, perform
from bargein.errors import BargeinError
from bargein.session import Session, save

SEED = 7
_RING1 = {scene.id: scene for scene in SCENES}


@dataclass(frozen=True)
class Fault:
    """One thing that is broken.

    Parameters
    ----------
    rule
        Number of the rule that is to find it.
    says
        Who does what, as a clause.
    scene
        Where it shows; as it stands, the twin.
    recast
        The scene with the fault.
    spoil
        What the record would hold.
    """

    rule: int
    says: str
    scene: Scene
    recast: Callable[[Scene], Scene] | None = None
    spoil: Callable[[Take], Take] | None = None


def _scene(id: str, **other: object) -> Scene:
    return replace(_RING1[id], **other)  # type: ignore[arg-type]


def _but(**other: object) -> Callable[[Scene], Scene]:
    return lambda scene: replace(scene, **other)  # type: ignore[arg-type]


#: What the user says at first, over the first reply, and once the n-th has been heard out.
_ASKS = Act("turn", Cue("session", 1, 1_900), ("it/info-about-last-call",))
_THANKS, _STOPS = "it/auth-thankyou", "it/please-try-again"


def _over(kind: str, clip: str, ms: int, *, taken: bool) -> tuple[Act, ...]:
    """A user who sounds over the first reply and speaks again once that, or the answer to the sound, is heard out."""
    act = Act(kind, Cue("heard", 1, ms), (clip,), taken=taken)  # type: ignore[arg-type]
    return _ASKS, act, Act("turn", Cue("drained", 1 + taken, 2_200), ("it/digits-1",))


_ALOUD = _RING1["openai-06-echo"].acts
_HEARD = (_ALOUD[0], Act("turn", Cue("drained", 1, 2_200), ("ru/digits-3",)))
_SLOW = _scene("openai-08-pause-cut-off", settings=replace(LIVE, silence_duration_ms=CUT_OFF[1] + 101))
_SLOW = replace(_SLOW, acts=(_SLOW.acts[0], Act("turn", Cue("drained", 1, 2_200), ("it/digits-today",))))

#: By name; each with the scene in which it shows.
FAULTS: Mapping[str, Fault] = {
    "late-deltas": Fault(
        1, "late audio of the interrupted response arrives, and the client plays it", _scene("openai-01-interruption"),
        recast=_but(cause="stragglers", stragglers=(2, 2))),
    "queue-kept": Fault(
        2, "the client does not flush its queue when the provider stops", _scene("openai-01-interruption"),
        recast=_but(policy="indicator")),
    "not-cancelled": Fault(
        3, "the provider was told not to interrupt, and the client cuts without a cancel",
        _scene("openai-21-no-interrupt", settings=USUAL, cause="as-recorded"),
        recast=_but(settings=NO_INTERRUPT_USUAL, cause="interrupt_response-false")),
    "truncate-by-stream": Fault(
        4, "the client truncates at the position of its stream, not of the item",
        _scene("openai-11-double-interruption"),
        spoil=truncate_by_the_stream),
    "needless-cancel": Fault(
        5, "the client cancels what the provider has cancelled", _scene("openai-01-interruption"),
        spoil=cancel_again),
    "no-answer": Fault(
        6, "the provider answers no more after an interruption", _scene("openai-01-interruption"),
        spoil=lose_the_answer),
    "phantom-speech": Fault(
        7, "the provider reports speech while the microphone is silent", _scene("openai-12-plain"),
        spoil=hear_nobody),
    "echo-taken": Fault(
        8, "the provider takes the agent's echo for the user", _scene("openai-06-echo", acts=_HEARD),
        recast=_but(acts=_ALOUD)),
    "backchannel-taken": Fault(
        9, "the provider takes a listener's word for an interruption",
        _scene("openai-03-backchannel", acts=_over("backchannel", _THANKS, 1_900, taken=False)),
        recast=_but(acts=_over("backchannel", _THANKS, 1_900, taken=True))),
    "deaf": Fault(
        10, "the provider does not hear the user over the agent",
        _scene("openai-03-backchannel", situation="interruption",
               acts=_over("interruption", _STOPS, 1_900, taken=True)),
        recast=_but(situation="plain", acts=_over("interruption", _STOPS, 1_900, taken=False))),
    "hasty": Fault(
        11, "the provider ends the turn in the user's pause", _SLOW,
        recast=_but(settings=LIVE, acts=_RING1["openai-08-pause-cut-off"].acts)),
    "dated-at-arrival": Fault(
        12, "each piece of audio is put where it arrived, over the one before it", _scene("openai-12-plain"),
        spoil=at_arrival),
    "audio-done-lost": Fault(
        13, "the log lacks the end of a response's audio", _scene("openai-12-plain"), spoil=lose_audio_done),
    "unheard-kept": Fault(
        14, "the provider's record keeps what the user did not hear", _scene("openai-02-tail"),
        recast=_but(truncates=False)),
    "partial-settings": Fault(
        15, "the client sends the end silence alone", _scene("openai-12-plain"), spoil=send_in_part),
    "wrong-rate": Fault(
        16, "the session states another sample rate than the microphone has", _scene("openai-12-plain"),
        spoil=claim_another_rate),
}  # fmt: skip


def with_twin(
    name: str, out: str | os.PathLike[str], *, library: Library | None = None, seed: int = SEED
) -> tuple[Session, Session]:
    """Compose a session with a fault, and its twin without.

    Parameters
    ----------
    name
        One of :data:`FAULTS`.
    out
        Folder for the two session folders: the fault's name, and that with ``-twin``.
    library
        Where the scene's recordings are; default: the prompts that come along.
    seed
        Of everything that is drawn; the same for both.

    Returns
    -------
    The faulty session, its twin.

    Raises
    ------
    BargeinError
        No fault of that name; no draw shows it.
    SessionError
        A session of that name is there already.
    """
    if name not in FAULTS:
        raise BargeinError(f"no fault is called {name}; there are {', '.join(FAULTS)}")
    fault, (healthy, broken) = FAULTS[name], _drawn(FAULTS[name], library or Prompts(), seed)
    twin = write(healthy, Path(out) / f"{name}-twin")
    target, notes = Path(out) / name, (f"fault: {fault.says}",)
    if fault.spoil is None:
        return write(broken, target, notes=notes), twin
    take = fault.spoil(Take.of(twin))
    info = replace(take.info, id=name, notes=(*take.info.notes, *notes))
    audio = {track: read_int16(twin.folder / facts.file)[0] for track, facts in info.tracks.items()}
    return save(target, info, take.records, audio=audio, labels=twin.labels, client=take.client), twin


def _drawn(fault: Fault, library: Library, seed: int) -> tuple[Performance, Performance]:
    """Play a fault's scene with and without it, with the first draw in which both show what they are for."""
    pauses, reasons = data_dir() / "scores" / "pauses.csv", [""]
    for draw in range(DRAWS):
        drawn = seed_of(fault.scene, seed, draw)
        try:
            healthy = perform(fault.scene, library, drawn, pauses)
            broken = perform(fault.recast(fault.scene), library, drawn, pauses) if fault.recast else healthy
        except CueNeverCame as error:
            reasons = [str(error)]
            continue
        reasons = [*missing(healthy), *missing(broken)]
        if not reasons:
            return healthy, broken
    raise BargeinError(f"fault {fault.says}: {DRAWS} draws do not show it; the last: {'; '.join(reasons)}")
