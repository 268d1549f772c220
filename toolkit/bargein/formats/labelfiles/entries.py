"""What a label file says, before it is known to be a label: stretches with their place, and how text says more.

A foreign file holds times and a text; a label has more fields. A *mark* is a text that says them, and stays readable:
``turn; complete=yes; uncertainty_ms=10``. Only what differs from a label's defaults is written, so that what a person
types into an editor, ``turn``, is a mark too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, NamedTuple

from bargein.errors import Problem
from bargein.session.model import LABEL_KINDS, Label
from bargein.units import ms_from_seconds

#: What a label says besides when; who says so is one person a file.
FIELDS = ("kind", "track", "speaker", "uncertainty_ms", "basis", "blind", "complete")
DEFAULTS: Mapping[str, Any] = {f.name: f.default for f in fields(Label) if f.default is not MISSING}

#: Characters that would end a field, a line or a name somewhere, and what stands for them.
ESCAPES: dict[str, str | int | None] = {c: f"%{ord(c):02X}" for c in ["%", ";", *map(chr, range(32)), "\x7f"]}
SECONDS = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: As text: how the fields that are no text are written.
WORDS: Mapping[str, Mapping[str, Any]] = {"blind": {"yes": True, "no": False, "true": True, "false": False}}


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of a label file.

    Parameters
    ----------
    place
        File and line.
    onset_ms, offset_ms
        Session time.
    stated
        Fields of a label that the file says.
    text
        What it says besides and that names no kind: words, a comment.
    """

    place: str
    onset_ms: int
    offset_ms: int
    stated: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


class Parsed(NamedTuple):
    """What was read from a file: stretches, everything that is wrong, and what was repaired or left out."""

    entries: list[Entry]
    problems: list[Problem]
    notes: list[str]


class Format(NamedTuple):
    """A kind of label file.

    ``read`` takes its text, its name and the names of the session's tracks; ``write`` labels, the session's id and its
    length in ms. ``holds`` are the fields that come back.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[str, str, Sequence[str]], Parsed]
    write: Callable[[Sequence[Label], str, int], str]
    holds: tuple[str, ...] = FIELDS


def read_seconds(text: str, what: str, place: str) -> tuple[int, list[Problem]]:
    """Read a time in seconds as whole milliseconds.

    Examples
    --------
    >>> read_seconds("1.0005", "onset", "a.rttm:1")
    (1001, [])
    >>> print(read_seconds("1,5", "onset", "a.rttm:1")[1][0])
    onset: '1,5' is no number of seconds (a decimal comma?) @ a.rttm:1
    """
    if not SECONDS.fullmatch(text.strip()) or len(text) > 40:
        hint = "a decimal comma?" if "," in text else ""
        return 0, [Problem(f"{what}: {text!r} is no number of seconds", place, hint)]
    value = float(text)
    if not 0 <= value < 1e9:
        return 0, [Problem(f"{what}: {text!r} lies before the session or beyond any", place)]
    return ms_from_seconds(value), []


def escape(text: str, also: str = "") -> str:
    """Write a name so that no format breaks it.

    Examples
    --------
    >>> escape("A; B"), escape("Carlo Flora", " "), unescape("Carlo%20Flora")
    ('A%3B B', 'Carlo%20Flora', 'Carlo Flora')
    """
    return text.translate(str.maketrans({**ESCAPES, **{c: f"%{ord(c):02X}" for c in also}}))


def unescape(text: str) -> str:
    """Read what :func:`escape` wrote; a per cent sign that escapes nothing stays."""
    return re.sub(r"%([0-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), text)


def as_kind(text: str) -> str:
    """Give a kind as the schema spells it, or an empty text.

    Examples
    --------
    >>> as_kind(" Side-talk"), as_kind("laughter")
    ('side_talk', '')
    """
    kind = text.strip().lower().replace("-", "_").replace(" ", "_")
    return kind if kind in LABEL_KINDS else ""


def write_mark(label: Label, holds: Iterable[str] = FIELDS) -> str:
    """Write a label's fields as text, without its times and its annotator.

    Examples
    --------
    >>> write_mark(Label("turn", 0, 900, complete="yes", uncertainty_ms=10))
    'turn; uncertainty_ms=10; complete=yes'
    """
    told = {name: getattr(label, name) for name in holds if name != "kind"}
    more = [f"{name}={_word(name, value)}" for name, value in told.items() if value != DEFAULTS[name]]
    return "; ".join([label.kind, *more])


def _word(name: str, value: Any) -> str:
    spelt = {meant: word for word, meant in reversed([*WORDS.get(name, {}).items()])}
    return escape(str(spelt.get(value, value)))


def read_mark(text: str, place: str) -> tuple[dict[str, Any], str, list[Problem]]:
    """Read a text: the fields it says, what it says besides, and everything that is wrong.

    A text that does not begin with a kind is a comment as a whole.

    Examples
    --------
    >>> read_mark("turn; complete=yes; uncertainty_ms=10", "a.txt:1")
    ({'kind': 'turn', 'complete': 'yes', 'uncertainty_ms': 10}, '', [])
    >>> read_mark("hello there", "a.txt:1")
    ({}, 'hello there', [])
    """
    head, *rest = text.split(";")
    kind = as_kind(head)
    if not kind:
        return {}, text.strip(), []
    stated: dict[str, Any] = {"kind": kind}
    problems = []
    for part in rest:
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in FIELDS:
            problems.append(Problem(f"{part.strip()!r} is none of {', '.join(FIELDS[1:])}", place, "NAME=VALUE"))
        else:
            stated[name] = read_value(name, unescape(value))
    return stated, "", problems


def read_value(name: str, text: str) -> Any:
    """Read a field from text; what cannot be read stays text, and the schema refuses it with its place.

    Examples
    --------
    >>> read_value("blind", "Yes"), read_value("uncertainty_ms", "10"), read_value("uncertainty_ms", "ten")
    (True, 10, 'ten')
    """
    if name in WORDS:
        return WORDS[name].get(text.lower(), text)
    return int(text) if name.endswith("_ms") and re.fullmatch(r"-?\d{1,12}", text) else text


def tier_name(label: Label) -> str:
    """Name the tier of a label: track, speaker and kind, as labels of two kinds overlap.

    Examples
    --------
    >>> tier_name(Label("turn", 0, 900, speaker="Carlo Flora"))
    'user/Carlo Flora/turn'
    """
    return f"{label.track}/{escape(label.speaker)}/{label.kind}"


def read_tier(name: str, tracks: Sequence[str]) -> dict[str, Any]:
    """Read a tier's name: ours say track, speaker and kind, others are a kind or a speaker.

    Examples
    --------
    >>> read_tier("user/Carlo Flora/turn 2", ["user"])
    {'track': 'user', 'speaker': 'Carlo Flora', 'kind': 'turn'}
    >>> read_tier("Backchannel", ["user"]), read_tier("MEE009", ["user"])
    ({'kind': 'backchannel'}, {'speaker': 'MEE009'})
    """
    ours = re.fullmatch(r"([^/]+)/(.*)/([a-z_]+)( \d+)?", name)
    if ours and ours[1] in tracks and ours[3] in LABEL_KINDS:
        return {"track": ours[1], "speaker": unescape(ours[2]), "kind": ours[3]}
    if kind := as_kind(name):
        return {"kind": kind}
    return {"speaker": name.strip()} if name.strip() else {}


def tiers(labels: Sequence[Label]) -> dict[str, list[Label]]:
    """Share labels among tiers in which nothing overlaps, named by :func:`tier_name`; a second one is numbered.

    Examples
    --------
    >>> list(tiers([Label("speech", 0, 500), Label("speech", 400, 900)]))
    ['user/user/speech', 'user/user/speech 2']
    """
    made: dict[str, list[Label]] = {}
    for label in sorted(labels, key=lambda x: (x.onset_ms, x.offset_ms)):
        name, number = tier_name(label), 1
        while (tier := made.setdefault(name, [])) and tier[-1].offset_ms > label.onset_ms:
            number += 1
            name = f"{tier_name(label)} {number}"
        tier.append(label)
    return made
