"""One item after the other, blind: listen, say with one key what begins, and see the numbers follow.

Everything a control does is a call of :class:`bargein.queue.Desk`; nothing is decided here. What is shown is in the
queue's files: a labeller that is made anew, also by another kernel, goes on where the last one was.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets as ui

from bargein.errors import BargeinError
from bargein.plot import png
from bargein.plot.clip import clip_chart
from bargein.queue import HALF_WIDTH, Clip, Desk, Queue, open_queue
from bargein.queue.rates import NOTE
from bargein.report.tables import Table

#: One key an answer, and what a person reads.
KEYS = {
    "i": ("interruption", "meant for the agent"), "b": ("backchannel", "mm-hm"), "t": ("tic", "cough, um"),
    "n": ("noise", ""), "e": ("echo", "the agent's own voice"), "s": ("side_talk", "meant for somebody else"),
    "x": ("nothing", ""),
}  # fmt: skip
#: Further keys: nudge the onset, take the latest answer back, play again.
EARLIER, LATER, UNDO, AGAIN = ",", ".", "z", "p"
STEP_MS = 10
GOOD, BAD = "#00695A", "#B00020"
CELLS = "<style>.wide td, .wide th {padding: 1px 14px 1px 0; line-height: 1.4; text-align: left}</style>"
WIDTH, HEIGHT, DPI = 9.4, 2.5, 110


class Labeller:
    """Label a queue by ear.

    Parameters
    ----------
    queue
        What was drawn, or the folder it lies in.
    annotator
        Whose answers: one name, one set.
    half_width
        Precision that is asked for: half of an interval's length, a share.

    Raises
    ------
    SessionError, LabelError
        There is no queue, something cannot be read, or the annotator has no name of their own.
    """

    def __init__(self, queue: Queue | str | os.PathLike[str], annotator: str, half_width: float = HALF_WIDTH) -> None:
        self.desk = Desk(queue if isinstance(queue, Queue) else open_queue(queue), annotator, half_width)
        self._clip: Clip | None = None
        self._fitting = False
        self._build()
        self._next()

    def _build(self) -> None:
        """Make the controls and say what each calls."""
        self.heading, self.message, self.numbers = ui.HTML(), ui.HTML(), ui.HTML()
        self.picture = ui.Image(format="png", layout={"width": f"{int(100 * WIDTH)}px", "max_width": "100%"})
        self.sound = ui.HBox()
        self.onset = ui.IntSlider(
            step=STEP_MS, description="onset, ms into the clip", style={"description_width": "170px"},
            layout={"width": "560px"},
        )  # fmt: skip
        self.onset.observe(lambda _: self._draw(), "value")
        nudges = [self._button(f"{ms:+d} ms ({key})", partial(self.nudge, ms))
                  for ms, key in ((-STEP_MS, EARLIER), (STEP_MS, LATER))]  # fmt: skip
        self.buttons = {
            kind: self._button(f"{kind} ({key})", partial(self.answer, kind), hint)
            for key, (kind, hint) in KEYS.items()
        }
        self.undo_button = self._button(f"undo ({UNDO})", self.undo, icon="undo")
        self.keys = ui.Text(
            placeholder=f"click here, then one key an answer: {' '.join(KEYS)}", description="keys",
            continuous_update=True, layout={"width": "440px"},
        )  # fmt: skip
        self.keys.observe(self._typed, "value")
        again = self._button(f"play again ({AGAIN})", self.play)
        self.progress = ui.IntProgress(layout={"width": "440px"}, bar_style="success")
        self.box = ui.VBox([
            self.heading, self.picture, ui.HBox([self.sound, again]), ui.HBox([self.onset, *nudges]),
            ui.HBox([*self.buttons.values()], layout={"flex_flow": "row wrap"}), ui.HBox([self.keys, self.undo_button]),
            self.message, self.progress, self.numbers,
        ])  # fmt: skip

    def _button(self, text: str, called: Callable[[], Any], hint: str = "", icon: str = "") -> Any:
        button = ui.Button(description=text, tooltip=hint, icon=icon, layout={"width": "auto", "flex": "0 0 auto"})
        button.on_click(lambda _: called())
        return button

    @property
    def onset_ms(self) -> int | None:
        """Where the onset is set, session time; None where nothing is left."""
        return None if self._clip is None else self._clip.played.start + int(self.onset.value)

    def answer(self, kind: str) -> None:
        """Answer the current item, and go on; what cannot be written is said, and the item stays."""
        self._try(lambda: self.desk.answer(kind, self.onset_ms))

    def undo(self) -> None:
        """Take the latest answer back; its item is current again."""
        self._try(self.desk.undo)

    def nudge(self, ms: int) -> None:
        """Move the onset."""
        self.onset.value += ms

    def play(self) -> None:
        """Play the clip from its beginning."""
        if self._clip is not None:
            self.sound.children = [ui.Audio(value=self._clip.wav, format="wav", autoplay=True, loop=False)]

    def _typed(self, change: dict[str, Any]) -> None:
        """One key, one call; the field is emptied, ready for the next."""
        typed = str(change["new"])
        if typed:
            self.keys.value = ""
        calls: dict[str, Callable[[], Any]] = {key: partial(self.answer, kind) for key, (kind, _) in KEYS.items()}
        calls |= {EARLIER: partial(self.nudge, -STEP_MS), LATER: partial(self.nudge, STEP_MS), UNDO: self.undo,
                  AGAIN: self.play}  # fmt: skip
        for key in typed.lower():
            calls.get(key, partial(self._say, f"{key!r} is no key here", BAD))()

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except (BargeinError, OSError) as error:
            self._say(f"not written, say it again: {error}", BAD)
            return
        self._next()

    def _next(self) -> None:
        """Show what is current, and the numbers as they are now."""
        clip = self._clip = self.desk.clip
        for control in (self.onset, *self.buttons.values()):
            control.disabled = clip is None
        if clip is None:
            self.sound.children = []
        else:
            self._fitting = True
            with self.onset.hold_trait_notifications():
                self.onset.min, self.onset.max = 0, clip.played.ms - 1
                self.onset.value = clip.onset_ms - clip.played.start
            self._fitting = False
            self.play()
        self._draw()
        self._tell()

    def _draw(self) -> None:
        if self._fitting or self._clip is None:
            return
        chart = clip_chart(self._clip, self.onset_ms)
        self.picture.value = png(chart, width=WIDTH, height=HEIGHT, dpi=DPI)

    def _tell(self) -> None:
        done = self.desk.progress
        self.progress.max, self.progress.value = max(done.items, 1), done.answered
        now = f"Item {done.answered + 1} of {done.items}" if self._clip is not None else "Every item is labelled"
        self.heading.value = f"<b>{escape(now)}</b> · {escape(self.desk.annotator)} · {escape(done.text)}"
        self._say(self.desk.revealed(), GOOD)
        rows = self.desk.queue.rate_rows(self.desk.annotator) if done.answered else []
        table = Table("So far, of all events", rows, NOTE)
        self.numbers.value = f"{CELLS}{table.to_html()}" if rows else "The numbers follow with the first answer."

    def _say(self, text: str, colour: str) -> None:
        style = f"font-size:12px;line-height:1.4;color:{colour};overflow-wrap:anywhere"
        self.message.value = f'<div style="{style}">{escape(text)}</div>'

    def _repr_mimebundle_(self, **asked: Any) -> dict[str, Any]:
        """Controls for a running notebook; where there is none, the picture as it stands."""
        shown = {**self.box._repr_mimebundle_(**asked), "text/plain": repr(self)}
        still = base64.b64encode(self.picture.value).decode()
        return {**shown, "image/png": still} if still else shown

    def __repr__(self) -> str:
        done = self.desk.progress
        return f"<Labeller of {self.desk.annotator}: {done.answered} of {done.items}>"
