"""Drawing, answering, undoing and going on: on copies of embedded sessions, through the files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bargein.errors import LabelError, NotAnswerable, SettingsError
from bargein.queue import Desk, make_queue, open_queue, working_copy
from bargein.session import Info, Track, load, problems_of, save
from bargein.session.queued import Design, Item
from bargein.timeline import Timeline

SESSIONS = Path(__file__).parents[2] / "data" / "sessions"
TWO = ("0.5/300/200", "0.8/300/500")
SOME = ("openai-06-echo", "openai-04-cough", "grok-06-backchannel")


@pytest.fixture
def folder(tmp_path):
    """Three sessions that may be labelled."""
    for name in SOME:
        working_copy(SESSIONS / name, tmp_path / "calls")
    return tmp_path / "calls"


@pytest.fixture
def desk(folder):
    """Somebody at a queue that holds every event."""
    return Desk(make_queue(folder, TWO, sample=1.0), "anna")


def lines(path):
    """A file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_probabilities_are_stored_beside_the_items(folder):
    """Disagreements are all taken, the rest with the sample's probability; the design says how many there are."""
    queue = make_queue(folder, TWO, sample=0.5, seed=3)
    rows = [row for place in queue.places for row in place.rows]
    items = [row for row in rows if isinstance(row, Item)]
    assert {"disagree": 1.0, "agree": 0.5} == {i.stratum: i.probability for i in items}
    events = sum(d.events for row in rows if isinstance(row, Design) for d in row.strata.values())
    assert len(items) < events
    on_disk = [row for name in SOME for row in lines(folder / name / "queue.jsonl")]
    assert len(items) == sum(row["row"] == "item" and row["probability"] > 0 for row in on_disk)
    assert all([] == list(problems_of(place.folder)) for place in queue.places)


def test_drawing_again_changes_nothing_and_more_keeps_what_there_was(folder):
    """Byte for byte; and answers outlive a larger sample."""
    queue = make_queue(folder, TWO, sample=0.3)
    Desk(queue, "anna").answer("tic")
    before = {name: (folder / name / "queue.jsonl").read_bytes() for name in SOME}
    make_queue(folder, TWO, sample=0.3)
    assert before == {name: (folder / name / "queue.jsonl").read_bytes() for name in SOME}
    grown = make_queue(folder, TWO, sample=1.0)
    assert len(queue.order) < len(grown.order)
    assert 1 == grown.progress("anna").answered
    assert {1.0} == {item.probability for _, item in grown.order}
    assert all((folder / name / "queue.jsonl").read_bytes().startswith(old) for name, old in before.items())


@pytest.mark.parametrize(
    ("settings", "more", "said"),
    [
        (("0.5/300/200", "0.9/300/500"), {}, "drawn between 0.5/300/200, 0.8/300/500 with seed 1"),
        (TWO, {"seed": 2}, "with seed 1"),
        (TWO, {"sample": 0.1}, "a sample can only grow"),
    ],
)
def test_another_design_is_refused(folder, settings, more, said):
    """Labels of one draw cannot be weighed by another; every session is named, and nothing is written."""
    make_queue(folder, TWO, sample=0.5)
    before = {name: (folder / name / "queue.jsonl").read_bytes() for name in SOME}
    with pytest.raises(LabelError) as refused:
        make_queue(folder, settings, **{"sample": 0.5, **more})
    assert said in str(refused.value)
    assert all(f"{name}/queue.jsonl" in str(refused.value) for name in SOME)
    assert before == {name: (folder / name / "queue.jsonl").read_bytes() for name in SOME}


def test_an_answer_is_a_blind_label(desk):
    """By the annotator, of the user's track, with how its onset was found; what stood there stays."""
    place, item = desk.current
    before = (place.folder / "labels.jsonl").read_bytes()
    clip = desk.clip
    given = desk.answer("tic", clip.onset_ms + 30)
    desk_label = lines(place.folder / "labels.jsonl")[-1]
    assert ("tic", clip.onset_ms + 30, "human", "anna", True, "user", 10) == tuple(
        desk_label[k] for k in ("kind", "onset_ms", "basis", "annotator", "blind", "track", "uncertainty_ms")
    )
    assert desk_label["offset_ms"] > desk_label["onset_ms"]
    assert (place.folder / "labels.jsonl").read_bytes().startswith(before)
    assert (item.at_ms, "anna") == (given.item, given.annotator)
    assert (place, item) != desk.current
    assert [] == list(problems_of(place.folder))


def test_the_energy_rules_edge_is_acoustic_until_it_is_moved(desk):
    """And no detector's."""
    place, item = next(x for x in desk.queue.order if {s.start for s in x[0].voiced} & {*range(*x[1].asked_ms)})
    while desk.current != (place, item):
        desk.answer("nothing")
    assert "acoustic" == desk.answer("interruption").basis
    assert desk.undo() == (place, item)
    assert "human" == desk.answer("interruption", desk.clip.onset_ms + 10).basis


def test_an_onset_that_nobody_found_is_uncertain(desk, monkeypatch):
    """Where the energy rule has no edge: half a second, until a person moves it."""
    for place in desk.queue.places:
        place.voiced = Timeline()
    _, item = desk.current
    assert sum(item.asked_ms) // 2 == desk.clip.onset_ms
    assert ("human", 500) == (lambda a: (a.basis, a.uncertainty_ms))(desk.answer("interruption"))
    moved = desk.answer("interruption", desk.clip.onset_ms + 10)
    assert ("human", 10, 100) == (moved.basis, moved.uncertainty_ms, moved.offset_ms - moved.onset_ms)


def test_nothing_is_an_answer_and_no_label(desk):
    """It is what makes a false start one."""
    place, _ = desk.current
    before = (place.folder / "labels.jsonl").read_bytes()
    desk.answer("nothing")
    assert before == (place.folder / "labels.jsonl").read_bytes()
    assert 1 == desk.progress.answered


def test_undo_takes_labels_back_and_both_files_only_grow(desk):
    """As often as there are answers, in the order in which they were given; then there is nothing to take back."""
    start = [place.labels for place in desk.queue.places]
    path = [desk.current]
    desk.answer("tic")
    path.append(desk.current)
    desk.answer("noise")
    sizes = [(p.folder / "labels.jsonl").stat().st_size for p in desk.queue.places]
    assert path[::-1] == [desk.undo(), desk.undo()]
    assert path[0] == desk.current
    assert start == [place.labels for place in desk.queue.places]
    assert start == [load(place.folder).labels for place in desk.queue.places]
    assert all((p.folder / "labels.jsonl").stat().st_size >= n for p, n in zip(desk.queue.places, sizes, strict=True))
    assert None is desk.undo()


def test_a_restart_goes_on_where_it_was(desk, folder):
    """Another process, the same files: the same item, the same answers, and undo still works."""
    desk.answer("tic")
    desk.answer("nothing")
    at = desk.current[1]
    again = Desk(open_queue(folder), "anna")
    assert at == again.current[1]
    assert desk.progress == again.progress
    again.undo()
    assert 1 == again.progress.answered


def test_a_label_is_never_lost(desk, folder, monkeypatch):
    """Cut off between answer and label: the next start makes the labels whole."""
    place, _ = desk.current
    (place.folder / ".labels.jsonl.new").touch()  # somebody else is writing labels
    with pytest.raises(LabelError, match="somebody is adding labels"):
        desk.answer("tic")
    assert "anna" not in {x.annotator for x in place.labels}
    (place.folder / ".labels.jsonl.new").unlink()
    again = Desk(open_queue(folder), "anna")
    assert 1 == again.progress.answered
    assert ["tic"] == [x.kind for x in load(place.folder).labels if x.annotator == "anna"]
    Desk(open_queue(folder), "anna")
    assert 1 == sum(x.annotator == "anna" for x in load(place.folder).labels)


def test_what_cannot_be_an_answer(desk):
    """All of it at once; the item stays current, and nothing is written."""
    place, item = desk.current
    before = (place.folder / "queue.jsonl").read_bytes()
    with pytest.raises(LabelError) as refused:
        desk.answer("burp", 10**7)
    assert 2 == len(refused.value.problems)
    assert (before, (place, item)) == ((place.folder / "queue.jsonl").read_bytes(), desk.current)
    (place.folder / ".queue.jsonl.new").touch()
    with pytest.raises(LabelError, match="somebody is adding answers"):
        desk.answer("tic")
    assert (place, item) == desk.current
    (place.folder / ".queue.jsonl.new").unlink()
    while desk.current:
        desk.answer("nothing")
    assert None is desk.clip
    with pytest.raises(LabelError, match="every item is labelled"):
        desk.answer("tic")


@pytest.mark.parametrize("name", ["", "  ", "Compose"])
def test_an_annotator_has_a_name_of_their_own(folder, name):
    """One set, one name."""
    queue = make_queue(folder, TWO, sample=1.0)
    with pytest.raises(LabelError, match="annotator"):
        Desk(queue, name)


def test_two_annotators_do_not_see_each_other(desk, folder):
    """Each has all of the queue; who is meant must be said then."""
    first = desk.current
    desk.answer("tic")
    ben = Desk(open_queue(folder), "ben")
    assert first[1] == ben.current[1]
    ben.answer("noise")
    queue = open_queue(folder)
    assert ["tic"] == [a.kind for _, _, a in queue.answers("anna")]
    with pytest.raises(LabelError, match="one set, one annotator"):
        queue.rates()
    with pytest.raises(LabelError, match="no answers of 'carl'"):
        queue.rates("carl")


def test_labels_that_were_there_answer_the_queue(folder):
    """No label is added by that; a part of the queue, in its order, is what would be known so far."""
    queue = make_queue(folder, TWO, sample=1.0)
    composer = Desk(queue, "compose")
    before = {p.folder: (p.folder / "labels.jsonl").read_bytes() for p in queue.places}
    assert 4 == composer.take_over(4)
    assert len(queue.order) - 4 == composer.take_over()
    assert 0 == composer.take_over()
    assert before == {p.folder: (p.folder / "labels.jsonl").read_bytes() for p in queue.places}
    kinds = {a.kind for _, _, a in queue.answers("compose")}
    assert {"interruption", "echo", "backchannel"} <= kinds
    part, whole = queue.rates("compose", first=4), queue.rates("compose")
    assert sum(f.rate.seen for f in part if f.headline) < sum(f.rate.seen for f in whole if f.headline)
    with pytest.raises(LabelError, match="no labels of 'zoe'"):
        Desk(queue, "zoe").take_over()


def test_weights_stand_for_all_events(folder):
    """Half of the rest is drawn, and half of that answered: the sums still are those of all events."""
    whole = make_queue(folder, TWO, sample=1.0)
    Desk(whole, "compose").take_over()
    events = sum(d.events for d in whole.strata.values())
    starts = [f.rate.trials for f in whole.rates("compose") if f.metric.startswith("false starts, of all")]
    totals = []
    for seed in range(12):
        for name in SOME:
            (folder / name / "queue.jsonl").unlink()
        queue = make_queue(folder, TWO, sample=0.6, seed=seed)
        desk = Desk(queue, "compose")
        desk.take_over(-(-len(queue.order) // 2))
        answered = queue.answered("compose")
        assert all(0 < a.probability <= 1 for a in answered)
        totals.append(sum(1 / a.probability for a in answered))
    assert events - 4 < np.mean(totals) < events + 4
    assert max(starts) <= events


def test_what_is_not_heard_of_is_said(folder):
    """A stratum that has events and no answers is left out of every rate, and named."""
    queue = make_queue(folder, TWO, sample=0.01)
    desk = Desk(queue, "compose")
    desk.take_over()
    (left,) = queue.unheard("compose")
    assert "stratum agree" in left


def test_progress_is_asked_for_sensibly(desk):
    """A share, not a percentage."""
    for wrong in (0, 10, -0.1):
        with pytest.raises(SettingsError, match="half_width"):
            desk.queue.progress("anna", wrong)
    progress = desk.progress
    assert (97, 0) == (progress.needed, progress.answered)
    assert (
        progress.listening_ms == progress.left_ms == sum(i.played_ms[1] - i.played_ms[0] for _, i in desk.queue.order)
    )
    assert "draw more, or record more speakers" in progress.text


def test_the_clip_is_the_microphone_alone(desk):
    """Four seconds of one channel, the second that is asked about inside; nothing of agent or detector."""
    place, item = desk.current
    clip = desk.clip
    track = place.session.info.tracks["user"]
    assert (1, track.rate) == (clip.samples.ndim, clip.rate)
    assert abs(len(clip.samples) - (item.played_ms[1] - item.played_ms[0]) * clip.rate // 1_000) <= 1
    assert clip.played.start <= clip.asked.start <= clip.onset_ms < clip.asked.end <= clip.played.end
    assert "" == desk.revealed()
    desk.answer("tic")
    assert place.session.id in desk.revealed()
    assert all(name in desk.revealed() for name in TWO)


def test_a_damaged_queue_is_refused_with_every_line(folder):
    """File, line, cause; nothing is lost by it."""
    make_queue(folder, TWO, sample=1.0)
    for name in SOME[:2]:
        with (folder / name / "queue.jsonl").open("a") as out:
            out.write('{"row": "answer", "item": 1, "annotator": "anna", "kind": "tic"}\n{"row": "item"}\n{"ro\n')
    with pytest.raises(LabelError) as refused:
        open_queue(folder)
    assert 6 == len(refused.value.problems)
    assert "never drawn" in str(refused.value)
    assert f"{SOME[0]}/queue.jsonl:" in str(refused.value)


@pytest.fixture
def untimed(tmp_path):
    """A call of which the sound alone is known, beside a session with everything."""
    tone = (8_000 * np.sin(np.arange(16_000))).astype(np.int16)
    track = Track("user.flac", "sent", 8_000, len(tone))
    info = Info("bare", "call", "unknown", 2_000, clock="none", tracks={"user": track})
    save(tmp_path / "mixed" / "bare", info, [], audio={"user": tone})
    working_copy(SESSIONS / SOME[0], tmp_path / "mixed")
    return tmp_path / "mixed"


@pytest.mark.parametrize(
    ("settings", "asked", "why_not"),
    [(TWO, 2, ""), (("provider", "local-vad"), 1, "no log has times"), (("stop-only", "keyed"), 1, "can be replayed")],
)
def test_sessions_that_a_setting_cannot_be_asked_of(untimed, settings, asked, why_not):
    """Left out where there are others; alone, refused with the reason."""
    assert asked == sum((p / "queue.jsonl").exists() for p in untimed.iterdir() if make_queue(untimed, settings))
    (untimed / "bare" / "queue.jsonl").unlink(missing_ok=True)
    if why_not:
        with pytest.raises(NotAnswerable, match=why_not):
            make_queue(untimed / "bare", settings)


def test_no_queue_and_nothing_to_listen_to(folder, tmp_path):
    """Each says what to do."""
    with pytest.raises(LabelError, match="bargein label queue"):
        open_queue(folder)
    deaf = Path(shutil.copytree(SESSIONS / SOME[0], tmp_path / "deaf"))
    info = json.loads((deaf / "session.json").read_text())
    del info["tracks"]["user"]
    (deaf / "session.json").write_text(json.dumps(info))
    events = [json.loads(x) for x in (deaf / "events.jsonl").read_text().splitlines()]
    kept = [e for e in events if "audio" not in e["ev"]]
    (deaf / "events.jsonl").write_text("\n".join(map(json.dumps, kept)))
    info["checksums"] = {}
    (deaf / "session.json").write_text(json.dumps(info))
    with pytest.raises(NotAnswerable, match="nothing to listen to"):
        make_queue(deaf, TWO)
