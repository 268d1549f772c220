"""What a person needs to label a session: its sound in session time, and where the user sounds, as a label track."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bargein.audio.edges import speech_spans
from bargein.audio.files import write_wav
from bargein.errors import LabelError, Problem, check
from bargein.formats.labelfiles.audacity import write
from bargein.session import Label, Session
from bargein.session.model import ENERGY_RULE
from bargein.session.sounding import recorded_stereo
from bargein.timeline import Span

#: Stretches closer than this are one utterance.
BRIDGED_MS = 200


def sheet(session: Session, out: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[tuple[Path, ...], int]:
    """Write a session's sound and a first label track beside each other, both or neither.

    The sound is as long as the session and begins with it, whatever its tracks' origins: what is labelled in it is in
    session time. The stretches are those of an energy rule, every one called ``speech``: a person says what each is.

    Parameters
    ----------
    session
        With a user track.
    out
        Folder; the files are named after the session, ``.wav`` (left the user, right the agent where its track is what
        was heard) and ``.txt`` (Audacity's label track).
    overwrite
        Replace them.

    Returns
    -------
    The files, and how many stretches there are; none where nothing stands out from the noise.

    Raises
    ------
    LabelError
        A file exists.
    NotAnswerable
        The session has no user track.
    """
    folder = Path(out)
    files = folder / f"{session.id}.wav", folder / f"{session.id}.txt"
    there = [Problem("the file exists", str(f), "name another folder, or overwrite it") for f in files if f.exists()]
    check([] if overwrite else there, LabelError, session.id)
    user = session.audio("user")
    track = session.info.tracks["user"]
    found = speech_spans(user, track.rate).bridged(BRIDGED_MS).shift(track.origin_ms)
    spans = found.clip(Span(0, session.info.length_ms))
    labels = [Label("speech", s.start, s.end, uncertainty_ms=10, basis="acoustic", annotator=ENERGY_RULE)
              for s in spans]  # fmt: skip
    sound, rate = recorded_stereo(session)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.absolute(), prefix=f".{session.id}.") as scratch:
        made = [Path(scratch) / f.name for f in files]
        write_wav(made[0], sound, rate)
        made[1].write_text(write(labels, session.id, session.info.length_ms), encoding="utf-8", newline="")
        for part, file in zip(made, files, strict=True):
            part.replace(file)
    return files, len(labels)
