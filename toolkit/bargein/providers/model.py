"""A provider as a machine without sockets: client events and the user's edges in, timed server events out.

The model is fed the user's speech from outside (:meth:`Model.onset`, :meth:`Model.offset`, :meth:`Model.says`): edges
of labels, never scores, so that no tuning can find its own detector again. How long the provider takes to notice them,
to answer and to generate is drawn from a seeded die; what it says then, and in which order, is its own file
(``openai_model.py``, ``xai_model.py``).

There is no clock: time is an argument. At one instant the outside comes first: feed edges and client events of time t,
then :meth:`Model.advance` to t.
"""

from __future__ import annotations

import heapq
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bargein.providers.wire import turn_detection_in
from bargein.settings import ManualTurns, ServerVad, TurnDetection, from_wire, merged
from bargein.units import ms_of, samples_in

#: A server event and when the client receives it.
Timed = tuple[int, dict[str, Any]]
#: Both ends included; whole milliseconds unless the name says otherwise.
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a reply, and the sample of the reply's audio at which it begins."""

    text: str
    first: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent will say when it is asked next: so many samples, and the words in them.

    Parameters
    ----------
    name
        For whoever keeps the sound.
    samples
        Length at the format's rate.
    words
        In order of time; empty when the text is not known.
    """

    name: str
    samples: int
    words: tuple[Word, ...] = ()

    def text(self, until: int | None = None) -> str:
        """Give the words that begin before sample ``until``; all of them when it is None."""
        return " ".join(w.text for w in self.words if until is None or w.first < until)


@dataclass(frozen=True, slots=True)
class Format:
    """An audio format as both providers name it."""

    type: str = "audio/pcm"
    rate: int = 24_000

    def to_wire(self) -> dict[str, Any]:
        """Give the ``format`` object: PCM states its rate, G.711 has but one."""
        return {"type": self.type, "rate": self.rate} if self.type == "audio/pcm" else {"type": self.type}

    @property
    def bytes_per_sample(self) -> int:
        """16-bit PCM, or one byte of G.711."""
        return 2 if self.type == "audio/pcm" else 1


class Dice:
    """Seeded chance, one stream a purpose: one draw more for one purpose moves no draw of another.

    Examples
    --------
    >>> Dice(7).between("delay", (0, 100)) == Dice(7).between("delay", (0, 100))
    True
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}

    def __getitem__(self, purpose: str) -> random.Random:
        if purpose not in self._streams:
            self._streams[purpose] = random.Random(f"{self._seed}/{purpose}")
        return self._streams[purpose]

    def between(self, purpose: str, span: Range) -> int:
        """Draw a whole number, both ends included, each as likely."""
        return self[purpose].randint(*span)

    def text(self, purpose: str, length: int, alphabet: str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ") -> str:
        """Draw an id."""
        return "".join(self[purpose].choices(alphabet, k=length))


@dataclass(slots=True)
class Segment:
    """A stretch of user speech as the provider sees it: it becomes one user item."""

    item: str
    onset: int
    start_at: int = 0  # when speech_started goes out
    announced: bool = False
    stopped: bool = False
    silent_from: int | None = None
    decided: int = 0  # an onset before this instant joins the segment
    stop_at: int = 0  # when speech_stopped goes out
    claimed_start: int = 0  # the provider's own figures, on its own clock
    claimed_end: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What was said in it so far."""
        return " ".join(self.words)


@dataclass(slots=True)
class Speaking:
    """A response under way."""

    id: str
    item: str
    reply: Reply
    created: int
    speed: int = 4_000  # thousandths of real time
    first_audio: int = 0
    announced: bool = False  # its item is in the log
    sent: int = 0  # samples
    deltas: int = 0
    words: int = 0
    cut: bool = False  # the provider has decided to end it
    left: int | None = None  # deltas that still go out after the cut
    done: bool = False


class Model(ABC):
    """What every modelled provider shares: the agenda, the user's segments, the replies, the books of sent audio.

    Parameters
    ----------
    seed
        Of everything that is drawn.
    replies
        What the agent will say, in order; when there is no more, the provider does not answer.
    settings
        Turn detection before any ``session.update``.
    format
        Of both directions.
    """

    provider: ClassVar[str]
    #: What is not known from recordings and had to be assumed: what it concerns, and the assumption.
    assumes: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self, *, seed: int, replies: Iterable[Reply], settings: TurnDetection, format: Format | None = None
    ) -> None:
        self.settings = settings
        self.format = format or Format()
        self.way = 0  # ms over the network, one way
        self.dice = Dice(seed)
        self.said: dict[str, Reply] = {}  # by item
        self.origin: int | None = None  # session time at which the input stream began
        self._replies: Iterator[Reply] = iter(replies)
        self._agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self._planned = 0
        self._out: list[Timed] = []
        self._segment: Segment | None = None
        self._active: Speaking | None = None
        self._stored = 0
        self._previous: str | None = None  # last item of the conversation
        self._commands: Mapping[str, Callable[[Mapping[str, Any], int], None]] = {}

    # ---- from outside

    @abstractmethod
    def connect(self, at: int) -> None:
        """Open the session."""

    def receive(self, payload: Mapping[str, Any], at: int) -> None:
        """Take a client event; names the model does not know are ignored.

        Parameters
        ----------
        payload
            As sent, or as stored (audio replaced by a reference).
        at
            Session time; never earlier than what was fed before.
        """
        self._serve(at - 1)
        name = str(payload.get("type", ""))
        if name == "input_audio_buffer.append":
            self._append(payload.get("audio"), at)
        elif name in self._commands:
            self._commands[name](payload, at)

    def onset(self, at: int) -> None:
        """The user begins to sound, to the provider's ear; a pause it was still waiting out did not end the turn."""
        self._serve(at - 1)
        segment = self._segment
        if isinstance(self.settings, ManualTurns):
            return
        if segment is not None and (segment.silent_from is None or at < segment.decided):
            segment.silent_from = None
            return
        earliest = at if segment is None or segment.stopped else segment.stop_at + 10
        self._segment = new = Segment(self._item_id(), at)
        new.start_at = max(self._plan_start(new), earliest)
        self._plan(new.start_at, lambda t: self._start(new, t))

    def offset(self, at: int) -> None:
        """The user falls silent; the provider waits for its end silence from here."""
        self._serve(at - 1)
        segment = self._segment
        if segment is None or segment.silent_from is not None:
            return
        segment.silent_from = at
        segment.decided, segment.stop_at = self._plan_stop(segment, at)
        self._plan(segment.stop_at, lambda t: self._stop(segment, at, t))

    def says(self, at: int, word: str) -> None:
        """A word of the user has been spoken, as far as a recogniser will get it."""
        self._serve(at - 1)
        if self._segment is not None:
            self._segment.words.append(word)
            self._heard_word(self._segment, at)

    @property
    def deadline(self) -> int | None:
        """When :meth:`advance` will next have something to say; None when nothing is planned."""
        return self._agenda[0][0] if self._agenda else None

    def advance(self, now: int) -> list[Timed]:
        """Give the server events due by ``now``, in order, each dated when the client receives it."""
        self._serve(now)
        out, self._out = self._out, []
        return out

    # ---- what the two providers do differently

    @abstractmethod
    def _plan_start(self, segment: Segment) -> int:
        """Say when ``speech_started`` goes out."""

    @abstractmethod
    def _plan_stop(self, segment: Segment, at: int) -> Range:
        """Say until when an onset joins the segment, and when ``speech_stopped`` goes out."""

    @abstractmethod
    def _started(self, segment: Segment, at: int) -> None:
        """Announce speech, and end what the agent is saying."""

    @abstractmethod
    def _stopped(self, segment: Segment, at: int) -> None:
        """Announce silence, commit the turn and answer it."""

    @abstractmethod
    def _item_id(self) -> str:
        """Draw the id of an item."""

    @abstractmethod
    def _emit(self, at: int, type: str, **fields: Any) -> None:
        """Put a server event out."""

    def _heard_word(self, segment: Segment, at: int) -> None:
        """React to a word of the user; most providers wait for the end."""
        del segment, at

    # ---- shared machinery

    @property
    def vad(self) -> ServerVad:
        """Score-based settings in force; empty where another kind of detection is."""
        return self.settings if isinstance(self.settings, ServerVad) else ServerVad()

    def _plan(self, at: int, action: Callable[[int], None]) -> None:
        heapq.heappush(self._agenda, (at, self._planned, action))
        self._planned += 1

    def _after(self, at: int, purpose: str, span: Range, action: Callable[[int], None]) -> None:
        self._plan(at + self.dice.between(purpose, span), action)

    def _serve(self, until: int) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            at, _, action = heapq.heappop(self._agenda)
            action(at)

    def _put(self, at: int, payload: dict[str, Any]) -> None:
        self._out.append((at, payload))

    def _start(self, segment: Segment, at: int) -> None:
        segment.announced = True
        self._started(segment, at)

    def _stop(self, segment: Segment, silent_from: int, at: int) -> None:
        if segment.silent_from == silent_from and not segment.stopped:
            segment.stopped = True
            self._stopped(segment, at)

    def _update(self, session: Mapping[str, Any]) -> None:
        """Take over the turn detection of a session update."""
        present, found = turn_detection_in(session)
        if present:
            new = from_wire(found)
            self.settings = new if isinstance(self.settings, ManualTurns) else merged(self.settings, new)

    def _append(self, audio: object, at: int) -> None:
        if self.origin is None:
            if isinstance(audio, Mapping):
                samples = int(audio["samples"])
            else:
                samples = len(str(audio)) * 3 // 4 // self.format.bytes_per_sample
            self.origin = at - ms_of(samples, self.format.rate)

    def _position(self, at: int) -> int:
        """Milliseconds of input audio at a session time: the clock of the provider's own figures."""
        return max(at - (self.origin or 0), 0)

    def _next_delta(self, speaking: Speaking, ms: int) -> dict[str, int]:
        """Book the next piece of a reply, ``ms`` long or what is left of it."""
        count = min(samples_in(ms, self.format.rate), speaking.reply.samples - speaking.sent)
        ref = {"stored": self._stored, "first": speaking.sent, "samples": count}
        self._stored += count
        speaking.sent += count
        speaking.deltas += 1
        return ref

    def _generated_at(self, speaking: Speaking) -> int:
        """When the next piece can go out: its beginning, at the speed of generation."""
        return speaking.first_audio + ms_of(speaking.sent, self.format.rate) * 1_000 // speaking.speed
