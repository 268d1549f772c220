"""``bargein label``: in, out, agreement, queue, rates; exit codes, and nothing half."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bargein.audio.edges import speech_spans
from bargein.audio.files import read
from bargein.cli import BAD_INPUT, main
from bargein.queue import Desk, open_queue
from bargein.session import load
from bargein.units import ms_from_seconds, samples_in

TAIL = Path(__file__).parents[1] / "data" / "sessions" / "openai-02-tail"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command; give its exit code, output and errors."""
    with pytest.raises(SystemExit) as ended:
        main(["label", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session that a test may label."""
    return Path(shutil.copytree(TAIL, tmp_path / "session"))


def test_in_out_and_agreement(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    """An export that somebody else brings back agrees in every case."""
    path = tmp_path / "call.TextGrid"
    code, out, _ = run(capsys, "export", session, path)
    assert (0, True) == (code, "wrote 8 labels to" in out)
    code, out, _ = run(capsys, "import", session, path, "--annotator", "ben", "--json")
    assert (0, {"added": 8, "present": 0, "notes": []}) == (code, json.loads(out))
    code, out, _ = run(capsys, "agree", session, "--annotators", "compose,ben")
    assert (0, True) == (code, "Nothing disputed in 8 cases." in out)
    code, out, _ = run(capsys, "agree", session, "--annotators", "compose,ben", "--json")
    assert {"speech": (4, 4), "turn": (3, 3), "interruption": (1, 1)} == {
        row["kind"]: (row["both"], row["ben"]) for row in json.loads(out)["kinds"]
    }


def test_a_dispute_is_listed(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    """With what each said, and when."""
    path = tmp_path / "ben.txt"
    path.write_text("9.951\t10.871\tbackchannel\n", encoding="utf-8")
    run(capsys, "import", session, path, "--annotator", "ben", "--blind")
    code, out, _ = run(capsys, "agree", session, "--annotators", "compose,ben")
    assert 0 == code
    assert "interruption 9951..10871" in out
    assert "backchannel 9951..10871" in out
    assert "1 of 1 cases" in out
    assert "Not compared, as only one of them labelled these: speech, turn." in out


def test_what_cannot_be_used(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    """Exit code 2, every problem with file and line, nothing added."""
    path = tmp_path / "ben.rttm"
    path.write_text("SPEAKER a 1 9e5 1 x x A\nSPEAKER a 1 x 1 x x A\n", encoding="utf-8")
    before = (session / "labels.jsonl").read_bytes()
    code, out, err = run(capsys, "import", session, path, "--annotator", "ben", "--kind", "speech")
    assert (BAD_INPUT, "") == (code, out)
    assert "LabelError: 2 problems in ben.rttm" in err
    assert "@ ben.rttm:1" in err
    assert "@ ben.rttm:2" in err
    assert before == (session / "labels.jsonl").read_bytes()
    code, _, err = run(capsys, "agree", session, "--annotators", "compose,carl")
    assert (BAD_INPUT, True) == (code, "no labels of 'carl'" in err)


def test_a_sheet_is_in_session_time(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    """As long as the session, whatever its tracks' origins; what is named in it comes back as labels."""
    info = json.loads((session / "session.json").read_text("utf-8"))
    info["tracks"]["user"]["origin_ms"] = late = 250
    info["length_ms"] += late
    (session / "session.json").write_text(json.dumps(info), encoding="utf-8")
    code, out, _ = run(capsys, "sheet", session, "--out", tmp_path / "sheets")
    assert (0, 2) == (code, out.count("wrote "))
    sound, rate = read(tmp_path / "sheets" / f"{info['id']}.wav")
    assert (samples_in(info["length_ms"], rate), 2) == sound.shape
    assert not sound[: samples_in(late, rate), 0].any()
    text = (tmp_path / "sheets" / f"{info['id']}.txt").read_text("utf-8")
    first = ms_from_seconds(float(text.split("\t")[0]))
    assert speech_spans(sound[:, 0], rate).bridged(200).spans[0].start == pytest.approx(first, abs=10)
    named = tmp_path / "named.txt"
    named.write_text(text.replace("speech", "interruption", 1), encoding="utf-8")
    assert 0 == run(capsys, "import", session, named, "--annotator", "anna")[0]
    assert first in [x.onset_ms for x in load(session).labelled("interruption") if x.annotator == "anna"]
    code, _, err = run(capsys, "sheet", session, "--out", tmp_path / "sheets")
    assert (BAD_INPUT, 2) == (code, err.count("the file exists"))


def test_no_sheet_without_a_user(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    """There is nothing to listen to, and nothing is written."""
    info = json.loads((session / "session.json").read_text("utf-8"))
    del info["tracks"]["user"]
    (session / "session.json").write_text(json.dumps(info), encoding="utf-8")
    assert 3 == run(capsys, "sheet", session, "--out", tmp_path / "sheets")[0]
    assert not (tmp_path / "sheets").exists()


def test_queue_and_rates(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    """Drawn, shown again, answered, weighed."""
    two = ["--settings", "provider", "--settings", "local-vad"]
    code, out, _ = run(capsys, "queue", session, *two, "--sample", "1", "--seed", "3", "--json")
    drawn = json.loads(out)
    assert (0, ["disagree", "agree", "unreported"]) == (code, [row["stratum"] for row in drawn["strata"]])
    assert (97, 0, drawn["items"]) == (drawn["needed"], drawn["answered"], sum(row["drawn"] for row in drawn["strata"]))
    assert 3_000 * drawn["items"] <= drawn["listening_ms"] <= 4_000 * drawn["items"]
    _, out, _ = run(capsys, "queue", session)
    assert "provider against local-vad" in out
    assert "97 more labels are needed for ±10 %" in out
    assert "min left to listen to" in out
    _, out, _ = run(capsys, "rates", session)
    assert "nothing is labelled of the" in out
    Desk(open_queue(session), "compose").take_over()
    code, out, _ = run(capsys, "rates", session, "--annotator", "compose", "--half-width", "0.2", "--json")
    found = json.loads(out)
    assert (0, "compose", []) == (code, found["annotator"], found["left_out"])
    assert {"provider", "local-vad"} == {row["setting"] for row in found["rates"]}
    _, out, _ = run(capsys, "rates", session)
    assert "missed starts, of interruptions" in out


def test_a_queue_that_cannot_be(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    """Exit code 2, all problems at once, and no file."""
    code, out, err = run(capsys, "queue", session, "--settings", "0.5/300", "--settings", "keyd", "--sample", "30")
    assert (BAD_INPUT, "") == (code, out.strip())
    assert "SettingsError: 3 problems in the queue" in err
    assert not (session / "queue.jsonl").exists()
    code, _, err = run(capsys, "rates", session)
    assert (BAD_INPUT, True) == (code, "there is no queue" in err)
    run(capsys, "queue", session, "--settings", "provider", "--settings", "local-vad")
    code, _, err = run(capsys, "queue", session, "--half-width", "10")
    assert (BAD_INPUT, True) == (code, "half_width: 10.0" in err)
