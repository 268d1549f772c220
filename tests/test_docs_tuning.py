"""What `docs/tuning.md` says is what `bargein tune` prints now. `python tests/test_docs_tuning.py` rewrites its tables.

And what it prints is held to what it must say: frontier, ceiling, a proposal or a refusal, bounds, flatness, what it
rests on; and a verdict that its interval bears out. On the embedded scores, and on the recordings of a mirror.
"""

from __future__ import annotations

import json
import math
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bargein.cli import main
from bargein.errors import DataError
from bargein.tuning import Tuned
from bargein.tuning.at_hand import tune_on
from bargein.tuning.gates import USUAL
from generated import markdown, part, renewed

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tuning.md"
#: Groups of the mirror in which somebody speaks, coughs, washes up or plays a loudspeaker.
GROUPS = ("user-utterances", "coughs", "noise", "echo-pairs", "echo-residual", "short-words")
#: What was asked, as it is typed, and the same for Python.
ASKED: dict[str, dict[str, Any]] = {
    "": {},
    "--max-false-starts tic=0.5": {"max_false_starts": {"tic": 0.5}},
    "--max-false-starts tic=0.1": {"max_false_starts": {"tic": 0.1}},
    "--max-cutoffs-per-hold 0.10": {"max_cutoffs_per_hold": 0.1},
    "--max-cutoffs-per-turn 0.10": {"max_cutoffs_per_turn": 0.1},
    "--max-cutoffs-per-turn 0.10 --max-false-starts tic=0.5":
        {"max_cutoffs_per_turn": 0.1, "max_false_starts": {"tic": 0.5}},
}  # fmt: skip

#: Rows of the short answer without a budget that the page shows.
SHOWN = ("frontier", "starts on", "refused: gates")


@cache
def found(provider: str, asked: str, joint: bool = False) -> Tuned:
    """Run it once on the embedded scores."""
    return tune_on(None, provider, gates=USUAL if joint else (), **ASKED[asked])


def answers() -> str:
    """What is said to each question, and against what is in force."""
    rows = []
    for provider, asked in [("openai", asked) for asked in ASKED] + [("xai", "--max-cutoffs-per-turn 0.10")]:
        t = found(provider, asked)
        refused = "; ".join(dict.fromkeys(r.because for r in t.refusals))
        rows.append({
            "`bargein tune`": f"`{provider} {asked}`".replace(" `", "`"),
            "it says": t.headline.partition(";")[0] + f" (refused: {refused})" * bool(refused),
            "against the settings in force": "–" if t.robust is None else t.robust.verdict,
            "how flat": t.flat.partition(" (")[0],
        })  # fmt: skip
    return markdown(rows)


def held_out() -> str:
    """Every figure that was compared, and those that were asked for and could not be."""
    rows = []
    for asked in ("--max-false-starts tic=0.5", "--max-cutoffs-per-turn 0.10 --max-false-starts tic=0.5"):
        robust = found("openai", asked).robust
        assert robust is not None
        rows += [{"asked": f"`{asked}`", "figure": f.name, "clusters": str(f.paired.clusters),
                  "less in": str(f.paired.less), "more in": str(f.paired.more),
                  "of those that differ, less": share(f.paired.interval), "verdict": f.paired.verdict}
                 for f in robust.held_out]  # fmt: skip
        rows += [{"asked": f"`{asked}`", "figure": name, "clusters": "1", "less in": "–", "more in": "–",
                  "of those that differ, less": "–", "verdict": "these recordings cannot tell"}
                 for name in robust.unheld]  # fmt: skip
    return markdown(rows)


def share(interval: tuple[float, float]) -> str:
    """An interval of a share, per cent."""
    return "–" if math.isnan(interval[0]) else f"{100 * interval[0]:.0f} to {100 * interval[1]:.0f} %"


def reach() -> str:
    """Ceiling and levers, then the frontier."""
    rows = []
    for provider in ("openai", "xai"):
        t = found(provider, "", joint=True)
        rows += [{"provider": provider, "what": f"threshold ceiling, starts on {p.kind}", "at": f"{p.threshold:g}",
                  "reached": f"{p.false.text}, missed {p.missed.text}"} for p in t.ceiling if p.best]  # fmt: skip
        rows += [{"provider": provider, "what": str(row["what"]), "at": str(row["value"]), "reached": str(row["why"])}
                 for row in t.brief() if str(row["what"]).startswith(SHOWN)]  # fmt: skip
    return markdown(rows)


PARTS = {"answers": answers, "held-out": held_out, "reach": reach}


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_the_code_finds(name: str) -> None:
    """Tables are not written, they are computed."""
    said = part(name).search(PAGE.read_text(encoding="utf-8"))
    assert said is not None
    assert f"<!-- {name} -->\n{PARTS[name]()}\n<!-- /{name} -->" == said[0]


# ---- what must be said


def verdict_of(figures: dict[str, tuple[float, float]], asked: tuple[str, ...]) -> str:
    """The verdict that intervals bear out, by the words of the page."""
    known = {name: ends for name, ends in figures.items() if not math.isnan(ends[0])}
    better = {name for name, (low, _) in known.items() if low > 0.5}
    worse = {name for name, (_, high) in known.items() if high < 0.5}
    same = {*figures} - {*known}
    if worse or (asked and {*asked} <= same):
        return "not better"
    return "better" if better & {*asked} and {*asked} <= {*figures} else "these recordings cannot tell"


def check(t: Tuned) -> None:
    """Hold one answer to all it must say, in short and in full, and its verdict to its intervals."""
    short = " ".join([t.headline, *t.grounds(), *(" ".join(map(str, row.values())) for row in t.brief())])
    whole = " ".join(t.summary())
    for said in (short, whole):
        assert "rests on 27 turns of elicited speech with 6 holds, 1 cluster; labels: acoustic, by a documented" in said
        assert "tic 40 (40 clusters" in said
        assert re.search(r"how flat:? +\d+ settings? costs? at most 0.02 s per turn more", said), "flatness"
        assert re.search(r"frontier.* cut off .*\d of (6|27) \(1 cluster, up to \d+ %\)", said), "frontier with bounds"
        assert re.search(r"recommendation|candidate to try|refused: ", said)
        if t.ceiling:
            gated = r"starts on tic .*|" if t.joint is not None else ""
            ceiling = rf"({gated}threshold ceiling.*tic:? )25 % \(10 of 40, up to 38 %\),? at 0.95"
            assert re.search(ceiling, said), "ceiling with its bound"
        if t.robust is not None:
            assert re.search(rf"against the settings in force[^.;]{{0,45}}\b{t.robust.verdict}\b", said), "verdict"
    if t.robust is None or not t.robust.held_out:
        return
    for f in t.robust.held_out:
        assert f.paired.verdict == verdict_of({f.name: f.paired.interval}, (f.name,))
        low, high = (100 * end for end in f.paired.interval)
        assert math.isnan(low) or f"{f.name}: {f.paired.verdict} (less in" in whole
        assert math.isnan(low) or f"of those that differ {low:.0f} to {high:.0f} % less" in whole
    assert t.robust.verdict == verdict_of({f.name: f.paired.interval for f in t.robust.held_out}, t.robust.asked)


@pytest.mark.parametrize("asked", ASKED)
def test_all_that_must_be_said_is_said(asked: str) -> None:
    """Of the embedded scores, for OpenAI."""
    check(found("openai", asked))
    assert (found("openai", asked).proposal is None) == (asked == "")


@pytest.mark.parametrize("joint", [False, True])
def test_grok_gets_candidates_and_no_comparison(joint: bool) -> None:
    """Its end silence in force is not documented: without a verdict an answer would be missing."""
    t = found("xai", "--max-cutoffs-per-turn 0.10", joint)
    check(t)
    assert t.candidate is not None
    (row,) = (row for row in t.brief() if row["what"] == "against the settings in force")
    said = ("these recordings cannot tell", "what is in force is not known: silence_duration_ms")
    assert said == (row["value"], row["why"])


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """In short, all of it, and for a program."""
    asked = "--max-cutoffs-per-turn 0.10 --max-false-starts tic=0.5"
    t = found("openai", asked)

    def words(*more: str) -> list[str]:
        with pytest.raises(SystemExit) as ended:
            main(["tune", "openai", *asked.split(), *more])
        assert not ended.value.code
        return capsys.readouterr().out.split()

    short = words()
    assert " ".join([t.headline, *t.grounds()]) in " ".join(short)
    assert {word for row in t.brief() for cell in row.values() for word in str(cell).split()} <= {*short}
    assert " ".join(t.summary()).split() == words("--all")
    assert {**t.to_json(), "written": []} == json.loads(" ".join(words("--json")))


def test_what_could_not_be_held_out_is_not_called_better() -> None:
    """Coughs are better; cut-offs were asked for, too, and have one cluster: no verdict for both."""
    alone = found("openai", "--max-false-starts tic=0.5").robust
    both = found("openai", "--max-cutoffs-per-turn 0.10 --max-false-starts tic=0.5").robust
    assert alone is not None
    assert both is not None
    assert ("better", ()) == (alone.verdict, alone.unheld)
    assert ("these recordings cannot tell", ("turns cut off", "endpoint delay")) == (both.verdict, both.unheld)


@pytest.fixture(scope="module")
def recordings(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The groups of the mirror that are asked about, and no others."""
    folder = tmp_path_factory.mktemp("recordings")
    for group in GROUPS:
        (folder / group).symlink_to(mirror / group, target_is_directory=True)
    return folder


@pytest.mark.parametrize(("provider", "asked", "joint"), [
    ("openai", "--max-cutoffs-per-turn 0.10 --max-false-starts tic=0.5", True),
    ("xai", "--max-cutoffs-per-turn 0.10", False),
])  # fmt: skip
def test_the_recordings_say_what_their_embedded_scores_say(
    recordings: Path, provider: str, asked: str, joint: bool
) -> None:
    """Orders, coughs, noise, echo and words, scored from the sound; callers are left out: they stand beside."""
    heard = tune_on(recordings, provider, gates=USUAL if joint else (), **ASKED[asked])
    known = found(provider, asked, joint)
    check(heard)
    assert [f.cutoffs for f in known.frontier] == [f.cutoffs for f in heard.frontier]
    assert [(p.kind, p.threshold, p.false, p.missed) for p in known.ceiling] == [
        (p.kind, p.threshold, p.false, p.missed) for p in heard.ceiling
    ]
    assert (known.headline, known.flat, known.robust) == (heard.headline, heard.flat, heard.robust)
    assert (known.joint is None) == (heard.joint is None)


def test_the_command_takes_a_group_of_recordings_and_another_detector(
    capsys: pytest.CaptureFixture[str], mirror: Path
) -> None:
    """Forty coughs by energy: what was scored is said, and nothing of turns that are not there."""
    with pytest.raises(SystemExit) as ended:
        main(["tune", "openai", "--on", str(mirror / "coughs"), "--scorer", "energy"])
    said = " ".join(capsys.readouterr().out.split())
    assert not ended.value.code
    assert "rests on no turns; labels: acoustic, by a documented energy rule; scores of energy-1" in said
    assert "tic 40 (40 clusters, 1.5 min)" in said


def test_a_recording_that_is_another_is_refused(mirror: Path, tmp_path: Path) -> None:
    """Every one of them, by name: settings are not tuned on what nobody knows."""
    (tmp_path / "coughs").mkdir()
    names = sorted(path.name for path in (mirror / "coughs").glob("*.flac"))[:3]
    for name, other in zip(names, [*names[1:], names[0]], strict=True):
        (tmp_path / "coughs" / name).symlink_to(mirror / "coughs" / other)
    with pytest.raises(DataError) as refused:
        tune_on(tmp_path, "openai")
    assert 3 == len(refused.value.problems)
    assert all(name in str(refused.value) for name in names)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for key, make in PARTS.items():
        page = renewed(page, key, make())
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write("docs/tuning.md: rewritten\n")
