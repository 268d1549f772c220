"""Which format a file has, by its suffix, and its text, whatever encoding it was saved in."""

from __future__ import annotations

import codecs
from pathlib import Path

from bargein.errors import LabelError, Problem
from bargein.formats.labelfiles.audacity import AUDACITY
from bargein.formats.labelfiles.csvlabels import CSV
from bargein.formats.labelfiles.elan import ELAN
from bargein.formats.labelfiles.entries import Format
from bargein.formats.labelfiles.rttm import RTTM
from bargein.formats.labelfiles.textgrid import TEXTGRID

FORMATS = {f.name: f for f in (RTTM, TEXTGRID, AUDACITY, ELAN, CSV)}
#: How a file begins that says its encoding. UTF-32 first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: Larger than any label file: a sound file was named, or a log.
MOST_BYTES = 100_000_000


def format_of(path: Path, name: str | None = None) -> Format:
    """Give the format of a file: the named one, or that of its suffix.

    Raises
    ------
    LabelError
        No such format.

    Examples
    --------
    >>> format_of(Path("a.TextGrid")).name, format_of(Path("a.lab"), "audacity").name
    ('textgrid', 'audacity')
    """
    if name is not None and name in FORMATS:
        return FORMATS[name]
    found = [f for f in FORMATS.values() if path.suffix.lower() in f.suffixes]
    if name is None and found:
        return found[0]
    known = ", ".join(f"{f.name} ({' '.join(f.suffixes)})" for f in FORMATS.values())
    what = f"format: {name!r} is none of" if name is not None else f"suffix {path.suffix!r} belongs to none of"
    raise LabelError([Problem(f"{what} {known}", path.name, "name the format")], path.name)


def text_of(path: Path) -> tuple[str, list[str]]:
    """Read a text file: UTF-8, or UTF-16 and UTF-32 by how it begins; line ends become those of this system's text.

    Returns
    -------
    The text, and what was not as usual.

    Raises
    ------
    LabelError
        It is not there, is no text, or in another encoding.
    """
    if not path.is_file():
        raise LabelError([Problem("no such file", str(path), "mistyped?")], path.name)
    if (size := path.stat().st_size) > MOST_BYTES:
        raise LabelError([Problem(f"{size} bytes are too many for labels", path.name, "a sound file?")], path.name)
    data = path.read_bytes()
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and data[:2].count(0) == 1:  # every second byte of plain letters in UTF-16 is zero
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} is no {encoding.upper()}"
        problem = Problem(what, f"{path.name}:{line}", "another encoding? Save it as UTF-8")
        raise LabelError([problem], path.name) from None
    if "\0" in text:
        raise LabelError([Problem("zero bytes: no text", path.name, "a sound file?")], path.name)
    notes = [f"read as {encoding.upper()}"] if encoding not in ("utf-8", "utf-8-sig") else []
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes
