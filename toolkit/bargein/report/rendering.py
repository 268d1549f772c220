"""Gates compared by ear: one stereo file a replay, left the user, right what was heard of the agent."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bargein.audio.files import write_flac, write_wav
from bargein.errors import AudioError, Problem, SettingsError, check
from bargein.metrics.stopping import revoked_heard_ms
from bargein.outcome import Outcome
from bargein.report.tables import Table
from bargein.units import seconds

#: What can be written, by the end of a file's name.
WRITERS: Mapping[str, Callable[[Path, Any, int], None]] = {"wav": write_wav, "flac": write_flac}
NOTE = (
    "Left: the user as sent. Right: what was heard of the agent, sample by sample as the queue model has it. Revoked = "
    "audio of answers that a cut had revoked, heard after that cut; lower is better."
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One file, and what is in it: all times in milliseconds.

    Parameters
    ----------
    file
        Where it lies.
    session, policy
        What was replayed, under which gate.
    length_ms, heard_ms
        Of the session; of it, how much of the agent was heard.
    revoked_ms
        How much of that was of revoked answers, after their cut.
    basis
        What the statement about heard audio rests on.
    """

    file: Path
    session: str
    policy: str
    length_ms: int
    heard_ms: int
    revoked_ms: int
    basis: str

    def row(self) -> dict[str, object]:
        """The row as plain values."""
        return {
            "session": self.session, "policy": self.policy, "length [s]": seconds(self.length_ms),
            "agent heard [s]": seconds(self.heard_ms), "revoked heard [s]": seconds(self.revoked_ms),
            "basis": self.basis, "file": str(self.file),
        }  # fmt: skip

    def player(self) -> str:
        """Give a player and a link to the file that need nothing else, as HTML."""
        kind = self.file.suffix.removeprefix(".")
        source = f"data:audio/{kind};base64,{base64.b64encode(self.file.read_bytes()).decode()}"
        said = f"{self.policy}: {seconds(self.revoked_ms):.1f} s of revoked answers heard"
        link = f'<a download="{escape(self.file.name)}" href="{source}">{escape(self.file.name)}</a>'
        return f'<p>{escape(said)} · {link}<br><audio controls src="{source}"></audio></p>'


@dataclass(frozen=True, slots=True)
class Renders:
    """Files that were written, in order."""

    files: tuple[Rendered, ...]

    @property
    def table(self) -> Table:
        """One row a file."""
        return Table("Rendered", [r.row() for r in self.files], NOTE, ("session", "basis"))

    def _repr_html_(self) -> str:
        return "".join(r.player() for r in self.files)


def render(
    outcomes: Iterable[Outcome], folder: str | os.PathLike[str], kind: str = "wav", *, overwrite: bool = False
) -> Renders:
    """Write what was heard in each replay as a 16-bit stereo file named for session and policy.

    Parameters
    ----------
    outcomes
        Replays, of one session or of many.
    folder
        Made when missing.
    kind
        One of :data:`WRITERS`.
    overwrite
        Replace files that stand there.

    Returns
    -------
    The files, in the order of the outcomes.

    Raises
    ------
    SettingsError
        No such kind of file.
    AudioError
        Files stand there, or two replays would share one: all of them, and nothing is written. Or a track is damaged.
    NotAnswerable
        A session holds no agent track.
    """
    if kind not in WRITERS:
        raise SettingsError([Problem(f"kind {kind!r} is no sound that can be written", hint=" or ".join(WRITERS))])
    every = [(o, Path(folder) / f"{_plain(o.session.id)}.{_plain(o.policy.title)}.{kind}") for o in outcomes]
    names = Counter(path for _, path in every)
    problems = [Problem("two replays have this name", str(p), "render them apart") for p, n in names.items() if n > 1]
    if not overwrite:
        stand = (p for p in names if p.exists())
        problems += [Problem("the file exists", str(p), "name another folder, or overwrite it") for p in stand]
    check(problems, AudioError, "render")
    Path(folder).mkdir(parents=True, exist_ok=True)
    made = []
    for o, path in every:
        WRITERS[kind](path, o.heard_audio(), o.heard.rate)
        basis = f"session {o.session.info.basis}; heard {o.heard.basis}"
        made.append(Rendered(path, o.session.id, o.policy.title, o.session.info.length_ms, o.heard.audio_ms(),
                             revoked_heard_ms(o), basis))  # fmt: skip
    return Renders(tuple(made))


def _plain(name: str) -> str:
    """A name that stays inside its folder: an id is somebody else's text."""
    return "".join(c if c.isalnum() or c in "-_@" else "-" for c in name)
