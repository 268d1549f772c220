"""Notebook 01 on sessions as people bring them: each shows what can be shown, and says in words what cannot."""

from __future__ import annotations

import base64
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from bargein.providers.call import USER_STARTED, USER_STOPPED
from bargein.report.happened import happened
from bargein.session import Info, Label, Record, Track, load, save
from wirelogs import RATE, bring, cut_short, noise, openai, pcm, wav

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_what_happened.ipynb"


def whole(folder):
    """A log with sound on both sides, and nothing beside it."""
    return bring(openai(), folder).session


def labelled(folder):
    """The same, and a person's labels."""
    session = whole(folder)
    lines = '{"kind": "interruption", "onset_ms": 4900, "offset_ms": 6800, "basis": "human"}\n'
    (session.folder / "labels.jsonl").write_text(lines)
    return load(session.folder)


def silent_agent(folder):
    """The deltas' payloads were cut; the microphone was kept beside the log."""
    return bring(cut_short(openai()), folder, user=wav(folder / "mic.wav", noise(9_000, 4))).session


def call(folder):
    """Two channels of a telephone call, events derived from the user's."""
    edges = [(1_000, USER_STARTED), (2_000, USER_STOPPED), (5_000, USER_STARTED), (6_500, USER_STOPPED)]
    agent = np.zeros(8 * RATE, np.int16)
    agent[3 * RATE : 6 * RATE] = noise(3_000, 2)
    user = np.zeros(8 * RATE, np.int16)
    user[5 * RATE : 6 * RATE] = noise(1_000, 3)
    tracks = {
        "user": Track("user.flac", "sent", RATE, len(user)),
        "agent": Track("agent.flac", "heard", RATE, len(agent)),
    }
    info = Info("call", "call", "unknown", 8_000, tracks=tracks)
    records = [Record(n, t, "s2c", "line", {"type": name}) for n, (t, name) in enumerate(edges)]
    return save(folder / "call", info, records, audio={"user": user, "agent": agent})


def labelled_call(folder):
    """The same, labelled: no gate can be tried on it all the same."""
    session = call(folder)
    sound = {name: pcm(session, name) for name in ("user", "agent")}
    label = Label("interruption", 5_000, 6_500)
    return save(folder / "labelled", session.info, session.records, audio=sound, labels=[label])


def no_times(folder):
    """Order without times, and no sound."""
    return bring(openai(appends=False).without_times(), folder).session


def no_times_but_sound(folder):
    """Order without times; both tracks."""
    log = openai(appends=False).without_times()
    return bring(log, folder, user=wav(folder / "mic.wav", noise(9_000, 4))).session


def no_user(folder):
    """The agent's sound alone."""
    return bring(openai(appends=False), folder).session


#: Session, what the answer says, what it says cannot be shown, whether there is a player.
OWN = {
    whole: ("reported **2 times**, **1** of them while the agent was being heard; the first at **0:05.053**",
            ["no player's log", "no labels"], True),
    labelled: ("At **0:04.900** the user interrupted while the agent was heard", ["no player's log"], True),
    silent_agent: ("reported **2 times**, of what was heard nothing is known. The log holds 1 answers",
                   ["no agent sound", "no labels"], True),
    call: ("reported **2 times**, **1** of them while the agent was being heard; the first at **0:05.000**",
           ["a call's agent channel", "no labels"], True),
    labelled_call: ("reported **2 times**, **1** of them", ["a call's agent channel"], True),
    no_times: ("**18 events** in order and no time: the user was reported 2 times, 1 answers began",
               ["no times", "no microphone", "no player's log", "no labels"], False),
    no_times_but_sound: ("**18 events** in order and no time", ["no times", "no player's log", "no labels"], True),
    no_user: ("reported **2 times**, **1** of them while", ["no microphone", "no player's log", "no labels"], True),
}  # fmt: skip

each = pytest.mark.parametrize("make", OWN, ids=lambda make: make.__name__)


@each
def test_what_can_be_told_is_told(make, tmp_path):
    """An answer with a number, and every gap with its reason."""
    said, cannot, _ = OWN[make]
    seen = happened(make(tmp_path))
    assert said in seen.answer
    assert [gap in line for gap, line in zip(cannot, seen.cannot, strict=True)] == [True] * len(cannot)


@each
@pytest.mark.slow
def test_the_notebook_runs_on_it(make, tmp_path, monkeypatch):
    """From top to bottom: a picture, a player where there is sound, words where there is none, no error."""
    said, cannot, plays = OWN[make]
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    settings = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "SESSION = " in settings.source
    lines = settings.source.splitlines()
    settings.source = "\n".join(
        f"SESSION = {str(make(tmp_path).folder)!r}" if line.startswith("SESSION = ") else line for line in lines
    )
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = "\n".join(o["data"].get("text/markdown", "") for o in outputs if "data" in o)
    assert said in shown
    assert all(gap in shown for gap in cannot)
    assert plays == any("<audio" in o["data"].get("text/html", "") for o in outputs if "data" in o)
    assert plays != ("Nothing to listen to" in shown)
    pictures = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert 2 == len(pictures)
    for n, picture in enumerate(pictures):
        (tmp_path / f"{make.__name__}-{n}.png").write_bytes(base64.b64decode(picture))
    assert [] == [o["text"] for o in outputs if o.get("name") == "stderr"]
