"""Scores that are not known yet, computed beside the page: with progress, and so that it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bargein.errors import BargeinError
from bargein.session import Session
from bargein.vad.cache import scores_for
from bargein.vad.scores import Scores


class Progress(NamedTuple):
    """How far it is.

    Parameters
    ----------
    done, all
        Sessions.
    share
        Of all sound, by its length.
    running
        Whether it goes on.
    said
        In words.
    """

    done: int
    all: int
    share: float
    running: bool
    said: str


class Stopped(Exception):
    """Somebody asked for it."""


class Scoring:
    """Scores sessions one after the other on a thread of its own; what is cached costs next to nothing.

    Parameters
    ----------
    sessions
        With a user track each.
    done
        Called with a session's place and its scores, or the reason why there are none.
    told
        Called with the progress.
    """

    def __init__(
        self, sessions: Sequence[Session], done: Callable[[int, Scores | str], Any], told: Callable[[Progress], Any]
    ) -> None:
        self._sessions, self._done, self._told = sessions, done, told
        self._lengths = [s.info.tracks["user"].samples / s.info.tracks["user"].rate for s in sessions]
        self._ready: set[int] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, first: int | None = None) -> None:
        """Go on with what is not scored yet, ``first`` before the others; at work already, it goes on as it was."""
        if self.running and not self._stop.is_set():
            return
        self.wait()  # one that was stopped ends soon
        left = [i for i in range(len(self._sessions)) if i not in self._ready]
        left.sort(key=lambda i: i != first)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(left,), daemon=True, name="bargein-scoring")
        self._thread.start()

    def stop(self) -> None:
        """End within a fraction of a second; what is scored stays, what was begun is not kept."""
        self._stop.set()

    def wait(self) -> None:
        """Return when it has ended."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, left: Sequence[int]) -> None:
        try:
            for i in left:
                self._check(i, 0)
                self._score(i)
        except Stopped:
            self._tell(0.0, False, "stopped: the list knows only what is scored")
            return
        self._tell(0.0, False, "")

    def _score(self, i: int) -> None:
        session = self._sessions[i]
        rate = session.info.tracks["user"].rate
        try:
            found: Scores | str = scores_for(session.folder / session.info.tracks["user"].file,
                                             progress=lambda samples: self._check(i, samples / rate))  # fmt: skip
        except (BargeinError, OSError) as error:
            found = f"no speech score: {error}"
        self._ready.add(i)
        self._done(i, found)

    def _check(self, i: int, seconds: float) -> None:
        if self._stop.is_set():
            raise Stopped
        self._tell(min(seconds, self._lengths[i]), True, f"scoring {self._sessions[i].id}")

    def _tell(self, seconds: float, running: bool, said: str) -> None:
        whole = sum(self._lengths) or 1.0
        share = (sum(self._lengths[i] for i in self._ready) + seconds) / whole
        self._told(Progress(len(self._ready), len(self._sessions), share, running, said))
