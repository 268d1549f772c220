"""Sessions under other settings: by a calibration where there is one, many at once, in Python and as commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bargein as bi
from bargein.audio.places import data_dir
from bargein.cli import BAD_INPUT, NO_ANSWER, OK, main
from bargein.corpus import open_corpus
from bargein.errors import NotAnswerable, SettingsError
from bargein.settings import ServerVad
from bargein.tuning.calibration import Calibration, Key, Report, Surrogate, calibrate, write
from bargein.tuning.calibration.evidence import Recorded
from bargein.tuning.supposed import reports_of, supposed
from bargein.vad.cache import scores_for

SESSIONS = data_dir() / "sessions"
ONE, COUGH, MM_HM, SEMANTIC, GROK = (
    SESSIONS / name
    for name in ("openai-01-interruption", "openai-20-stragglers-cough", "openai-19-stragglers-backchannel",
                 "openai-14-semantic-interruption",
                 "grok-01-interruption")
)  # fmt: skip
HIGHER = ServerVad(threshold=0.7)
TRUTH = Surrogate(delay_ms=150)


def calibration(provider: str = "openai", agent: str = "speaking") -> Calibration:
    """Fitted to reports that :data:`TRUTH` makes of three embedded voices, which pass for recordings here."""
    settings = ServerVad(0.5, 300, 200)
    rows = []
    for n, name in enumerate(("openai-01-interruption", "openai-02-tail", "openai-03-backchannel")):
        session = bi.load(SESSIONS / name)
        scores = scores_for(session.audio("user"), session.info.tracks["user"].rate)
        starts, stops = (
            tuple(Report(c, k + TRUTH.delay_ms) for c, k in zip(x.claimed.tolist(), x.known.tolist(), strict=True))
            for x in TRUTH.claims(scores, settings)
        )
        rows.append(Recorded(name, f"speaker-{n}", settings, scores, starts, stops))
    return calibrate({Key(provider, "gpt-realtime", "server_vad", "none", "audio/pcmu", agent): rows})


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    """What three voices say."""
    return calibration()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command; give its exit code, output and errors on one line each."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, " ".join(err.split())


def test_a_calibration_dates_the_reports_and_says_how_well_it_is_known(fitted: Calibration) -> None:
    """Its delay comes on top, its key and its error stand in the outcome, and nothing is called uncalibrated."""
    plain, late = (bi.replay(ONE, settings=HIGHER, calibration=c) for c in (None, fitted))
    starts = [[e.at for e in o.events if type(e).__name__ == "SpeechStarted"] for o in (plain, late)]
    assert starts[0]
    assert [t + 150 for t in starts[0]] == starts[1]
    said = " ".join(late.assumed)
    assert f"calibration of {fitted.fits[0].key.label}, reports 150 ms" in said
    assert "reports 150 ms after the decision; server_vad 0.7/300/500, extrapolated" in said
    assert [True, False] == ["uncalibrated" in " ".join(o.assumed) for o in (plain, late)]


def test_a_file_does_as_well_and_another_providers_is_refused(fitted: Calibration, tmp_path: Path) -> None:
    """So is a calibration that nothing is asked of."""
    path = write(fitted, tmp_path / "c.json")
    of_file, of_value = (bi.replay(ONE, settings=HIGHER, calibration=c) for c in (path, fitted))
    assert (of_value.events, of_value.assumed) == (of_file.events, of_file.assumed)
    with pytest.raises(SettingsError, match="made for openai, not for xai"):
        bi.replay(GROK, settings=HIGHER, calibration=fitted)
    with pytest.raises(SettingsError, match="without settings changes nothing"):
        bi.replay(ONE, calibration=fitted)


def test_a_detector_without_a_model_is_given_one_by_recorded_onsets_alone() -> None:
    """Grok while the agent speaks: what was fitted where it is silent, or to few onsets, stands for nothing there."""
    case = open_corpus(GROK).cases[0]
    silent, speaking = calibration("xai", "silent"), calibration("xai", "speaking")
    for known in (None, silent, replace(speaking, fits=(replace(speaking.fits[0], onsets=19),))):
        with pytest.raises(NotAnswerable, match="no threshold model exists"):
            reports_of(case.session, case.reading, HIGHER, known)
    enough = replace(speaking, fits=(replace(speaking.fits[0], onsets=20),))
    assert reports_of(case.session, case.reading, HIGHER, enough).edges


def test_a_folder_is_asked_together_and_says_whom_it_leaves_out() -> None:
    """Each session that cannot be asked is named with its reason; none of them is a session of another setting."""
    asked = supposed(open_corpus(ONE, COUGH, SEMANTIC, GROK).cases, HIGHER)
    assert [ONE.name, COUGH.name] == [case.session.id for case, _ in asked.told]
    assert [SEMANTIC.name, GROK.name] == [one.session for one in asked.left_out]
    said = asked.lines()
    assert 2 == sum("provider's reports: surrogate at 0.7 / 300 / " in line for line in said)  # 500 and 200 in force
    assert f"left out, 1 ({SEMANTIC.name}): semantic_vad was in force" in " ".join(said)


def test_none_that_can_be_asked_gives_every_reason() -> None:
    """And a setting that a provider refuses is wrong for all of them."""
    with pytest.raises(NotAnswerable, match=r"semantic_vad was in force.*no threshold model exists"):
        bi.compare([SEMANTIC, GROK], "keyed", settings=HIGHER)
    with pytest.raises(SettingsError, match=r"1 problem .*\n.*threshold: 1.5 is outside 0..1"):
        bi.compare([ONE, COUGH], "keyed", settings=ServerVad(1.5))


def test_compare_says_whose_reports_and_counts_what_is_not_known() -> None:
    """The basis names the surrogate; what it assumes, and what changes against the settings in force, stand beside."""
    plain, higher = (bi.compare([ONE, COUGH], "keyed", settings=s) for s in (None, ServerVad(threshold=0.99)))
    assert {"leak p50 [ms]", "stopped by tic"} <= {row["what"] for row in higher.attrs["changes"]}
    assert not plain["basis"].str.contains("surrogate").any()
    assert higher["basis"].str.contains("reports of a surrogate at server_vad 0.99/300/").all()
    assert any("uncalibrated" in line for line in higher.attrs["supposed"])
    assert plain["sessions"].tolist() == higher["sessions"].tolist()


def test_what_other_settings_change_is_held_against_those_in_force_by_the_same_surrogate() -> None:
    """Nothing, where they are those in force; at 0.9999 an "mm-hm" stops nobody, and what is not known is counted."""
    cases = open_corpus(ONE, MM_HM).cases
    found = {}
    for threshold in (0.5, 0.9999):  # 0.5 is in force in both
        asked = supposed(cases, ServerVad(threshold=threshold))
        rows = [r for c in asked.changes(asked.runs(["keyed"]), ["keyed"]) for r in c.rows()]
        found[threshold] = {(r["cause"], r["what"]): r for r in rows}
    same, higher = found.values()
    leak, stopped = ("as-recorded", "leak p50 [ms]"), ("stragglers", "stopped by backchannel")
    assert {leak, stopped} <= same.keys() == higher.keys()
    assert all(r["in force"] == r["asked"] and not r["difference"] for r in same.values())
    assert ("1 of 1", "1 of 1", 1, 0) == tuple(same[stopped][k] for k in ("in force", "asked", "n", "left out"))
    assert ("1 of 1", "–", 0, 1) == tuple(higher[stopped][k] for k in ("in force", "asked", "n", "left out"))
    assert (54, 406, 352, 1, 0) == tuple(
        higher[leak][k] for k in ("in force", "asked", "difference", "n", "left out")
    )  # fmt: skip
    assert all("surrogate at" in str(r["basis"]) for r in higher.values())


def test_the_commands_take_the_same_settings(
    fitted: Calibration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As tables with what was assumed, as JSON; a calibration beside them."""
    file = write(fitted, tmp_path / "c.json")
    code, out, _ = run(capsys, "replay", ONE, "--policy", "keyed", "--threshold", "0.6", "--silence-duration-ms", "300",
                       "--prefix-padding-ms", "200")  # fmt: skip
    assert OK == code
    assert "surrogate at 0.6 / 200 / 300, not recorded" in " ".join(out.split())
    code, out, _ = run(capsys, "compare", ONE.parent, "--policy", "keyed", "--threshold", "0.6", "--json")
    assert (OK, True) == (code, "reports of a surrogate at" in out)
    assert json.loads(out)
    code, out, _ = run(capsys, "compare", ONE, "--policy", "keyed", "--threshold", "0.6", "--calibration", file)
    said = " ".join(out.split())
    assert (OK, True, False) == (code, "reports 150 ms after the decision" in said, "If deltas came late" in said)


@pytest.mark.parametrize(("arguments", "code", "says"), [
    (["--threshold", "1.5", "--silence-duration-ms", "0.8"], BAD_INPUT,
     "2 problems in server_vad 1.5/-/0.8 threshold: 1.5 is outside 0..1 @ session.audio.input.turn_detection.threshold "
     "silence_duration_ms: 0.8 is not a whole number of milliseconds (seconds?)"),
    (["--calibration", "c.json"], BAD_INPUT, "--calibration without settings changes nothing (--threshold, --prefix-"),
])  # fmt: skip
@pytest.mark.parametrize("verb", ["replay", "compare"])
def test_bad_settings_are_all_named(
    verb: str, arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the value, the place and the likely cause."""
    found, out, err = run(capsys, verb, ONE, "--policy", "keyed", *arguments)
    assert (code, "") == (found, out.strip())
    assert says in err


def test_what_cannot_be_asked_is_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    """semantic_vad is not replaced by server_vad."""
    code, out, err = run(capsys, "replay", SEMANTIC, "--threshold", "0.6")
    assert (NO_ANSWER, "") == (code, out.strip())
    assert "not replaced by server_vad" in err
