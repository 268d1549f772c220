"""The lowest rooms: what an event and an error are, and how a file is written."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from bargein import errors, events
from bargein.errors import BargeinError, InputError, Problem, SessionError, check
from bargein.events import (
    AgentText,
    Command,
    Delta,
    Event,
    ResponseDone,
    SettingsInForce,
    SpeechStarted,
    Truncated,
    UserText,
    dated,
)
from bargein.whole import replacing, write_bytes, write_text


def kinds(root: type) -> Iterator[type]:
    """A class and all that derive from it."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


# ---- events


#: Those the module holds: a class with slots is made anew, and the one it was made of lives until it is collected.
KINDS = [k for k in kinds(Event) if vars(events).get(k.__name__) is k and k.__name__[0] != "_"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_an_event_is_a_dated_value(kind: type[Event]) -> None:
    """It needs only its time, never changes, and is like another only of its own kind."""
    event = kind(5)
    with pytest.raises(FrozenInstanceError):
        event.at = 6  # type: ignore[misc]
    assert 1 == len({event, replace(event)})
    assert kind(9) == dated(event, 9) != event
    assert [k for k in KINDS if k is not kind] == [k for k in KINDS if k(5) != event]
    assert "at" == fields(kind)[0].name


def test_what_an_event_does_not_say_is_nothing() -> None:
    """Defaults claim nothing: no samples, no stored sound, no figure of the detector's, the provider's own report."""
    delta = Delta(5)
    assert ("", "", 0, 0, 0, -1) == (
        delta.response,
        delta.item,
        delta.first,
        delta.samples,
        delta.content,
        delta.stored,
    )
    assert SpeechStarted(5, source="provider", item="", claimed_ms=None) == SpeechStarted(5)
    assert (0, None, None) == (ResponseDone(5).outputs, AgentText(5).start_ms, Command(5).audio_end_ms)
    assert (False, True, 0) == (UserText(5).final, SettingsInForce(5).confirmed, Truncated(5).audio_end_ms)


# ---- errors


@pytest.mark.parametrize(("problem", "says"), [
    (Problem("threshold: 2 is too much"), "threshold: 2 is too much"),
    (Problem("t: 2 is too much", "session.t"), "t: 2 is too much @ session.t"),
    (Problem("t: 2 is too much", hint="per cent?"), "t: 2 is too much (per cent?)"),
    (Problem("t: 2 is too much", "session.t", "per cent?"), "t: 2 is too much (per cent?) @ session.t"),
])  # fmt: skip
def test_a_problem_says_what_and_where_it_is_known_why_and_where(problem: Problem, says: str) -> None:
    """And nothing in empty brackets."""
    assert says == str(problem)


def test_a_problem_is_a_value() -> None:
    """What was found does not change on its way up."""
    with pytest.raises(FrozenInstanceError):
        Problem("t: 2 is too much").hint = "none"  # type: ignore[misc]
    assert 1 == len({Problem("t"), Problem("t", "", "")})


def test_every_problem_is_said_at_once() -> None:
    """The first line counts them and names what was read; plain sentences will do."""
    one, two = SessionError(["no log"]), SessionError([Problem("no log", "a.jsonl"), "no sound"], "data/a")
    assert "SessionError: 1 problem\n  no log" == str(one)
    assert "SessionError: 2 problems in data/a\n  no log @ a.jsonl\n  no sound" == str(two)
    assert ((Problem("no log", "a.jsonl"), Problem("no sound")), "data/a") == (two.problems, two.source)


def test_an_error_that_is_copied_keeps_its_problems() -> None:
    """As on its way from another process; also one that was made of something read only once."""
    error = SessionError((Problem(str(i)) for i in range(2)), "here")
    same = copy(error)
    assert (error.problems, error.source, str(error)) == (same.problems, same.source, str(same))


def test_nothing_wrong_is_no_error() -> None:
    """Anything is: of the kind that was asked for, with all of it."""
    check(iter(()), SessionError)
    with pytest.raises(SessionError) as refused:
        check((Problem(str(i)) for i in range(3)), SessionError, "here")
    assert ((Problem("0"), Problem("1"), Problem("2")), "here") == (refused.value.problems, refused.value.source)


def test_every_error_is_one_of_ours() -> None:
    """Whoever catches the root catches all; whoever catches bad input catches no refusal."""
    ours = {k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)}
    assert ours == {k for k in kinds(BargeinError) if k.__module__ == errors.__name__}
    refusals = {k.__name__ for k in ours if not issubclass(k, InputError)}
    assert {"StageError", "NotAnswerable", "BargeinError"} == refusals


# ---- files are written whole


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    """Under another name until then, in the same folder; nobody sees half of it."""
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as part:
        part.write_text("new")
        assert ("old", tmp_path) == (target.read_text(), part.parent)
        assert part != target
    assert ("new", [target]) == (target.read_text(), list(tmp_path.iterdir()))


def test_whatever_fails_the_old_file_stays_and_nothing_is_left(tmp_path: Path) -> None:
    """Also where the writer gave up of its own will."""
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(target) as part, part.open("w", encoding="ascii") as file:
        file.writelines(["half", "µ"])
    assert ("old", [target]) == (target.read_text(), list(tmp_path.iterdir()))


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    """Not the passing name; another file's error keeps its own."""
    target = tmp_path / "nowhere" / "a.txt"
    with pytest.raises(OSError, match="No such file") as refused, replacing(target) as part:
        part.write_text("x")
    assert str(target) == refused.value.filename
    with pytest.raises(OSError, match="No such file") as other, replacing(tmp_path / "b.txt"):
        (tmp_path / "source.txt").read_text()
    assert str(tmp_path / "source.txt") == str(other.value.filename)


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    """Two processes, or two threads of one, never share a half-written file: each has a name of its own."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    together = Barrier(4)

    def write(text: str) -> str:
        with replacing(tmp_path / "a.txt") as part:
            part.write_text(text)
            together.wait(10)  # every part exists now
            return part.name

    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(write, "wxyz"))
    assert 4 == len({*names})
    assert (tmp_path / "a.txt").read_text() in "wxyz"


def test_missing_folders_are_made_and_text_is_utf_8(tmp_path: Path) -> None:
    """At any depth; into one that is there already as well."""
    write_text(tmp_path / "a" / "b" / "c.txt", "5 µs")
    write_bytes(tmp_path / "a" / "b" / "d.bin", b"\x00\xff")
    assert b"5 \xc2\xb5s" == (tmp_path / "a" / "b" / "c.txt").read_bytes()
    assert b"\x00\xff" == (tmp_path / "a" / "b" / "d.bin").read_bytes()
