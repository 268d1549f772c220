"""A voice detection beside the loudspeaker: the events a gate gets that does not wait for the provider's.

The same scores and the same rule as everywhere; only the source of the events differs, and that they come when the
detector knows, without a network between.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy.typing as npt

from bargein.events import LOCAL_VAD, SpeechStarted, SpeechStopped
from bargein.vad.cache import Cache, scores_for
from bargein.vad.rule import Rule, edges

#: Silero's own thresholds (``VADIterator``: enter 0.5, exit 0.15 below) with an end silence of 200 ms instead of 100:
#: what Pipecat ships for a detector at the client (``stop_secs`` 0.2), and what OpenAI's gpt-realtime was seen to have
#: in force. So a gate on it differs from one on the provider's events in *where* it listens, not in how. No prefix: a
#: client's gate needs the instant, not the audio before it. No minimum speech: it would delay the agent's stop.
LOCAL_DEFAULT = Rule(enter=0.5, exit=0.35, silence_duration_ms=200, prefix_padding_ms=0, min_speech_ms=0)


def local_edges(
    samples: npt.NDArray[Any] | str | os.PathLike[str],
    rate: int | None = None,
    *,
    rule: Rule = LOCAL_DEFAULT,
    cache: Cache | Path | None = None,
) -> list[SpeechStarted | SpeechStopped]:
    """Give what a local voice detection would have reported of the user's track.

    Parameters
    ----------
    samples
        The microphone, one channel: int16, or float -1..1; or a sound file.
    rate
        Samples per second; left out for a file.
    rule
        The detector's thresholds and durations.
    cache
        Where scores are kept; None: the user's.

    Returns
    -------
    Events in order. ``at`` is when the decision is known, the end of the deciding frame, on the track's own clock (ms
    from its first sample; no time for computing is added). ``claimed_ms`` is what such a detector would claim.

    Raises
    ------
    AudioError, BargeinError
        As :func:`bargein.vad.cache.scores_for`.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     local_edges(np.zeros(16_000, np.int16), 16_000, cache=Path(folder))
    []
    """
    kinds: dict[str, type[SpeechStarted] | type[SpeechStopped]] = {"start": SpeechStarted, "stop": SpeechStopped}
    found = edges(scores_for(samples, rate, cache=cache), rule)
    return [kinds[edge.kind](edge.at_ms, source=LOCAL_VAD, claimed_ms=edge.claimed_ms) for edge in found]
