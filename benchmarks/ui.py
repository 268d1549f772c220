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
#: Each cell is a new timeline with an empty cache: nothing but the kernel is warm.
CELL = """import os, time
os.environ["BARGEIN_CACHE"] = "cache-{n}"
begin = time.time()
timeline = bi.widgets.Timeline({shown}, scores=False, findings=False)
timeline"""
#: A session whose log has not been read; a replay, which has read it.
SHOWN = ['bi.load("hour")'] * COLD + ["outcome"] * COLD
#: A picture stands once its canvas has been drawn on; 0 until then.
DRAWN = """() => { const c = [...document.querySelectorAll('.bargein-timeline .stage > canvas')][%d];
  return c && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v) ? Date.now() : 0; }"""
#: Its sound is drawn, too: an hour's is decoded behind the first picture.
SOUNDS = "() => +(document.querySelectorAll('.bargein-timeline')[%d]?.dataset.sound === 'there')"
#: Frames while a key is held: when each came after the one before, and what the page's own drawing took of it, ms.
FRAMES = """async ([key, n]) => { const c = document.querySelector('.bargein-timeline .stage > canvas'), found = [];
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
    cells = [CELL.format(n=n, shown=shown) for n, shown in enumerate(SHOWN)]
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
        page.wait_for_function(f"() => ({lab.OPEN})() === {len(SHOWN)}")
        page.wait_for_timeout(1_000)
        seconds, sounds, sizes = [], [], []
        for n in range(len(SHOWN)):
            received.clear()
            begin = time.time()
            page.evaluate(step)
            page.wait_for_function(f"({DRAWN % n})", polling=50)
            seconds.append(time.time() - begin)
            page.wait_for_function(SOUNDS % n, polling=50)
            sounds.append(time.time() - begin)
            page.wait_for_timeout(1_500)
            sizes.append(sum(received) / 1e6)
        line("timeline of a session: cell run to first picture, cold", seconds[:COLD], "s")
        line("timeline of a replay: cell run to first picture, cold", seconds[COLD:], "s")
        line("the same, with all outlines of its sound", sounds, "s")
        line("timeline: bytes to the browser", sizes, "MB")
        for key, what in [("+", "zoom in"), ("ArrowRight", "pan"), ("-", "zoom out")]:
            frames, work = page.evaluate(FRAMES, [key, MOVES if key == "ArrowRight" else MOVES // 3])
            line(f"timeline: {what}, frame", frames, "ms")
            line(f"timeline: {what}, drawing alone", work, "ms")


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
