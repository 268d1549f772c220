"""From scenes to session folders: play until the scene shows what it is for, then write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bargein.audio.places import data_dir
from bargein.compose.clips import Library
from bargein.compose.folder import write
from bargein.compose.performance import Performance
from bargein.compose.premises import missing
from bargein.compose.scene import Scene
from bargein.compose.sounds import Float
from bargein.compose.stage import CueNeverCame, Edge, perform
from bargein.compose.tracks import user_track
from bargein.errors import BargeinError
from bargein.events import LOCAL_VAD, dated
from bargein.gate import policy
from bargein.session import Session

#: What a progress callback is told: the session, its number, how many there are.
Progress = Callable[[str, int, int], object]
#: Draws that are tried before a scene is given up.
DRAWS = 60


def seed_of(scene: Scene, seed: int, draw: int = 0) -> int:
    """Give the seed of a draw of a scene: a hash, so that scenes do not share their chance.

    Parameters
    ----------
    seed
        Of the whole collection.
    draw
        How many draws have not shown what the scene is for.
    """
    text = f"{seed}/{scene.id}/{draw}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest())


def played(scene: Scene, library: Library, seed: int, *, pauses: Path | None = None, response: Float | None = None
           ) -> tuple[Performance, int]:  # fmt: skip
    """Play a scene until it shows its situation and its cause.

    Parameters
    ----------
    library
        Where its recordings are.
    seed
        Of the collection.
    pauses
        Table of measured pauses; default: the one that comes along.
    response
        A measured room response.

    Returns
    -------
    The performance, and how many draws had not shown it.

    Raises
    ------
    BargeinError
        No draw does.
    """
    table = pauses or data_dir() / "scores" / "pauses.csv"
    reasons: list[str] = []
    for draw in range(DRAWS):
        try:
            done = _settled(scene, library, seed_of(scene, seed, draw), table, response)
        except CueNeverCame as error:
            reasons = [str(error)]
            continue
        reasons = missing(done)
        if not reasons:
            return done, draw
    raise BargeinError(f"scene {scene.id}: {DRAWS} draws do not show it; the last: {'; '.join(reasons)}")


def _settled(scene: Scene, library: Library, seed: int, pauses: Path, response: Float | None) -> Performance:
    """Play a scene; with a local detector, until its edges are those of the track that comes out.

    What the user does can depend on what the detector cut, and the detector hears the user. Every pass settles one more
    act, so there are at most as many as acts.
    """
    edges: list[Edge] = []
    done = perform(scene, library, seed, pauses)
    if policy(scene.policy).trigger.source != LOCAL_VAD:
        return done
    for _ in range(len(scene.acts) + 2):
        found = local_edges_of(done, response)
        if found == edges:
            return done
        edges = found
        done = perform(scene, library, seed, pauses, edges)
    raise BargeinError(f"scene {scene.id}: the local detector and the user do not settle")


def local_edges_of(done: Performance, response: Float | None = None) -> list[Edge]:
    """Run the local detector on a performance's microphone; edges in session time."""
    from bargein.vad.local import local_edges

    found = local_edges(user_track(done, response), done.scene.format.rate)
    return [dated(edge, edge.at + done.origin_ms) for edge in found]


def compose(scene: Scene, folder: Path, library: Library, seed: int, *, overwrite: bool = False,
            response: Float | None = None, room: Mapping[str, Any] | None = None) -> Session:  # fmt: skip
    """Play a scene and write its session.

    Parameters
    ----------
    folder
        Where to.
    response, room
        A measured room response, and where it comes from.

    Raises
    ------
    BargeinError
        No draw shows what the scene is for.
    SessionError
        The folder exists.
    """
    done, draws = played(scene, library, seed, response=response)
    notes = (f"draw {draws + 1}: the draws before it did not show the scene's situation and cause",) if draws else ()
    return write(done, folder, overwrite=overwrite, response=response, room=room, notes=notes)


def chosen(ids: Sequence[str], only: Sequence[str] | None) -> list[str]:
    """Give the ids that hold any of the words; all of them without words.

    Raises
    ------
    BargeinError
        None does.

    Examples
    --------
    >>> chosen(["grok-01-interruption", "grok-02-tail"], ["tail"])
    ['grok-02-tail']
    """
    found = [id for id in ids if not only or any(word in id for word in only)]
    if not found:
        raise BargeinError(f"no scene is called {', '.join(only or ())}; there are {', '.join(ids)}")
    return found
