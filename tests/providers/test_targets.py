"""Every target is a table that can be read both ways, says where it has its figures from, and refuses what it must."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargein.errors import SettingsError
from bargein.providers import PROVIDERS
from bargein.providers.targets import SHARED, TARGETS, Field, Option, Target, target
from bargein.providers.targets.listing import about, lacking, settings_of
from bargein.settings import Knob, ServerVad, from_wire

#: What may be asked of any target, by our names.
COMMON = (*SHARED, "min_speech_ms", "exit_threshold")


def each_target() -> pytest.MarkDecorator:
    """Run a test once a target."""
    return pytest.mark.parametrize("chosen", TARGETS.values(), ids=TARGETS)


def value_of(field: Field) -> st.SearchStrategy[Any]:
    """Give values a field accepts, both ends included."""
    setting = field.setting
    if isinstance(setting, Option):
        return st.sampled_from(setting.values)
    low, high = setting.low or 0, 20_000 if setting.high is None else setting.high
    if setting.unit:
        return st.integers(int(low), int(high))
    return st.floats(low, high, allow_nan=False)


def settings_for(chosen: Target) -> st.SearchStrategy[dict[str, Any]]:
    """Give settings that a target takes: any of its fields, alone and together."""
    each = {field.name: value_of(field) for field in chosen.fields}
    return (
        st.fixed_dictionaries({}, optional=each)
        .map(lambda values: {**dict(chosen.assumed), **values})
        .filter(lambda values: values and not list(chosen.problems(values)))
    )


@each_target()
def test_what_is_written_reads_back_as_the_same(chosen):
    """Seconds and codes included: the same table serves both ways."""

    @given(settings_for(chosen))
    def round_trip(values):
        assert values == chosen.read(chosen.write(values))
        assert {} == chosen.left_out(values)

    round_trip()


#: Every setting of every target at a value of its own, and the file as its reader's documents have it.
FILES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "openai": (
        {"threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480, "idle_timeout_ms": 6_000,
         "create_response": True, "interrupt_response": False},
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": {
            "type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480,
            "idle_timeout_ms": 6_000, "create_response": True, "interrupt_response": False}}}}},
    ),
    "openai-beta": (
        {"threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480, "create_response": True,
         "interrupt_response": False},
        {"type": "session.update", "session": {"turn_detection": {
            "type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 240, "silence_duration_ms": 480,
            "create_response": True, "interrupt_response": False}}},
    ),
    "xai": (
        {"threshold": 0.85, "prefix_padding_ms": 333, "silence_duration_ms": 500, "idle_timeout_ms": 6_000},
        {"type": "session.update", "session": {"turn_detection": {
            "type": "server_vad", "threshold": 0.85, "prefix_padding_ms": 333, "silence_duration_ms": 500,
            "idle_timeout_ms": 6_000}}},
    ),
    "gemini": (
        {"min_speech_ms": 100, "silence_duration_ms": 500, "start_sensitivity": "low", "end_sensitivity": "high",
         "interrupt_response": False, "turn_coverage": "all"},
        {"setup": {"realtimeInputConfig": {
            "automaticActivityDetection": {
                "prefixPaddingMs": 100, "silenceDurationMs": 500, "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
                "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH"},
            "activityHandling": "NO_INTERRUPTION", "turnCoverage": "TURN_INCLUDES_ALL_INPUT"}}},
    ),
    "azure-voice-live": (
        {"type": "azure_semantic_vad", "threshold": 0.4, "prefix_padding_ms": 420, "min_speech_ms": 80,
         "silence_duration_ms": 500, "create_response": False, "interrupt_response": True, "remove_filler_words": True,
         "auto_truncate": True},
        {"type": "session.update", "session": {"turn_detection": {
            "type": "azure_semantic_vad", "threshold": 0.4, "prefix_padding_ms": 420, "speech_duration_ms": 80,
            "silence_duration_ms": 500, "create_response": False, "interrupt_response": True,
            "remove_filler_words": True, "auto_truncate": True}}},
    ),
    "livekit": (
        {"threshold": 0.6, "exit_threshold": 0.35, "prefix_padding_ms": 333, "silence_duration_ms": 480,
         "min_speech_ms": 350, "min_words": 2, "false_interruption_ms": 1_500, "resume_false_interruption": False,
         "interruption_mode": "adaptive", "interrupt_response": True, "min_delay_ms": 400, "max_delay_ms": 2_500},
        {"vad": {"activation_threshold": 0.6, "deactivation_threshold": 0.35, "prefix_padding_duration": 0.333,
                 "min_silence_duration": 0.48},
         "turn_handling": {
             "interruption": {"min_duration": 0.35, "min_words": 2, "false_interruption_timeout": 1.5,
                              "resume_false_interruption": False, "mode": "adaptive", "enabled": True},
             "endpointing": {"min_delay": 0.4, "max_delay": 2.5}}},
    ),
    "pipecat": (
        {"threshold": 0.7, "min_speech_ms": 250, "silence_duration_ms": 800, "min_volume": 0.5},
        {"VADParams": {"confidence": 0.7, "start_secs": 0.25, "stop_secs": 0.8, "min_volume": 0.5}},
    ),
}  # fmt: skip


@each_target()
def test_each_file_has_the_shape_its_reader_documents(chosen):
    """All settings at once, in their units, words and order; and no setting is left out of this test."""
    values, content = FILES[chosen.name]
    assert set(chosen.names) == values.keys()
    assert [] == list(chosen.problems(values))
    assert content == chosen.write(values)
    assert values == chosen.read(content)


@each_target()
def test_a_file_holds_what_is_set_and_nothing_else(chosen):
    """One setting alone, each in turn: beside what always stands there, its place alone is filled."""
    for field in chosen.fields:
        value = next(iter(field.setting.values)) if isinstance(field.setting, Option) else int(field.setting.high or 1)
        assert {field.name: value} == chosen.read(chosen.write({field.name: value}))


@each_target()
def test_every_figure_has_a_source_and_every_gap_a_reason(chosen):
    """Nothing in the table is empty, and every setting that may be asked of any target is there or is explained."""
    for row in [*about(TARGETS), *lacking(TARGETS), *({**row, "note": "-"} for row in settings_of(chosen))]:
        assert all(text.strip() for text in row.values()), row
    assert set(COMMON) == set(COMMON) & ({*chosen.names} | dict(chosen.lacks).keys())
    assert set() == {*chosen.names} & dict(chosen.lacks).keys()
    assert len(chosen.fields) == len({field.path for field in chosen.fields}) == len(set(chosen.names))


@each_target()
def test_defaults_lie_within_their_own_range_and_break_no_rule(chosen):
    """As documented, and as models report them on the wire."""
    defaults = {f.name: f.setting.default for f in chosen.fields if f.setting.default is not None}
    assert [] == list(chosen.problems(defaults))
    for field in chosen.fields:
        for _, value in getattr(field.setting, "live", ()):
            assert field.setting.problem(value, "") is None


@each_target()
def test_values_over_the_end_are_refused_with_their_place_in_the_file(chosen):
    """Every bound of every number, from both sides."""
    for field in (f for f in chosen.fields if isinstance(f.setting, Knob)):
        for end, step in ((field.setting.low, -1), (field.setting.high, 1)):
            if end is not None:
                (found, *_) = chosen.problems({field.name: end + step})
                refused = "is outside" if field.setting.high is not None else "is not"  # "-1 is not 0 ms or more"
                assert (field.path, True) == (found.place, f"{end + step:g} {refused}" in found.what)


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_providers_own_target_writes_what_the_provider_writes(name):
    """One shape in two places would be two shapes one day."""
    settings = ServerVad(0.6, 240, 480, create_response=True, interrupt_response=False, idle_timeout_ms=6_000)
    values = {name: getattr(settings, name) for name in SHARED}
    assert PROVIDERS[name].to_wire(settings) == TARGETS[name].write(values)
    assert PROVIDERS[name].path + ".threshold" == TARGETS[name].fields[0].path
    assert set(PROVIDERS[name].ignored) == set(TARGETS[name].left_out(values))


def test_the_flat_shape_is_read_as_openais():
    """What a compatible server is sent, an importer of ours reads as the same settings."""
    settings = ServerVad(0.4, 200, 640, create_response=True, interrupt_response=False)
    values = {name: v for name in SHARED if (v := getattr(settings, name)) is not None}
    sent = TARGETS["openai-beta"].write(values)
    assert "audio" not in sent["session"]
    assert settings == from_wire(sent["session"]["turn_detection"])


@pytest.mark.parametrize(("name", "values", "says"), [
    ("livekit", {"exit_threshold": 0.6, "threshold": 0.5}, "exit_threshold: 0.6 is above threshold 0.5"),
    ("livekit", {"exit_threshold": 0.6}, "exit_threshold: 0.6 is above threshold 0.5"),             # its default
    ("livekit", {"threshold": 0.3, "exit_threshold": 0.3}, ""),
    ("livekit", {"min_delay_ms": 4_000}, "min_delay_ms: 4000 is above max_delay_ms 3000"),
    ("livekit", {"min_delay_ms": 4_000, "max_delay_ms": 5_000}, ""),
    ("livekit", {"min_words": 1.5}, "min_words: 1.5 is not a whole number of words"),
    ("pipecat", {"exit_threshold": 0.3}, "Pipecat has no such setting (VADParams has one threshold for both)"),
    ("openai", {"min_speech_ms": 200}, "OpenAI Realtime has no such setting (it has no minimum of speech"),
    ("xai", {"min_speech_ms": 200}, "no gate can wait on its behalf"),
    ("xai", {"threshold": 0.95}, "threshold: 0.95 is outside 0.1..0.9 @ session.turn_detection.threshold"),
    ("gemini", {"start_sensitivity": "medium"}, "start_sensitivity: 'medium' is not one of high, low"),
    ("gemini", {"threshold": 0.5}, "Gemini Live has a place for none of these settings (threshold)"),
    ("gemini", {"threshold": 0.5, "silence_duration_ms": 480}, ""),                                 # left out, and said
    ("azure-voice-live", {"type": "psychic_vad"}, "type: 'psychic_vad' is not one of server_vad, azure_semantic_vad"),
    ("azure-voice-live", {"remove_filler_words": True}, "true has no effect with type server_vad"),
    ("azure-voice-live", {"remove_filler_words": True, "type": "azure_semantic_vad"}, ""),
    ("azure-voice-live", {"interrupt_response": False, "type": "azure_semantic_vad", "auto_truncate": True},
     "auto_truncate: true has no effect with interrupt_response false"),
    ("azure-voice-live", {"auto_truncate": 1}, "auto_truncate: 1 is not one of true, false"),       # 1 is no true
])  # fmt: skip
def test_what_each_target_refuses(name, values, says):
    """One sentence each, and none for what it takes."""
    found = [str(problem) for problem in target(name).problems(values)]
    assert ([] if not says else [True]) == [says in text for text in found]


def test_all_that_is_wrong_comes_at_once_and_nothing_follows_from_it():
    """A type nobody knows does not make the other settings of that type wrong."""
    values = {"type": "azure", "interrupt_response": False, "silence_duration_ms": 0.8, "threshold": 1.3, "foo": "1"}
    found = [problem.what.partition(":")[0] for problem in target("azure-voice-live").problems(values)]
    assert ["type", "silence_duration_ms", "threshold", "foo"] == found


@pytest.mark.parametrize(("name", "values", "doubts"), [
    ("openai", {"silence_duration_ms": 1}, ["silence_duration_ms: 1 is unusually low (under 32)"]),  # a second?
    ("livekit", {"min_delay_ms": 500, "silence_duration_ms": 480}, ["min_delay_ms: 500 is above silence_duration_ms"]),
    ("livekit", {"min_delay_ms": 400, "silence_duration_ms": 480}, []),
    ("livekit", {"max_delay_ms": 3_000_000}, ["max_delay_ms: 3e+06 is unusually high"]),
    ("livekit", {"threshold": 0.5}, []),
    ("xai", {"threshold": 0.3}, ["threshold: 0.3 is unusually low (under 0.5)"]),
])  # fmt: skip
def test_what_is_taken_and_still_doubtful(name, values, doubts):
    """Beyond our own bounds, and between settings that undo each other."""
    found = [str(doubt) for doubt in target(name).warnings(values)]
    assert [True for _ in doubts] == [doubt in text for doubt, text in zip(doubts, found, strict=True)]


def test_defaults_are_those_of_the_wire():
    """OpenAI's end silence differs from model to model; xAI's threshold is not 0.5."""
    silence = next(f.setting for f in TARGETS["openai"].fields if f.name == "silence_duration_ms")
    assert isinstance(silence, Knob)
    assert [200, 500, 500] == [silence.default_for(m) for m in ("gpt-realtime", "gpt-realtime-2.1", "another")]
    assert [0.85, 333, None] == [f.setting.default for f in TARGETS["xai"].fields[:3]]


def test_a_target_nobody_knows_is_refused_with_those_that_are():
    """TypeScript among them: it is a language, not a target."""
    with pytest.raises(SettingsError, match=r"'vapi' is not known \(one of openai, .*pipecat, typescript\)"):
        target("vapi")
