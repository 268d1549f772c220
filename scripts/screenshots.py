"""Make the pictures of the docs: ``docs/images/``. Needs Chromium and playwright for the one from JupyterLab.

    python scripts/screenshots.py [--only timeline,policies,tuner,tuner-dark,compare,gallery,...]

All show embedded sessions: real voices, modelled provider and player. The pictures say so in their second line, and
so does whoever shows them: ``CAPTION``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gallery as the_gallery  # beside this file
import lab

import bargein as bi
from bargein.corpus import Case, run_policies
from bargein.plot.policies import policies_picture
from bargein.plot.session import timeline_picture

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SESSION = ROOT / "data" / "sessions" / "openai-22-no-interrupt-repeated"
DESK = """import bargein as bi
outcome = bi.replay(bi.load("session"), policy="stop-only")
timeline = bi.widgets.Timeline(outcome, window=(4_800, 15_800), annotator="anna")
timeline.playhead = 5_400
timeline"""
COMPARE = """import bargein as bi
compare = bi.widgets.Compare(bi.load("session"), window=(5_000, 21_000))
compare.playhead = 7_900
compare.hearing = 2
compare"""
STRAGGLERS = SESSION.with_name("openai-18-stragglers-double")
CAPTION = (
    "Modelled: real voices, a seeded model of provider and player. The user speaks up at 7.4 s, the gate stops the "
    "sound 122 ms later, and the next late delta plays on: 4.9 s of a revoked answer, until the user asks again."
)


def timeline(target: Path) -> None:
    """One barge-in: the agent stops, and goes on."""
    session = bi.load(SESSION)
    outcome = bi.replay(session, policy="stop-only")
    window = bi.plot.around(session, before_ms=2_600, after_ms=7_400)
    bi.plot.save(timeline_picture(outcome, window=window), target, dpi=150)


def policies(target: Path) -> None:
    """The same stretch under every gate."""
    session = bi.load(SESSION)
    runs = run_policies(Case(session))
    bi.plot.save(policies_picture(runs, window=(4_800, 20_000)), target, dpi=150)


def stages(target: Path) -> None:
    """Why a stop was slow, under gates that are slow for different reasons."""
    shown = bi.plot.stages(SESSION.parent, ["keyed", "duck", "scheduled", "relay-only", "stop-only"])
    bi.plot.save(shown, target, dpi=110)


def transfers(target: Path) -> None:
    """How soon the other speaks, beside people."""
    bi.plot.save(bi.plot.transfers(SESSION.parent), target, dpi=110)


@contextmanager
def in_lab(notebook: str, height: int, theme: str = "", scale: float = 1.5) -> Iterator[Any]:
    """A notebook of a copy of the project, run to its end, with the file browser put away."""
    with tempfile.TemporaryDirectory() as scratch:
        root, home = Path(scratch) / "project", Path(scratch) / "home"
        shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
        (root / "data").symlink_to(ROOT / "data")
        home.mkdir()
        if theme:
            lab.wear(home, theme)
        env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": str(ROOT / "toolkit")}
        with lab.server(root, home, env) as address, lab.browser() as opened:
            page = lab.run_notebook(opened, address, notebook, height=height, scale=scale)
            page.evaluate("() => { window.jupyterapp.commands.execute('application:toggle-left-area'); }")
            yield page


def tuner(target: Path, theme: str = "JupyterLab Light") -> None:
    """The tuner of the fourth notebook in JupyterLab, as the tutorial leaves it: one setting kept, one exported."""
    with in_lab("notebooks/04_which_setting.ipynb", height=2_700, theme=theme, scale=1) as page:
        for step in TOUR.values():
            step(page)
        page.locator(".bargein-tuner").screenshot(path=target)
    lighten(target)


def tuner_dark(target: Path) -> None:
    """The same after dark."""
    tuner(target, "JupyterLab Dark")


def tour(target: Path) -> None:
    """The pictures of docs/tutorial.md: one a step, of the part that it is about."""
    with in_lab("notebooks/04_which_setting.ipynb", height=1_900) as page:
        for name, step in TOUR.items():
            part = page.locator(f".bargein-tuner {step(page)}")
            picture = target.with_name(f"tutorial-{name}.png")
            part.screenshot(path=picture)
            lighten(picture)


def lighten(picture: Path) -> None:
    """Keep as many colours as a page of lines and letters needs, rare ones as they are: a third of the bytes."""
    from PIL import Image

    drawn = Image.open(picture).convert("RGB")
    drawn.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(picture, optimize=True)


def at_the_start(page: Any) -> str:
    """Sliders where the provider has them, every session scored, one chosen whose user pauses for thought."""
    page.wait_for_function("""() => { const all = [...document.querySelectorAll(".bargein-tuner .entry")];
      return all.length && !all.some((e) => e.textContent.includes("not scored")); }""")
    lab.answered(page, "0.5/300/500")
    page.locator('.bargein-tuner .entry[data-name="session openai-09-pause-held"]').click()
    page.locator(".bargein-tuner .head strong", has_text="openai-09-pause-held").wait_for()
    page.locator(".bargein-tuner .row[data-name=threshold] input").first.focus()
    page.wait_for_timeout(800)
    page.evaluate("() => { document.querySelector('.bargein-tuner .entry').parentElement.scrollTop = 0; }")
    return ".top"


def too_quick(page: Any) -> str:
    """An end silence that cuts the pause off; kept, to compare with."""
    lab.press(page, "silence_duration_ms", "ArrowLeft", 10)
    lab.answered(page, "0.5/300/192")
    page.get_by_title("what to call this setting").fill("quick")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.locator(".bargein-tuner thead th", has_text="quick").wait_for()
    page.wait_for_timeout(800)
    return ".stage"


def compared(page: Any) -> str:
    """Slower again, and fewer false starts; exported."""
    lab.press(page, "silence_duration_ms", "ArrowRight", 6)
    lab.press(page, "threshold", "PageUp", 2)
    lab.answered(page, "0.7/300/384")
    page.get_by_role("button", name="Export").click()
    page.locator(".bargein-tuner .says", has_text="written:").wait_for()
    page.wait_for_timeout(800)
    return ".charts"


def known(page: Any) -> str:
    """Where that setting lies in the plane, and what the recordings can say there."""
    page.locator(".bargein-tuner .stands", has_text="not answerable").wait_for()
    return ".plane"


#: The tutorial, step by step: what is done, and the part of the tuner that shows it.
TOUR = {"sliders": at_the_start, "cut": too_quick, "curves": compared, "known": known}


def labeller(target: Path) -> None:
    """The controls of the fifth notebook in JupyterLab, after some items have been labelled by key."""
    with in_lab("notebooks/05_label_your_recordings.ipynb", height=1_500) as page:
        keys = page.locator('input[placeholder^="click here"]')
        for n, key in enumerate("iiiieiiiiiei", 2):
            keys.press(key)
            lab.see(page, f"Item {n} of")
        page.wait_for_timeout(500)
        page.locator(".jp-OutputArea-output:has(img.widget-image)").last.screenshot(path=target)


def few_colours(target: Path) -> None:
    """Make a picture of flat colours a third of its size."""
    from PIL import Image

    with Image.open(target) as image:
        few = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


@contextmanager
def widget(session: Path, cell: str, theme: str, height: int, scale: float) -> Iterator[Any]:
    """A notebook of one cell that shows a widget of ``session``, with the file browser put away."""
    with tempfile.TemporaryDirectory() as scratch:
        root, home = Path(scratch) / "project", Path(scratch) / "home"
        root.mkdir()
        home.mkdir()
        (root / "session").symlink_to(session)
        lab.wear(home, theme)
        lab.write_notebook(root / "look.ipynb", cell)
        env = {"BARGEIN_DATA": str(ROOT / "data"), "PYTHONPATH": str(ROOT / "toolkit")}
        with lab.server(root, home, env) as address, lab.browser() as opened:
            page = lab.run_notebook(opened, address, "look.ipynb", height=height, scale=scale)
            page.evaluate("() => { window.jupyterapp.commands.execute('application:toggle-left-area'); }")
            yield page


def desk(target: Path, theme: str = "JupyterLab Light") -> None:
    """The timeline widget in JupyterLab: zoomed about a barge-in, one label drafted, the leak's cut selected."""
    with widget(SESSION, DESK, theme, height=1_300, scale=1.5) as page:
        page.wait_for_selector(".bargein-timeline[data-findings][data-scores]")
        page.locator(".bargein-timeline .stage > canvas").focus()
        page.keyboard.press("a")
        page.locator(".bargein-timeline .shown", has_text="interruption").wait_for()
        page.keyboard.press("n")
        page.locator(".bargein-timeline .shown", has_text="heard of that afterwards").wait_for()
        page.wait_for_timeout(800)
        page.locator(".bargein-timeline").screenshot(path=target)
    few_colours(target)


def desk_dark(target: Path) -> None:
    """The same after dark."""
    desk(target, "JupyterLab Dark")


def gallery(_: Path) -> None:
    """Every picture of the gallery, and its page."""
    the_gallery.main([])


def compare(target: Path, theme: str = "JupyterLab Light") -> None:
    """Four policies on one session with two barge-ins: what leaks, and what nobody can know."""
    with widget(STRAGGLERS, COMPARE, theme, height=1_400, scale=1.25) as page:
        page.wait_for_selector(".bargein-timeline[data-sound] table")
        page.locator(".bargein-timeline .stage > canvas").focus()
        page.wait_for_timeout(800)
        page.locator(".bargein-timeline").screenshot(path=target)
    few_colours(target)


def compare_dark(target: Path) -> None:
    """The same after dark."""
    compare(target, "JupyterLab Dark")


MADE = {
    "timeline": timeline, "policies": policies, "stages": stages, "transfers": transfers, "tuner": tuner,
    "tuner-dark": tuner_dark, "tutorial": tour, "labeller": labeller, "desk": desk, "desk-dark": desk_dark,
    "compare": compare, "compare-dark": compare_dark, "gallery": gallery,
}  # fmt: skip


def main() -> None:
    """Make all of them, or those that are named."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--only", default=",".join(MADE), help=f"of {', '.join(MADE)}")
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in asked.parse_args().only.split(","):
        MADE[name](IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
