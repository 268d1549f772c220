"""A scene is played: provider model, client and user, stepped together; what comes out is everything that happened.

The loop is closed: the user's acts hang on what is heard, the provider hears the user, the client tells the provider
what it cut. At one instant: the user, then playback, then the provider, then a local detector.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bargein.compose.clips import Library, Line, line
from bargein.compose.performance import Logged, Performance
from bargein.compose.scene import Act, Scene
from bargein.compose.script import place
from bargein.compose.sounds import PLAY_OUT_MS
from bargein.errors import BargeinError
from bargein.events import (
    Audible,
    Delta,
    Drained,
    Event,
    ProviderError,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.gate import policy
from bargein.providers import provider
from bargein.providers.model import Dice, Model
from bargein.providers.openai_model import OpenAIDelays, OpenAIModel
from bargein.providers.xai_model import XAIDelays, XAIModel
from bargein.replay.client import Client
from bargein.units import ms_of, samples_in

#: A scene that has not ended by then never will.
LIMIT_MS = 180_000
#: The way of an echo: play-out to microphone, and what the sound needs to fade after a cut.
ECHO_MS, FADE_MS = PLAY_OUT_MS, 80
#: From a word's beginning to the recogniser's notice of it.
WORD_MS = 200

Edge = SpeechStarted | SpeechStopped


class CueNeverCame(BargeinError):
    """What an act hangs on did not happen in this draw."""


def perform(scene: Scene, library: Library, seed: int, pauses: Path, local: Iterable[Edge] = ()) -> Performance:
    """Play a scene once.

    Parameters
    ----------
    library
        Where its recordings are.
    seed
        Of everything that is drawn.
    pauses
        Table of measured pauses.
    local
        Edges of a detector beside the loudspeaker, where the client listens to one.

    Raises
    ------
    CueNeverCame
        What an act hangs on did not happen.
    BargeinError
        The scene does not end.
    """
    return _Stage(scene, library, seed, pauses, local).run()


def model_of(scene: Scene, seed: int, lines: Sequence[Line]) -> Model:
    """Make the provider model of a scene."""
    replies = [one.reply for one in lines]
    if scene.provider == "openai":
        delays = OpenAIDelays(**{"stragglers": scene.stragglers, **scene.delays})
        return OpenAIModel(seed=seed, replies=replies, model=scene.model, beta=scene.beta, delays=delays,
                           transcription=scene.transcription, format=scene.format)  # fmt: skip
    return XAIModel(seed=seed, replies=replies, model=scene.model, format=scene.format,
                    delays=XAIDelays(**scene.delays))  # fmt: skip


@dataclass
class _Echo:
    """The agent's own sound in the microphone, as far as the provider takes it for the user."""

    n: int
    wanted: bool = True
    sounding: bool = False


class _Stage:
    def __init__(self, scene: Scene, library: Library, seed: int, pauses: Path, local: Iterable[Edge]) -> None:
        self.scene, self.library, self.pauses = scene, library, pauses
        self.rate = scene.format.rate
        self.dice = Dice(seed)
        lines = [line([library.clip(name, self.rate) for name in names], self.rate) for names in scene.replies]
        self.lines = {one.reply.name: one for one in lines}
        self.model = model_of(scene, seed, lines)
        self.provider = provider(scene.provider)
        self.client = Client(policy(scene.policy), self.rate)
        self.out = Performance(scene, seed, self.model, self.client.heard(0))
        self.agenda: list[tuple[int, int, int, Callable[[int], None]]] = []
        self.order = itertools.count()
        self.responses: list[str] = []
        self.done: set[str] = set()
        self.waiting = list(enumerate(scene.acts, 1))
        self.sounds = 0  # that reach the provider as speech just now
        self.echoes: list[_Echo] = []
        self.told = 0  # stops of the player that the provider knows of
        self.refused = False
        for edge in local:
            self.plan(edge.at, partial(self.see_at, edge), last=True)

    def plan(self, at: int, action: Callable[[int], None], *, last: bool = False) -> None:
        """Put an action on the agenda; ``last`` comes after the provider at its instant."""
        heapq.heappush(self.agenda, (at, int(last), next(self.order), action))

    # ---- the loop

    def run(self) -> Performance:
        self.model.connect(self.dice.between("connect", (70, 130)))
        self.cue("session", 1, 0)
        while (now := self.next()) is not None:
            if now > LIMIT_MS:
                raise BargeinError(f"scene {self.scene.id} does not end")
            self.serve(now, last=False)
            self.catch_up(now)
            for at, payload in self.model.advance(now):
                self.hear(at, payload)
            self.serve(now, last=True)
            self.after_stops()
        if self.waiting:
            left = ", ".join(f"{n} ({act.kind}, {act.cue})" for n, act in self.waiting)
            raise CueNeverCame(f"scene {self.scene.id}: the cue never came of act {left}")
        return self.close()

    def next(self) -> int | None:
        """Give the earliest instant at which anything will happen."""
        times = [self.agenda[0][0] if self.agenda else None, self.model.deadline, self.client.deadline]
        return min((t for t in times if t is not None), default=None)

    def serve(self, now: int, *, last: bool) -> None:
        while self.agenda and self.agenda[0][0] <= now and self.agenda[0][1] <= last:
            at, _, _, action = heapq.heappop(self.agenda)
            action(at)

    def catch_up(self, now: int) -> None:
        for report in self.client.catch_up(now):
            if isinstance(report, Audible):
                self.cue("heard", self.number(report.response), report.at)
            elif isinstance(report, Drained) and (row := self.client.heard(report.at).rows[-1]).response in self.done:
                self.cue("drained", self.number(row.response), report.at)

    def number(self, response: str) -> int:
        return self.responses.index(response) + 1

    def close(self) -> Performance:
        heard = self.client.heard(LIMIT_MS)
        ends = [e.at for e in self.out.events] + [one.t for one in self.out.log]
        ends += [p.sounding.end for p in self.out.placed] + [row.span(self.rate).end for row in heard.rows]
        self.out.length_ms = (max(ends) + self.scene.tail_ms) // 100 * 100 + 100
        self.out.heard = self.client.heard(self.out.length_ms)
        return self.out

    # ---- what the client sees and says

    def see_at(self, event: Event, at: int) -> None:
        del at
        self.see(event)

    def see(self, event: Event) -> None:
        self.catch_up(event.at)
        self.out.events.append(event)
        self.client.receive(event)

    def hear(self, at: int, payload: dict[str, Any]) -> None:
        self.out.log.append(Logged(at, "s2c", payload))
        name = payload["type"]
        if name == "session.created":
            self.plan(at + 5, partial(self.say, {"type": "session.update", "session": self.wish()}))
        elif name == "session.updated":
            self.open_microphone(at)
        event = self.provider.parse(payload, at)
        if event is None:
            return
        if isinstance(event, ResponseCreated):
            self.responses.append(event.response)
        elif isinstance(event, Delta):
            found = self.out.spoken[event.item] = self.lines[self.model.said[event.item].name]
            self.out.said.append((found, event.first, event.samples))
        self.see(event)
        if isinstance(event, ProviderError):
            self.refused |= event.code == "conversation_already_has_active_response"
        elif isinstance(event, ResponseDone):
            self.done.add(event.response)
            self.cue("generated", self.number(event.response), at)
            if self.refused:
                self.refused = False
                self.plan(at + 5, partial(self.say, {"type": "response.create"}))

    def say(self, payload: dict[str, Any], at: int) -> None:
        self.out.log.append(Logged(at, "c2s", payload))
        self.model.receive(payload, at)

    def wish(self) -> dict[str, Any]:
        """Give the session update the client sends."""
        if isinstance(self.model, OpenAIModel):
            return self.model.shapes.update(self.scene.settings.to_wire(), self.model.transcription)
        format = self.scene.format.to_wire()
        listening = {"format": format, "transcription": {"model": "grok-transcribe"}}
        return {"turn_detection": self.scene.settings.to_wire(),
                "audio": {"input": listening, "output": {"format": format}}}  # fmt: skip

    def open_microphone(self, at: int) -> None:
        self.out.settled_ms, self.out.origin_ms = at, at + 20
        samples = samples_in(self.scene.chunk_ms, self.rate)
        first = {"type": "input_audio_buffer.append", "audio": {"stored": 0, "samples": samples}}
        self.plan(at + 20 + self.scene.chunk_ms, lambda t: self.model.receive(first, t))

    def after_stops(self) -> None:
        for stop in self.client.stops[self.told :]:
            for echo in self.echoes:
                echo.wanted = False
                self.plan(stop.at + FADE_MS, partial(self.echo_off, echo))
            if self.scene.truncates and self.scene.provider == "openai":
                payload = {"type": "conversation.item.truncate", "item_id": stop.item, "content_index": 0,
                           "audio_end_ms": stop.heard_ms}  # fmt: skip
                at = stop.at + self.dice.between("truncate", (2, 6))
                self.plan(at, partial(self.say, payload))
        self.told = len(self.client.stops)

    # ---- the user

    def cue(self, on: str, n: int, at: int) -> None:
        """Something happened that acts may hang on."""
        due = [(k, act) for k, act in self.waiting if (act.cue.on, act.cue.n) == (on, n)]
        self.waiting = [(k, act) for k, act in self.waiting if (act.cue.on, act.cue.n) != (on, n)]
        for k, act in due:
            if act.kind == "echo":
                self.leak(k, act, at)
            else:
                self.start(k, act, at + max(act.cue.ms, 1))

    def start(self, n: int, act: Act, at: int) -> None:
        placed = place(n, act, at, self.library, self.rate, self.dice[f"act {n}"], self.pauses)
        self.out.placed.append(placed)
        if act.taken:
            for word, end in placed.words:
                self.plan(end, partial(self.tell, word))
            for span in placed.spans:
                self.plan(span.start, self.on)
                self.plan(span.end, self.off)
        self.plan(placed.sounding.end, lambda t: self.cue("act", n, t))

    def tell(self, word: str, at: int) -> None:
        self.model.says(at, word)

    def on(self, at: int) -> None:
        self.sounds += 1
        if self.sounds == 1:
            self.model.onset(at)

    def off(self, at: int) -> None:
        self.sounds -= 1
        if not self.sounds:
            self.model.offset(at)

    def leak(self, n: int, act: Act, at: int) -> None:
        """The agent's own sound reaches the provider from some phrase on, until it is cut or ends."""
        echo = _Echo(n)
        self.echoes.append(echo)
        found = self.out.said[-1][0]
        for span in found.spans.spans[act.phrase :]:
            self.plan(at + span.start + ECHO_MS, partial(self.echo_on, echo))
            self.plan(at + span.end + ECHO_MS, partial(self.echo_off, echo))
        for word in found.reply.words:
            said = at + ms_of(word.first, self.rate) + ECHO_MS + WORD_MS
            self.plan(said, partial(self.echo_word, echo, word.text))

    def echo_word(self, echo: _Echo, word: str, at: int) -> None:
        if echo.sounding:
            self.model.says(at, word)

    def echo_on(self, echo: _Echo, at: int) -> None:
        if echo.wanted:
            echo.sounding = True
            self.on(at)

    def echo_off(self, echo: _Echo, at: int) -> None:
        if echo.sounding:
            echo.sounding = False
            self.off(at)
            if not echo.wanted:
                self.cue("act", echo.n, at)
