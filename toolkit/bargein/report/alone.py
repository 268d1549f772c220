"""A report that stands alone: one session, or a folder of them, as one HTML file that asks no network for anything.

Pictures and sound stand inside it, the timeline can be zoomed and heard without a kernel, and it can be printed. What
comes from a session is text: nothing of it can become markup, and the page's own policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from bargein import plot
from bargein.corpus import Case, Corpus, Run, open_corpus, run_policies
from bargein.doctor import Diagnosis, diagnose
from bargein.errors import Problem, SessionError, check
from bargein.gate import GENERATIONS, POLICIES, Policy
from bargein.metrics.panel import LEGEND
from bargein.outcome import Outcome
from bargein.plot.contact import contact_sheet, ranked
from bargein.report import views
from bargein.report.happened import Happened, happened
from bargein.report.page import Picture, Section, shell
from bargein.report.slow import Slow
from bargein.report.still import Still, scripts, still
from bargein.report.tables import Table
from bargein.report.transcript import transcript
from bargein.session import Session
from bargein.timeline import Span
from bargein.whole import write_text

#: Sessions of a folder that are shown whole, the worst first.
SHOWN = 3
#: Between a question and the session it is asked of, where there are several; the first of them names the session.
AT = ": "
FIRST = f"In short{AT}"
#: Sessions on the contact sheet.
ON_SHEET = 24
PACKAGES = ("bargein", "numpy", "scipy", "numba", "matplotlib", "soundfile", "soxr")
STYLE = """
:root { color-scheme: light dark; } .still { border: 1px solid var(--line); border-radius: 4px; margin: 1rem 0; }
.still :is(.help, .group:has(input)) { display: none; }
audio { display: block; margin: .5rem 0; } .only-print { display: none; }
@media print {
  :root { --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #fff; --tint: #f6f8fa; color-scheme: light; }
  body { font-size: 11px; max-width: none; padding: 0; } .still, audio, .no-print { display: none; }
  .only-print { display: block; } figure, tr, ol.turns li { break-inside: avoid; } h2 { break-after: avoid; }
  .wide { overflow: visible; background: none; } table { font-size: 8px; break-inside: auto; }
  td { white-space: normal; } td.prose { min-width: 0; }
}
"""
HOW_TO = (
    "Click into the picture, then: wheel, arrow keys, + and - zoom and pan, Space plays (left the user, right the "
    "agent as heard), n and p step through cuts, events, labels or findings, a click tells what something is."
)


@dataclass
class Sheets:
    """The parts of a page that are being made, and the timelines in it."""

    folder: Path
    stills: list[Still] = field(default_factory=list)
    drawn: int = 0

    def picture(self, axes: Any, caption: str) -> Picture:
        """Keep a drawn picture."""
        self.drawn += 1
        return Picture(plot.save(axes, self.folder / f"{self.drawn}.png", dpi=110), caption)

    def timeline(self, one: Still, name: str) -> str:
        """Place a timeline with its data, a player without script, and a word on what is left out."""
        self.stills.append(one)
        id = f"still-{len(self.stills)}"
        data = json.dumps(one.data, ensure_ascii=False, separators=(",", ":"))
        for letter, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            data = data.replace(letter, code)
        player = f'<audio controls src="data:audio/flac;base64,{one.sound}"></audio>' if one.sound else ""
        left = f"<p class='note'>Not in this page: {escape('; '.join(one.left_out))}.</p>" if one.left_out else ""
        return (
            f'<div class="still" data-still="{id}" aria-label="{escape(f"Timeline of {name}")}"></div>'
            f'<p class="note no-print">{escape(HOW_TO)}</p>{player}{left}'
            f'<script type="application/json" id="{id}">{data}</script>'
        )


def report(
    sessions: str | os.PathLike[str] | Session, out: str | os.PathLike[str], *,
    policies: Sequence[str | Policy] = GENERATIONS, shown: int = SHOWN, overwrite: bool = False,
) -> Path:  # fmt: skip
    """Write a report that stands alone: :func:`bargein.report` says what of."""
    target = Path(out)
    standing = [Problem("the file exists", str(target), "name another one, or overwrite it")] * target.exists()
    check(standing * (not overwrite), SessionError, "report")
    text = html(open_corpus(sessions), policies, shown)
    write_text(target, text)
    return target


def html(corpus: Corpus, policies: Sequence[str | Policy] = GENERATIONS, shown: int = SHOWN) -> str:
    """Give the page."""
    with tempfile.TemporaryDirectory() as folder:
        sheets = Sheets(Path(folder))
        if len(corpus) == 1:
            (case,) = corpus
            title = f"What happened in {case.session.id}?"
            parts = list(_of_session(case, policies, sheets))
        else:
            title = f"What happened in {len(corpus)} sessions?"
            parts = list(_of_folder(corpus, policies, max(shown, 0), sheets))
        parts += _rests_on(corpus)
        body = "\n".join(part if isinstance(part, str) else part.to_html() for part in parts)
    named = ((p.anchor, p.title) for p in parts if isinstance(p, Section))
    links = "".join(f'<a href="#{at}">{escape(title.removeprefix(FIRST))}</a>' for at, title in named
                    if title.startswith(FIRST) or AT not in title)  # fmt: skip
    return shell(title, f"<nav>{links}</nav>{body}{_script(sheets)}", _head(sheets))


def _head(sheets: Sheets) -> str:
    """The page's own policy: nothing is loaded, and no script runs but the one whose hash stands here."""
    script, style = scripts() if sheets.stills else ("", "")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}{style}</style>'


def _script(sheets: Sheets) -> str:
    return f"<script>{scripts()[0]}</script>" if sheets.stills else ""


def _of_session(case: Case, policies: Sequence[str | Policy], sheets: Sheets, of: str = "") -> Iterator[Section | str]:
    """Everything of one session; ``of`` names it in titles where there are several."""
    seen, found = _seen(case), diagnose(case)
    name, at = case.session.id, f"{AT}{of}" if of else ""
    yield Section(f"In short{at}", (*map(_plain, seen.answer.split("\n\n")), _count(found)))
    shown: Case | Outcome = case if seen.run is None or case.heard is not None else seen.run.outcome
    recorded = case.session if isinstance(shown, Case) else shown
    if case.session.info.clock != "none":
        yield Section(f"The timeline{at}")
        yield sheets.timeline(still(shown, diagnosis=found), name)
        whole = sheets.picture(plot.timeline(recorded), f"{name}, all of it. Basis: {case.session.info.basis}.")
        yield f'<div class="only-print">{whole.to_html()}</div><noscript>{whole.to_html()}</noscript>'
    if seen.window is not None:
        around = sheets.picture(plot.timeline(recorded, window=seen.window), f"{name}, a closer look.")
        yield Section(f"Around the first interruption{at}", pictures=(around,))
    if seen.run is not None:
        yield from _under(case, seen.run, policies, seen.window, sheets, at)
    yield Section(f"What went wrong{at}", tuple(_remedies(found)), tables=(views.findings_table([found]),))
    if seen.cannot:
        yield Section(f"What this session cannot show{at}", tuple(map(_plain, seen.cannot)))


def _under(case: Case, run: Run, policies: Sequence[str | Policy], window: Span | None, sheets: Sheets, at: str
           ) -> Iterator[Section | str]:  # fmt: skip
    """What replays say: word by word and onset by onset under the client's own gate, then every gate."""
    own = f"Under the gate of the client that ran, {run.outcome.policy.title}: heard {run.outcome.heard.basis}."
    yield Section(f"Word by word{at}")
    yield transcript(run.outcome, case)._repr_html_()
    yield Section(f"Around every labelled onset{at}", (own,),
                  tables=(views.episode_table([run]), Slow((run,)).table))  # fmt: skip
    outcomes = [r.outcome for r in run_policies(case, policies)]
    gates = sheets.picture(plot.compare(outcomes, window=window), "Who is heard, under each gate.")
    yield Section(f"Under each gate{at}", tuple(views.tie_lines([Run.of(case, o) for o in outcomes])), (gates,),
                  (views.outcome_table(outcomes),))  # fmt: skip


def _of_folder(corpus: Corpus, policies: Sequence[str | Policy], most: int, sheets: Sheets) -> Iterator[Section | str]:
    """Many sessions: the sheet and the tables, then the worst of them whole."""
    every = ranked(corpus)
    found = [diagnose(case) for case in corpus]
    worst = [one.case for one in every[:most]]
    names = ", ".join(case.session.id for case in worst)
    yield Section("In short", (
        f"{len(corpus)} sessions, {corpus.length_ms / 60_000:.1f} minutes. Shown whole, the worst: {names or 'none'}.",
        _count(*found), *views.warning_lines(corpus)))  # fmt: skip
    sheet = sheets.picture(plot.draw(contact_sheet(corpus, ON_SHEET)), "Every session on one scale, the worst first.")
    yield Section("All of them", pictures=(sheet,))
    yield Section("As recorded", ("Under the settings that were in force; no other gate, no surrogate.", LEGEND),
                  tables=(views.recorded_table(corpus, "These sessions"), views.bounds_table(corpus)))  # fmt: skip
    runs = [run for case in corpus if case.replayable for run in run_policies(case, policies)]
    if runs:
        yield from _gates(runs, sheets)
    yield Section("What went wrong", tuple(_remedies(*found)), tables=(views.findings_table(found),))
    for case in worst:
        yield from _of_session(case, policies, sheets, case.session.id)


def _gates(runs: list[Run], sheets: Sheets) -> Iterator[Section]:
    pictures = [sheets.picture(plot.delays(runs), "How long the interrupted agent went on."),
                sheets.picture(plot.stages(runs), "Why the stop was slow.")]  # fmt: skip
    yield Section("Under each gate", tuple(views.tie_lines(runs)), tuple(pictures),
                  (views.policy_table(runs, "These sessions"),))  # fmt: skip


def _rests_on(corpus: Corpus) -> Iterator[Section]:
    """Settings, versions, assumptions, licences: what a reader must know before quoting a figure."""
    infos = [case.session.info for case in corpus]
    settings: list[dict[str, object]] = [
        {"session": i.id, "at [ms]": change.at, "in force": change.turn_detection.label, "provider": i.provider,
         "model": i.model} for i in infos for change in i.settings
    ]  # fmt: skip
    basis: list[dict[str, object]] = [
        {"session": i.id, "basis": i.basis, "speech": i.speech_style, "clock": i.clock,
         "cause": i.cause or "a recording", "assumed": "; ".join(i.assumed) or "nothing",
         "licence": i.licence or "not stated", "attribution": _attribution(i.attribution)} for i in infos
    ]  # fmt: skip
    made = [{"package": name, "version": version(name)} for name in PACKAGES]
    made.append({"package": "python", "version": python_version()})
    says = (
        "Held fixed in every replay: user, provider, echo. What another gate would have let be heard beyond the point "
        "where the recorded provider stopped is not known, and left out.",
        "Times are whole milliseconds since session start; rates are counts, and their bounds are over speakers, calls "
        "and clips.",
    )
    yield Section("What this rests on", says, tables=(
        Table("Settings in force", settings), Table("Sessions", basis, fold=("speech", "clock", "assumed", "licence")),
        Table("Made with", made)))  # fmt: skip


def _attribution(value: Any) -> str:
    return value if isinstance(value, str) else "; ".join(map(str, value or ()))


def _seen(case: Case) -> Happened:
    """The session under the gate of the client that ran; under stop-only where that is none of ours."""
    ran = case.session.info.client.get("policy")
    return happened(case.session, ran if isinstance(ran, str) and ran in POLICIES else "stop-only")


def _count(*found: Diagnosis) -> str:
    every = [f for one in found for f in one.findings]
    by = ", ".join(f"{n} {severity}{'s'[: n != 1]}" for severity in ("error", "warning", "note")
                   if (n := sum(f.severity == severity for f in every)))  # fmt: skip
    return f"The diagnosis found {by or 'nothing'}."


def _remedies(*found: Diagnosis) -> Iterator[str]:
    """Each remedy once."""
    said = dict.fromkeys((f.rule, f.remedy) for one in found for f in one.findings if f.remedy)
    yield from (f"{rule}: {remedy}" for rule, remedy in said)


def _plain(markdown: str) -> str:
    """A sentence without its marks."""
    return " ".join(re.sub(r"[*`]", "", markdown).split())
