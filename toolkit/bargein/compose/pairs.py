"""The same speech through both providers' models: one script and one draw, played once with each.

What is the same: the user's recordings, when each begins after what it answers, the lengths of the pauses inside a
turn, the agent's recordings, the settings, the client's gate. What differs is the provider: its model, with ranges of
delays that were recorded of it (``docs/compose.md``). So a pair compares two *models*; it is no finding about a
provider beyond the ranges that went into them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from bargein.audio.places import data_dir
from bargein.compose.clips import Library, Prompts
from bargein.compose.composing import DRAWS, Progress, chosen, seed_of
from bargein.compose.folder import write
from bargein.compose.performance import Performance
from bargein.compose.premises import missing
from bargein.compose.ring1 import CUT_OFF, SCENES
from bargein.compose.scene import Scene
from bargein.compose.stage import CueNeverCame, perform
from bargein.errors import BargeinError
from bargein.session import Session
from bargein.settings import ServerVad

SEED = 11
Provider = Literal["openai", "xai"]
#: By provider: the model that is composed for.
MODELS: Mapping[Provider, str] = {
    "openai": "gpt-realtime-2.1", "xai": "grok-voice-think-fast-2.0",
}  # fmt: skip
#: Threshold, prefix padding, end silence, ms: what both accept and one of them has by default.
SETTINGS = ServerVad(0.5, 300, 500, create_response=True, interrupt_response=True)
#: Where both providers' models take the same for speech, so that what follows can be compared.
COMPARED = ("interruption", "tail", "double interruption", "pause", "short answer", "plain")


class Pair(NamedTuple):
    """Two sessions of one script."""

    script: str
    openai: Session
    xai: Session


def scripts() -> list[Scene]:
    """Give the scenes that both can play, of those of the sessions that come along.

    A pause that one of them must speak into is no script but a result.

    Examples
    --------
    >>> {scene.provider for scene in scripts()} == {"openai", "xai"}
    True
    """
    return [
        scene for scene in SCENES
        if scene.cause == "as-recorded" and scene.situation in COMPARED and not scene.beta
        and all(act.pause != CUT_OFF for act in scene.acts)
    ]  # fmt: skip


def pairs(
    out: str | os.PathLike[str],
    settings: ServerVad = SETTINGS,
    *,
    only: Sequence[str] | None = None,
    library: Library | None = None,
    seed: int = SEED,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Pair]:
    """Compose every script twice.

    Parameters
    ----------
    out
        Folder for the sessions, named for script and provider.
    settings
        In force in all of them.
    only
        Parts of names of scripts; None: all.
    library
        Where the recordings are; default: the prompts that come along.
    seed
        Of everything that is drawn; a script's two sessions share every draw that both make.
    overwrite
        Replace sessions of the same name.
    progress
        Told of each script before it is played.

    Raises
    ------
    BargeinError
        No script of that name; no draw shows one with both.
    SessionError
        A session of that name is there already.
    """
    every = scripts()
    names, recordings = chosen([s.id for s in every], only), library or Prompts()
    made = []
    for n, scene in enumerate((s for s in every if s.id in names), 1):
        if progress is not None:
            progress(scene.id, n, len(names))
        name = f"{scene.id.split('-', 1)[1].replace('semantic-', '')}.{next(_voices(scene))}"
        both = _drawn(scene, settings, recordings, seed)
        one, other = (write(both[who], Path(out) / f"{name}.{who}", overwrite=overwrite) for who in MODELS)
        made.append(Pair(name, one, other))
    return made


def _voices(scene: Scene) -> Iterator[str]:
    """Languages of the user's recordings, which name the speaker."""
    return (clip.split("/")[0] for act in scene.acts for clip in act.clips)


def _drawn(scene: Scene, settings: ServerVad, library: Library, seed: int) -> dict[Provider, Performance]:
    """Play a script with both, with the first draw in which both show its situation."""
    table, reasons = data_dir() / "scores" / "pauses.csv", [""]
    same = replace(scene, settings=settings, policy="stop-only", truncates=False, transcription=None, notes=())
    for draw in range(DRAWS):
        number = seed_of(scene, seed, draw)
        try:
            both = {who: perform(replace(same, provider=who, model=model), library, number, table)
                    for who, model in MODELS.items()}  # fmt: skip
        except CueNeverCame as error:
            reasons = [str(error)]
            continue
        reasons = [why for done in both.values() for why in missing(done)]
        if not reasons:
            return both
    raise BargeinError(f"script {scene.id}: {DRAWS} draws do not show it with both; the last: {'; '.join(reasons)}")
