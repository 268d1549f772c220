"""What is wrong with a session folder is said all at once: the value, the file and line, the likely cause."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bargein.errors import SessionError
from bargein.session import load, problems_of


def edit(folder: Path, name: str, line: int, **change: object) -> None:
    """Change fields of one line (from 1) of a file of JSON lines."""
    lines = (folder / name).read_text("utf-8").splitlines()
    lines[line - 1] = json.dumps({**json.loads(lines[line - 1]), **change})
    (folder / name).write_text("\n".join(lines) + "\n")


def edit_info(folder: Path, **change: object) -> None:
    """Change fields of session.json."""
    raw = json.loads((folder / "session.json").read_text("utf-8"))
    (folder / "session.json").write_text(json.dumps({**raw, **change}))


def unsigned(folder: Path) -> None:
    """Take the checksums away, so that a test sees its own damage alone."""
    edit_info(folder, checksums={})


def cut(path: Path, part: float) -> None:
    """Leave only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])


def gone(folder):
    """The agent's sound was not copied."""
    (folder / "agent.flac").unlink()


def truncated(folder):
    """The user's sound stops in the middle."""
    cut(folder / "user.flac", 0.5)


def other_sound(folder):
    """A file of another recording."""
    soundfile.write(folder / "user.flac", np.zeros(4_000, np.int16), 8_000)


def undecodable(folder):
    """The last line was never finished."""
    with (folder / "events.jsonl").open("a") as out:
        out.write('{"t": 960, "dir": "s2c", "ev": {"type": "resp\n')


def backwards(folder):
    """A line is older than the one before it."""
    edit(folder, "events.jsonl", 4, t=140)


def fraction(folder):
    """Somebody wrote seconds."""
    edit(folder, "events.jsonl", 3, t=0.9)


def no_direction(folder):
    """A line does not say who sent it."""
    edit(folder, "events.jsonl", 3, dir="up")


def far_delta(folder):
    """A delta points behind the end of the sound."""
    delta = {"stored": 4_000, "first": 0, "samples": 4_800}
    ev = {"type": "response.output_audio.delta", "response_id": "A", "item_id": "a", "delta": delta}
    edit(folder, "events.jsonl", 4, ev=ev)


def vague_delta(folder):
    """A delta does not say how much it is."""
    edit(folder, "events.jsonl", 4, ev={"type": "response.output_audio.delta", "delta": {"stored": 0}})


def late(folder):
    """A line is later than the session is long."""
    edit(folder, "events.jsonl", 5, t=1_501)


def swapped(folder):
    """A label ends before it begins."""
    edit(folder, "labels.jsonl", 2, onset_ms=600)


def odd_label(folder):
    """A label of an unknown kind."""
    edit(folder, "labels.jsonl", 2, kind="sneeze", basis="felt")


def complete_speech(folder):
    """Only turns are complete."""
    edit(folder, "labels.jsonl", 2, complete="yes")


def outlasting(folder):
    """A label goes on when the session is over."""
    edit(folder, "labels.jsonl", 2, offset_ms=1_501)


def elsewhere(folder):
    """A label of a track that is not there, and one of a track misspelt, behind the end."""
    edit(folder, "labels.jsonl", 1, track="caller")
    edit(folder, "labels.jsonl", 2, track="User", onset_ms=1_500, offset_ms=1_600)


def client_backwards(folder):
    """The player's clock went back."""
    edit(folder, "client.jsonl", 2, t=900)


def client_vague(folder):
    """The player counted in words."""
    edit(folder, "client.jsonl", 1, samples="many")


def timed_none(folder):
    """Times in a session that says it has none."""
    edit_info(folder, clock="none")


def appends_without_step(folder):
    """Times from appended audio, to within nobody knows what."""
    edit_info(folder, clock="appends")


def no_log(folder):
    """The log was not copied."""
    (folder / "events.jsonl").unlink()


def escapes(folder):
    """A track outside the folder."""
    raw = json.loads((folder / "session.json").read_text("utf-8"))["tracks"]
    raw["user"]["file"] = "../../secret.flac"
    edit_info(folder, tracks=raw)


def settings_in_words(folder):
    """Settings changes that are none."""
    edit_info(folder, settings=[{"at": 0, "turn_detection": "server_vad"}, {"turn_detection": None}])


def settings_of_text(folder):
    """Settings of the wrong types."""
    vad = {"type": "server_vad", "threshold": "high", "silence_duration_ms": 0.8}
    edit_info(folder, settings=[{"at": 0, "turn_detection": vad}, {"at": 5, "turn_detection": {"type": "psychic"}}])


def many_fields(folder):
    """Several fields of session.json are wrong."""
    edit_info(folder, clock="atomic", length_ms=-1, speakers={"user": 7}, notes=[3])


def half_info(folder):
    """session.json was cut."""
    cut(folder / "session.json", 0.5)


def other_schema(folder):
    """A folder of a later toolkit."""
    edit_info(folder, schema=99)


def not_info(folder):
    """session.json holds something else."""
    (folder / "session.json").write_text("[]")


CASES = {
    gone: [("no such file (moved, renamed, or never fetched?)", "agent.flac")],
    truncated: [("a damaged or truncated FLAC", "user.flac")],
    other_sound: [("user track: 4000 samples at 8000 Hz, session.json says 8000 at 8000", "user.flac")],
    undecodable: [("line 6 is not JSON: Input data was truncated (cut off?)", "events.jsonl:6")],
    backwards: [("receive time 140 lies before 900 on the same connection (s2c) (two logs", "events.jsonl:4")],
    fraction: [("t: 0.9 is not a whole number of milliseconds (seconds?)", "events.jsonl:3")],
    no_direction: [("line 3 has no dir (s2c or c2s) or no ev object", "events.jsonl:3")],
    far_delta: [("delta points outside the agent track's 4800 samples (a sound file of", "events.jsonl:4")],
    vague_delta: [("does not say which samples it stands for", "events.jsonl:4")],
    late: [("receive time 1501 lies behind the session's 1500 ms", "events.jsonl:5")],
    swapped: [("offset 500 lies before onset 600 (swapped?)", "labels.jsonl:2")],
    odd_label: [("kind: 'sneeze' is none of speech, turn", "labels.jsonl:2.kind"), ("basis: 'felt'", "labels.jsonl:2")],
    complete_speech: [("complete: only turns have it, this is 'speech'", "labels.jsonl:2")],
    outlasting: [("speech from 200 to 1501 ms lies outside the session's 1500 ms (another", "labels.jsonl:2")],
    elsewhere: [("track: 'caller' is none of user, agent", "labels.jsonl:1.track"),
                ("track: 'User' is none of user, agent", "labels.jsonl:2.track"),
                ("speech from 1500 to 1600 ms lies outside the session's 1500 ms", "labels.jsonl:2")],
    client_backwards: [("time 900 lies before 910", "client.jsonl:2")],
    client_vague: [("samples: 'many' is not a whole number", "client.jsonl:1")],
    timed_none: [(f"receive time {t} in a session whose clock is none", f"events.jsonl:{n}")
                 for n, t in enumerate((0, 150, 900, 910, 950), 1)],
    appends_without_step: [("clock_step_ms: missing", "session.json")],
    no_log: [("events.jsonl is missing (copied only in part?)", "small")],
    escapes: [("file: '../../secret.flac' is not the name of a file in the folder", "session.json.tracks.user.file")],
    settings_in_words: [("is no settings change", "session.json.settings[0]"), ("is no settings", "settings[1]")],
    settings_of_text: [("threshold: 'high' is not a number", "settings[0].turn_detection.threshold"),
                       ("silence_duration_ms: 0.8 is not a whole number (seconds?)", "settings[0]"),
                       ("type: 'psychic' is not a turn detection we know", "settings[1]")],
    many_fields: [("length_ms: -1 is below 0", "session.json.length_ms"), ("clock: 'atomic' is none of wall", "clock"),
                  ("speakers: {'user': 7} is not a list", "speakers"), ("notes: [3] is not text", "notes")],
    half_info: [("not JSON: Input data was truncated (cut off or edited?)", "session.json")],
    other_schema: [("schema: 99 is not 1 (written by another version of the toolkit?)", "session.json.schema")],
    not_info: [("[] is not an object", "session.json")],
}  # fmt: skip


@pytest.mark.parametrize("damage", CASES, ids=lambda d: d.__name__)
def test_each_damage_is_named(small, damage):
    """One problem a damage: what, where and why; nothing else is blamed."""
    folder = small().folder
    unsigned(folder)
    damage(folder)
    found = [str(p) for p in problems_of(folder)]
    assert len(CASES[damage]) == len(found), found
    for (what, place), problem in zip(CASES[damage], found, strict=True):
        assert what in problem
        assert place in problem.rpartition(" @ ")[2]


def test_everything_at_once(small):
    """Five damages, found together and not one after the other."""
    folder = small().folder
    for damage in (gone, truncated, undecodable, backwards, swapped):
        damage(folder)
    with pytest.raises(SessionError) as error:
        load(folder, verify=True)
    text = str(error.value)
    assert text.startswith(f"SessionError: {len(error.value.problems)} problems in {folder}")
    for named in ("agent.flac", "user.flac", "events.jsonl:6", "events.jsonl:4", "labels.jsonl:2"):
        assert named in text
    assert 2 == text.count("checksum ")  # of what was changed: the missing file is named once, labels have none


def test_a_changed_byte_is_seen(small):
    """Through the checksum, also where the file can still be read."""
    folder = small().folder
    with (folder / "events.jsonl").open("a") as log:
        log.write("\n")
    (problem,) = problems_of(folder)
    assert ("events.jsonl", "changed after it was recorded, or damaged") == (problem.place, problem.hint)
    assert problem.what.startswith("checksum ")


def test_labels_are_added_and_mended_after_the_recording(small):
    """They carry no checksum: truth grows after a session is written."""
    folder = small().folder
    edit(folder, "labels.jsonl", 2, speaker="somebody else")
    assert [] == list(problems_of(folder))


def test_a_label_may_last_to_the_very_end(small):
    """The session's last millisecond belongs to it."""
    folder = small().folder
    edit(folder, "labels.jsonl", 2, offset_ms=1_500)
    assert [] == list(problems_of(folder))


def test_labels_that_do_not_fit_are_not_measured(small):
    """Also without a whole check: whoever asks for the labels learns of each line at once."""
    folder = small().folder
    elsewhere(folder)
    with pytest.raises(SessionError) as error:
        _ = load(folder).labels
    assert ["labels.jsonl:1.track", "labels.jsonl:2.track", "labels.jsonl:2"] == [p.place for p in error.value.problems]


def test_a_session_without_tracks_can_be_labelled(small):
    """A log whose microphone nobody kept: what the user did is still true of the user."""
    folder = small().folder
    unsigned(folder)
    edit_info(folder, tracks={})
    (folder / "events.jsonl").write_text('{"t": 0, "dir": "s2c", "ev": {"type": "session.created"}}\n')
    (folder / "client.jsonl").unlink()
    assert [] == list(problems_of(folder))


def test_time_may_differ_between_directions_and_connections(small):
    """Only one direction of one connection has to run forwards."""
    folder = small().folder
    unsigned(folder)
    edit(folder, "events.jsonl", 4, t=140, conn="second socket")
    edit(folder, "events.jsonl", 5, t=120, dir="c2s", conn="second socket")
    assert [] == list(problems_of(folder))


def test_a_step_back_is_one_problem(small):
    """Not one for each line after it."""
    folder = small().folder
    unsigned(folder)
    edit(folder, "events.jsonl", 1, t=1_000)
    assert ["events.jsonl:3"] == [p.place for p in problems_of(folder)]
