"""Scenes: recorded voices, a provider model and its faults, joined to sessions; and sessions from two-channel calls.

:func:`build` makes the sessions that come along (ring 1), :func:`real` the same situations from public recordings
(ring 2). What is real, what is modelled, and how to add a scene: ``docs/compose.md``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bargein.compose.composing import Progress, chosen, compose, played
from bargein.compose.scene import Act, Cue, Room, Scene
from bargein.errors import DataError, Problem
from bargein.formats.calls import from_call

#: Of the sessions that come along.
SEED = 20_261_123
#: The two-channel call of ring 2; where it is at hand, so is the rest.
NEEDS = "two-channel-calls/auto_repairs_49.flac"
CALL_ID = "real-call-auto-repairs"


def build(
    out: str | os.PathLike[str],
    *,
    seed: int = SEED,
    only: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Build the sessions that come along, from the prompts that come along.

    Parameters
    ----------
    out
        Folder for the session folders.
    seed
        Of everything that is drawn.
    only
        Parts of ids; None for all.
    overwrite
        Replace sessions of the same name.
    progress
        Told of each session before it is built: its id, its number, how many there are.

    Returns
    -------
    The folders, in order.

    Raises
    ------
    BargeinError
        No scene of that name; a scene that no draw shows.
    DataError
        A recording is missing.
    SessionError
        A session of that name is there already.
    """
    from bargein.compose.clips import Prompts
    from bargein.compose.ring1 import SCENES

    library, wanted, made = Prompts(), chosen([s.id for s in SCENES], only), []
    for n, scene in enumerate((s for s in SCENES if s.id in wanted), 1):
        _tell(progress, scene.id, n, len(wanted))
        made.append(compose(scene, Path(out) / scene.id, library, seed, overwrite=overwrite).folder)
    return made


def real(
    out: str | os.PathLike[str],
    pool: str | os.PathLike[str] | None = None,
    *,
    seed: int = SEED,
    only: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Build the same situations from public recordings, and take the real two-channel call.

    Parameters
    ----------
    out, seed, only, overwrite, progress
        As for :func:`build`.
    pool
        Folder with the recordings; None: the mirror that ``BARGEIN_DATA_MIRROR`` names, else the user's cache.

    Returns
    -------
    The folders, in order; scenes whose recordings are not on this machine are left out.

    Raises
    ------
    DataError
        None of the recordings is on this machine.
    BargeinError, SessionError
        As for :func:`build`.
    """
    from bargein.compose.ring2 import SCENES, Recordings, at_hand

    recordings = Recordings(pool)
    call = recordings.path(NEEDS)
    scenes = at_hand(recordings, SCENES)
    if not scenes and call is None:
        raise DataError([Problem("none of the public recordings is on this machine", hint="bargein data fetch")])
    wanted = chosen([s.id for s in scenes] + [CALL_ID] * (call is not None), only)
    made = []
    for n, scene in enumerate((s for s in scenes if s.id in wanted), 1):
        _tell(progress, scene.id, n, len(wanted))
        clip = scene.room.clip if scene.room else None
        room: dict[str, Any] = {}
        if clip:
            room = {"response": recordings.room(clip, scene.format.rate), "room": recordings.source(clip)}
        made.append(compose(scene, Path(out) / scene.id, recordings, seed, overwrite=overwrite, **room).folder)
    if call is not None and CALL_ID in wanted:
        _tell(progress, CALL_ID, len(wanted), len(wanted))
        made.append(from_call(call, Path(out) / CALL_ID, overwrite=overwrite, **recordings.facts(NEEDS)).folder)
    return made


def _tell(progress: Progress | None, id: str, n: int, total: int) -> None:
    if progress is not None:
        progress(id, n, total)


__all__ = [
    "NEEDS", "SEED", "Act", "Cue", "Progress", "Room", "Scene", "build", "chosen", "compose", "from_call",
    "played", "real",
]  # fmt: skip
