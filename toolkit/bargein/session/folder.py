"""A session folder: opened without reading audio, its parts read when first asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bargein.errors import NotAnswerable, SessionError, check
from bargein.ledger import Basis, Heard
from bargein.session.clientlog import heard_from
from bargein.session.files import (
    CLIENT_FILE,
    EVENTS_FILE,
    LABELS_FILE,
    open_info,
    read_client,
    read_labels,
    read_records,
)
from bargein.session.model import SOUND_ALONE, Info, Label, Record
from bargein.session.queued import QUEUE_FILE, Sample, read_rows, samples_of
from bargein.session.validate import problems_of
from bargein.timeline import Span, Timeline
from bargein.units import clock_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Session:
    """A recorded session: its facts at hand, its log, labels and sound read when first asked for.

    Parameters
    ----------
    folder
        Where it lies.
    info
        What ``session.json`` states.
    """

    def __init__(self, folder: Path, info: Info) -> None:
        self.folder = folder
        self.info = info

    @property
    def id(self) -> str:
        """Name of the session."""
        return self.info.id

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """Log lines in order.

        Raises
        ------
        SessionError
            Lines that cannot be read, or times that run backwards; all of them.
        """
        records, problems = read_records(self.folder / EVENTS_FILE)
        check(problems, SessionError, str(self.folder))
        return records

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Labels in order of onset; empty when there are none.

        Raises
        ------
        SessionError
            Labels that do not fit the schema or the session; all of them.
        """
        labels, problems = read_labels(self.folder / LABELS_FILE, self.info)
        check(problems, SessionError, str(self.folder))
        return labels

    @cached_property
    def samples(self) -> Mapping[str, Sample]:
        """By annotator, what answers to a queue are a sample of: see :func:`bargein.session.queued.samples_of`.

        Raises
        ------
        SessionError
            Lines that cannot be read; all of them.
        """
        rows, problems = read_rows(self.folder / QUEUE_FILE)
        check(problems, SessionError, str(self.folder))
        return samples_of(rows)

    def reread_labels(self) -> tuple[Label, ...]:
        """Read the labels again, and the queue that some may answer, after some were added."""
        for name in ("labels", "samples"):
            self.__dict__.pop(name, None)
        return self.labels

    def with_labels(self, labels: Iterable[Label]) -> Session:
        """Give the same session with these labels in place of its own, as if no queue had asked for any of them."""
        twin = Session(self.folder, self.info)
        ordered = tuple(sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms)))
        twin.__dict__ |= {**self.__dict__, "labels": ordered, "samples": {}}
        return twin

    def of(self, annotator: str) -> Session:
        """Give the same session with one annotator's labels alone, and what was found without one, by rule or in a log.

        Examples
        --------
        >>> from bargein.session import Info
        >>> told = Session(Path("call"), Info("call", "openai", "none", 9_000)).with_labels(
        ...     [Label("tic", 0, 300, annotator="anna"), Label("noise", 40, 300, annotator="ben")])
        >>> [label.kind for label in told.of("ben").labels]
        ['noise']
        """
        kept = (x for x in self.labels if x.annotator in (annotator, *SOUND_ALONE))
        twin = self.with_labels(kept)
        twin.__dict__["samples"] = {name: sample for name, sample in self.samples.items() if name == annotator}
        return twin

    @cached_property
    def client_heard(self) -> Heard | None:
        """What the client's own player logged; None without a log.

        Raises
        ------
        SessionError
            Lines that cannot be read, or times that run backwards; all of them.
        """
        path = self.folder / CLIENT_FILE
        if not path.exists():
            return None
        lines, problems = read_client(path)
        check(problems, SessionError, str(self.folder))
        basis = Basis("modelled", 0) if "client" in self.info.modelled else Basis("logged")
        return heard_from(lines, self.agent_rate, basis)

    @property
    def agent_rate(self) -> int:
        """Samples per second of the agent's audio.

        Raises
        ------
        NotAnswerable
            The recording has no agent audio.
        """
        if "agent" not in self.info.tracks:
            raise NotAnswerable(f"{self.id} holds no agent audio; record the deltas' payloads to know what was heard")
        return self.info.tracks["agent"].rate

    def audio(self, track: str) -> NDArray[np.float32]:
        """Read a track, mono, full scale ±1.

        Raises
        ------
        NotAnswerable
            The recording has no such track.
        AudioError
            The file is missing or damaged.
        """
        from bargein.audio.files import read

        if track not in self.info.tracks:
            raise NotAnswerable(f"{self.id} has no {track} track")
        samples, _ = read(self.folder / self.info.tracks[track].file)
        return samples

    def loudness(self, track: str) -> NDArray[np.float64]:
        """Give a track's level every 10 ms, dBFS; it is read piece by piece.

        Raises
        ------
        NotAnswerable, AudioError
            As :meth:`audio`.
        """
        from bargein.audio.files import blocks
        from bargein.audio.levels import dbfs, rms_of_blocks

        if track not in self.info.tracks:
            raise NotAnswerable(f"{self.id} has no {track} track")
        about = self.info.tracks[track]
        # Long pieces: a thread that comes back from decoding waits for the interpreter, some 50 ms a piece.
        return dbfs(rms_of_blocks(blocks(self.folder / about.file, size=1 << 22), about.rate))

    def labelled(self, *kinds: str) -> tuple[Label, ...]:
        """Labels of the named kinds."""
        return tuple(label for label in self.labels if label.kind in kinds)

    def spans(self, *kinds: str) -> Timeline:
        """When labels of the named kinds hold."""
        return Timeline(Span(label.onset_ms, label.offset_ms) for label in self.labelled(*kinds))

    def __repr__(self) -> str:
        i = self.info
        length = clock_text(i.length_ms)
        return f"<Session {i.id}: {i.provider} {i.model}, {length}, {i.turn_detection.label}, {i.basis}>"

    def _repr_html_(self) -> str:
        from html import escape

        i = self.info
        rows = {
            "provider": f"{i.provider} · {i.model}", "length": clock_text(i.length_ms),
            "settings": i.turn_detection.label, "basis": i.basis, "speech": i.speech_style,
            "situation": i.situation, "cause": i.cause, "licence": i.licence,
        }  # fmt: skip
        cells = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items() if v)
        return f"<table><caption>{escape(i.id)}</caption>{cells}</table>{self._strip()}"

    def _strip(self) -> str:
        """A small timeline of the user's labelled speech, as inline SVG."""
        length = max(self.info.length_ms, 1)
        bars = "".join(
            f'<rect x="{600 * label.onset_ms / length:.1f}" y="4" height="12" fill="#0072B2" '
            f'width="{max(600 * (label.offset_ms - label.onset_ms) / length, 1):.1f}"/>'
            for label in self.labelled("speech", "interruption", "backchannel")
        )
        return f'<svg width="600" height="20" role="img" aria-label="user speech">{bars}</svg>'


def load(folder: str | os.PathLike[str], *, verify: bool = False) -> Session:
    """Open a session folder; reads ``session.json`` only.

    Parameters
    ----------
    folder
        A session folder (``docs/session-format.md``).
    verify
        Also read everything and compare checksums.

    Raises
    ------
    SessionError
        It is no session folder, or what it states cannot be used; every problem at once.
    """
    path = Path(folder)
    info, problems = open_info(path)
    if verify:
        problems = list(problems_of(path))
    check(problems, SessionError, str(path))
    assert info is not None  # no problems
    return Session(path, info)
