"""pyannote.core's values, in and out: an ``Annotation`` per recording, a ``Timeline`` where nobody is named.

Their segments are seconds in floating point, ours whole milliseconds; three digits come back as they were. A segment's
*track* says the kind, its *label* the speaker; the other fields of a label have no place there. The package comes with
``pip install "bargein[interop]"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bargein.errors import LabelError, check
from bargein.formats.labelfiles.bringing import labels_of
from bargein.formats.labelfiles.entries import Entry, as_kind
from bargein.session import Info, Label
from bargein.units import ms_from_seconds, seconds

if TYPE_CHECKING:
    from pyannote.core import Annotation, Timeline  # type: ignore[import-untyped]


def to_annotation(labels: Iterable[Label], session: str = "") -> Annotation:
    """Give labels as an ``Annotation``.

    Raises
    ------
    LabelError
        pyannote.core is not installed.

    Examples
    --------
    >>> print(to_annotation([Label("speech", 500, 900, speaker="A")]))
    [ 00:00:00.500 -->  00:00:00.900] speech A
    """
    core = _core()
    made = core.Annotation(uri=session or None)
    for x in sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms)):
        segment = core.Segment(seconds(x.onset_ms), seconds(x.offset_ms))
        track, number = x.kind, 1
        while made.has_track(segment, track):  # two speakers who begin and end together
            number += 1
            track = f"{x.kind} {number}"
        made[segment, track] = x.speaker
    return made


def to_timeline(labels: Iterable[Label], session: str = "") -> Timeline:
    """Give the times of labels as a ``Timeline``; overlaps stay, as that library keeps them until asked.

    Raises
    ------
    LabelError
        pyannote.core is not installed.

    Examples
    --------
    >>> len(to_timeline([Label("tic", 500, 900), Label("tic", 700, 950)]))
    2
    """
    core = _core()
    return core.Timeline((core.Segment(seconds(x.onset_ms), seconds(x.offset_ms)) for x in labels), uri=session or None)


def from_pyannote(
    given: Annotation | Timeline, info: Info, annotator: str, told: Mapping[str, Any] | None = None
) -> tuple[Label, ...]:
    """Make labels of an ``Annotation`` or a ``Timeline``; a track that names a kind says the kind.

    Parameters
    ----------
    info
        The session's: nothing outside it can be true of it.
    told
        Fields that are not said: ``kind``, ``track``, ``basis`` and the like.

    Raises
    ------
    LabelError
        What is given does not fit the schema or the session; everything at once.
    """
    annotated = hasattr(given, "itertracks")
    rows = given.itertracks(yield_label=True) if annotated else ((s, "", "") for s in given)
    entries = []
    for n, (segment, track, speaker) in enumerate(rows, 1):
        kind = as_kind(str(track).rstrip(" 0123456789"))
        stated = {"kind": kind} if kind else {}
        stated |= {"speaker": str(speaker)} if annotated else {}
        times = ms_from_seconds(segment.start), ms_from_seconds(segment.end)
        entries.append(Entry(f"segment {n}", *times, stated))
    labels, problems, _ = labels_of(entries, info, annotator, told or {})
    check(problems, LabelError, str(given.uri or "pyannote"))
    return tuple(label for label, _ in labels)


def _core() -> Any:
    try:
        import pyannote.core  # type: ignore[import-untyped]
    except ImportError:
        raise LabelError(['pyannote.core is not installed: pip install "bargein[interop]"'], "pyannote") from None
    return pyannote.core
