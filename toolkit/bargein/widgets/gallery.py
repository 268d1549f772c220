"""What can be looked at beside the sliders: sessions with their sound, clips that came along as scores alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from bargein.errors import BargeinError, Problem, SettingsError
from bargein.plot.board import Board, View
from bargein.plot.desk import header
from bargein.plot.onpage import Material
from bargein.session import Session, folders, load
from bargein.timeline import Span
from bargein.vad.scores import Scores
from bargein.vad.tables import LabelledScores
from bargein.widgets.timeline import in_words

#: Columns of the first outline, which is there before the page can ask.
FIRST = 2_000


class Gallery:
    """Sessions and clips by name; what is read of one is kept.

    Parameters
    ----------
    sessions
        With a user track each.
    clips
        Score tables.
    """

    def __init__(self, sessions: Sequence[Session], clips: Iterable[LabelledScores]) -> None:
        self.sessions = tuple(sessions)
        self._things: dict[str, Session | LabelledScores] = {
            **{f"session {s.id}": s for s in sessions}, **{f"scores of {c.clip}": c for c in clips}
        }  # fmt: skip
        self._scores: dict[str, Scores | str] = {}
        self._boards: dict[str, Board | str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, sessions first."""
        return tuple(self._things)

    def first_for(self, provider: str) -> str:
        """Give the first session of a provider, else the first of all."""
        own = (f"session {s.id}" for s in self.sessions if s.info.provider == provider)
        return next(own, next(iter(self._things), ""))

    def place(self, name: str) -> int | None:
        """Give which session it is; None for a clip.

        Raises
        ------
        SettingsError
            There is none of that name.
        """
        thing = self._thing(name)
        return self.sessions.index(thing) if isinstance(thing, Session) else None

    def score(self, place: int, found: Scores | str) -> None:
        """Take the scores of a session, or the reason why there are none."""
        self._scores[self.sessions[place].id] = found

    def page(self, name: str) -> dict[str, Any]:
        """Give what the page draws: scores once, the outline of the sound, what the labels say.

        Raises
        ------
        SettingsError, SessionError
            There is none of that name; its labels cannot be read.
        """
        thing = self._thing(name)
        if isinstance(thing, LabelledScores):
            return Material.of_clip(thing).to_page() | {"note": "", "outline": None}
        known = self._scores.get(thing.id, "its speech score is not computed yet")
        page = Material.of_session(thing, known if isinstance(known, Scores) else None).to_page()
        board = self._board(thing)
        notes = [known] if isinstance(known, str) else []
        if isinstance(board, str):
            return page | {"note": "; ".join([*notes, board]), "outline": None}
        view = board.window(board.whole, FIRST)
        return page | {"note": "; ".join([*notes, *board.notes]), "outline": {**header(view), "data": view.data}}

    def window(self, name: str, span: Span, columns: int) -> View | None:
        """Give a finer outline of a stretch; None where there is no sound."""
        thing = self._thing(name)
        board = self._board(thing) if isinstance(thing, Session) else ""
        return None if isinstance(board, str) else board.window(span, columns)

    def _thing(self, name: str) -> Session | LabelledScores:
        if name not in self._things:
            raise SettingsError([Problem(f"{name!r} is not to be looked at", hint="see tuner.names")], "tuner")
        return self._things[name]

    def _board(self, session: Session) -> Board | str:
        if session.id not in self._boards:
            try:
                self._boards[session.id] = Board.of(session)
            except BargeinError as error:
                self._boards[session.id] = f"its sound is not shown: {in_words(error)}"
        return self._boards[session.id]


def sessions_of(source: str | os.PathLike[str] | Session | None) -> list[Session]:
    """Give sessions with a user's track, each opened without reading its audio."""
    if source is None:
        return []
    found = [source] if isinstance(source, Session) else [load(folder) for folder in folders(source)]
    return [s for s in found if "user" in s.info.tracks]
