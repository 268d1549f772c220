"""Who said what, and what of it was heard: turns in order of time, as text, HTML and JSON.

A provider's transcript holds what was *generated*. Here the agent's words are split where the user stopped hearing
them: ``heard ⟨cut⟩ unheard``, and ``⟨again⟩`` where a gate let late audio back in. Words in ``⟨ ⟩`` were perhaps heard;
how many were is a range with a method (:mod:`bargein.metrics.text`). All of it is somebody else's text, and escaped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from bargein.corpus import Case
from bargein.events import PROVIDER, SpeechStarted, UserText
from bargein.metrics.text import AGAIN, CUT, HEARD, MAYBE, UNHEARD, HeardText, heard_text
from bargein.outcome import Outcome
from bargein.report.page import shell
from bargein.units import clock_text

USER, AGENT = "user", "agent"
NO_WORDS = "⟨no transcript in the log⟩"
NOTE = (
    "The user at the report of their speech, with the final transcript; the agent at its first sound. "
    f"{CUT}: here the user stopped hearing the agent; {AGAIN}: late audio played on. Words in ⟨ ⟩ were perhaps heard."
)
#: How each kind of word is shown on a page; what is not heard is struck out.
HTML: Mapping[str, str] = {
    HEARD: "{}", MAYBE: '<span class="maybe" title="perhaps heard">⟨{}⟩</span>', UNHEARD: "<s>{}</s>",
    CUT: f'<b class="cut">{CUT}</b>', AGAIN: f'<b class="cut">{AGAIN}</b>',
}  # fmt: skip
STYLE = """
<style>.turns { list-style: none; padding: 0; } .turns li { display: grid; grid-template-columns: 5.5rem 3.5rem 1fr;
gap: .2rem .8rem; padding: .5rem 0; border-bottom: 1px solid #8884; } .turns .note { grid-column: 3; }
.turns time, .turns .note, .turns s { opacity: .65; } .turns .cut { color: #c0392b; }
.turns .maybe { border-bottom: 2px dotted #b26a00; }
</style>"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one of the two said.

    Parameters
    ----------
    at
        Session ms.
    speaker
        ``user`` or ``agent``.
    name
        The user's item or the agent's response.
    said
        Its words; of the user all are heard.
    """

    at: int
    speaker: str
    name: str
    said: HeardText

    @property
    def note(self) -> str:
        """How much of the agent's turn was heard, and how that was found; empty where all of it was."""
        n = len(self.said.words)
        if not n or self.said.low == n:
            return ""
        return f"{self.said.low} to {self.said.high} of {n} words heard; {self.said.method}"

    def row(self) -> dict[str, object]:
        """The turn as plain values."""
        said = self.said
        return {
            "at_ms": self.at, "speaker": self.speaker, "id": self.name, "text": " ".join(said.words),
            "shown": str(said), "words": len(said.words), "heard": [said.low, said.high], "method": said.method,
            "parts": [{"mark": mark, "text": text} for mark, text in said.groups()],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transcript:
    """Turns of one session under one gate, in order of time.

    Parameters
    ----------
    session, policy
        What was replayed, under which gate.
    basis
        What the statement about heard audio rests on.
    turns
        In order of time.
    """

    session: str
    policy: str
    basis: str
    turns: tuple[Turn, ...]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from (f"{self._title}. {self.basis}.", NOTE, "")
        for turn in self.turns:
            note = f"  [{turn.note}]" if turn.note else ""
            yield f"{clock_text(turn.at)}  {turn.speaker:5}  {str(turn.said) or NO_WORDS}{note}"

    def to_json(self) -> str:
        """Give the turns as JSON: ``heard`` is [low, high] words, ``parts`` how each was heard."""
        facts = {"session": self.session, "policy": self.policy, "basis": self.basis, "note": NOTE}
        return json.dumps({**facts, "turns": [t.row() for t in self.turns]}, indent=1, ensure_ascii=False)

    def to_html(self) -> str:
        """Give a page that needs nothing else; all text is escaped."""
        return shell(self._title, self._body())

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(self._title)}</b></p>{self._body()}"

    @property
    def _title(self) -> str:
        return f"{self.session} under {self.policy}"

    def _body(self) -> str:
        note = f'<p class="note">{escape(f"{self.basis}. {NOTE}")}</p>'
        return f'{STYLE}{note}<ol class="turns">{"".join(map(_item, self.turns))}</ol>'


def _item(turn: Turn) -> str:
    words = " ".join(HTML[mark].format(escape(text)) for mark, text in turn.said.groups()) or escape(NO_WORDS)
    note = f'<span class="note">{escape(turn.note)}</span>' if turn.note else ""
    return f"<li><time>{clock_text(turn.at)}</time><b>{turn.speaker}</b><span>{words}</span>{note}</li>"


#: What can be written, by name.
FORMS: Mapping[str, Callable[[Transcript], str]] = {
    "text": str, "html": Transcript.to_html, "json": Transcript.to_json
}  # fmt: skip


def transcript(outcome: Outcome, case: Case | None = None) -> Transcript:
    """Write down who said what in a replay, and what of it was heard.

    Parameters
    ----------
    outcome
        A session under a gate.
    case
        The session with its log, where that has been read already.

    Returns
    -------
    Turns in order of time; at one instant the user's first.
    """
    case = case or Case(outcome.session)
    turns = sorted([*_user(outcome), *_agent(outcome, case)], key=lambda t: (t.at, t.speaker != USER))
    basis = f"Session {outcome.session.info.basis}; heard {outcome.heard.basis}"
    return Transcript(outcome.session.id, outcome.policy.title, basis, tuple(turns))


def _user(outcome: Outcome) -> Iterator[Turn]:
    """One turn an item: at the provider's report of it, else when its text came; the last final text."""
    texts = {e.item: e for e in outcome.events if isinstance(e, UserText) and e.final}
    began: dict[str, int] = {}
    for e in outcome.events:
        if isinstance(e, SpeechStarted) and e.source == PROVIDER:
            began.setdefault(e.item, e.at)
    for item in dict.fromkeys([*began, *texts]):
        words = tuple(texts[item].text.split()) if item in texts else ()
        at = began[item] if item in began else texts[item].at
        yield Turn(at, USER, item, HeardText(words, (HEARD,) * len(words), "final transcript"))


def _agent(outcome: Outcome, case: Case) -> Iterator[Turn]:
    """One turn a response: at its first sound, else when its first audio or its creation was seen."""
    for response in case.reading.responses.values():
        first = outcome.heard.first(response.id)
        at = next((t for t in (first, response.first_delta, response.created) if t is not None), None)
        if at is not None and (response.texts or first is not None):
            yield Turn(at, AGENT, response.id, heard_text(response, outcome.generated, outcome.heard, case.voiced))
