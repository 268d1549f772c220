"""The gallery of the docs: every picture of ``bi.plot`` with the line that draws it, from the embedded sessions.

    python scripts/gallery.py [NAME ...]

The page shows the lines below as they stand here; ``tests/test_docs_gallery.py`` holds that.
"""

# ruff: noqa: D400  # a picture's first line is the question that it answers
from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

from PIL import Image

import bargein as bi
from bargein.report.trust import trust
from bargein.report.unknown import unknown

ROOT = Path(__file__).resolve().parents[1]
PAGE, FOLDER = ROOT / "docs" / "gallery.md", ROOT / "docs" / "images" / "gallery"
#: Colours and dots an inch of a picture of the gallery: small files, and nothing that is seen.
COLOURS, DPI = 96, 120

PREAMBLE = """
import bargein as bi

SESSIONS = "data/sessions"
session = bi.load(f"{SESSIONS}/openai-22-no-interrupt-repeated")
outcome = bi.replay(session, policy="stop-only")
tuned = bi.tune(provider="openai", max_cutoffs_per_hold=0.10)
"""
SESSIONS = ROOT / "data" / "sessions"
session = bi.load(SESSIONS / "openai-22-no-interrupt-repeated")
outcome = bi.replay(session, policy="stop-only")
tuned = bi.tune(provider="openai", max_cutoffs_per_hold=0.10)


def what_happened() -> Any:
    """What happened around a barge-in?

    The gate stops the sound, and the next late delta plays on: vermilion is heard after its cut.
    """
    return bi.plot.timeline(outcome, window=bi.plot.around(outcome, before_ms=2_600, after_ms=7_400))


def under_each_gate() -> Any:
    """Who is heard, under each gate?

    One recording, four clients; the labels above, the user on top.
    """
    return bi.plot.compare(session, window=(4_800, 20_000))


def which_session() -> Any:
    """Which session is worth looking at?

    Small timelines on one scale, the worst first, a line of facts each.
    """
    return bi.plot.contact_sheet(SESSIONS, most=12)


def sounds_like() -> Any:
    """What did the microphone hear?

    Mel bands of the user's track, its labels above, the cuts of the gate in it.
    """
    return bi.plot.spectrogram(outcome, "user", window=bi.plot.around(outcome))


def ahead() -> Any:
    """How far is the provider ahead of the ear?

    Upwards between the two lines lies what waits to be heard, or was thrown away.
    """
    return bi.plot.heard(outcome)


def how_long() -> Any:
    """How long did the interrupted agent go on?

    By cause of late audio and gate; what nobody could know yet is told apart from what the gate is to blame for.
    """
    return bi.plot.delays(SESSIONS)


def why_slow() -> Any:
    """Why was the stop slow?

    Detect, act and drain of the same barge-ins under gates that are slow for different reasons.
    """
    return bi.plot.stages(SESSIONS, ["keyed", "duck", "relay-only"])


def how_soon() -> Any:
    """How soon does the other speak?

    Floor transfer offsets: over 0 a gap, under 0 an overlap. The grey band is what people need in ten languages.
    """
    return bi.plot.transfers(SESSIONS)


def what_the_books_say() -> Any:
    """What do the books say, and what was true?

    Booked by arrival against heard; hatched is silence that was booked while the agent was heard.
    """
    return bi.plot.books(bi.accounts(SESSIONS))


def how_fast() -> Any:
    """How fast can a turn end, and whom does it cut off?

    One end silence a point, at one threshold. Dashed: longer than any pause on record, so nothing is known there.
    """
    return bi.plot.frontier(tuned)


def not_beaten() -> Any:
    """Which settings does no other one beat?

    The same for every threshold at once, with the settings in force and the proposal.
    """
    return bi.plot.pareto(tuned)


def both_knobs() -> Any:
    """What do both knobs do together that neither does alone?

    Cost of every threshold and end silence; the cheapest setting of all, and the cheapest where one knob stays.
    """
    return bi.plot.iso_cost(tuned)


def which_settings() -> Any:
    """Where can these recordings say what a setting does?

    Threshold and end silence in three colours, the reasons by letters; the diamonds are worth recording next.
    """
    return bi.plot.answerable(bi.plan(provider="openai"), bi.tune(provider="openai", max_cutoffs_per_turn=0.10))


def no_threshold() -> Any:
    """What can no threshold do?

    Missed speech against false starts, by kind: the pairs that any threshold reaches.
    """
    return bi.plot.ceiling(tuned, tuned.as_is)


def how_known() -> Any:
    """What does one clip tell of a provider's thresholds?

    Every coloured pair gives the recorded values exactly: a perfect fit is weak evidence. `from bargein.report.trust
    import trust`.
    """
    return bi.plot.draw(trust(session).picture)


def how_sure() -> Any:
    """How sure is what was counted?

    A dot is a share of failures, the bar its upper bound over speakers, calls and clips. `from bargein.report.unknown
    import unknown`.
    """
    return bi.plot.draw(unknown(SESSIONS, share=0.10).picture)


PICTURES: tuple[Callable[[], Any], ...] = (
    what_happened, under_each_gate, which_session, sounds_like, ahead, how_long, why_slow, how_soon,
    what_the_books_say, how_fast, not_beaten, both_knobs, which_settings, no_threshold, how_known, how_sure,
)  # fmt: skip


def line_of(picture: Callable[[], Any]) -> str:
    """Give the line that draws a picture, as it stands here."""
    _, _, body = inspect.getsource(picture).rpartition("    return ")
    return dedent(body).strip()


def page() -> str:
    """Give the page."""
    parts = [
        "# Gallery",
        "Every picture is data before it is drawn (`bargein.plot`), takes `ax=` to stand in a figure of yours, gives "
        "the axes back, and has seconds on its axis. One look: colours that are told apart with the usual colour "
        'deficiencies, one legend, readable at the width of a column. `matplotlib.style.use("bargein.plot.bargein")` '
        "gives it to your own figures.",
        f"```python\n{PREAMBLE.strip()}\n```",
        "All show embedded sessions: real voices, a *modelled* provider and player, so they show that the measures "
        "work and not how a provider performs. `python scripts/gallery.py` draws them again.",
    ]
    for picture in PICTURES:
        title, _, text = inspect.cleandoc(picture.__doc__ or "").partition("\n\n")
        text = " ".join(text.split())
        parts += [f"## {title}", text, f"```python\n{line_of(picture)}\n```",
                  f"![{title}](images/gallery/{picture.__name__}.png)"]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def write(picture: Callable[[], Any]) -> Path:
    """Draw a picture into the docs."""
    target = FOLDER / f"{picture.__name__}.png"
    bi.plot.save(picture(), target, dpi=DPI)
    small = io.BytesIO()
    with Image.open(target) as drawn:
        drawn.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            small, format="PNG", optimize=True
        )
    target.write_bytes(small.getvalue())
    return target


def main(names: list[str]) -> None:
    """Draw all of them, or those that are named, and write the page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        if not names or picture.__name__ in names:
            sys.stdout.write(f"{write(picture)}\n")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
