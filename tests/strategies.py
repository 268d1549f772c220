"""Generated logs: what a provider might send, in any order a socket allows."""

from __future__ import annotations

from hypothesis import strategies as st

from bargein.events import AudioDone, Delta, Event, ResponseCreated, ResponseDone, SpeechStarted, SpeechStopped

LENGTH_MS = 20_000


@st.composite
def logs(draw: st.DrawFn, *, max_events: int = 40) -> list[Event]:
    """Give a log of up to three responses and a user who comes and goes; deltas of odd sizes, boundaries missing."""
    events: list[Event] = []
    at = 0
    first = dict.fromkeys("ABC", 0)
    for _ in range(draw(st.integers(1, max_events))):
        at += draw(st.sampled_from([0, 0, 1, 7, 40, 100, 333, 1_000]))
        if at >= LENGTH_MS:
            break
        response = draw(st.sampled_from("ABC"))
        kind = draw(st.sampled_from("ddddddcuusax"))
        if kind == "d":
            samples = draw(st.sampled_from([1, 7, 240, 2_400, 5_999, 24_000]))
            events.append(Delta(at, response, response.lower(), first[response], samples))
            first[response] += samples
        elif kind == "c":
            events.append(ResponseCreated(at, response))
        elif kind == "u":
            events.append(SpeechStarted(at))
        elif kind == "s":
            events.append(SpeechStopped(at))
        elif kind == "a":
            events.append(AudioDone(at, response, response.lower()))
        else:
            events.append(ResponseDone(at, response, "completed", outputs=1))
    return events
