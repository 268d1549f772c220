"""What a person waits for: `make bench-ui`. JupyterLab in a headless Chromium, a session of an hour.

Prints median and p95 of each, beside the same picture drawn whole by matplotlib. Nothing here is asserted.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import ui_tuner
from hour import hour

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import lab  # noqa: E402  # the driver of the browser test

COLD, MOVES = 5, 90
#: Each cell is a new widget with an empty cache: nothing but the kernel is warm.
CELL = """import os
os.environ["BARGEIN_CACHE"] = "cache-{n}"
{shown}"""
#: A session whose log has not been read; a replay, which has read it; four policies, each replayed, beside what was
#: recorded. Each several times.
SHOWN = {
    "timeline of a session": 'bi.widgets.Timeline(bi.load("hour"), scores=False, findings=False)',
    "timeline of a replay": "bi.widgets.Timeline(outcome, scores=False, findings=False)",
    "comparison": 'bi.widgets.Compare(bi.load("hour"))',
}
#: A picture stands once its canvas has been drawn on; 0 until then.
DRAWN = """() => { const c = [...document.querySelectorAll('.bargein-timeline .stage > canvas')][%d];
  return c && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v) ? Date.now() : 0; }"""
#: Its sound is drawn, too: an hour's is decoded behind the first picture.
SOUNDS = "() => +(document.querySelectorAll('.bargein-timeline')[%d]?.dataset.sound === 'there')"
#: Frames while a key is held: when each came after the one before, and what the page's own drawing took of it, ms.
FRAMES = """async ([widget, key, n]) => {
  const c = document.querySelectorAll('.bargein-timeline .stage > canvas')[widget], found = [];
  const plain = window.requestAnimationFrame, work = [];
  window.requestAnimationFrame = (f) => plain((t) => {
    const at = performance.now(); f(t); work.push(performance.now() - at); });
  c.focus(); let before = performance.now();
  for (let i = 0; i < n; i++) { c.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    await new Promise((f) => plain(f)); const now = performance.now(); found.push(now - before); before = now; }
  window.requestAnimationFrame = plain;
  return [found, work]; }"""


def line(what: str, values: list[float], unit: str) -> None:
    """Print one figure."""
    middle, high = np.median(values), np.percentile(values, 95)
    print(f"{what:58} median {middle:>9,.1f} {unit:4} p95 {high:>9,.1f} {unit:4} n = {len(values)}")


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of several calls."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return found


def in_browser(root: Path, home: Path, chromium: str) -> None:
    """Cold pictures, bytes, frames."""
    shown = [(what, cell) for what, cell in SHOWN.items() for _ in range(COLD)]
    cells = [CELL.format(n=n, shown=cell) for n, (_, cell) in enumerate(shown)]
    lab.write_notebook(
        root / "ui.ipynb", 'import bargein as bi; bi.widgets; outcome = bi.replay(bi.load("hour"))', *cells
    )
    env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": str(ROOT / "toolkit")}
    with lab.server(root, home, env) as address, lab.browser(chromium) as opened:
        page = opened.new_page(viewport={"width": 1_240, "height": 1_000})
        received: list[int] = []
        page.on("websocket", lambda ws: ws.on("framereceived", lambda data: received.append(len(data))))
        page.goto(address.format(notebook="ui.ipynb"))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.evaluate(lab.READY)
        step = "() => { window.jupyterapp.commands.execute('notebook:run-cell-and-select-next'); }"
        page.evaluate(step)
        page.wait_for_function(f"() => ({lab.OPEN})() === {len(shown)}")
        page.wait_for_timeout(1_000)
        figures: dict[tuple[str, str], list[float]] = {}
        for n, (what, _) in enumerate(shown):
            received.clear()
            begin = time.time()
            page.evaluate(step)
            page.wait_for_function(f"({DRAWN % n})", polling=50)
            figures.setdefault((f"{what}: cell run to first picture, cold", "s"), []).append(time.time() - begin)
            page.wait_for_function(SOUNDS % n, polling=50)
            figures.setdefault((f"{what}: with all outlines of its sound", "s"), []).append(time.time() - begin)
            page.wait_for_timeout(1_500)
            figures.setdefault((f"{what}: bytes to the browser", "MB"), []).append(sum(received) / 1e6)
        for (what, unit), values in figures.items():
            line(what, values, unit)
        for n, what in [(0, "timeline"), (len(shown) - 1, "comparison")]:
            page.locator(".bargein-timeline .stage > canvas").nth(n).scroll_into_view_if_needed()
            page.wait_for_timeout(1_000)
            for key, move in [("+", "zoom in"), ("ArrowRight", "pan"), ("-", "zoom out")]:
                frames, work = page.evaluate(FRAMES, [n, key, MOVES if key == "ArrowRight" else MOVES // 3])
                line(f"{what}: {move}, frame", frames, "ms")
                line(f"{what}: {move}, drawing alone", work, "ms")


def matplotlib_whole(folder: Path) -> None:
    """The naive way: every sample drawn, again for every move; and our static picture of the same session."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    import bargein as bi
    from bargein.plot.session import timeline_picture

    session = bi.load(folder)
    sound = session.audio("agent")

    def every_sample() -> None:
        figure = Figure(figsize=(11, 4))
        figure.subplots().plot(np.arange(len(sound)) / 24_000, sound)
        FigureCanvasAgg(figure).draw()

    line("matplotlib: every sample of one track, one redraw", timed(every_sample, 3), "s")

    def ours() -> None:
        bi.plot.png(timeline_picture(session, scores=False))

    line("matplotlib: bi.plot of the whole, one redraw", timed(ours, 3), "s")


def main() -> None:
    """Measure, or say what is missing."""
    chromium = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
    if chromium is None:
        sys.exit("bench-ui needs a chromium on the PATH (Debian: apt install chromium fonts-dejavu-core)")
    with tempfile.TemporaryDirectory() as scratch:
        root, home = Path(scratch) / "project", Path(scratch) / "home"
        root.mkdir()
        home.mkdir()
        session = hour(root / "hour", microphone=True)
        print(f"{session.info.length_ms / 60_000:.0f} minutes, {len(session.records):,} events\n")
        in_browser(root, home, chromium)
        ui_tuner.in_browser(root, Path(scratch) / "home-of-the-tuner", chromium, line)
        matplotlib_whole(session.folder)
        ui_tuner.by_kernel(session.folder, line)


if __name__ == "__main__":
    main()
