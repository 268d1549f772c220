"""The tuner on a session of an hour, part of `make bench-ui`: synthetic scores, 1,900 pauses, 500 turns.

Beside it the ways that notebooks usually go: a slider whose every move makes the kernel draw anew. Nothing is asserted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import lab  # noqa: E402  # the driver of the browser test

MOVES, COUNTED, DRAGS = 240, 40, 9
Line = Callable[[str, list[float], str], None]
SETUP = """import numpy as np
import bargein as bi
from bargein.vad.scores import Scores
random = np.random.default_rng(7)
spoken = np.repeat(np.arange(4_000) % 2, random.geometric(1 / 29, 4_000))[:112_500]  # 58 frames from one to the next
values = np.clip(np.where(spoken, 0.85, 0.12) + random.normal(0, 0.12, spoken.size), 0, 1).astype(np.float32)
scores = Scores(values.astype(np.float64), 512, 16_000, spoken.size * 512, "synthetic")
turns = [[k * 7_200 + 600, k * 7_200 + 4_200] for k in range(500)]"""
#: The scores of the session are given, and nothing is scored meanwhile: the tuner alone is measured.
SHOW = """tuner = bi.widgets.Tuner(bi.load("hour"))
tuner._scored(0, scores)
tuner.scoring._ready.add(0)
tuner.picture = {**tuner.picture, "turns": turns, "number": 99}
tuner"""
#: What the measurements below stand on: moves a slider; ends with a frame; ends when a frame has been painted.
TOOLS = """() => { const root = document.querySelector('.bargein-tuner');
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  window.tools = { root, wait, frame: () => new Promise(requestAnimationFrame),
    move: (name, v) => { const slide = root.querySelector(`.row[data-name=${name}] input[type=range]`);
      slide.value = v; slide.dispatchEvent(new Event('input', { bubbles: true })); },
    painted: () => new Promise((done) => { const c = new MessageChannel();
      c.port1.onmessage = () => done(performance.now()); c.port2.postMessage(0); }),
    fresh: async () => { while (root.dataset.fresh !== 'true') await wait(1); return performance.now(); } }; }"""
#: From a move, at the beginning of a frame: until the script is through, and until that frame has been painted.
REDRAWN = """async ([name, from, step, n]) => { const { root, frame, move, painted } = window.tools, found = [];
  for (let i = 0; i < n; i++) {
    await frame();
    const begin = performance.now(), before = root.dataset.decided;
    move(name, from + step * (i % 40));
    const through = performance.now() - begin;
    if (root.dataset.decided !== before) found.push([through, (await painted()) - begin]);
  }
  return found; }"""
#: From a move until numbers and curves are those of the setting.
ANSWERED = """async ([name, from, step, n]) => { const { wait, move, fresh } = window.tools, found = [];
  for (let i = 1; i <= n; i++) {
    await wait(400);
    const begin = performance.now();
    move(name, from + step * i);
    found.push((await fresh()) - begin);
  }
  return found; }"""
#: A slider dragged, a move a frame: how long the numbers take once it rests.
DRAGGED = """async ([name, from, step, n]) => { const { frame, move, fresh } = window.tools;
  for (let i = 0; i < n; i++) { move(name, from + step * i); await frame(); }
  const begin = performance.now();
  return (await fresh()) - begin; }"""


def in_browser(root: Path, home: Path, chromium: str, line: Line) -> None:
    """Measure the tuner in JupyterLab, and hand each figure to ``line``."""
    lab.write_notebook(root / "tuner.ipynb", SETUP, SHOW)
    env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": str(ROOT / "toolkit")}
    with lab.server(root, home, env) as address, lab.browser(chromium) as opened:
        received: list[int] = []
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000})
        page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
        page.set_default_timeout(2 * lab.SECONDS * 1_000)
        page.goto(address.format(notebook="tuner.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.evaluate(lab.READY)
        page.evaluate(lab.RUN_ALL)
        page.wait_for_selector('.bargein-tuner[data-ranked][data-shown="99"][data-fresh="true"]')
        page.wait_for_timeout(3_000)
        line("tuner: bytes to the browser", [sum(received) / 1e6], "MB")
        page.evaluate(TOOLS)
        page.locator(".bargein-tuner .stage").scroll_into_view_if_needed()
        for name, start, step in [("silence_duration_ms", 64, 32), ("threshold", 0.3, 0.01)]:
            times = page.evaluate(REDRAWN, [name, start, step, MOVES])
            line(f"tuner: {name} moved, script through", [through for through, _ in times], "ms")
            line(f"tuner: {name} moved, that frame painted", [whole for _, whole in times], "ms")
        page.wait_for_timeout(2_000)
        for name, start, step in [("silence_duration_ms", 64, 32), ("threshold", 0.2, 0.01)]:
            received.clear()
            line(
                f"tuner: {name} moved, numbers and curves", page.evaluate(ANSWERED, [name, start, step, COUNTED]), "ms"
            )
            line("tuner: bytes of an answer", [sum(received) / COUNTED / 1e3], "kB")
        rests = [page.evaluate(DRAGGED, ["threshold", 0.25, 0.01, 40]) for _ in range(DRAGS)]
        line("tuner: threshold dragged for 40 frames, numbers at rest", rests, "ms")


def by_kernel(folder: Path, line: Line) -> None:
    """The usual way: the kernel decides and matplotlib draws, an image a move; and the rule as a plain loop."""
    import bargein as bi
    from bargein.plot.session import timeline_picture
    from bargein.vad.rule import Rule
    from bargein.vad.scores import Scores

    random = np.random.default_rng(7)
    spoken = np.repeat(np.arange(4_000) % 2, random.geometric(1 / 29, 4_000))[:112_500]
    values = np.clip(np.where(spoken, 0.85, 0.12) + random.normal(0, 0.12, spoken.size), 0, 1)
    scores, session = Scores(values, 512, 16_000, spoken.size * 512, "synthetic"), bi.load(folder)
    drawn, looped = [], []
    for n in range(3):
        begin = time.perf_counter()
        rule = Rule(0.4 + n / 20)
        bi.plot.png(timeline_picture(session, scores=scores, rule=rule))
        drawn.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        plain_loop(values.tolist(), rule)
        looped.append(1e3 * (time.perf_counter() - begin))
    line("a slider over matplotlib: session and detector, one redraw", drawn, "s")
    line("the rule as a plain Python loop, one setting", looped, "ms")


def plain_loop(values: list[float], rule: object) -> int:
    """Count the stretches of speech, as a detector's own post-processing does it."""
    enter, leave, hops = rule.enter, rule.leave, -(-rule.silence_duration_ms // 32)  # type: ignore[attr-defined]
    inside, low, found = False, -1, 0
    for i, p in enumerate(values):
        if p >= enter:
            found, inside, low = found + (not inside), True, -1
        elif inside and p < leave:
            low = i if low < 0 else low
            if i - low >= hops:
                inside, low = False, -1
    return found
