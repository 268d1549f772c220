"""Labels in and out: files of other programs, checked with the libraries that define them, and never half an import."""

from __future__ import annotations

import shutil
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bargein.errors import LabelError
from bargein.formats.labelfiles import FORMATS, bring, format_of, leave, one_set
from bargein.formats.labelfiles.bringing import append
from bargein.formats.labelfiles.entries import FIELDS, read_mark, write_mark
from bargein.formats.labelfiles.pyannote import from_pyannote, to_annotation, to_timeline
from bargein.formats.labelfiles.table import text_of
from bargein.session import Info, Label, Session, load, save
from bargein.session.model import COMPLETE, LABEL_BASES, LABEL_KINDS

ROOT = Path(__file__).parents[2]
TAIL = ROOT / "data" / "sessions" / "openai-02-tail"
LENGTH = 20_000
ANNA = (
    Label("speech", 1_000, 2_500, speaker="Carlo Flora", annotator="anna"),
    Label("turn", 1_000, 3_000, speaker="Carlo Flora", uncertainty_ms=10, basis="acoustic", annotator="anna",
          complete="yes"),
    Label("interruption", 9_951, 10_871, speaker='Zoë "Z"; 100 %', annotator="anna", blind=True),
    Label("backchannel", 12_000, 12_345, track="agent", annotator="anna"),
)  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session of 20 s with one label, of somebody else."""
    import numpy as np

    from bargein.session import Track

    info = Info("call 1", "openai", "m", LENGTH, tracks={"agent": Track("agent.flac", "heard", 8_000, 800)})
    old = [Label("tic", 500, 900, annotator="ben")]
    return save(tmp_path / "call", info, [], audio={"agent": np.zeros(800, np.int16)}, labels=old)


def wrong(session: Session, path: Path, **how: object) -> str:
    """Import what cannot be; give the message, and see that nothing was added."""
    before = (session.folder / "labels.jsonl").read_bytes()
    with pytest.raises(LabelError) as refused:
        bring(session.folder, path, **{"annotator": "anna", **how})  # type: ignore[arg-type]
    assert before == (session.folder / "labels.jsonl").read_bytes()
    assert [] == [p.name for p in session.folder.iterdir() if p.name.startswith(".")]
    return str(refused.value)


def put(tmp_path: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write a label file."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def told(labels: tuple[Label, ...], fields: tuple[str, ...]) -> set[tuple[object, ...]]:
    """What labels say: times and the named fields."""
    return {(x.onset_ms, x.offset_ms, *(getattr(x, name) for name in fields)) for x in labels}


# ---- there and back


@pytest.mark.parametrize("suffix", [s for f in FORMATS.values() for s in f.suffixes])
def test_there_and_back(session: Session, tmp_path: Path, suffix: str) -> None:
    """What a format holds comes back as it was, and what it has no place for is said."""
    twin = shutil.copytree(session.folder, tmp_path / "twin")
    append(session.folder / "labels.jsonl", ANNA)
    path = tmp_path / f"out{suffix}"
    written, notes = leave(load(session.folder), path, annotator="anna")
    assert set(ANNA) == set(written)
    holds = FORMATS[format_of(path).name].holds
    lost = [n.rpartition(" ")[2] for n in notes]
    assert [name for name in FIELDS if name not in holds and name != "kind"] == lost
    back = bring(twin, path, annotator="anna")
    assert told(ANNA, (*holds, "annotator")) == told(back.labels, (*holds, "annotator"))


NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufeff"), min_size=1, max_size=8).map(
    lambda name: f"n{name}n"
)
LABELS = st.builds(
    Label, st.sampled_from(LABEL_KINDS), st.integers(0, 900), st.integers(1_000, 2_000), speaker=NAMES,
    track=st.sampled_from(["user", "agent"]), uncertainty_ms=st.integers(0, 99), basis=st.sampled_from(LABEL_BASES),
    annotator=st.just("anna"), blind=st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@given(label=LABELS, complete=st.sampled_from([None, *COMPLETE]))
def test_any_label_comes_back(name: str, label: Label, complete: str | None) -> None:
    """Whatever a speaker is called: no format breaks on it."""
    label = replace(label, complete=complete if label.kind == "turn" else None)
    chosen = FORMATS[name]
    text = chosen.write([label], "call 1", 2_000)
    entries, problems, notes = chosen.read(text.replace("\r\n", "\n"), "f", ["user", "agent"])
    assert ([], []) == (problems, notes)
    (entry,) = entries
    back = {n: entry.stated.get(n, getattr(Label("tic", 0, 1), n)) for n in chosen.holds}
    assert {n: getattr(label, n) for n in chosen.holds} == back
    assert (label.onset_ms, label.offset_ms) == (entry.onset_ms, entry.offset_ms)


@given(label=LABELS)
def test_a_mark_says_a_label(label: Label) -> None:
    """A text in an editor holds every field."""
    stated, rest, problems = read_mark(write_mark(label), "f")
    assert ("", []) == (rest, problems)
    times = {"onset_ms": label.onset_ms, "offset_ms": label.offset_ms}
    assert label == Label(**times, **stated, annotator="anna")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    name=st.sampled_from([*FORMATS]),
    text=st.text(string.printable, max_size=200) | st.sampled_from(['"', "<a", "SPEAKER a 1 nan 1 x x b", "a\t1e999"]),
)
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """Garbage gives problems with their place, not a crash."""
    parsed = FORMATS[name].read(text, "f", ["user"])
    assert all(p.place.startswith("f") for p in parsed.problems)


# ---- with the libraries themselves


def test_praat_reads_and_writes(session: Session, tmp_path: Path) -> None:
    """Praatio sees our intervals, and what it writes, long or short, is read."""
    from praatio import textgrid

    append(session.folder / "labels.jsonl", ANNA)
    path = tmp_path / "ours.TextGrid"
    leave(load(session.folder), path, annotator="anna")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    assert 20.0 == grid.maxTimestamp
    assert [(9.951, 10.871, "interruption; blind=yes")] == [
        (e.start, e.end, e.label) for e in grid.getTier('user/Zoë "Z"%3B 100 %25/interruption').entries
    ]
    for layout in ("long_textgrid", "short_textgrid"):
        theirs = tmp_path / f"{layout}.TextGrid"
        grid.save(str(theirs), format=layout, includeBlankSpaces=True)
        back = bring(session.folder, theirs, annotator=layout)
        assert told(ANNA, FIELDS) == told(back.labels, FIELDS)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_a_textgrid_in_another_encoding(session: Session, tmp_path: Path, encoding: str) -> None:
    """Praat saves UTF-16 as soon as a letter needs it; it is read, and said."""
    from praatio.data_classes.interval_tier import IntervalTier
    from praatio.data_classes.textgrid import Textgrid

    grid = Textgrid()
    grid.addTier(IntervalTier("Zoë", [(1.0, 2.0, "backchannel"), (3.0, 3.5, "tic")], 0, 20))
    path = tmp_path / "praat.TextGrid"
    grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)
    put(tmp_path, "praat.TextGrid", path.read_text("utf-8"), encoding)
    done = bring(session.folder, path, annotator="anna")
    assert {(1_000, 2_000, "backchannel", "Zoë"), (3_000, 3_500, "tic", "Zoë")} == told(
        done.labels, ("kind", "speaker")
    )
    assert (["read as " + encoding.upper()] if "sig" not in encoding else []) == [*done.notes]


def test_pyannote_reads_our_rttm(session: Session, tmp_path: Path) -> None:
    """The field's reader sees who spoke when."""
    from pyannote.database.util import load_rttm

    append(session.folder / "labels.jsonl", ANNA)
    path = tmp_path / "ours.rttm"
    leave(load(session.folder), path, annotator="anna", kinds=["speech", "interruption"])
    (annotation,) = load_rttm(path).values()
    rows = [(s.start, pytest.approx(s.end), who) for s, _, who in annotation.itertracks(yield_label=True)]
    assert rows == [(1.0, 2.5, "Carlo%20Flora"), (9.951, 10.871, 'Zoë%20"Z"%3B%20100%20%25')]


def test_pyannote_writes_rttm(session: Session, tmp_path: Path) -> None:
    """What its Annotation writes is read; it holds no kinds, so the import says it."""
    from pyannote.core import Annotation, Segment

    annotation = Annotation(uri="call")
    annotation[Segment(1.0004, 2.0), "x"] = "A"
    annotation[Segment(1.5, 3.0), "y"] = "B"
    path = put(tmp_path, "theirs.rttm", annotation.to_rttm())
    done = bring(session.folder, path, annotator="anna", told={"kind": "speech"})
    assert {(1_000, 2_000, "A"), (1_500, 3_000, "B")} == told(done.labels, ("speaker",))


def test_pyannote_values_there_and_back(session: Session) -> None:
    """Kind, speaker and times come back from an Annotation, times from a Timeline."""
    labels = (*ANNA, replace(ANNA[0], speaker="another"))
    made = to_annotation(labels, "call")
    assert {"speech", "speech 2"} == made.get_tracks(next(iter(made.itersegments())))
    back = from_pyannote(made, session.info, "carla")
    assert told(labels, ("kind", "speaker")) == told(back, ("kind", "speaker"))
    times = from_pyannote(to_timeline(ANNA[1:]), session.info, "carla", {"kind": "noise"})
    assert told(ANNA[1:], ()) == told(times, ())
    with pytest.raises(LabelError, match=r"segment 4.*|lies outside"):
        from_pyannote(made, replace(session.info, length_ms=11_000), "carla")


@pytest.mark.parametrize(
    "name", ["dev00_ES2003a.segments.rttm", "dev00_ES2003a.words.rttm", "trn02_EN2001d.words.rttm"]
)
def test_meetings_of_the_mirror(session: Session, mirror: Path, name: str) -> None:
    """Real RTTM, with overlaps: every speaker's time is the one that pyannote gives."""
    from pyannote.database.util import load_rttm

    path = mirror / "ami-meetings" / name
    (annotation,) = load_rttm(path).values()
    info = session.folder / "session.json"
    info.write_text(info.read_text("utf-8").replace(f": {LENGTH}", ": 10000000"), encoding="utf-8")
    done = bring(session.folder, path, annotator="ami", told={"kind": "speech", "basis": "lexical"})
    for who in annotation.labels():
        ours = sum(x.offset_ms - x.onset_ms for x in done.labels if x.speaker == who)
        assert annotation.label_timeline(who).support().duration() == pytest.approx(ours / 1_000, abs=1e-6)
    one = annotation.labels()[0]
    only = bring(session.folder, path, annotator="one", told={"kind": "speech"}, only=one)
    assert {one} == {x.speaker for x in only.labels}


#: As pympi-ling 1.71 writes ELAN's format, version 2.8, without its list of constraints.
EAF = """<?xml version='1.0' encoding='UTF-8'?>
<ANNOTATION_DOCUMENT AUTHOR="x" DATE="2026-11-25T15:30:25+00:00" VERSION="2.8" FORMAT="2.8">
	<HEADER><PROPERTY NAME="lastUsedAnnotation">0</PROPERTY></HEADER>
	<TIME_ORDER>
		<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1000" /><TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="2500" />
		<TIME_SLOT TIME_SLOT_ID="ts6" TIME_VALUE="5000" /><TIME_SLOT TIME_SLOT_ID="ts7" TIME_VALUE="5400" />
		</TIME_ORDER>
	<TIER TIER_ID="default" LINGUISTIC_TYPE_REF="default-lt" />
	<TIER TIER_ID="K-Spch" LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT="Kees">
		<ANNOTATION>
			<ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
				<ANNOTATION_VALUE>turn; complete=yes</ANNOTATION_VALUE>
				</ALIGNABLE_ANNOTATION>
			</ANNOTATION>
		</TIER>
	<TIER TIER_ID="Backchannel" LINGUISTIC_TYPE_REF="default-lt">
		<ANNOTATION>
			<ALIGNABLE_ANNOTATION ANNOTATION_ID="a4" TIME_SLOT_REF1="ts6" TIME_SLOT_REF2="ts7">
				<ANNOTATION_VALUE />
				</ALIGNABLE_ANNOTATION>
			</ANNOTATION>
		<ANNOTATION>
			<REF_ANNOTATION ANNOTATION_ID="a5" ANNOTATION_REF="a4">
				<ANNOTATION_VALUE>mhm</ANNOTATION_VALUE>
				</REF_ANNOTATION>
			</ANNOTATION>
		</TIER>
	<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false" />
	</ANNOTATION_DOCUMENT>
"""


def test_an_elan_file_of_another_program(session: Session, tmp_path: Path) -> None:
    """The participant is the speaker, a tier may be called after a kind; what has no time of its own is counted."""
    done = bring(session.folder, put(tmp_path, "theirs.eaf", EAF), annotator="anna")
    expected = {(1_000, 2_500, "turn", "Kees", "yes"), (5_000, 5_400, "backchannel", "user", None)}
    assert expected == told(done.labels, ("kind", "speaker", "complete"))
    assert ("1 annotations of annotations, which have no time of their own, were left out",) == done.notes


# ---- bad input: everything at once, and nothing half


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_label_track_of_audacity(session: Session, tmp_path: Path, end: str) -> None:
    """As its manual has it, and as Windows saves it: under a label, the frequencies that were selected for it."""
    lines = ["1.000000\t2.000000\tbackchannel", "\\\t120.000000\t3400.500000", "3.000000\t3.500000\ttic"]
    done = bring(session.folder, put(tmp_path, "theirs.txt", end.join([*lines, ""])), annotator="anna")
    assert {(1_000, 2_000, "backchannel"), (3_000, 3_500, "tic")} == told(done.labels, ("kind",))
    assert () == (*done.notes,)


@pytest.mark.parametrize("name", ["words.rttm", "words.txt", "words.csv"])
def test_words_outside_the_audio(session: Session, tmp_path: Path, name: str) -> None:
    """An aligner's words of another, longer recording: all of the file is refused, and no label of it is kept."""
    rows = {"words.rttm": "SPEAKER c 1 1.0 0.4 <NA> <NA> A <NA> <NA>\nSPEAKER c 1 19.8 0.3 <NA> <NA> A <NA> <NA>\n",
            "words.txt": "1.0\t1.4\thello\n19.8\t20.1\tthere\n",
            "words.csv": "onset_ms,offset_ms\n1000,1400\n19800,20100\n"}  # fmt: skip
    before = session.labels
    said = wrong(session, put(tmp_path, name, rows[name]), told={"kind": "speech"})
    assert "19800 to 20100 ms lies outside the session's 20000 ms" in said
    assert f"@ {name}:" in said
    assert before == session.reread_labels()


def test_all_problems_at_once(session: Session, tmp_path: Path) -> None:
    """Each with file and line."""
    rows = ["SPEAKER call 1 1,5 0.5 <NA> <NA> A <NA> <NA>", "SPEAKER call 1 19.9 0.2 <NA> <NA> A <NA> <NA>",
            "SPEAKER call 1", "SPEAKER call 1 3.0 0.0 <NA> <NA> A <NA> <NA>",
            "SPEAKER call 1 5.0 1.0 <NA> <NA> A <NA> <NA>",
            "SPEAKER call 1 1000 500 <NA> <NA> A <NA> <NA>"]  # fmt: skip
    said = wrong(session, put(tmp_path, "a.rttm", "\n".join(rows)), told={"kind": "speech"})
    assert "5 problems in a.rttm" in said
    assert "onset: '1,5' is no number of seconds (a decimal comma?) @ a.rttm:1" in said
    assert "20100 ms lies outside the session's 20000 ms (another session's, or another unit?) @ a.rttm:2" in said
    assert "3 columns, not 8 or more (cut off?) @ a.rttm:3" in said
    assert "a point, not a stretch (say where it ends) @ a.rttm:4" in said
    assert "1000000 to 1500000 ms lies outside" in said


def test_overlaps_of_one_speaker(session: Session, tmp_path: Path) -> None:
    """Speech is joined and that is said; two interruptions at once by one speaker are refused."""
    rows = ["call 1 1.0 1.0 <NA> <NA> A <NA> <NA>", "call 1 1.5 1.0 <NA> <NA> A <NA> <NA>",
            "call 1 1.5 1.0 <NA> <NA> B <NA> <NA>"]  # fmt: skip
    path = put(tmp_path, "a.rttm", "".join(f"SPEAKER {row}\n" for row in rows))
    said = wrong(session, path, told={"kind": "interruption"})
    assert "interruption of A from 1500 ms begins inside the one of a.rttm:1" in said
    done = bring(session.folder, path, annotator="anna", told={"kind": "speech"})
    assert {(1_000, 2_500, "A"), (1_500, 2_500, "B")} == told(done.labels, ("speaker",))
    assert ("a.rttm:2 and a.rttm:1 overlap: joined to one stretch of A's speech",) == done.notes


def test_two_annotators_of_one_name(session: Session, tmp_path: Path) -> None:
    """The same file twice adds nothing; another opinion under the same name is refused, under its own it is added."""
    first = put(tmp_path, "a.txt", "1.0\t2.0\ttic\n3.0\t4.0\tbackchannel\n")
    assert (2, 0) == (len((done := bring(session.folder, first, annotator="anna")).labels), done.present)
    assert (0, 2) == (len((done := bring(session.folder, first, annotator="anna")).labels), done.present)
    second = put(tmp_path, "b.txt", "1.0\t2.1\ttic\n5.0\t6.0\ttic\n")
    said = wrong(session, second)
    assert "tic 1000 to 2100 ms meets 1000 to 2000 ms, which 'anna' has given before (two people of one name" in said
    assert "1 problem in b.txt" in said
    assert "'Anna ' and 'anna' look like one name" in wrong(session, second, annotator="Anna ")
    assert 2 == len(bring(session.folder, second, annotator="anna 2").labels)


def test_an_annotator_has_a_name(session: Session, tmp_path: Path) -> None:
    """Labels of nobody cannot be compared; and a table that names somebody else is not hers."""
    table = put(tmp_path, "a.csv", "kind,onset_ms,offset_ms,annotator\ntic,1,2,ben\n")
    assert "the file says 'ben', the import 'anna'" in wrong(session, table)
    assert "a label without one is nobody's" in wrong(session, put(tmp_path, "b.txt", "1\t2\ttic"), annotator=" ")


def test_kinds_are_named_or_told(session: Session, tmp_path: Path) -> None:
    """A file that names kinds names all of them; a misspelt one does not become the kind that was told."""
    path = put(tmp_path, "a.txt", "1.0\t2.0\ttic\n3.0\t4.0\tinteruption\n")
    assert "'interuption' is none of speech, turn," in (said := wrong(session, path, told={"kind": "noise"}))
    assert "(misspelt?) @ a.txt:2" in said
    plain = put(tmp_path, "b.txt", "1.0\t2.0\thello\n3.0\t4.0\tthere\n")
    assert "'hello' is none of" in wrong(session, plain)
    assert "'laugh' is none of" in wrong(session, plain, told={"kind": "laugh"})
    done = bring(session.folder, plain, annotator="anna", told={"kind": "speech"})
    assert ["speech", "speech"] == [x.kind for x in done.labels]
    assert ("2 different texts that name no kind were not kept, such as 'hello'",) == done.notes


@pytest.mark.parametrize(("name", "text", "said"), [
    ("a.eaf", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "e">]><ANNOTATION_DOCUMENT/>', "does not have"),
    ("a.eaf", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><ANNOTATION_DOCUMENT/>', "a document type or an entity"),
    ("a.eaf", "<ANNOTATION_DOCUMENT><TIER>", "no XML: no element found (cut off?) @ a.eaf:1"),
    ("a.eaf", "<html/>", "'html' is no ANNOTATION_DOCUMENT"),
    ("a.eaf", '<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="PAL-frames"/></ANNOTATION_DOCUMENT>', "is not milliseconds"),
    ("a.eaf", '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t"/></TIME_ORDER><TIER TIER_ID="tic">\n'
     '<ANNOTATION><ALIGNABLE_ANNOTATION TIME_SLOT_REF1="t" TIME_SLOT_REF2="t"/></ANNOTATION></TIER>'
     "</ANNOTATION_DOCUMENT>", "time slot 't' has no time (align the annotation in ELAN) @ a.eaf:2"),
    ("a.TextGrid", 'File type = "ooTextFile"\nObject class = "Pitch"\n', "'Pitch' is no TextGrid"),
    ("a.TextGrid", '"ooTextFile"\n"TextGrid"\n0 1 <exists> 1\n"IntervalTier" "a" 0 1 2 0 1 "x"',
     "the file ends where a time should stand (cut off, or no TextGrid?) @ a.TextGrid:4"),
    ("a.TextGrid", '"ooTextFile" "TextGrid" 0 1 <exists> 1 "TextTier" "tic" 0 1 1 0.5 "x"', "is a point, not a"),
    ("a.csv", "kind,start,end\ntic,1,2\n", "no one column onset_ms or onset_s in kind, start, end"),
    ("a.csv", "kind,onset_ms,offset_ms\ntic,1.5,2\n", "'1.5' is no whole number of milliseconds (seconds?) @ a.csv:2"),
    ("a.csv", "kind,onset_ms,offset_ms\ntic,1\n", "not the 3 columns of the header (a stray comma?) @ a.csv:2"),
    ("a.csv", "kind,onset_ms,offset_ms,complete\ntic,1,2,yes\n", "only turns have it, this is 'tic' @ a.csv:2"),
    ("a.csv", "kind,onset_ms,offset_ms,track\ntic,1,2,usr\n", "'usr' is none of user, agent (misspelt?) @ a.csv:2"),
    ("a.csv", "kind,onset_ms,offset_ms\ntic,20,10\n", "offset 10 lies before onset 20 (swapped?) @ a.csv:2"),
    ("a.rttm", "SPEAKER a 1 1 1 x x A x x\nSPEAKER b 1 1 1 x x A x x", "lines of 2 recordings: a, b (keep"),
    ("a.rttm", "", "no labels (an empty file, or all of another speaker?)"),
    ("a.txt", "hello", "no onset and offset between tabs"),
    ("a.txt", "1\t2\ttic; compleet=yes", "'compleet=yes' is none of track, speaker"),
    ("a.txt", "1\t2\ttic; uncertainty_ms=ten", "uncertainty_ms: 'ten' is not a whole number @ a.txt:1"),
    ("a.lab", "1 2 x", "suffix '.lab' belongs to none of rttm (.rttm), textgrid (.textgrid)"),
])  # fmt: skip
def test_what_is_refused(session: Session, tmp_path: Path, name: str, text: str, said: str) -> None:
    """The value, the place, the likely cause; nothing is added."""
    assert said in wrong(session, put(tmp_path, name, text))


def test_what_is_no_text(session: Session, tmp_path: Path) -> None:
    """Another encoding, a sound file, no file."""
    said = wrong(session, put(tmp_path, "a.txt", "1\t2\ttic é", "latin-1"))
    assert "byte 8 is no UTF-8 (another encoding? Save it as UTF-8) @ a.txt:1" in said
    sound = tmp_path / "b.txt"
    sound.write_bytes(b"RIFF\0\0\0\0WAVE")
    assert "zero bytes: no text (a sound file?)" in wrong(session, sound)
    assert "no such file (mistyped?)" in wrong(session, tmp_path / "none.txt")
    with pytest.raises(LabelError, match="too many"):
        text_of(_large(tmp_path))


def _large(tmp_path: Path) -> Path:
    path = tmp_path / "large.txt"
    with path.open("wb") as out:
        out.truncate(200_000_000)  # a hole: takes no room
    return path


# ---- append-only


def test_what_was_there_stays(session: Session) -> None:
    """Byte for byte, also a last line without an end; a field that nobody knows is kept."""
    path = session.folder / "labels.jsonl"
    old = b'{"kind":"tic","onset_ms":500,"offset_ms":900,"seen":"by ben"}'
    path.write_bytes(old)
    append(path, ANNA[:1])
    assert old + b"\n" == path.read_bytes()[: len(old) + 1]
    assert 2 == len(load(session.folder).labels)
    before = path.read_bytes()
    append(path, ())
    assert before == path.read_bytes()


def test_a_second_writer_is_kept_out(session: Session, tmp_path: Path) -> None:
    """Two at once would lose the labels of one of them."""
    copy = session.folder / ".labels.jsonl.new"
    copy.write_bytes(b"")
    with pytest.raises(LabelError, match="somebody is adding labels here"):
        append(session.folder / "labels.jsonl", ANNA)
    assert b"" == copy.read_bytes()
    assert 1 == len(load(session.folder).labels)


def test_an_export_replaces_nothing_unasked(session: Session, tmp_path: Path) -> None:
    """And one file holds one annotator's set."""
    path = put(tmp_path, "a.csv", "mine")
    with pytest.raises(LabelError, match="the file exists"):
        leave(session, path)
    assert "mine" == path.read_text("utf-8")
    leave(session, path, overwrite=True)
    assert "tic,500,900" in path.read_text("utf-8")
    append(session.folder / "labels.jsonl", ANNA)
    with pytest.raises(LabelError, match="labels of 'ben', 'anna'"):
        leave(load(session.folder), tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()
    with pytest.raises(LabelError, match="no echo of 'anna'; there are labels of 'ben', 'anna'"):
        one_set(load(session.folder).labels, "anna", ["echo"])


def test_an_embedded_session_goes_out_and_comes_back(tmp_path: Path) -> None:
    """Labels of composed sessions, through every format."""
    session = load(TAIL)
    for chosen in FORMATS.values():
        path = tmp_path / f"x{chosen.suffixes[0]}"
        leave(session, path)
        twin = Path(shutil.copytree(TAIL, tmp_path / chosen.name))
        (twin / "labels.jsonl").unlink()
        back = bring(twin, path, annotator="compose")
        assert told(session.labels, chosen.holds) == told(back.labels, chosen.holds)
        assert len(session.labels) == len(load(twin, verify=True).labels)
