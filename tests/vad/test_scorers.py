"""Scorers behind one interface: the same scores in pieces or whole, and what is no score is refused by name."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio import files
from bargein.errors import BargeinError, SettingsError
from bargein.vad import silero
from bargein.vad.cache import Cache, scores_for
from bargein.vad.rule import Rule, speech
from bargein.vad.scorers import SCORERS, Scorer, score, scorer

RATE = 16_000
SESSION = Path(__file__).parents[2] / "data" / "sessions" / "openai-01-interruption"


def noise(samples: int, seed: int = 1) -> np.ndarray:
    """Seeded noise of changing loudness, 16 bit."""
    rng = np.random.default_rng(seed)
    loud = np.repeat(rng.uniform(0, 1, samples // 4_000 + 1), 4_000)[:samples] ** 4
    return (rng.normal(0, 6_000, samples) * loud).clip(-32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize("name", SCORERS)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6), rate=st.sampled_from([8_000, 16_000, 24_000]))
def test_cutting_a_sound_changes_no_score(name: str, cuts: list[int], rate: int) -> None:
    """Whole, or in pieces of any length, also empty ones."""
    sound = noise(30_000)
    assert score(name, [sound], rate) == score(name, np.split(sound, sorted(cuts)), rate)


@pytest.mark.parametrize("name", SCORERS)
def test_what_a_scorer_says_of_itself_is_so(name: str) -> None:
    """Frames of its hop at its rate; no sound, no scores; a name that pins it."""
    made = scorer(name)
    assert isinstance(made, Scorer)
    scores = score(made, [noise(48_000)], 48_000)
    assert (made.model, made.hop, made.rate, RATE) == (scores.model, scores.hop, scores.rate, scores.samples)
    assert len(scores) in (RATE // made.hop, -(-RATE // made.hop))
    assert 0 == len(score(made, [], 8_000))


def test_silero_is_the_one_of_its_own_module() -> None:
    """To the bit."""
    assert silero.score(noise(40_000), 24_000) == score("silero", [noise(40_000)], 24_000)


@pytest.mark.parametrize(("name", "enter"), [("silero", 0.5), ("webrtc", 0.75), ("energy", 0.5)])
def test_each_hears_a_person(name: str, enter: float) -> None:
    """A clean telephone prompt: nine tenths of what the labels call speech, and little else."""
    import bargein as bi

    session = bi.load(SESSION)
    found = speech(scores_for(SESSION / "user.flac", scorer=name), Rule(enter))
    said = session.spans("speech", "interruption").shift(-session.info.tracks["user"].origin_ms)
    assert (found & said).ms >= 0.9 * said.ms
    assert (found & said.bridged(500)).ms >= 0.6 * found.ms


def test_energy_follows_the_floor() -> None:
    """A room that gets 20 dB louder is speech for as long as the floor looks back, 3 s, and then no more."""
    rng = np.random.default_rng(2)
    room = np.concatenate([rng.normal(0, 0.001, 4 * RATE), rng.normal(0, 0.01, 6 * RATE)]).astype(np.float32)
    values = score("energy", [room], RATE).values
    assert values[:390].max() < 0.3
    assert values[400:690].min() > 0.5
    assert values[710:].max() < 0.3


def test_webrtcs_modes_are_nested_but_for_few_frames() -> None:
    """A stricter mode hears less."""
    values = scores_for(SESSION / "user.flac", scorer="webrtc").values
    assert {0.0, 0.25, 0.5, 0.75, 1.0} >= set(values.tolist())
    assert 0 < (values == 1).sum() < (values >= 0.25).sum()


def test_scores_of_two_never_mix_in_the_cache(tmp_path: Path) -> None:
    """Each has its own name."""
    store = Cache(tmp_path)
    sound = noise(20_000)
    first = {name: scores_for(sound, RATE, scorer=name, cache=store) for name in SCORERS}
    again = {name: scores_for(sound, RATE, scorer=name, cache=store) for name in SCORERS}
    assert (first, 3, 3) == (again, store.hits, store.misses)
    assert 3 == len({s.model for s in first.values()})


# ---- other people's


class Loud:
    """The scorer of the module's own page."""

    model, rate, hop, look_ahead = "loud-1", RATE, 160, 0

    def frames(self, pieces):
        """Loudest sample of each whole frame."""
        sound = np.concatenate([*pieces])
        whole = sound[: len(sound) // 160 * 160].reshape(-1, 160)
        yield np.clip(np.abs(whole).max(axis=1), 0, 1).astype(float)


def test_a_scorer_is_a_few_lines() -> None:
    """Given as it is."""
    scores = score(Loud(), [noise(16_100)], RATE)
    assert (100, "loud-1") == (len(scores), scores.model)


def test_another_packages_scorer_is_known_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By entry point, as its package declares it."""
    (tmp_path / "loud_scorer.py").write_text(
        "import numpy as np\n\n\nclass Loud:\n    model, rate, hop, look_ahead = 'loud-2', 16_000, 160, 0\n\n"
        "    def frames(self, pieces):\n        for piece in pieces:\n"
        "            yield np.zeros(len(piece) // 160)\n\n\n"
        "class Not:\n    model = 'not-1'\n"
    )
    facts = tmp_path / "loud_scorer-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: loud-scorer\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[bargein.scorers]\nloud = loud_scorer:Loud\nnot = loud_scorer:Not\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "loud-2" == scores_for(noise(16_000), RATE, scorer="loud", cache=tmp_path / "cache").model
    with pytest.raises(BargeinError, match=r"'not' of bargein\.scorers is no scorer"):
        scorer("not")
    with pytest.raises(SettingsError, match="scorer 'laud': none of silero, webrtc, energy, loud, not"):
        scorer("laud")
    sys.modules.pop("loud_scorer", None)


class Bad(Loud):
    """Gives what it is told to."""

    model = "bad-1"

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def frames(self, pieces):
        """Without listening."""
        yield self.values


@pytest.mark.parametrize(("values", "says"), [
    (np.full(100, np.nan), "bad-1 scored frame 0 nan, and 100 in all outside 0..1"),
    (np.r_[np.zeros(7), 1.5, np.zeros(92)], "bad-1 scored frame 7 1.5, and 1 in all"),
    (np.zeros(99), "bad-1 gave 99 scores for 16000 samples, where 100 belong"),
    (np.zeros(101), "bad-1 gave 101 scores"),
])  # fmt: skip
def test_what_is_no_score_is_refused(values: np.ndarray, says: str, tmp_path: Path) -> None:
    """By the scorer's name and the frame, and nothing is kept."""
    store = Cache(tmp_path / "cache")
    with pytest.raises(BargeinError, match=says):
        scores_for(noise(16_000), RATE, scorer=Bad(values), cache=store)
    assert not [*tmp_path.rglob("*.npz")]


def test_webrtc_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package is an extra."""
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    with pytest.raises(BargeinError, match=r"pip install 'bargein\[vad\]'"):
        scorer("webrtc")


def test_bytes_of_a_file_are_scored_in_pieces(tmp_path: Path) -> None:
    """As of samples."""
    files.write_flac(tmp_path / "a.flac", noise(50_000), 24_000)
    for name in SCORERS:
        assert score(name, [noise(50_000)], 24_000) == scores_for(
            tmp_path / "a.flac", scorer=name, cache=tmp_path / "c"
        )
