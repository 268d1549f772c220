"""Files to compare gates by ear: what is in them, what they are called, what is never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import bargein as bi
from bargein.audio.files import read_int16
from bargein.audio.places import data_dir
from bargein.cli import BAD_INPUT, main
from bargein.errors import AudioError, SettingsError
from bargein.report.rendering import render

SESSION = data_dir() / "sessions" / "openai-22-no-interrupt-repeated"
NAMES = ["openai-22-no-interrupt-repeated.stop-only", "openai-22-no-interrupt-repeated.keyed"]


@pytest.mark.parametrize(("kind", "written"), [("wav", "WAV"), ("flac", "FLAC")])
def test_the_file_holds_what_was_heard_to_the_sample(tmp_path: Path, kind: str, written: str) -> None:
    """16 bit, two channels, at the agent's rate; read again it is what the outcome gives."""
    outcome = bi.replay(bi.load(SESSION), "stop-only")
    (only,) = render([outcome], tmp_path, kind).files
    about = soundfile.info(only.file)
    assert (written, "PCM_16", 2, 8_000) == (about.format, about.subtype, about.channels, about.samplerate)
    stored, _ = read_int16(only.file)
    np.testing.assert_array_equal(outcome.heard_audio() * 32_768, stored)


def test_one_file_a_policy_and_what_is_in_it(tmp_path: Path) -> None:
    """24.5 s of session; 4.93 s of revoked answers under stop-only, none under keyed."""
    made = bi.render(SESSION, ["stop-only", "keyed"], tmp_path)
    assert [tmp_path / f"{name}.wav" for name in NAMES] == [f.file for f in made.files]
    assert [(24_500, 4_930), (24_500, 0)] == [(f.length_ms, f.revoked_ms) for f in made.files]
    page = made._repr_html_()
    assert (2, 2) == (
        page.count("<audio controls src='data:audio/wav;base64,".replace("'", '"')),
        page.count("download="),
    )


def test_a_gate_that_listens_to_another_detector_says_so_in_its_file(tmp_path: Path) -> None:
    """As everywhere, a session is replayed with the detector that its client had."""
    made = bi.render(SESSION.parent / "grok-03-local-vad-cut", ["keyed"], tmp_path, kind="flac")
    assert ["grok-03-local-vad-cut.keyed@local-vad.flac"] == [f.file.name for f in made.files]


def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path: Path) -> None:
    """One file stands there: it stays as it was, the other is not begun, and the message names it."""
    (tmp_path / f"{NAMES[1]}.wav").write_text("mine")
    with pytest.raises(AudioError, match=r"keyed\.wav"):
        bi.render(SESSION, ["stop-only", "keyed"], tmp_path)
    assert ["mine"] == [p.read_text() for p in tmp_path.iterdir()]
    assert 2 == len(bi.render(SESSION, ["stop-only", "keyed"], tmp_path, overwrite=True).files)
    assert 2 == soundfile.info(tmp_path / f"{NAMES[1]}.wav").channels


def test_two_replays_do_not_share_a_file(tmp_path: Path) -> None:
    """The same gate over two links has one name: it is said, not overwritten."""
    session = bi.load(SESSION)
    twice = [bi.replay(session, "keyed", bi.Link(delay_ms=d)) for d in (0, 60)]
    with pytest.raises(AudioError, match="two replays"):
        render(twice, tmp_path, overwrite=True)
    assert [] == [*tmp_path.iterdir()]


def test_only_what_can_be_written_is_a_kind(tmp_path: Path) -> None:
    """With those that are."""
    with pytest.raises(SettingsError, match="wav or flac"):
        render([], tmp_path, "mp3")


def test_the_command_says_seconds_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table and as JSON; the second time it refuses."""
    arguments = ["render", str(SESSION), "--policy", "stop-only,keyed", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert not ended.value.code
    rows = json.loads(capsys.readouterr().out)
    assert [(24.5, 4.93), (24.5, 0)] == [(r["length [s]"], r["revoked heard [s]"]) for r in rows]
    assert [str(tmp_path / f"{name}.wav") for name in NAMES] == [r["file"] for r in rows]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert BAD_INPUT == ended.value.code
    assert "the file exists" in capsys.readouterr().err
