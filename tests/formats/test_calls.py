"""A two-channel call: what was heard, events from its sound, and nothing that nobody said."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from bargein.audio.files import write_flac
from bargein.cli import main
from bargein.corpus import open_corpus
from bargein.corpus.measure import as_recorded
from bargein.errors import AudioError, NotAnswerable
from bargein.events import SpeechStarted, SpeechStopped
from bargein.formats.calls import from_call, import_call
from bargein.formats.imported import UNMEASURABLE
from bargein.providers import read
from bargein.replay import replay

RATE = 8_000


@pytest.fixture
def call(tmp_path):
    """The caller sounds at 500 to 1500 and 4000 to 4800, the agent at 1000 to 3000 and 3100 to 3500 ms."""
    chance = np.random.RandomState(1)
    sides = np.zeros((6_000 * 8, 2), np.int16)
    for channel, begin, end in ((0, 500, 1_500), (0, 4_000, 4_800), (1, 1_000, 3_000), (1, 3_100, 3_500)):
        sides[begin * 8 : end * 8, channel] = chance.randint(-6_000, 6_000, (end - begin) * 8)
    write_flac(tmp_path / "call.flac", sides, RATE)
    return from_call(tmp_path / "call.flac", tmp_path / "sessions" / "call", speech_style="spontaneous")


def test_events_are_the_edges_of_both_sides(call):
    """In order of time; gaps under 200 ms are bridged."""
    assert [
        (500, "call.user_started"), (1_000, "call.agent_started"), (1_500, "call.user_stopped"),
        (3_500, "call.agent_stopped"), (4_000, "call.user_started"), (4_800, "call.user_stopped"),
    ] == [(r.t, r.type) for r in call.records]  # fmt: skip


def test_it_says_what_was_derived(call):
    """Events are marked as made; the agent's track is what was heard; only speech is labelled."""
    info = call.info
    assert ("call", ("events",), 6_000, "spontaneous") == (
        info.provider, info.modelled, info.length_ms, info.speech_style
    )  # fmt: skip
    assert {"user": "sent", "agent": "heard"} == {name: track.kind for name, track in info.tracks.items()}
    assert [("speech", 500, 1_500), ("speech", 4_000, 4_800)] == [
        (label.kind, label.onset_ms, label.offset_ms) for label in call.labels
    ]


def test_only_a_person_says_who_interrupts(call):
    """An energy rule's labels are no judgement: barge-ins are not none, they are not known; no detector missed any."""
    (cell,) = as_recorded(open_corpus(call.folder))
    row = cell.row()
    assert (None, None, "–") == (row["barge-ins"], row["masked"], row["reported"])
    with (call.folder / "labels.jsonl").open("a", encoding="utf-8") as labels:
        labels.write('{"kind": "interruption", "onset_ms": 1300, "offset_ms": 1500, "annotator": "me"}\n')
    (cell,) = as_recorded(open_corpus(call.folder))
    row = cell.row()
    assert (1, 1, None, "–") == (row["barge-ins"], row["met"], row["masked"], row["reported"])
    assert (2_200, None) == (row["stop p50 [ms]"], row["detection p50 [ms]"])


def test_it_is_read_like_any_log(call):
    """Nothing in it is unknown."""
    reading = read(call)
    assert [500, 4_000] == [e.at for e in reading.of(SpeechStarted)]
    assert [1_500, 4_800] == [e.at for e in reading.of(SpeechStopped)]
    assert not reading.warnings


def test_no_other_gate_is_tried_on_it(call):
    """What was heard was heard."""
    with pytest.raises(NotAnswerable, match="is what was heard"):
        replay(call, "keyed")


def test_it_is_measured_on_its_own_channel(call):
    """Heard audio rests on the agent's channel; no barge-in is claimed."""
    (cell,) = as_recorded(open_corpus(call.folder))
    assert ("call", "derived", []) == (cell.provider, cell.basis.split(":")[0], cell.panel.barge_ins)
    assert 2_500 == cell.total("heard_ms")  # the gap of 100 ms is none to be heard


@pytest.mark.parametrize("channels", [1, 3])
def test_two_channels_it_must_be(tmp_path, channels):
    """One side each."""
    write_flac(tmp_path / "call.flac", np.ones((RATE, channels), np.int16).squeeze(), RATE)
    with pytest.raises(AudioError, match="not two channels"):
        from_call(tmp_path / "call.flac", tmp_path / "call")


def sides(seed=1, rate=RATE):
    """The caller at 500 to 1,500 and 4,000 to 4,800 ms, the agent at 100 to 3,000 ms: seeded noise for voices."""
    chance = np.random.RandomState(seed)
    made = np.zeros((5 * rate, 2), np.int16)
    for channel, begin, end in ((0, 500, 1_500), (0, 4_000, 4_800), (1, 100, 3_000)):
        size = (end - begin) * rate // 1_000
        made[begin * rate // 1_000 :][:size, channel] = chance.randint(-6_000, 6_000, size)
    return made


def brought(tmp_path, samples, rate=RATE, subtype="PCM_16", **more):
    """Import a recording that is not written yet."""
    path = tmp_path / "call.wav"
    soundfile.write(path, samples, rate, subtype=subtype)
    return import_call(tmp_path / "s", path, **more)


def test_a_call_says_what_it_assumed_and_cannot_tell(tmp_path):
    """Which side is whose, who interrupts: for a person to say."""
    made = brought(tmp_path, sides())
    assert {UNMEASURABLE["wire"], UNMEASURABLE["labels"]} == {*made.unmeasurable}
    assert any("the second channel is the agent's" in said for said in made.notes)
    assert any(said.startswith("the user began 1 time(s) while the agent sounded") for said in made.notes)
    assert not any("swapped" in said for said in made.notes)
    assert ("call.wav", "call") == tuple(made.session.info.sources[0][key] for key in ("file", "kind"))
    told = brought(tmp_path, sides(), agent_channel=1, overwrite=True)
    assert () == told.session.info.assumed


def test_sides_that_look_swapped_are_said_and_left(tmp_path):
    """Two clues of three: the user's side sounds first and longer. It is a guess, so nothing is swapped."""
    made = brought(tmp_path, sides(), agent_channel=0)
    (warning,) = (said for said in made.notes if "swapped" in said)
    assert warning.startswith("WARNING: the sides look swapped, by 2 of 3 clues")
    assert "guess" in warning
    assert np.array_equal(sides()[:, 0], (made.session.audio("agent") * 32_768).astype(np.int16))


@pytest.mark.parametrize(("subtype", "rate", "note"), [
    ("PCM_U8", 8_000, None), ("PCM_16", 48_000, None), ("FLOAT", 8_000, None), ("ULAW", 8_000, None),
    ("PCM_24", 44_100, None), ("DOUBLE", 16_000, None),
])  # fmt: skip
def test_any_wav_is_read(subtype, rate, note, tmp_path):
    """8 bit, float, high rates: the same edges."""
    made = brought(tmp_path, sides(rate=rate), rate, subtype)
    starts = [r.t for r in made.session.records if r.type == "call.user_started"]
    assert all(abs(a - b) <= 10 for a, b in zip([500, 4_000], starts, strict=True))
    assert note is None or note in made.notes


def test_what_is_lost_on_the_way_to_16_bit_is_said(tmp_path):
    """Float samples that are finer than 16 bit, or beyond full scale."""
    fine = sides().astype(np.float32) / 32_768 + np.float32(1e-6)
    assert "call.wav is finer than 16 bit and was rounded" in brought(tmp_path, fine, subtype="FLOAT").notes
    loud = brought(tmp_path, fine * 8, subtype="FLOAT", overwrite=True)
    assert any("of full scale and was clipped" in said for said in loud.notes)


def same(samples):
    """One voice on both channels, one of them softer."""
    return np.stack([samples[:, 0], samples[:, 0] // 2], axis=1)


def silenced(samples):
    """A dead line with an offset."""
    return np.stack([samples[:, 0], np.full(len(samples), 7, np.int16)], axis=1)


def not_a_number(samples):
    """A sample that is none."""
    made = samples.astype(np.float32) / 32_768
    made[3, 1] = np.nan
    return made


@pytest.mark.parametrize(("spoil", "subtype", "said"), [
    (lambda x: x[:, 0], "PCM_16", r"not two channels: 1 \(who speaks cannot be told apart"),
    (lambda x: np.repeat(x, 2, axis=1), "PCM_16", "not two channels: 4"),
    (same, "PCM_16", "both sides are the same sound"), (silenced, "PCM_16", "the agent's side is silent: zeros alone"),
    (lambda x: x * 0, "PCM_16", r"(?s)user's side is silent.*agent's side is silent"),
    (not_a_number, "FLOAT", "not finite"),
], ids=["mono", "four", "same", "silent", "both silent", "nan"])  # fmt: skip
def test_what_is_no_call(spoil, subtype, said, tmp_path):
    """Refused with the cause, and nothing written."""
    with pytest.raises(AudioError, match=said):
        brought(tmp_path, spoil(sides()), subtype=subtype)
    assert not (tmp_path / "s").exists()


def test_a_header_that_lies(tmp_path):
    """It promises more than there is, or nothing although there is much."""
    path = tmp_path / "call.wav"
    soundfile.write(path, sides(), RATE)
    whole = path.read_bytes()
    path.write_bytes(whole[:40_000])
    with pytest.raises(AudioError, match="its header promises"):
        import_call(tmp_path / "s", path)
    path.write_bytes(whole[:40] + bytes(4) + whole[44:])
    with pytest.raises(AudioError, match="no samples according to its header"):
        import_call(tmp_path / "s", path)
    path.write_bytes(whole[:40] + (40_000).to_bytes(4, "little") + whole[44:])
    with pytest.raises(AudioError, match="its header promises"):
        import_call(tmp_path / "s", path)


def test_two_files_of_one_side_each(tmp_path):
    """Any rates; that they begin together is assumed, and a length that differs is said."""
    user, agent = tmp_path / "user.wav", tmp_path / "agent.wav"
    soundfile.write(user, sides()[:, 0], RATE)
    soundfile.write(agent, sides(rate=16_000)[: 16_000 * 3, 1], 16_000)
    made = import_call(tmp_path / "s", user=user, agent=agent)
    assert {("user", 8_000), ("agent", 16_000)} == {(k, t.rate) for k, t in made.session.info.tracks.items()}
    assert 5_000 == made.session.info.length_ms
    assert any("begin at the same instant" in said for said in made.session.info.assumed)
    assert any("lasts 5000 ms, the agent's 3000 ms" in said for said in made.notes)


def test_all_that_is_wrong_with_two_files(tmp_path):
    """Both at once."""
    user = tmp_path / "user.wav"
    soundfile.write(user, sides(), RATE)
    with pytest.raises(AudioError) as refused:
        import_call(tmp_path / "s", user=user, agent=tmp_path / "gone.wav")
    assert 2 == len(refused.value.problems)
    with pytest.raises(AudioError, match="one file of two channels, or"):
        import_call(tmp_path / "s", user=user)


@pytest.mark.parametrize(("name", "channel", "swapped"), [
    ("auto_repairs_49", None, False), ("auto_repairs_49", 0, True), ("google_two_channel_16k", None, True),
])  # fmt: skip
def test_recorded_calls(name, channel, swapped, mirror, tmp_path):
    """Of the first the source says that channel 2 is the agent's; of the second it does not say who speaks."""
    made = import_call(tmp_path / "s", mirror / "two-channel-calls" / f"{name}.flac", agent_channel=channel)
    assert swapped == any("swapped" in said for said in made.notes)
    (cell,) = as_recorded(open_corpus(made.session))
    assert ("derived", None) == (cell.basis, cell.row()["barge-ins"])
    assert 0 < cell.total("heard_ms") < made.session.info.length_ms


@pytest.mark.parametrize(("arguments", "said"), [
    (["call", "CALL", "--player", "p.jsonl", "--align"], "--player says nothing about a call"),
    (["openai", "log.jsonl", "--agent-channel", "0"], "--agent-channel says nothing about a log"),
    (["call"], "a recording, or --user and --agent is missing"),
    (["xai"], "a log is missing"),
    (["call", "CALL", "--agent-channel", "2"], "agent channel 2 is none of 0, 1"),
])  # fmt: skip
def test_options_that_do_not_belong(arguments, said, tmp_path, capsys):
    """Exit code 2, all of them, nothing written."""
    soundfile.write(tmp_path / "call.wav", sides(), RATE)
    with pytest.raises(SystemExit) as ended:
        main(["import", *(str(tmp_path / "call.wav") if a == "CALL" else a for a in arguments)])
    assert 2 == ended.value.code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "call").exists()
