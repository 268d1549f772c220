"""Sliders for a voice detection: the picture follows at once, numbers and curves soon after; and it can be exported.

The page applies the decision rule to scores that it was given once (``rule.js``, which tests hold to
:mod:`bargein.vad.rule`); everything that is counted comes from the kernel: figures from :mod:`bargein.tuning.trial`,
curves from :mod:`bargein.plot.operating`, the worst first from :mod:`bargein.tuning.worst`.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from bargein.errors import BargeinError, SettingsError, check
from bargein.plot import png
from bargein.plot.desk import header, script
from bargein.plot.known import answerable_chart, stands
from bargein.plot.onpage import chart_data
from bargein.plot.operating import operating_charts, pareto_front
from bargein.providers.targets import target
from bargein.session import Session
from bargein.settings import ServerVad
from bargein.timeline import Span
from bargein.tuning import Figures, Tuned, export
from bargein.tuning.answerable import Answerable
from bargein.tuning.at_hand import embedded_reports
from bargein.tuning.sliders import NAMES, Setting, problems, setting, sliders, start
from bargein.tuning.trial import Scales, Trial, no_reports
from bargein.tuning.worst import ALL, ENDS
from bargein.vad.grid import Sweep
from bargein.vad.rule import Rule
from bargein.vad.scores import Scores
from bargein.vad.sweep import sweep
from bargein.vad.tables import LabelledScores, load_scores
from bargein.widgets import numbers
from bargein.widgets.gallery import Gallery, sessions_of
from bargein.widgets.history import History
from bargein.widgets.kept import Kept
from bargein.widgets.scoring import Progress, Scoring
from bargein.widgets.standings import Standings
from bargein.widgets.timeline import in_words


class Tuner(anywidget.AnyWidget):
    """Try settings by hand: a session with the detector's decisions above, what the setting costs on real speech below.

    Parameters
    ----------
    sessions
        A folder of sessions to look at, or a session; None: only the clips that come along as scores.
    provider
        Whose settings: one of :data:`bargein.providers.targets.TARGETS`; its table sets ranges, defaults and what
        cannot be set there.
    tables
        Labelled scores that the numbers rest on, or a sweep over them; None: those that come along.
    export_to
        Folder that the button writes ``<provider>.json`` to, with its evidence beside it.

    Attributes
    ----------
    threshold, exit_threshold, prefix_padding_ms, silence_duration_ms, min_speech_ms
        Where the sliders stand; can be set and observed. ``exit_threshold`` None follows ``threshold``.
    provider, shown, path
        What is chosen; ``shown`` is one of :attr:`names`, ``path`` the file to write.

    Raises
    ------
    SessionError, DataError, SettingsError
        There are no sessions, no scores, or no such provider.
    """

    _esm = script("small.js", "rule.js", "chart.js", "tuner.js")
    _css = Path(__file__).with_name("tuner.css")

    provider = traitlets.Unicode("openai").tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)
    threshold = traitlets.Float(0.5).tag(sync=True)
    exit_threshold = traitlets.Float(None, allow_none=True).tag(sync=True)
    prefix_padding_ms = traitlets.Int(300).tag(sync=True)
    silence_duration_ms = traitlets.Int(500).tag(sync=True)
    min_speech_ms = traitlets.Int(0).tag(sync=True)
    path = traitlets.Unicode().tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)
    controls: traitlets.List[Any] = traitlets.List().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    plane = traitlets.Dict().tag(sync=True)
    order: traitlets.List[Any] = traitlets.List().tag(sync=True)
    kept: traitlets.List[Any] = traitlets.List().tag(sync=True)
    can = traitlets.Dict().tag(sync=True)
    says = traitlets.Dict({"text": "", "good": True, "where": ""}).tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        sessions: str | os.PathLike[str] | Session | None = None,
        provider: str = "openai",
        *,
        tables: Iterable[LabelledScores] | Sweep | None = None,
        export_to: str | os.PathLike[str] = "configs",
    ) -> None:
        tried = tables if isinstance(tables, Sweep) else sweep(load_scores() if tables is None else tables)
        begun = start(provider)
        self.scales = Scales(tried, embedded_reports if tables is None else no_reports)
        self._folder = Path(export_to)
        clips = (r for r in tried.recordings if isinstance(r, LabelledScores))
        self.gallery = Gallery(sessions_of(sessions), clips)
        self.standings = Standings(tried.recordings, self.gallery.sessions, tried.silences[-1])
        self.scoring = Scoring(self.gallery.sessions, self._scored, self._tell)
        self._fronts: dict[str, Any] = {}
        self._in_force: dict[str, numbers.Column] = {}
        self._kept = Kept()
        self._history = History(begun)
        self._fitting, self._offered = True, ""
        super().__init__(provider=provider, facts=numbers.facts(), **begun.values)
        self._fit(begun)
        self.shown = self.gallery.first_for(target(provider).provider)
        self.on_msg(self._receive)

    # -- what is set

    @property
    def names(self) -> tuple[str, ...]:
        """What can be shown: sessions, and clips that came along as scores."""
        return self.gallery.names

    @property
    def setting(self) -> Setting:
        """Where all sliders stand.

        Raises
        ------
        SettingsError
            The target would refuse it.
        """
        return setting(self.provider, {name: getattr(self, name) for name in NAMES})

    @property
    def settings(self) -> ServerVad:
        """What the sliders say, over what the provider has in force."""
        return self.setting.over(self.tuned.in_force)

    @property
    def rule(self) -> Rule:
        """The same as a detector's rule."""
        return self.setting.rule

    @property
    def tuned(self) -> Tuned:
        """The evidence for the chosen provider, without a budget: frontier, ceiling, figures of every setting."""
        return self.scales.tuned(self.provider)

    @property
    def answerable(self) -> Answerable:
        """What these recordings can say of each setting; of reports only those that come along are counted."""
        return self.scales.answerable(self.provider)

    @property
    def trial(self) -> Trial:
        """The setting, weighed on the labelled speech: exactly, also between the thresholds of the frontier."""
        return self.scales.trial(self.setting)

    @property
    def figures(self) -> Figures:
        """What the chosen setting costs on the labelled speech."""
        return self.trial.figures

    # -- what can be done

    def put(self, to: Setting) -> None:
        """Move all sliders at once, one step that can be taken back."""
        self._history = self._history.step(self._settled).step(to)
        self._fit(to)

    def undo(self) -> None:
        """Take the last step back."""
        self._history = self._history.step(self._settled).back()
        self._fit(self._history.now)

    def redo(self) -> None:
        """Take again what was taken back last."""
        self._history = self._history.again()
        self._fit(self._history.now)

    def keep(self, name: str = "") -> str:
        """Keep the setting as a column of the table, and give its name; without a name it is called by its values.

        A name in use stays with its setting: the new one is called ``name 2``, and the page says so.

        Raises
        ------
        SettingsError
            There are as many as the table can show, or the setting is none.
        """
        kept = self._kept.add(name, self.trial)
        self._show_kept()
        if name.strip() not in ("", kept):
            self._say(f"{name.strip()} is another setting's name: kept as {kept}")
        return kept

    def recall(self, name: str) -> None:
        """Move the sliders to a setting that was kept."""
        self.put(self._kept.of(name))

    def drop(self, name: str) -> None:
        """Keep it no longer."""
        self._kept.drop(name)
        self._show_kept()

    def export(self) -> tuple[Path, ...]:
        """Write the settings as the provider takes them, and say where, or why not; nothing half-written is left.

        A file of that name is replaced, and the page says so.
        """
        done = "replaced" if Path(self.path).exists() else "written"
        try:
            settings, own = self.setting.to_send(self.tuned.in_force)
            beside = numbers.evidence(self.provider, self.tuned, settings, self.figures)
            files = export(settings, self.provider, self.path, beside, own)
        except (BargeinError, OSError) as error:
            self._say(f"not written: {in_words(error)}", good=False)
            return ()
        self._say(f"{done}: {', '.join(map(str, files))}", where="\n".join(str(file.resolve()) for file in files))
        return files

    # -- what follows

    @traitlets.observe("provider")
    def _chosen(self, _: Any = None) -> None:
        if not self._fitting:
            self.put(start(self.provider))

    @traitlets.validate("provider")
    def _known(self, proposal: Mapping[str, Any]) -> str:
        return target(proposal["value"]).name

    @traitlets.validate(*NAMES)
    def _inside(self, proposal: Mapping[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if not self._fitting:
            check(problems(self.provider, {name: value}), SettingsError, target(self.provider).title)
        return value

    @traitlets.observe(*NAMES)
    def _moved(self, _: Any = None) -> None:
        if not self._fitting:
            self._follow()

    @traitlets.validate("shown")
    def _there(self, proposal: Mapping[str, Any]) -> str:
        self.gallery.place(proposal["value"])
        return str(proposal["value"])

    @traitlets.observe("shown")
    def _look(self, _: Any = None) -> None:
        self.picture = {**self.gallery.page(self.shown), "number": self.picture.get("number", 0) + 1}

    def _fit(self, to: Setting) -> None:
        """Move all sliders, with the ranges of their target, and answer once."""
        self._fitting = True
        with self.hold_sync():
            if to.target != self._offered:
                self._offered = self.provider = to.target
                self.controls = [asdict(s) for s in sliders(to.target)]
                self.path = str(self._folder / f"{to.target}.json")
                self.plane = chart_data(answerable_chart(self.answerable))
            for name, value in to.values.items():
                setattr(self, name, value)
        self._settled = to
        self._fitting = False
        self._follow()

    def _follow(self) -> None:
        """Let numbers and curves follow; the page shows the picture by itself."""
        try:
            now = self.setting
            trial = self.scales.trial(now)
        except BargeinError as error:
            self._say(in_words(error), good=False)
            return
        self._settled = now
        with self.hold_sync():
            self.answer = self._answered(trial)
            self.can = {"undo": bool(self._history.step(now).before), "redo": bool(self._history.behind)}
            if self.says["text"]:
                self._say("")
        self._rank(now)  # after the numbers: it is the longer work

    def _answered(self, trial: Trial) -> dict[str, Any]:
        now = trial.setting
        doubts = target(self.provider).warnings({n: v for n, v in now.values.items() if v is not None})
        columns = self._columns(trial)
        return {
            "setting": list(now), "label": now.label,
            "charts": [chart_data(chart) for chart in operating_charts(trial, self.answerable, self._front())],
            "stands": stands(self.answerable, now.threshold, now.silence_duration_ms),
            "columns": [c.title for c in columns], "rows": numbers.compared(columns),
            "key": numbers.key(columns),
            "status": [numbers.standing(self.provider), *map(str, doubts), *numbers.beyond(trial)],
        }  # fmt: skip

    def _columns(self, trial: Trial) -> list[numbers.Column]:
        if self.provider not in self._in_force:
            self._in_force[self.provider] = numbers.in_force(self.scales, self.provider)
        return [numbers.Column.of_trial(f"this setting: {trial.setting.label}", trial), *self._kept.columns,
                self._in_force[self.provider]]  # fmt: skip

    def _front(self) -> Any:
        if self.provider not in self._fronts:
            self._fronts[self.provider] = pareto_front(self.tuned)
        return self._fronts[self.provider]

    def _scored(self, place: int, found: Scores | str) -> None:
        """Take the scores of one session, on the thread that made them."""
        session = self.gallery.sessions[place]
        self.gallery.score(place, found)
        try:
            if isinstance(found, Scores):
                self.standings.add(session, found)
        except BargeinError as error:  # labels that contradict each other: the list says nothing of it, this line why
            self._say(f"{session.id}: {in_words(error)}", good=False)
        if self.shown == f"session {session.id}":
            self._look()

    def _tell(self, progress: Progress) -> None:
        self.progress = progress._asdict()
        if not progress.running:
            self._rank(self._settled)

    def _rank(self, now: Setting) -> None:
        to = ALL if self.tuned.evidence.models_starts else ENDS
        self.order = self.standings.under(now, self.scales.curve(now.rule), to)

    def _show_kept(self) -> None:
        self.kept = self._kept.names
        self._follow()

    def _say(self, text: str, good: bool = True, where: str = "") -> None:
        self.says = {"text": text, "good": good, "where": where}

    def _receive(self, _: Any, asked: Any, __: Any) -> None:
        """Do what the page asks; what it asks for and cannot have is said on its line of messages."""
        try:
            DOES[asked["do"]](self, asked)
        except (BargeinError, KeyError, TypeError, ValueError) as error:
            self._say(
                in_words(error) if isinstance(error, BargeinError) else f"not understood: {str(asked)[:200]}", False
            )

    def _step(self, asked: Mapping[str, Any]) -> None:
        """Remember where the sliders were let go; the page says where, for traits may come later."""
        self._history = self._history.step(setting(self.provider, asked["setting"]))
        self.can = {"undo": bool(self._history.before), "redo": bool(self._history.behind)}

    def _window(self, asked: Mapping[str, Any]) -> None:
        view = self.gallery.window(self.shown, Span(int(asked["start"]), int(asked["end"])), int(asked["columns"]))
        if view is not None:
            self.send({"is": "window", "number": self.picture["number"], **header(view)}, [view.data])

    def _repr_mimebundle_(self, **asked: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Sliders for a running notebook; where there is none, the curve and the numbers as they stand."""
        shown = super()._repr_mimebundle_(**asked)
        if shown is None:
            return None
        drawn = png(operating_charts(self.trial, self.answerable, self._front())[0], width=8.0, dpi=90)
        still = base64.b64encode(drawn).decode()
        table = numbers.to_html(self._columns(self.trial))
        page = f'<p>{escape(repr(self))}</p><img alt="{escape(repr(self))}" src="data:image/png;base64,{still}">{table}'
        return {**shown[0], "text/html": page, "image/png": still, "text/plain": repr(self)}, shown[1]

    def __repr__(self) -> str:
        return f"<Tuner {self.provider}: {self.setting.label}>"


#: What the page may ask for.
DOES: Mapping[str, Callable[[Tuner, Mapping[str, Any]], object]] = {
    "step": Tuner._step,
    "undo": lambda t, _: t.undo(),
    "redo": lambda t, _: t.redo(),
    "keep": lambda t, asked: t.keep(str(asked["name"])),
    "recall": lambda t, asked: t.recall(asked["name"]),
    "drop": lambda t, asked: t.drop(asked["name"]),
    "export": lambda t, _: t.export(),
    "score": lambda t, _: t.scoring.start(t.gallery.place(t.shown)),
    "stop": lambda t, _: t.scoring.stop(),
    "window": Tuner._window,
}
