"""ELAN's .eaf: tiers of annotations between time slots, in milliseconds, as XML.

A document type or an entity is refused before anything of it is read: an .eaf has none, and they are how XML reaches
for other files or fills the memory. Annotations that refer to other annotations (``REF_ANNOTATION``) have no time of
their own; they are counted and left out.

References
----------
Max Planck Institute for Psycholinguistics, ELAN Annotation Format, schema version 3.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape as xml_text
from xml.sax.saxutils import quoteattr

from bargein.errors import Problem
from bargein.formats.labelfiles.entries import (
    Entry,
    Format,
    Parsed,
    escape,
    read_mark,
    read_tier,
    tiers,
    unescape,
    write_mark,
)
from bargein.session.model import Label

#: The schema asks for a date; labels have none, and two exports of the same labels are the same file.
NO_DATE = "1970-01-01T00:00:00+00:00"
SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"


class Refused(Exception):
    """XML that an .eaf has no need of."""


@dataclass
class Annotation:
    """An annotation while it is read: its line, tier, slots and text."""

    line: int
    tier: Mapping[str, str]
    slots: tuple[str, str]
    text: str = ""


@dataclass
class Document:
    """What has been read so far; the methods are called by the XML parser."""

    parser: expat.XMLParserType
    file: str
    root: str = ""
    tier: Mapping[str, str] = field(default_factory=dict)
    slots: dict[str, str | None] = field(default_factory=dict)
    found: list[Annotation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    without_time: int = 0
    open: Annotation | None = None
    in_value: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self.root = self.root or name
        line = self.parser.CurrentLineNumber
        match name:
            case "HEADER" if attributes.get("TIME_UNITS", "milliseconds") != "milliseconds":
                self._wrong(f"TIME_UNITS: {attributes['TIME_UNITS']!r} is not milliseconds", "save it with ELAN")
            case "MEDIA_DESCRIPTOR" if attributes.get("TIME_ORIGIN", "0") not in ("", "0"):
                self._wrong(f"TIME_ORIGIN: the sound begins {attributes['TIME_ORIGIN']} ms into another clock", "")
            case "TIME_SLOT":
                self.slots[attributes.get("TIME_SLOT_ID", "")] = attributes.get("TIME_VALUE")
            case "TIER":
                self.tier = attributes
            case "ALIGNABLE_ANNOTATION":
                ends = attributes.get("TIME_SLOT_REF1", ""), attributes.get("TIME_SLOT_REF2", "")
                self.open = Annotation(line, self.tier, ends)
                self.found.append(self.open)
            case "REF_ANNOTATION":
                self.without_time += 1
                self.open = None
            case "ANNOTATION_VALUE":
                self.in_value = True
            case _:
                pass

    def end(self, name: str) -> None:
        """End an element."""
        if name == "ANNOTATION_VALUE":
            self.in_value = False

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self.in_value and self.open is not None:
            self.open.text += text

    def refuse(self, *_: object) -> None:
        """Stop at a document type or an entity."""
        raise Refused("a document type or an entity")

    def _wrong(self, what: str, hint: str) -> None:
        self.problems.append(Problem(what, f"{self.file}:{self.parser.CurrentLineNumber}", hint))


def read(text: str, file: str, tracks: Sequence[str]) -> Parsed:
    """Read an .eaf: an annotation with times is a stretch, of its tier's participant or name."""
    parser = expat.ParserCreate(encoding="utf-8")
    document = Document(parser, file)
    parser.StartElementHandler, parser.EndElementHandler = document.start, document.end
    parser.CharacterDataHandler = document.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = document.refuse
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        document.problems.append(
            Problem(f"no XML: {expat.ErrorString(error.code)}", f"{file}:{error.lineno}", "cut off?")
        )
    except Refused as refused:
        place = f"{file}:{parser.CurrentLineNumber}"
        document.problems.append(Problem(f"{refused}, which an .eaf does not have", place, "not written by ELAN"))
    else:
        if document.root != "ANNOTATION_DOCUMENT":
            document.problems.append(Problem(f"{document.root!r} is no ANNOTATION_DOCUMENT", file, "not an .eaf?"))
    entries = [entry for one in document.found if (entry := _entry(one, document, tracks))]
    n = document.without_time
    notes = [f"{n} annotations of annotations, which have no time of their own, were left out"] if n else []
    return Parsed(entries, document.problems, notes)


def _entry(one: Annotation, document: Document, tracks: Sequence[str]) -> Entry | None:
    place = f"{document.file}:{one.line}"
    times = []
    for slot in one.slots:
        value = document.slots.get(slot)
        if value is None or not value.isascii() or not value.isdigit() or len(value) > 12:
            what = f"time slot {slot!r} has no time" if value is None else f"time slot {slot!r}: {value!r} is no time"
            document.problems.append(Problem(what, place, "align the annotation in ELAN"))
            return None
        times.append(int(value))
    stated, rest, wrong = read_mark(one.text, place)
    document.problems += wrong
    named = read_tier(one.tier.get("TIER_ID", ""), tracks)
    if person := one.tier.get("PARTICIPANT", "").strip():
        named["speaker"] = unescape(person)
    return Entry(place, times[0], times[1], {**named, **stated}, rest)


def write(labels: Sequence[Label], session: str, length_ms: int) -> str:
    """Write labels as an .eaf, a tier for each track, speaker and kind.

    Examples
    --------
    >>> text = write([Label("tic", 500, 900, annotator="A")], "", 1_000)
    >>> read(text, "a.eaf", ["user"]).entries[0].stated
    {'track': 'user', 'speaker': 'user', 'kind': 'tic'}
    """
    made = tiers(labels)
    rows = [x for inside in made.values() for x in inside]
    slots = [at for x in rows for at in (x.onset_ms, x.offset_ms)]
    out = ['<?xml version="1.0" encoding="UTF-8"?>']
    out += [f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{NO_DATE}" FORMAT="3.0" VERSION="3.0" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:noNamespaceSchemaLocation="{SCHEMA}">']  # fmt: skip
    out += ['<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>', "<TIME_ORDER>"]
    # the schema wants slots in order of time, whatever annotation they belong to
    order = sorted(range(len(slots)), key=lambda n: slots[n])
    out += [f'<TIME_SLOT TIME_SLOT_ID="ts{n + 1}" TIME_VALUE="{slots[n]}"/>' for n in order]
    out += ["</TIME_ORDER>"]
    number = 0
    for tier, inside in made.items():
        by, person = (quoteattr(escape(name)) for name in (inside[0].annotator, inside[0].speaker))
        out += [f'<TIER ANNOTATOR={by} LINGUISTIC_TYPE_REF="label" PARTICIPANT={person} TIER_ID={quoteattr(tier)}>']
        for x in inside:
            number += 1
            text = xml_text(write_mark(x, ("kind", "uncertainty_ms", "basis", "blind", "complete")))
            ends = f'TIME_SLOT_REF1="ts{2 * number - 1}" TIME_SLOT_REF2="ts{2 * number}"'
            out += [f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" {ends}>'
                    f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"]  # fmt: skip
        out += ["</TIER>"]
    out += ['<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="label" TIME_ALIGNABLE="true"/>']
    return "\n".join([*out, "</ANNOTATION_DOCUMENT>"]) + "\n"


ELAN = Format("elan", (".eaf",), read, write)
