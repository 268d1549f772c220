"""Sliders for a provider's voice detection; every picture and number follows, and the result can be exported."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as ui

from bargein.errors import BargeinError
from bargein.plot import png
from bargein.plot.curves import frontier_chart
from bargein.plot.score import clip_parts, score_lane
from bargein.plot.session import TimelinePicture, session_scores, timeline_picture
from bargein.providers import PROVIDERS
from bargein.providers import provider as find_provider
from bargein.session import Session, folders, load
from bargein.settings import Knob, ServerVad
from bargein.tuning import Figures, Tuned, export, tune
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule
from bargein.vad.scores import Scores
from bargein.vad.sweep import sweep
from bargein.vad.tables import LabelledScores, load_scores
from bargein.widgets import numbers

#: The settings that have a slider, and where it starts when the provider documents no default.
KNOBS = {"threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}
GOOD, BAD = "#00695A", "#B00020"
#: Inches of the two pictures; each is shown as 100 points of a page, and drawn with a few more for sharp letters.
PICTURE, FRONTIER, DPI = 9.4, 5.2, 120


class Tuner:
    """Try settings by hand: a session with the detector's score above, what the setting costs on real speech below.

    Parameters
    ----------
    sessions
        A folder of sessions to look at, or a session; None: only the clips that come along as scores.
    provider
        Whose settings: ranges and defaults are those of its table.
    tables
        Labelled scores that the numbers rest on, or a sweep over them; None: those that come along.
    export_to
        Folder that the button writes ``<provider>.json`` to, with its evidence beside it.

    Raises
    ------
    SessionError, DataError, SettingsError
        There are no sessions, no scores, or no such provider.
    """

    def __init__(
        self,
        sessions: str | os.PathLike[str] | Session | None = None,
        provider: str = "openai",
        *,
        tables: Iterable[LabelledScores] | Sweep | None = None,
        export_to: str | os.PathLike[str] = "configs",
    ) -> None:
        self._sweep = tables if isinstance(tables, Sweep) else sweep(load_scores() if tables is None else tables)
        clips = (r for r in self._sweep.recordings if isinstance(r, LabelledScores))
        self._shown: dict[str, Session | LabelledScores] = {
            **{f"session {s.id}": s for s in _sessions(sessions)}, **{f"scores of {c.clip}": c for c in clips}
        }  # fmt: skip
        self._tuned: dict[str, Tuned] = {}
        self._gathered: dict[str, tuple[TimelinePicture, Scores | None]] = {}
        self._folder = Path(export_to)
        self._build(find_provider(provider).name)
        self._fit()

    def _build(self, name: str) -> None:
        """Make the controls and say what happens when they move."""
        providers = [(p.title, p.name) for p in PROVIDERS.values()]
        self.provider = ui.Dropdown(options=providers, value=name, description="provider")
        own = (label for label, s in self._shown.items() if isinstance(s, Session) and s.info.provider == name)
        self.shown = ui.Dropdown(options=list(self._shown), value=next(own, next(iter(self._shown))),
                                 description="shown", layout={"width": "440px"})  # fmt: skip
        self.threshold = ui.FloatSlider(step=0.05, readout_format=".2f")
        self.prefix = ui.IntSlider(step=10)
        self.silence = ui.IntSlider(step=self._sweep.silences[1])
        self._sliders = dict(zip(KNOBS, (self.threshold, self.prefix, self.silence), strict=True))
        for name, slider in self._sliders.items():
            slider.description, slider.style = name, {"description_width": "150px"}
            slider.layout, slider.continuous_update = {"width": "430px"}, False
        self.path = ui.Text(description="file", layout={"width": "330px"})
        self.button = ui.Button(description="Export", icon="download", layout={"width": "95px"})
        self.message, self.status, self.numbers = ui.HTML(), ui.HTML(), ui.HTML()
        self.picture, self.frontier = ui.Image(format="png"), ui.Image(format="png")
        for image, width in ((self.picture, PICTURE), (self.frontier, FRONTIER)):
            image.layout = {"width": f"{int(100 * width)}px", "max_width": "100%", "object_fit": "contain"}
        sliders = ui.VBox([*self._sliders.values(), ui.HBox([self.path, self.button]), self.message, self.status],
                          layout={"width": "440px"})  # fmt: skip
        choices = ui.HBox([self.provider, self.shown])
        self.box = ui.VBox([choices, self.picture, ui.HBox([sliders, self.frontier]), self.numbers],
                           layout={"align_items": "flex-start"})  # fmt: skip
        self.provider.observe(lambda _: self._fit(), "value")
        for control in (self.shown, *self._sliders.values()):
            control.observe(lambda _: self.redraw(), "value")
        self.button.on_click(lambda _: self.export())

    @property
    def settings(self) -> ServerVad:
        """What the sliders say, over what the provider has in force."""
        silence, prefix = int(self.silence.value), int(self.prefix.value)
        return replace(self.tuned.in_force, threshold=self._threshold, prefix_padding_ms=prefix,
                       silence_duration_ms=silence)  # fmt: skip

    @property
    def rule(self) -> Rule:
        """The same as a detector's rule."""
        return Rule.of(self.settings)

    @property
    def tuned(self) -> Tuned:
        """The evidence for the chosen provider, without a budget: frontier, ceiling, figures of every setting."""
        name = self.provider.value
        if name not in self._tuned:
            self._tuned[name] = tune(self._sweep, name)
        return self._tuned[name]

    @property
    def figures(self) -> Figures:
        """What the chosen setting costs on the labelled speech."""
        return self.tuned.evidence.figures(self._threshold, min(int(self.silence.value), self._sweep.silences[-1]))

    @property
    def _threshold(self) -> float:
        """The threshold that was tried nearest to the slider, which counts in binary fractions."""
        return min(self.tuned.evidence.thresholds, key=lambda t: abs(t - self.threshold.value))

    def redraw(self) -> None:
        """Let pictures and numbers follow the sliders."""
        if self._fitting:
            return
        settings, figures, tuned = self.settings, self.figures, self.tuned
        self.picture.value = png(self._picture(self.shown.value), width=PICTURE, dpi=DPI)
        self.frontier.value = png(frontier_chart(tuned, figures), width=FRONTIER, height=3.0, dpi=DPI)
        found = numbers.lines(tuned, figures, settings.prefix_padding_ms or 0)
        self.numbers.value = numbers.to_html(found, settings.label, tuned.in_force.label)
        doubts = [str(w) for w in find_provider(tuned.provider).warnings(settings)]
        self.status.value = _small("; ".join([f"status: {numbers.standing(tuned.provider)}", *doubts]))
        self.message.value = ""

    def export(self) -> tuple[Path, ...]:
        """Write the settings as the provider takes them, and say where, or why not; nothing half-written is left."""
        try:
            beside = numbers.evidence(self.tuned, self.settings, self.figures)
            files = export(self.settings, self.provider.value, self.path.value, beside)
        except (BargeinError, OSError) as error:
            self.message.value = _small(f"not written: {error}", BAD)
            return ()
        self.message.value = _small(f"written: {', '.join(map(str, files))}", GOOD)
        return files

    def _fit(self) -> None:
        """Give the sliders the ranges and defaults of the provider, then redraw once and not for each of them."""
        chosen = find_provider(self.provider.value)
        self._fitting = True
        for knob in chosen.knobs:
            if knob.name in self._sliders:
                self._range(self._sliders[knob.name], knob)
        self.path.value = str(self._folder / f"{chosen.name}.json")
        self._fitting = False
        self.redraw()

    def _range(self, slider: Any, knob: Knob) -> None:
        """Set a slider's ends, start and tooltip from a provider's table; the silence acts in whole frames."""
        tried = self.tuned.evidence.thresholds
        low, high = {"threshold": (tried[0], tried[-1]), "prefix_padding_ms": (0, 1_000),
                     "silence_duration_ms": (0, self._sweep.silences[-1])}[knob.name]  # fmt: skip
        start = KNOBS[knob.name] if knob.default is None else knob.default
        if knob.name == "silence_duration_ms":
            start = self._sweep.silences[self._sweep.column(int(start))]
        with slider.hold_trait_notifications():
            slider.min, slider.max, slider.value = low, high, start
        default = "not documented" if knob.default is None else f"{knob.default:g}"
        slider.tooltip = f"accepted {knob.range_text}; default {default}; source: {knob.source}"

    def _picture(self, name: str) -> TimelinePicture:
        """The picture of a session or clip: waveforms are gathered once, only the detector's lane is made anew."""
        shown = self._shown[name]
        if isinstance(shown, LabelledScores):
            grid, score, bars = clip_parts(shown, self.rule)
            style = f" · {shown.speech_style} speech" if shown.speech_style else ""
            said = f"{shown.kind}{style} · {shown.attribution} · measured scores, no sound"
            return TimelinePicture(shown.clip, said, grid, score=score, bars=bars)
        if name not in self._gathered:
            scores, why_not = session_scores(shown)
            base = timeline_picture(shown, scores=False)
            self._gathered[name] = replace(base, notes=(why_not,) if why_not else ()), scores
        base, scores = self._gathered[name]
        if scores is None:
            return base
        lane = score_lane(scores, self.rule, base.grid.window, shown.info.tracks["user"].origin_ms)
        return replace(base, score=lane)

    def _repr_mimebundle_(self, **asked: Any) -> dict[str, Any]:
        """Controls for a running notebook; where there is none, the picture as it stands."""
        still = base64.b64encode(self.picture.value).decode()
        return {**self.box._repr_mimebundle_(**asked), "image/png": still, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Tuner {self.provider.value}: {self.settings.label}>"


def _sessions(source: str | os.PathLike[str] | Session | None) -> list[Session]:
    """Sessions with a user's track, each opened without reading its audio."""
    if source is None:
        return []
    found = [source] if isinstance(source, Session) else [load(folder) for folder in folders(source)]
    return [s for s in found if "user" in s.info.tracks]


def _small(text: str, colour: str = "#444444") -> str:
    return f'<div style="font-size:12px;line-height:1.4;color:{colour};overflow-wrap:anywhere">{escape(text)}</div>'
