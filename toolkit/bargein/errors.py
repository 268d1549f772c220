"""What can go wrong, as one tree.

::

    BargeinError
    ├── InputError          what was given cannot be used; every problem at once; exit code 2
    │   ├── SessionError    a session folder
    │   ├── LogError        somebody's event log
    │   ├── AudioError      a sound file
    │   ├── SettingsError   detector settings
    │   ├── LabelError      labels
    │   └── DataError       public recordings that are fetched
    ├── StageError          a metric was given generated, delivered or heard audio and needs another of the three
    └── NotAnswerable       the recording cannot answer this question; says what would
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the value, where it stands, and what probably caused it.

    Parameters
    ----------
    what
        The value and what is wrong with it, as one sentence without a full stop.
    place
        File, line, field or path: enough to find it.
    hint
        The likely cause or the remedy; empty when nothing useful is known.

    Examples
    --------
    >>> print(Problem("threshold: 1.3 is outside 0.1..0.9", "session.turn_detection.threshold"))
    threshold: 1.3 is outside 0.1..0.9 @ session.turn_detection.threshold
    """

    what: str
    place: str = ""
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        place = f" @ {self.place}" if self.place else ""
        return f"{self.what}{hint}{place}"


class BargeinError(Exception):
    """Anything this toolkit refuses or fails to do."""


class InputError(BargeinError):
    """Input that cannot be used; carries every problem found, not only the first.

    Parameters
    ----------
    problems
        What is wrong, in the order it was found; at least one.
    source
        What was being read, for the first line of the message.

    Examples
    --------
    >>> print(InputError([Problem("silence_duration_ms: 0.8 is not a whole number", hint="seconds?")], "xai.json"))
    InputError: 1 problem in xai.json
      silence_duration_ms: 0.8 is not a whole number (seconds?)
    """

    def __init__(self, problems: Iterable[Problem | str], source: str = "") -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        self.source = source
        super().__init__(self.problems, source)

    def __str__(self) -> str:
        n = len(self.problems)
        where = f" in {self.source}" if self.source else ""
        head = f"{type(self).__name__}: {n} problem{'' if n == 1 else 's'}{where}"
        return "\n  ".join([head, *map(str, self.problems)])


class SessionError(InputError):
    """A session folder that is incomplete, damaged or inconsistent."""


class LogError(InputError):
    """An event log that cannot be read as what it claims to be."""


class AudioError(InputError):
    """A sound file that is missing, truncated or of an unusable format."""


class SettingsError(InputError):
    """Detector settings that the provider would refuse."""


class LabelError(InputError):
    """Labels that do not fit the schema or the recording."""


class DataError(InputError):
    """Public recordings that could not be fetched, verified or converted."""


class StageError(BargeinError, TypeError):
    """A metric of heard audio was given generated or delivered audio, or the other way round."""


class NotAnswerable(BargeinError):
    """The recording cannot answer the question; the message says why and what to record instead."""


def check(problems: Iterable[Problem], error: type[InputError], source: str = "") -> None:
    """Raise ``error`` when there is at least one problem.

    Raises
    ------
    InputError
        With all problems.

    Examples
    --------
    >>> check([], SessionError)
    """
    found = list(problems)
    if found:
        raise error(found, source)
