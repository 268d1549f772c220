"""Settings files of Gemini Live and Azure Voice Live.

Gemini has no score to set a threshold on, only two sensitivities of two steps each, and no document maps one to the
other: a threshold is left out, and said to be. Azure has types of voice detection of its own.
"""

from __future__ import annotations

from bargein.providers.targets.base import Field, Target, only_with
from bargein.providers.targets.options import Option
from bargein.settings import FRAME_MS, Knob

_GEN = "google-genai 3.4.0, types.py, RealtimeInputConfig"
_SETUP = "setup.realtimeInputConfig"
_DETECTION = f"{_SETUP}.automaticActivityDetection"
_BY_PLATFORM = "high on the Gemini API, low on the Enterprise platform"

GEMINI = Target(
    name="gemini",
    title="Gemini Live",
    provider="gemini",
    detector="Gemini's own, which has sensitivities and no score",
    use="merge it into the setup message, the first frame of a session; it cannot be changed later",
    source=_GEN,
    fields=(
        Field(
            Knob("min_speech_ms", 0, None, None, _GEN),
            f"{_DETECTION}.prefixPaddingMs",
            note="speech required before a start is committed, says the API reference; a guide calls it look-back",
        ),
        Field(
            Knob("silence_duration_ms", 0, None, None, _GEN, sane_low=FRAME_MS),
            f"{_DETECTION}.silenceDurationMs",
        ),
        Field(
            Option("start_sensitivity", ("high", "low"), None, _GEN,
                   wire=("START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW")),
            f"{_DETECTION}.startOfSpeechSensitivity",
            depends=_BY_PLATFORM,
        ),
        Field(
            Option("end_sensitivity", ("high", "low"), None, _GEN,
                   wire=("END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW")),
            f"{_DETECTION}.endOfSpeechSensitivity",
            depends=_BY_PLATFORM,
        ),
        Field(
            Option("interrupt_response", (True, False), True, _GEN,
                   wire=("START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION")),
            f"{_SETUP}.activityHandling",
        ),
        Field(
            Option("turn_coverage", ("activity", "all", "activity and video"), "activity", _GEN,
                   wire=("TURN_INCLUDES_ONLY_ACTIVITY", "TURN_INCLUDES_ALL_INPUT",
                         "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO")),
            f"{_SETUP}.turnCoverage",
        ),
    ),
    lacks=(
        ("threshold", "it has sensitivities of two steps and no document maps a score to them: left at its default"),
        ("prefix_padding_ms", "its prefixPaddingMs is speech required before a start, not audio kept from before it: "
         "left at its default"),
        ("exit_threshold", "it has sensitivities of two steps and no document maps a score to them"),
        ("create_response", "it always answers; detection as a whole can be switched off"),
        ("idle_timeout_ms", "it has no such setting"),
    ),
)  # fmt: skip

_AZ = "MicrosoftDocs/azure-ai-docs, voice-live-how-to.md, 25 May 2026"
_TURN = "session.turn_detection"
_SEMANTIC = ("azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual")

AZURE = Target(
    name="azure-voice-live",
    title="Azure Voice Live",
    provider="azure-voice-live",
    detector="Azure's own, of the type that is chosen",
    use="send it as it is: a session.update event; read the defaults in force from session.updated",
    source=f"{_AZ}; azure-ai-voicelive 1.3.1, models",
    fields=(
        Field(Option("type", ("server_vad", *_SEMANTIC), "server_vad", _AZ), f"{_TURN}.type"),
        Field(Knob("threshold", 0.0, 1.0, 0.5, _AZ), f"{_TURN}.threshold"),
        Field(
            Knob("prefix_padding_ms", 0, None, 400, _AZ, sane_high=1_000),
            f"{_TURN}.prefix_padding_ms",
            depends="420 with azure_semantic types; 300 before api-version 2026-04-10",
        ),
        Field(
            Knob("min_speech_ms", 0, None, 200, _AZ, sane_high=2_000),
            f"{_TURN}.speech_duration_ms",
            depends="80 with azure_semantic types",
            note="speech required to start detection",
        ),
        Field(
            Knob("silence_duration_ms", 0, None, 500, _AZ, sane_high=3_000, sane_low=FRAME_MS),
            f"{_TURN}.silence_duration_ms",
        ),
        Field(Option("create_response", (True, False), True, _AZ), f"{_TURN}.create_response"),
        Field(Option("interrupt_response", (True, False), True, _AZ), f"{_TURN}.interrupt_response"),
        Field(
            Option("remove_filler_words", (True, False), False, _AZ),
            f"{_TURN}.remove_filler_words",
            note="ah, umm, mm, uh, huh, oh, yeah, hmm do not interrupt a response",
        ),
        Field(
            Option("auto_truncate", (True, False), False, _AZ),
            f"{_TURN}.auto_truncate",
            note="the server takes playback for immediate, and cuts its record there",
        ),
    ),
    fixed=(("type", "session.update"),),
    assumed=(("type", "server_vad"),),
    lacks=(
        ("exit_threshold", "neg_threshold is named in its API reference without a range or a meaning"),
        ("idle_timeout_ms", "its range is not documented"),
    ),
    rules=(
        only_with(("interrupt_response", "remove_filler_words"), "type", _SEMANTIC,
                  "documented for the azure_semantic types alone"),
        only_with(("auto_truncate",), "interrupt_response", (True,), "what is not interrupted is not truncated"),
    ),
)  # fmt: skip
