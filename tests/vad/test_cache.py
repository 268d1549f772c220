"""Scores are made once, and a bad entry costs time, never a wrong number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio import files
from bargein.errors import AudioError, BargeinError
from bargein.vad import cache as module
from bargein.vad import scorers, silero
from bargein.vad.cache import Cache, scores_for
from bargein.vad.scores import Scores

RATE = 16_000


def sound(seed: int = 1, samples: int = 4_000) -> np.ndarray:
    """Seeded noise of 16 bit."""
    return np.random.default_rng(seed).integers(-9_000, 9_000, samples).astype(np.int16)


def made(seed: int = 1) -> Scores:
    """Scores of a model that is none."""
    return Scores(np.random.default_rng(seed).uniform(size=40), 512, RATE, 40 * 512, "none")


@pytest.fixture
def store(tmp_path) -> Cache:
    """An empty cache."""
    return Cache(tmp_path / "cache")


def entries(store: Cache) -> list[Path]:
    """Files in a cache, temporary ones included."""
    return [p for p in store.folder.rglob("*") if p.is_file()]


def never() -> Scores:
    """A model that must not be asked."""
    raise AssertionError("scored again")


# ---- hits and misses


def test_a_sound_is_scored_once(store, monkeypatch):
    """Also for another caller with a cache object of its own."""
    first = scores_for(sound(), RATE, cache=store)
    assert silero.score(sound(), RATE) == first
    monkeypatch.setattr(scorers, "score", lambda *_: never())
    assert first == scores_for(sound(), RATE, cache=store)
    assert first == scores_for(sound(), RATE, cache=Cache(store.folder))
    assert (1, 1, 0) == (store.hits, store.misses, store.damaged)
    assert "1 of 2 score requests answered from the cache" == str(store)


class StopError(Exception):
    """Raised by whoever is told of progress and has enough."""


def test_work_can_be_stopped_while_a_sound_is_looked_up_and_while_it_is_scored(store):
    """By what is told of progress; nothing is kept. Looking up tells 0, scoring how far it is."""
    long, told = sound(samples=3 * files.BLOCK), []
    for most in (0, 2, 5):

        def tell(samples, most=most):
            told.append(samples)
            if len(told) > most:
                raise StopError

        told.clear()
        with pytest.raises(StopError):
            scores_for(long, RATE, cache=store, progress=tell)
        assert most + 1 == len(told)
        assert [] == entries(store)
    assert [0, 0, 0, *(n * files.BLOCK for n in (1, 2, 3))] == told
    scores_for(long, RATE, cache=store)
    told.clear()
    scores_for(long, RATE, cache=store, progress=told.append)
    assert [0, 0, 0] == told


def test_a_sound_is_known_by_its_samples(store, tmp_path):
    """As a file of any name, as 16-bit samples, as the floats that equal them, as one channel of two."""
    both = np.stack([sound(2), sound(1)], axis=1)
    files.write_flac(tmp_path / "one.flac", sound(), RATE)
    files.write_flac(tmp_path / "two.flac", both, RATE)
    given = [
        scores_for(sound(), RATE, cache=store),
        scores_for(sound() / np.float32(32_768), RATE, cache=store),
        scores_for(tmp_path / "one.flac", cache=store),
        scores_for(str(tmp_path / "one.flac"), cache=store),
        scores_for(tmp_path / "two.flac", channel=1, cache=store),
        scores_for(both, RATE, channel=1, cache=store),
    ]
    assert all(given[0] == other for other in given)
    assert (5, 1) == (store.hits, store.misses)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [(sound(2), RATE), (sound()[:-1], RATE), (np.append(sound(), np.int16(0)), RATE), (sound(), 8_000)],
)
def test_another_sound_is_another_entry(store, samples, rate):
    """One sample, one more zero at the end, or the rate."""
    scores_for(sound(), RATE, cache=store)
    scores_for(samples, rate, cache=store)
    assert (0, 2) == (store.hits, store.misses)
    assert 2 == len(entries(store))


@pytest.mark.parametrize(
    ("name", "other"), [("MODEL", "silero-000000000000"), ("CODE", 99), ("default_runner", lambda: "numba")]
)
def test_entries_of_other_weights_runners_and_code_are_left_alone(store, monkeypatch, name, other):
    """They stay for whoever made them, and answer nobody else."""
    scores_for(sound(), RATE, cache=store)
    monkeypatch.setattr(silero, name, other)
    scores_for(sound(), RATE, cache=store)
    assert (0, 2, 0) == (store.hits, store.misses, store.damaged)
    monkeypatch.undo()
    scores_for(sound(), RATE, cache=store)
    assert 1 == store.hits


def test_what_cannot_be_scored_is_not_kept(store, monkeypatch):
    """The next request tries again."""

    def fails(*_):
        raise BargeinError("no model today")

    monkeypatch.setattr(scorers, "score", fails)
    with pytest.raises(BargeinError, match="today"):
        scores_for(sound(), RATE, cache=store)
    assert [] == entries(store)


# ---- damage


@pytest.fixture(scope="module")
def intact(tmp_path_factory) -> tuple[Path, bytes]:
    """A cache with one entry, ``ab12``, and its bytes."""
    where = tmp_path_factory.mktemp("intact")
    Cache(where).get("ab12", made)
    return where, entries(Cache(where))[0].read_bytes()


def entry_of(where: Path) -> Path:
    """Where the entry ``ab12`` lies."""
    return Cache(where)._path("ab12")


@given(at=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_whatever_byte_is_changed_the_scores_are_right(intact, at, change):
    """Found out by the archive's checksum, or of no consequence."""
    where, data = intact
    damaged = bytearray(data)
    damaged[int(at * len(data))] ^= change
    entry_of(where).write_bytes(damaged)
    store = Cache(where)
    assert made() == store.get("ab12", made)
    assert 1 == store.hits + store.damaged
    assert made() == Cache(where).get("ab12", never)  # and the entry is whole again


@given(at=st.floats(0, 1, exclude_max=True))
def test_wherever_an_entry_is_cut_it_is_made_anew(intact, at):
    """Down to no byte at all."""
    where, data = intact
    entry_of(where).write_bytes(data[: int(at * len(data))])
    store = Cache(where)
    assert made() == store.get("ab12", made)
    assert (0, 1, 1) == (store.hits, store.misses, store.damaged)


def forged(path: Path, **changed) -> None:
    """An archive that is whole and holds something else."""
    scores = made(2)
    facts = {name: getattr(scores, name) for name in module.FACTS}
    content = {"layout": module.LAYOUT, "key": "ab12", "model": "none", "values": scores.values, **facts, **changed}
    np.savez(path, **content)


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "cd34"},  # an entry copied under another name
        {"layout": 0},
        {"values": np.array([0.5, 2.0])},
        {"values": np.zeros((4, 4))},
        {"values": np.array([Bomb()], dtype=object)},
        {"samples": 1},
        {"hop": 0},
        {"rate": "fast"},
    ],
)
def test_a_foreign_entry_is_made_anew(tmp_path, changed):
    """It does not say what its name says, or holds no scores; a pickle in it is never run."""
    store = Cache(tmp_path)
    store._path("ab12").parent.mkdir(parents=True)
    forged(store._path("ab12"))
    assert made(2) == store.get("ab12", never)  # the forgery itself would pass
    forged(store._path("ab12"), **changed)
    assert made() == store.get("ab12", made)
    assert (1, 1, 1) == (store.hits, store.misses, store.damaged)
    assert "1 damaged entries made anew" in str(store)


def test_an_archive_of_another_kind_is_made_anew(tmp_path):
    """A bare array under the entry's name."""
    store = Cache(tmp_path)
    store._path("ab12").parent.mkdir(parents=True)
    with store._path("ab12").open("wb") as file:
        np.save(file, np.zeros(3))
    assert made() == store.get("ab12", made)


# ---- writing


def test_no_temporary_file_is_left(store):
    """One file an entry."""
    store.get("ab12", made)
    assert [store._path("ab12")] == entries(store)


def test_a_folder_that_cannot_be_written_costs_time_and_says_so(tmp_path):
    """A file is in the way; the scores are right all the same."""
    (tmp_path / "cache").write_text("in the way")
    store = Cache(tmp_path / "cache")
    with pytest.warns(UserWarning, match="BARGEIN_CACHE"):
        assert made() == store.get("ab12", made)
    assert 1 == store.misses


WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from bargein.vad.cache import Cache
from bargein.vad.scores import Scores
store = Cache(Path(sys.argv[1]))
scores = Scores(np.random.default_rng(1).uniform(size=20_000), 512, 16_000, 20_000 * 512, "none")
print("ready", flush=True)
sys.stdin.readline()
for turn in range(60):
    path = store._path("ab12")
    if turn % 3 == int(sys.argv[2]):
        store._store(path, "ab12", scores)                # as two processes that both missed
    assert scores == store.get("ab12", lambda: scores)
print(store.damaged, flush=True)
"""


def test_two_processes_may_write_the_same_entry_at_once(tmp_path):
    """Each sees a whole entry at any time: the old one or the new one."""
    command = [sys.executable, "-W", "error", "-c", WRITER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, str(n)], **pipes) for n in range(2)]
    assert ["ready\n"] * 2 == [w.stdout.readline() for w in writers]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    done = [writer.communicate(timeout=60) for writer in writers]
    assert [("0\n", "")] * 2 == done
    assert 1 == len(entries(Cache(tmp_path)))


# ---- which sound, which folder


@pytest.mark.parametrize(
    ("channel", "says"),
    [(None, "2 channels"), (2, "channel 2: there are 2"), (-1, "channel -1: there are 2")],
)
def test_one_channel_has_to_be_chosen(store, tmp_path, channel, says):
    """Scores are of one; mixing would be a decision about the recording."""
    files.write_flac(tmp_path / "two.flac", np.zeros((100, 2), np.int16), RATE)
    for which in ((tmp_path / "two.flac",), (np.zeros((100, 2), np.int16), RATE)):
        with pytest.raises(AudioError, match=says):
            scores_for(*which, channel=channel, cache=store)


def test_a_rate_belongs_to_samples_and_not_to_files(store, tmp_path):
    """A file says its own."""
    with pytest.raises(ValueError, match="rate"):
        scores_for(sound(), cache=store)
    with pytest.raises(ValueError, match="leave rate out"):
        scores_for(tmp_path / "a.flac", RATE, cache=store)


def test_a_broken_file_is_refused_as_everywhere(store, tmp_path):
    """And nothing is kept of it."""
    files.write_flac(tmp_path / "a.flac", sound(), RATE)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:-100])
    with pytest.raises(AudioError, match="truncated"):
        scores_for(tmp_path / "a.flac", cache=store)
    assert [] == entries(store)


def test_without_a_cache_the_users_own_is_taken_and_counts_the_whole_run(monkeypatch, tmp_path):
    """One object a folder, whoever asks."""
    monkeypatch.setenv("BARGEIN_CACHE", str(tmp_path))
    scores_for(sound(), RATE)
    scores_for(sound(), RATE)
    assert (1, 1) == (module.default().hits, module.default().misses)
    assert module.default() is module._shared(tmp_path)
