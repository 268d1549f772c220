"""Settings files of LiveKit Agents and Pipecat, which run a detector of their own beside the agent.

Both count in seconds, and both have Silero score the sound; what they make of the scores differs from a provider's
rule, so what was weighed for a provider is a candidate here.
"""

from __future__ import annotations

from bargein.providers.targets.base import Field, Target, not_above
from bargein.providers.targets.options import Option
from bargein.settings import FRAME_MS, Knob

_LK = "livekit-agents 1.8.9"
_LK_VAD, _LK_TURN = f"{_LK}, inference/vad.py", f"{_LK}, voice/turn.py"
_ENDPOINTING, _INTERRUPTION = "turn_handling.endpointing", "turn_handling.interruption"
#: A wait over a minute is most likely a number of the wrong unit.
_MINUTE = 60_000
_NO_FLAG = "the framework answers and interrupts by itself"


def _wait(name: str, default: float, source: str, sane_low: int | None = None) -> Knob:
    return Knob(name, 0, None, default, source, sane_high=_MINUTE, sane_low=sane_low)


LIVEKIT = Target(
    name="livekit",
    title="LiveKit Agents",
    provider="livekit",
    detector="Silero in the agent's process; its plugin smooths the scores, and endpointing comes on top",
    use="in Python: inference.VAD(**settings['vad']), AgentSession(turn_handling=settings['turn_handling'])",
    source=f"{_LK}, inference/vad.py and voice/turn.py",
    fields=(
        Field(Knob("threshold", 0.0, 1.0, 0.5, _LK_VAD), "vad.activation_threshold"),
        Field(
            Knob("exit_threshold", 0.01, 1.0, None, _LK_VAD),
            "vad.deactivation_threshold",
            depends="threshold - 0.15, at least 0.01",
        ),
        Field(_wait("prefix_padding_ms", 500, _LK_VAD), "vad.prefix_padding_duration", seconds=True),
        Field(
            _wait("silence_duration_ms", 250, _LK_VAD, sane_low=FRAME_MS),
            "vad.min_silence_duration",
            depends="550 in its silero plugin",
            seconds=True,
            note="a turn ends no earlier than min_delay_ms after the last speech",
        ),
        Field(
            _wait("min_speech_ms", 500, _LK_TURN),
            f"{_INTERRUPTION}.min_duration",
            seconds=True,
            note="speech required before the agent yields",
        ),
        Field(Knob("min_words", 0, None, 0, _LK_TURN), f"{_INTERRUPTION}.min_words", note="needs a transcript"),
        Field(
            _wait("false_interruption_ms", 2_000, _LK_TURN),
            f"{_INTERRUPTION}.false_interruption_timeout",
            seconds=True,
            note="silence without words after which the agent resumes",
        ),
        Field(
            Option("resume_false_interruption", (True, False), True, _LK_TURN),
            f"{_INTERRUPTION}.resume_false_interruption",
        ),
        Field(
            Option("interruption_mode", ("vad", "adaptive"), None, _LK_TURN),
            f"{_INTERRUPTION}.mode",
            depends="the best that is available",
        ),
        Field(Option("interrupt_response", (True, False), True, _LK_TURN), f"{_INTERRUPTION}.enabled"),
        Field(_wait("min_delay_ms", 500, _LK_TURN), f"{_ENDPOINTING}.min_delay", seconds=True,
              depends="300 with a streaming turn detector"),
        Field(_wait("max_delay_ms", 3_000, _LK_TURN), f"{_ENDPOINTING}.max_delay", seconds=True,
              depends="2500 with a streaming turn detector"),
    ),
    lacks=(("create_response", _NO_FLAG), ("idle_timeout_ms", "it has no such setting")),
    rules=(
        not_above("exit_threshold", "threshold", "speech is left at or under the score that enters it"),
        not_above("min_delay_ms", "max_delay_ms", "the longest wait is no shorter than the shortest"),
    ),
    advice=(
        not_above("min_delay_ms", "silence_duration_ms", "the turn waits for min_delay_ms then, not for the silence"),
    ),
    languages=("json",),
)  # fmt: skip

_PC = "pipecat-ai 1.14.0, audio/vad/vad_analyzer.py"

PIPECAT = Target(
    name="pipecat",
    title="Pipecat",
    provider="pipecat",
    detector="Silero in the pipeline beside a least volume; a turn analyzer comes on top",
    use="in Python: SileroVADAnalyzer(params=VADParams(**settings['VADParams']))",
    source=_PC,
    fields=(
        Field(Knob("threshold", 0.0, 1.0, 0.7, _PC), "VADParams.confidence"),
        Field(
            _wait("min_speech_ms", 200, _PC),
            "VADParams.start_secs",
            seconds=True,
            note="speech required before a start is confirmed",
        ),
        Field(
            _wait("silence_duration_ms", 200, _PC, sane_low=FRAME_MS),
            "VADParams.stop_secs",
            depends="800 in older versions",
            seconds=True,
            note="its turn analyzer decides after it",
        ),
        Field(Knob("min_volume", 0.0, 1.0, 0.6, _PC), "VADParams.min_volume", note="sound under it is no speech"),
    ),
    lacks=(
        ("prefix_padding_ms", "VADParams has no padding"),
        ("exit_threshold", "VADParams has one threshold for both"),
        ("create_response", _NO_FLAG),
        ("interrupt_response", "interruptions are a matter of its start strategies"),
        ("idle_timeout_ms", "it has no such setting"),
    ),
    languages=("json",),
)
