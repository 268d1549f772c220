"""Public recordings by manifest: read, planned, fetched from a local server, checked, found again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from bargein.audio import files, levels
from bargein.errors import DataError
from bargein.formats import conversion, corpora, fetching
from bargein.formats.corpora import Entry

COMMIT = "0" * 40


def sha(data: bytes) -> str:
    """Hash in hex."""
    return hashlib.sha256(data).hexdigest()


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """A 16-bit WAV file, header written by hand so that the test needs no encoder."""
    data = samples.astype("<i2").tobytes()
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += (1).to_bytes(2, "little") * 2 + rate.to_bytes(4, "little") + (rate * 2).to_bytes(4, "little")
    head += (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    return head + b"data" + len(data).to_bytes(4, "little") + data


def tone(seed: int, samples: int = 1_600) -> np.ndarray:
    """A recording that is like no other."""
    return np.random.default_rng(seed).integers(-9_000, 9_000, samples).astype(np.int16)


def entry(file: str, source: bytes, samples: np.ndarray | None, **changes: object) -> Entry:
    """A row for a source; ``samples`` are what its conversion should give, None for text."""
    made = {} if samples is None else {"rate": 16_000, "channels": 1, "samples": len(samples)}
    base = Entry(
        file=file,
        cluster=f"speaker {file}",
        repository="someone/speech",
        commit=COMMIT,
        path=f"audio/{Path(file).stem}.wav",
        conversion="flac",
        coding="lossless",
        bytes=len(source),
        sha256_source=sha(source),
        sha256_file=sha(source) if samples is None else "as another encoder wrote it",
        sha256_samples="" if samples is None else files.sha256_samples(samples),
        sha256_decoded="",
        rate=made.get("rate"),
        channels=made.get("channels"),
        samples=made.get("samples"),
        level_dbfs=None if samples is None else levels.rms_dbfs(samples),
        licence="CC0-1.0",
        attribution="someone",
        purpose="a test",
    )
    return replace(base, **changes)


class Shelf:
    """A local HTTP server: what it offers, what it cuts short, what it was asked for."""

    def __init__(self) -> None:
        self.offers: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shelf.asked.append(self.path)
                data = shelf.offers.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data) + (100 if self.path in shelf.cut else 0)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, row: Entry, data: bytes) -> str:
        """Offer a source where the row's URL points; give the path."""
        path = f"/{row.repository}/{row.commit}/{row.path}"
        self.offers[path] = data
        return path


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A server on this machine, stopped after the test."""
    shelf = Shelf()
    thread = threading.Thread(target=shelf.server.serve_forever, daemon=True)
    thread.start()
    yield shelf
    shelf.server.shutdown()
    shelf.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the mirror nor the cache of whoever runs this."""
    monkeypatch.delenv("BARGEIN_DATA_MIRROR", raising=False)
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path / "cache"))


def fetch(shelf: Shelf, table: list[Entry], dest: Path) -> fetching.Fetched:
    """Fetch a whole table from the local server."""
    return fetching.fetch(dest=dest, progress=False, base_url=shelf.url, table=table)


def left_behind(dest: Path) -> set[str]:
    """Every file below a folder, temporary ones included."""
    return {path.relative_to(dest).as_posix() for path in dest.rglob("*") if path.is_file()}


def test_a_good_file_arrives_with_the_same_samples(shelf, tmp_path):
    """Downloaded, verified, converted to FLAC, found again."""
    sound = tone(1)
    row = entry("words/yes.flac", wav(sound), sound)
    shelf.put(row, wav(sound))
    done = fetch(shelf, [row], tmp_path / "got")
    samples, rate = files.read_int16(done.paths["words/yes.flac"])
    assert (16_000, True) == (rate, np.array_equal(sound, samples))
    assert done.paths["words/yes.flac"] == corpora.path_of("words/yes.flac", dest=tmp_path / "got", table=[row])


def test_every_failure_is_told_at_once_and_good_files_stay(shelf, tmp_path):
    """Four files, three causes; each problem names file, URL and cause, and nothing wrong has a final name."""
    rows = {name: entry(f"words/{name}.flac", wav(tone(i)), tone(i)) for i, name in enumerate(["a", "b", "c", "d"])}
    at = {name: shelf.put(row, wav(tone(i))) for i, (name, row) in enumerate(rows.items())}
    shelf.offers[at["b"]] = wav(tone(99))
    shelf.cut.add(at["c"])
    del shelf.offers[at["d"]]
    with pytest.raises(DataError) as caught:
        fetch(shelf, list(rows.values()), tmp_path)
    told = {problem.place: str(problem) for problem in caught.value.problems}
    assert {shelf.url + at[name] for name in "bcd"} == set(told)
    for name, cause in {"b": "sha256", "c": "cut before the end", "d": "HTTP 404"}.items():
        assert cause in told[shelf.url + at[name]]
        assert f"words/{name}.flac" in told[shelf.url + at[name]]
    assert {"words/a.flac"} == left_behind(tmp_path)


def test_the_same_call_again_goes_on_with_the_rest(shelf, tmp_path):
    """What is there and right is not asked for a second time."""
    rows = [entry(f"words/{name}.flac", wav(tone(i)), tone(i)) for i, name in enumerate("ab")]
    first = shelf.put(rows[0], wav(tone(0)))
    with pytest.raises(DataError):
        fetch(shelf, rows, tmp_path)
    second = shelf.put(rows[1], wav(tone(1)))
    shelf.asked.clear()
    done = fetch(shelf, rows, tmp_path)
    assert ([second], 1, 1) == (shelf.asked, done.new, done.present)
    assert first not in shelf.asked


def test_a_file_damaged_on_disk_is_fetched_again(shelf, tmp_path):
    """Being there is not enough; it has to be right."""
    sound = tone(1)
    row = entry("words/yes.flac", wav(sound), sound)
    shelf.put(row, wav(sound))
    path = fetch(shelf, [row], tmp_path).paths[row.file]
    path.write_bytes(path.read_bytes()[:200])
    assert 1 == fetch(shelf, [row], tmp_path).new
    assert None is corpora.problem_with(row, path)


def test_no_server_at_all_is_one_problem_a_file(tmp_path):
    """Without a network the message says so."""
    row = entry("words/yes.flac", b"", tone(1))
    with pytest.raises(DataError, match="no connection"):
        fetching.fetch(dest=tmp_path, progress=False, base_url="http://127.0.0.1:9", table=[row])


def test_a_plan_says_size_and_licence_and_downloads_nothing(shelf, tmp_path):
    """The user agrees first."""
    rows = [entry(f"words/{name}.flac", b"12345", tone(i)) for i, name in enumerate("ab")]
    todo = fetching.plan(dest=tmp_path, table=rows)
    assert (10, {"CC0-1.0": 2}, ("someone",), []) == (todo.bytes, todo.licences, todo.attributions, shelf.asked)
    assert "2 under CC0-1.0" in todo.text


def test_what_cannot_be_downloaded_is_planned_as_refused(tmp_path):
    """A Debian package and a mirror's own reduction, each with its reason."""
    rows = [
        entry("prompts/a.flac", b"", tone(1), repository="debian:asterisk-nowhere", path="usr/share/nowhere/a.wav"),
        entry("logs/b.csv", b"", None, conversion="mirror only"),
        entry("words/c.flac", b"", tone(3)),
    ]
    todo = fetching.plan(dest=tmp_path, table=rows)
    assert ["words/c.flac"] == [e.file for e in todo.wanted]
    reasons = {row.file: why for row, why in todo.refused}
    assert "apt install asterisk-nowhere" in reasons["prompts/a.flac"]
    assert "only a mirror has it" in reasons["logs/b.csv"]


def test_what_cannot_be_downloaded_fails_only_when_there_is_nothing_else(shelf, tmp_path):
    """One command for everything must be able to succeed; one for nothing else must not look like success."""
    sound = tone(1)
    rows = [entry("words/yes.flac", wav(sound), sound), entry("logs/b.csv", b"", None, conversion="mirror only")]
    shelf.put(rows[0], wav(sound))
    done = fetch(shelf, rows, tmp_path)
    assert (["words/yes.flac"], ["logs/b.csv"]) == (list(done.paths), [row.file for row, _ in done.refused])
    with pytest.raises(DataError, match="1 files: only a mirror has it"):
        fetch(shelf, rows[1:], tmp_path)


def test_a_mirror_is_verified_and_used_in_place(tmp_path, monkeypatch):
    """No copy is made unless a destination is named, and a wrong file is told."""
    folder = tmp_path / "mirror"
    rows = [entry(f"words/{name}.flac", b"", tone(i)) for i, name in enumerate("ab")]
    for i, row in enumerate(rows):
        (folder / "words").mkdir(parents=True, exist_ok=True)
        files.write_flac(folder / row.file, tone(i), 16_000)
    monkeypatch.setenv("BARGEIN_DATA_MIRROR", str(folder))
    assert folder / "words/a.flac" == fetching.fetch(progress=False, table=rows).paths["words/a.flac"]
    copied = fetching.fetch(dest=tmp_path / "copy", progress=False, table=rows)
    assert {"words/a.flac", "words/b.flac"} == left_behind(tmp_path / "copy")
    assert 2 == copied.new
    files.write_flac(folder / "words/b.flac", tone(7), 16_000)
    with pytest.raises(DataError, match=r"words/b\.flac: other samples"):
        fetching.fetch(progress=False, table=rows)
    with pytest.raises(DataError, match=r"words/b\.flac: other samples"):
        corpora.path_of("words/b.flac", table=rows)


def test_a_file_that_was_never_fetched_is_none(tmp_path):
    """Absence is an answer; a name that the table lacks is an error."""
    row = entry("words/yes.flac", b"", tone(1))
    assert None is corpora.path_of("words/yes.flac", table=[row])
    with pytest.raises(DataError, match=r"not in corpora\.csv"):
        corpora.path_of("words/no.flac", table=[row])


def test_a_mirror_that_is_no_folder_is_an_error(monkeypatch, tmp_path):
    """A mistyped mirror must not look like an empty one."""
    monkeypatch.setenv("BARGEIN_DATA_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="BARGEIN_DATA_MIRROR"):
        fetching.plan(table=[])


def test_another_decoder_of_an_mp3_is_accepted_by_rule(tmp_path):
    """One 16-bit step apart is right for MP3, wrong for a lossless source; 1 dB apart is wrong for both."""
    sound, path = tone(1), tmp_path / "a.flac"
    row = entry("coughs/a.flac", b"", sound, coding="mp3")
    files.write_flac(path, sound + np.int16(1), 16_000)
    assert None is corpora.problem_with(row, path)
    assert None is not corpora.problem_with(replace(row, coding="lossless"), path)
    files.write_flac(path, (sound * 0.89).astype(np.int16), 16_000)
    assert None is not corpora.problem_with(row, path)


@pytest.mark.parametrize(
    ("how", "given", "expected"),
    [
        ("flac", [wav(np.array([1, -2, 3]))], [1, -2, 3]),
        ("flac join", [wav(np.array([1, 2])), wav(np.array([3, 4]))], [[1, 3], [2, 4]]),
        ("flac pcm16 8000", [np.array([5, -6], "<i2").tobytes()], [5, -6]),
    ],
)
def test_sound_is_converted_bit_for_bit(tmp_path, how, given, expected):
    """Each kind of lossless source."""
    sources = [tmp_path / f"{i}" for i in range(len(given))]
    for path, data in zip(sources, given, strict=True):
        path.write_bytes(data)
    conversion.convert(how, sources, tmp_path / "made.flac")
    assert expected == files.read_int16(tmp_path / "made.flac")[0].tolist()


@pytest.mark.parametrize(("how", "expected"), [("flac left", [100, -100]), ("flac mean", [200, -200])])
def test_one_channel_is_made_of_two(tmp_path, how, expected):
    """The left one, or the mean."""
    files.write_flac(tmp_path / "two.flac", np.array([[100, 300], [-100, -300]], np.int16), 8_000)
    conversion.convert(how, [tmp_path / "two.flac"], tmp_path / "made.flac")
    assert expected == files.read_int16(tmp_path / "made.flac")[0].tolist()


def test_channels_of_different_length_are_refused(tmp_path):
    """Joined they would drift apart unseen."""
    for name, sound in {"a": [1, 2], "b": [3]}.items():
        (tmp_path / name).write_bytes(wav(np.array(sound)))
    with pytest.raises(DataError, match="do not fit"):
        conversion.convert("flac join", [tmp_path / "a", tmp_path / "b"], tmp_path / "made.flac")
    assert not (tmp_path / "made.flac").exists()


def test_rttm_is_cut_and_renamed(tmp_path):
    """Lines of one recording, up to a second, in milliseconds."""
    turns = ["A 1 1.5 2.25 <NA> <NA> ann", "A 1 29.0 4 <NA> <NA> bob", "A 1 31 1 <NA> <NA> bob", "B 1 0 1 <NA> <NA> c"]
    (tmp_path / "a").write_text("".join(f"SPEAKER {turn} <NA> <NA>\n" for turn in turns))
    conversion.convert("rttm A clip_A 30", [tmp_path / "a"], tmp_path / "made")
    assert [
        "SPEAKER clip_A 1 1.500 2.250 <NA> <NA> ann <NA> <NA>",
        "SPEAKER clip_A 1 29.000 1.000 <NA> <NA> bob <NA> <NA>",
    ] == (tmp_path / "made").read_text().splitlines()


def test_a_call_log_leaves_the_caller_out(tmp_path):
    """The long id is cut to eight digits, what is not named is dropped."""
    record = {"uuid": "0123456789ab", "number": "hash", "history": ["TTS Hi"], "start_time": "1", "end_time": "2"}
    (tmp_path / "a").write_text(json.dumps(record))
    conversion.convert("call-log", [tmp_path / "a"], tmp_path / "made")
    kept = json.loads((tmp_path / "made").read_text())
    assert {"call": "01234567", "start_time": "1", "end_time": "2", "history": ["TTS Hi"]} == kept


def test_a_table_with_a_wrong_cell_says_which(tmp_path):
    """Line and column of every cell that is no number."""
    row = entry("words/yes.flac", b"", tone(1))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names := [f.name for f in fields(Entry)])
    writer.writerow(["many" if name in {"bytes", "rate"} else getattr(row, name) for name in names])
    (tmp_path / "corpora.csv").write_text(text.getvalue())
    with pytest.raises(DataError) as caught:
        corpora.read_table(tmp_path / "corpora.csv")
    assert ["line 2", "line 2"] == [problem.place for problem in caught.value.problems]


def test_the_table_that_comes_along_is_complete():
    """Every file that can be downloaded has a size and a hash for each of its sources."""
    table = corpora.read_table()
    fetched = [e for e in table if e.sources()]
    assert [] == [e.file for e in fetched if not e.bytes or any(len(h) != 64 for _, h in e.sources())]
    assert [] == [e.file for e in fetched if len(e.commit) != 40]
    assert [] == [e.file for e in table if not (e.licence and e.attribution)]
    assert len(table) == len({e.file for e in table})


def test_the_mirror_holds_what_the_table_says(mirror, monkeypatch):
    """All files, verified in place."""
    done = fetching.fetch(mirror=mirror, progress=False)
    assert len(corpora.read_table()) == len(done.paths)
