"""What happened in one session, as far as it can tell: what can be shown, and in words what cannot, and why.

Nothing is required of a session but that it opens: without times, labels, a player's log or a track, less can be said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bargein.corpus import Case, Run, run_policies
from bargein.events import SpeechStarted
from bargein.ledger import Heard
from bargein.metrics.onsets import judged
from bargein.metrics.stopping import Episode
from bargein.plot.session import around
from bargein.report.views import episode_table
from bargein.session import Session
from bargein.session.sounding import recorded_stereo
from bargein.timeline import Span
from bargein.units import clock_text

LABEL_IT = "add lines of kind interruption, turn and speech to labels.jsonl (docs/session-format.md)"

#: Onsets that are told one by one.
TOLD = 6
#: What came, by class of onset.
CAME: Mapping[str, str] = {
    "interruption": "the user interrupted", "backchannel": "the user said mm-hm or the like (backchannel)",
    "tic": "the user coughed or the like (tic)", "side_talk": "the user spoke to somebody else (side talk)",
    "echo": "the microphone heard the agent's own echo", "noise": "there was noise",
    "resumption": "the user went on with a turn", "collision": "user and agent began at once",
}  # fmt: skip


@dataclass(frozen=True)
class Happened:
    """One session under one gate, or as recorded where no gate can be tried on it.

    Parameters
    ----------
    session
        As loaded.
    policy
        The gate that is tried.
    """

    session: Session
    policy: str

    @cached_property
    def case(self) -> Case:
        """What is computed of the session once."""
        return Case(self.session)

    @cached_property
    def run(self) -> Run | None:
        """The gate's replay; None where none can be tried."""
        return run_policies(self.case, [self.policy])[0] if self.case.replayable else None

    @cached_property
    def heard(self) -> Heard | None:
        """What the user heard of the agent: under the gate, else as recorded; None where nothing is known of it."""
        if self.run is not None:
            return self.run.outcome.heard
        return None if self.session.info.clock == "none" else self.case.heard

    @cached_property
    def reports(self) -> tuple[int, ...]:
        """When a detector reported the user, session ms; of a session without times none can be placed."""
        if self.session.info.clock == "none":
            return ()
        events = self.run.outcome.events if self.run is not None else [e for e, _ in self.case.reading.events]
        return tuple(e.at for e in events if isinstance(e, SpeechStarted))

    @property
    def over(self) -> tuple[int, ...]:
        """Reports that came while the agent was heard: until the millisecond before, since a gate cuts at once."""
        sounding = self.heard.timeline() if self.heard is not None else None
        return tuple(at for at in self.reports if sounding is not None and at - 1 in sounding)

    @property
    def cannot(self) -> tuple[str, ...]:
        """What this session cannot show, each with the reason and what would mend it; empty when all is there."""
        info, agent = self.session.info, self.session.info.tracks.get("agent")
        return tuple(self._cannot(info.clock, agent.kind if agent else ""))

    def _cannot(self, clock: str, agent: str) -> Iterator[str]:
        if clock == "none":
            yield "no times: events stand in order and at no instant; log `t`, the receive time in ms, with every line"
        if "user" not in self.session.info.tracks:
            yield "no microphone: neither waveform nor speech score; give it with `--user` on import"
        over_media = self.heard is not None and self.heard.basis.kind == "webrtc_buffer"
        if over_media:
            yield "WebRTC: the agent's sound went over the media channel, so no other gate can be tried on it"
        elif not agent:
            yield "no agent sound: what was heard is not known and no gate can be tried; log the deltas' payloads"
        elif agent == "heard":
            yield "a call's agent channel is what was heard already: no other gate can be tried on it"
        if agent == "generated" and self.session.client_heard is None:
            yield "no player's log (`client.jsonl`): what was heard is modelled by a replay, not recorded"
        if not judged(self.session):
            yield f"no labels: barge-ins, cut-offs and false stops cannot be counted; {LABEL_IT}"

    @property
    def cannot_text(self) -> str:
        """The same as a list in Markdown."""
        return "\n".join(f"- {line}" for line in self.cannot) or "Everything this page shows was recorded or modelled."

    @property
    def window(self) -> Span | None:
        """Around the first interruption, else the first report while the agent was heard, else the first report."""
        if self.session.labelled("interruption"):
            return around(self.session, before_ms=3_000, after_ms=7_000)
        at = next(iter((*self.over, *self.reports)), None)
        if at is None or self.session.info.length_ms <= at:
            return None
        return Span(max(at - 3_000, 0), min(at + 7_000, self.session.info.length_ms))

    @property
    def player(self) -> Any:
        """A stereo player, left the user, right what was heard of the agent; words where there is no sound."""
        from IPython.display import Audio, Markdown

        if self.run is not None:
            sound, rate = self.run.outcome.heard_audio(), self.run.outcome.heard.rate
        else:
            sound, rate = recorded_stereo(self.session)
        if not sound.any():
            silent = "Nothing to listen to: no track of this session holds a sound that can be placed."
            return Markdown(silent)  # type: ignore[no-untyped-call]
        return Audio(sound.T, rate=rate, normalize=False)  # type: ignore[no-untyped-call]

    @property
    def onsets(self) -> Any:
        """A row per labelled onset under the gate; an empty frame where there is none, or no gate can be tried."""
        import pandas as pd

        return pd.DataFrame(episode_table([self.run] if self.run is not None else []).rows)

    @property
    def answer(self) -> str:
        """What happened, in words and a number."""
        if self.session.info.clock == "none":
            return self._in_order()
        if self.run is not None and self.run.episodes:
            return "\n\n".join(self._around_onsets(self.run.episodes))
        heard = "of what was heard nothing is known"
        if self.heard is not None:
            first = f"; the first at **{clock_text(self.over[0])}**" if self.over else ""
            heard = f"**{len(self.over)}** of them while the agent was being heard{first}"
        answers = len(self.case.reading.responses)
        responses = "" if self.session.info.provider == "call" else f" The log holds {answers} answers."
        return f"The user was reported **{len(self.reports)} times**, {heard}.{responses}"

    def _in_order(self) -> str:
        types = Counter(r.type for r in self.session.records)
        said = types["input_audio_buffer.speech_started"]
        return (f"The log holds **{len(self.session.records)} events** in order and no time: the user was reported "
                f"{said} times, {types['response.created']} answers began. When, and how long anything lasted, it "
                "cannot say.")  # fmt: skip

    def _around_onsets(self, episodes: Sequence[Episode]) -> Iterator[str]:
        """A sentence an onset, in the order in which they came."""
        every = sorted(episodes, key=lambda e: e.onset.at)
        yield from map(_sentence, every[:TOLD])
        if (more := len(every) - TOLD) > 0:
            yield f"{more} onsets more stand in the table of onsets."

    @property
    def basis(self) -> str:
        """What the statement about heard audio rests on."""
        return "not recorded" if self.heard is None else str(self.heard.basis)


def _sentence(e: Episode) -> str:
    """What one onset was, when the client learned of it, and what was heard of the interrupted answer from then on."""
    while_heard = {True: " while the agent was heard", False: " while the agent was not heard", None: ""}[e.agent_heard]
    parts = [f"At **{clock_text(e.onset.at)}** {CAME.get(e.onset.kind, f'came: {e.onset.kind}')}{while_heard}"]
    if e.detection_ms is None:
        parts.append("no report of it reached the client")
    else:
        parts.append(f"the report reached the client {e.detection_ms} ms later")
    if e.stop_ms is None or e.silent is None:
        return "; ".join([*parts, "no sound was cut"]) + "."
    first = e.silent - e.onset.at if e.restart_ms else e.stop_ms
    parts.append(f"the agent fell silent {first} ms after the onset")
    if not e.restart_ms:
        return "; ".join(parts) + ", and nothing of the interrupted answer was heard again."
    late = f" ({e.stale_played} late delta{'s'[: e.stale_played != 1]} played)" if e.stale_played else ""
    return "; ".join(parts) + f", and then **{e.restart_ms} ms** of the interrupted answer were heard again{late}."


def happened(session: Session, policy: str = "stop-only") -> Happened:
    """Say what happened in a session, under one gate where one can be tried.

    Parameters
    ----------
    session
        Any: without times, labels or tracks less can be said.
    policy
        The gate whose sound is played and measured.
    """
    return Happened(session, policy)
