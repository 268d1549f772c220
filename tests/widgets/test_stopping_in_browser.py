"""Long scoring in the tuner as a person meets it: it shows that it moves, a click ends it, another goes on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

import bargein
from bargein.audio.files import read_int16
from bargein.session import Change, Info, Label, Record, Track, save
from bargein.settings import ServerVad
from bargein.vad.cache import Cache, scores_for

ROOT = Path(__file__).parents[2]
SPOKEN = ROOT / "data" / "sessions" / "openai-01-interruption" / "user.flac"
#: Recordings of so many minutes: a few seconds of scoring each.
RECORDINGS, MINUTES = 3, 12
CELL = 'import bargein as bi\ntuner = bi.widgets.Tuner("long", provider="openai")\ntuner'
#: Where the bar stands, and what stands beside it.
SHOWN = """() => { const work = document.querySelector('.bargein-tuner .work');
  return [work.querySelector('progress').value, work.innerText]; }"""
#: Some sessions are scored and the next one is begun; or work has ended.
BEGUN = "() => /^[1-9] of/.test(document.querySelector('.bargein-tuner .work span').textContent)"
STOPPED = "() => document.querySelector('.bargein-tuner .work span').textContent.includes('stopped')"


@pytest.fixture(scope="module")
def project(tmp_path_factory, lab):
    """Recordings that are long, made for this: one speaker's words again and again, each beginning elsewhere."""
    root = tmp_path_factory.mktemp("project")
    spoken, rate = read_int16(SPOKEN)
    settings = ServerVad(0.5, 300, 500, True, True)
    for n in range(RECORDINGS):
        sound = np.tile(np.roll(spoken, n * rate), MINUTES * 60 * rate // len(spoken))
        ms = len(sound) * 1_000 // rate
        begun = {"type": "session.created", "session": {"turn_detection": settings.to_wire()}}
        tracks = {"user": Track("user.flac", "sent", rate, len(sound))}
        info = Info(f"long-{n}", "openai", "gpt-realtime", ms, settings=(Change(0, settings),), tracks=tracks,
                    modelled=("everything",))  # fmt: skip
        records, labels = [Record(0, 0, "s2c", "provider", begun)], [Label("speech", 0, 1_000)]
        save(root / "long" / f"long-{n}", info, records, audio={"user": sound}, labels=labels)
    lab.write_notebook(root / "long.ipynb", CELL)
    return root


def entries(cache):
    """What is kept, and when it was written; nothing else may lie there."""
    files = {path for path in (cache / "scores").rglob("*") if path.is_file()}
    assert all(".npz" == path.suffix for path in files)
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.mark.slow
def test_a_click_stops_scoring_and_another_goes_on(chromium, lab, project, tmp_path):
    """Progress moves; stopped at once, between nothing and a whole entry; what is kept is not scored again."""
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    paths = os.pathsep.join([str(Path(bargein.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    env = {"BARGEIN_DATA": str(ROOT / "data"), "BARGEIN_CACHE": str(cache), "PYTHONPATH": paths}
    errors = []
    with lab.server(project, home, env) as address, lab.browser(chromium) as opened:
        page = lab.run_notebook(opened, address, "long.ipynb", errors=errors)
        work = page.locator(".bargein-tuner .work")
        page.wait_for_function(BEGUN)
        seen = []
        for _ in range(8):
            seen.append(page.evaluate(SHOWN))
            page.wait_for_timeout(150)
        shares = [share for share, _ in seen]
        assert sorted(shares) == shares
        assert 3 < len(set(shares))
        assert all("scoring long-" in said for _, said in seen)

        begun = time.monotonic()
        work.get_by_role("button", name="Stop").click()
        page.wait_for_function(STOPPED)
        assert time.monotonic() - begun < 1.5
        done = int(work.inner_text().split()[0])
        assert 1 <= done < RECORDINGS
        kept = entries(cache)
        assert done == len(kept)
        page.wait_for_timeout(1_000)
        assert kept == entries(cache)
        assert work.get_by_role("button", name="Stop").is_hidden()
        known = Cache(cache)
        scores_for(project / "long" / "long-0" / "user.flac", cache=known)
        assert (1, 0, 0) == (known.hits, known.misses, known.damaged)

        work.get_by_role("button", name="Score the rest").click()
        work.get_by_role("button", name="Stop").wait_for()
        assert done <= int(work.inner_text().split()[0])
        work.wait_for(state="hidden")
    assert RECORDINGS == len(entries(cache))
    assert kept.items() <= entries(cache).items()
    assert [] == errors
