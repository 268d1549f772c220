"""xAI's Grok voice agent as a machine without sockets: GA names in an order, with a clock and transcripts, of its own.

Orders are those of recorded traffic. What makes it different to interrupt: while the agent speaks it answers only 0.7
to 1.2 s after the user's onset; the interrupted response then ends as ``completed`` with an empty output and without
done events, and ``speech_started`` follows at once. Its figures are positions of the input stream when an event was
sent. What no recording shows is named in :attr:`XAIModel.assumes`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bargein.providers.model import Format, Model, Range, Reply, Segment, Speaking
from bargein.settings import ManualTurns
from bargein.units import SECOND, ms_of, seconds

#: Server time at session start, ms since 1970: the logs state it; any would do.
EPOCH = 1_790_000_000_000
#: Lengths of a reply's first pieces of audio; those that follow are drawn.
FIRST_PIECES = (245, 642, 459, 1_284, 1_254)
#: A transcript event holds a phrase of at most this many words.
PHRASE_WORDS = 9


@dataclass(frozen=True, slots=True)
class XAIDelays:
    """Ranges the die draws from, both ends included; ms where nothing else is said.

    ``way``, ``shown``, ``update``, ``phrase_end``, ``committed`` and ``opened`` are assumed; the others recorded.
    """

    way: Range = (10, 35)
    onset_silent: Range = (240, 360)  # acoustic onset to speech_started while the agent is silent
    onset_speaking: Range = (700, 1_200)  # while the agent speaks
    stop: Range = (0, 60)
    undocumented_silence: Range = (350, 550)  # end silence in force where none was sent
    answer: Range = (100, 300)  # speech_stopped to response.created
    committed: Range = (120, 260)  # response.created to committed
    opened: Range = (6, 12)  # committed to the reply's item
    first_audio: Range = (400, 900)  # response.created to the first delta
    speed: Range = (4_200, 4_600)  # thousandths of real time
    piece: Range = (2_875, 2_905)  # audio in a later delta
    shown: Range = (20, 120)  # speech_started to the user's item
    update: Range = (80, 250)  # a word to the transcript that holds it
    phrase_end: Range = (60, 160)  # offset to the phrase's transcript
    finish: Range = (5, 30)


class XAIModel(Model):
    """xAI's side of a session.

    Parameters
    ----------
    seed
        Of everything that is drawn.
    replies
        What the agent will say, in order.
    model, voice
        Names.
    delays
        Ranges of the die.

    Examples
    --------
    >>> model = XAIModel(seed=1, replies=[Reply("hello", 24_000)])
    >>> model.connect(0)
    >>> model.receive({"type": "session.update", "session": {"turn_detection": {"type": "server_vad"}}}, 50)
    >>> model.receive({"type": "input_audio_buffer.append", "audio": {"stored": 0, "samples": 2_400}}, 200)
    >>> model.onset(500), model.offset(1_500)
    (None, None)
    >>> names = [payload["type"] for _, payload in model.advance(10_000)]
    >>> names[:4]
    ['session.created', 'conversation.created', 'ping', 'session.updated']
    >>> names.index("response.created") < names.index("input_audio_buffer.committed"), names[-1]
    (True, 'response.done')
    """

    provider = "xai"
    assumes: ClassVar[Mapping[str, str]] = {
        "tail": "slow reaction (0.7 to 1.2 s) also in the playback tail, while what was generated would still sound",
        "resume": "a reply to a cut-off turn is created, then ended with an empty output when the user goes on; "
        "dropping it without any response.done was reported elsewhere",
        "silence": "end silence where none was sent",
        "wordless": "a sound without words is answered like speech when it is taken for speech",
        "transcripts": "spacing of the user's transcripts",
    }

    def __init__(
        self,
        *,
        seed: int,
        replies: Iterable[Reply],
        model: str = "grok-voice-think-fast-2.0",
        voice: str = "ara",
        format: Format | None = None,
        delays: XAIDelays | None = None,
    ) -> None:
        super().__init__(seed=seed, replies=replies, settings=ManualTurns(), format=format)
        self.delays = delays or XAIDelays()
        self.model, self.voice = model, voice
        self.way = self.dice.between("way", self.delays.way)
        self._plays_until = 0  # when what was generated would have sounded in real time
        self._shown: set[str] = set()  # user items the client knows
        self._texts: dict[str, str] = {}  # transcript last sent, by user item
        self._rids: dict[str, str] = {}
        self._commands = {
            "session.update": self._session_update,
            "response.cancel": self._cancel,
            "response.create": self._create,
        }

    # ---- from outside

    def connect(self, at: int) -> None:
        """Open the session: manual turns until the client says otherwise."""

        def greet(t: int) -> None:
            session = {"id": self._hex(), "object": "realtime.session", "instructions": "", "voice": self.voice,
                       "modalities": ["audio"], "turn_detection": {"type": None}, "tools": [],
                       "model": self.model}  # fmt: skip
            self._emit(t, "session.created", session=session)
            conversation = {"id": self._id(), "object": "realtime.conversation"}
            self._emit(t, "conversation.created", conversation=conversation)
            self._emit(t, "ping", timestamp=EPOCH + t)

        self._plan(at, greet)

    def _session_update(self, payload: Mapping[str, Any], at: int) -> None:
        sent = payload.get("session") or {}

        def answer(t: int) -> None:
            self._update(sent)
            fixed = {"model": self.model, "enable_noise_suppression": True, "keep_context": False,
                     "modalities": ["audio"], "input_audio_format": "not specified",
                     "output_audio_format": "not specified", "tool_choice": "auto", "temperature": -1.0,
                     "max_response_output_tokens": "inf"}  # fmt: skip
            self._emit(t, "session.updated", session={**sent, **fixed})

        self._plan(at + 2 * self.way + 2, answer)

    def _cancel(self, payload: Mapping[str, Any], at: int) -> None:
        del payload

        def answer(t: int) -> None:
            if self._active is not None:
                self._drop(self._active, t)
            else:
                error = {"type": "invalid_request_error", "message": "no active response", "code": None}
                self._emit(t, "error", error=error)

        self._plan(at + 2 * self.way + 2, answer)

    def _create(self, payload: Mapping[str, Any], at: int) -> None:
        del payload
        self._plan(at + 2 * self.way + 2, lambda t: self._respond(t, None))

    # ---- the user's speech

    def _plan_start(self, segment: Segment) -> int:
        speaking = self._active is not None and self._active.deltas > 0
        slow = speaking or segment.onset < self._plays_until
        span = self.delays.onset_speaking if slow else self.delays.onset_silent
        return segment.onset + self.dice.between("onset", span)

    def _plan_stop(self, segment: Segment, at: int) -> Range:
        waited = self.vad.silence_duration_ms
        if waited is None:
            waited = self.dice.between("silence", self.delays.undocumented_silence)
        stop = max(at + waited + self.dice.between("stop", self.delays.stop) + 2 * self.way, segment.start_at + 40)
        return stop, stop

    def _started(self, segment: Segment, at: int) -> None:
        if self._active is not None:
            self._drop(self._active, at)
        position = self._position(at - self.way)
        self._emit(at, "input_audio_buffer.speech_started", item_id=segment.item, audio_start_ms=position)
        self._plays_until = min(self._plays_until, at)
        self._after(at, "shown", self.delays.shown, lambda t: self._show_user(segment, t))

    def _show_user(self, segment: Segment, at: int) -> None:
        if segment.item in self._shown:
            return
        self._shown.add(segment.item)
        item = {"id": segment.item, "object": "realtime.item", "type": "message", "status": "in_progress",
                "role": "user", "content": [{"type": "input_audio", "transcript": ""}], "replayed": False}  # fmt: skip
        self._emit(at, "conversation.item.added", item=item, previous_item_id=self._previous)
        self._previous = segment.item
        self._tell(segment, at)

    def _heard_word(self, segment: Segment, at: int) -> None:
        self._after(at, "update", self.delays.update, lambda t: self._tell(segment, t))

    def _tell(self, segment: Segment, at: int) -> None:
        """Send the whole transcript so far, when it has grown."""
        known = segment.item in self._shown and not segment.stopped
        if known and segment.text and segment.text != self._texts.get(segment.item):
            self._texts[segment.item] = segment.text
            name = "conversation.item.input_audio_transcription.updated"
            self._emit(at, name, item_id=segment.item, transcript=segment.text, content_index=0)

    def offset(self, at: int) -> None:
        """The user falls silent: besides the wait for the end, a phrase is over."""
        super().offset(at)
        segment = self._segment
        if segment is not None and segment.silent_from == at:
            self._after(at, "phrase end", self.delays.phrase_end, lambda t: self._phrase(segment, t))

    def _phrase(self, segment: Segment, at: int) -> None:
        if segment.item in self._shown and segment.text and not segment.stopped:
            self._completed(segment, at, "in_progress")

    def _completed(self, segment: Segment, at: int, status: str) -> None:
        name = "conversation.item.input_audio_transcription.completed"
        self._emit(at, name, item_id=segment.item, transcript=segment.text, content_index=0, status=status)

    def _stopped(self, segment: Segment, at: int) -> None:
        self._show_user(segment, at)
        position = self._position(at - self.way)
        self._emit(at, "input_audio_buffer.speech_stopped", item_id=segment.item, audio_end_ms=position)
        self._after(at, "answer", self.delays.answer, lambda t: self._respond(t, segment))

    # ---- the agent's reply

    def _respond(self, at: int, segment: Segment | None) -> None:
        committed = at + self.dice.between("committed", self.delays.committed)
        if segment is not None:
            self._plan(committed, lambda t: self._commit(segment, t))
        if self._active is not None or self._superseded(segment):
            return
        reply = next(self._replies, None)
        if reply is None:
            return
        self._active = new = Speaking(self._id(), self._item_id(), reply, at)
        new.speed = self.dice.between("speed", self.delays.speed)
        new.first_audio = at + self.dice.between("first audio", self.delays.first_audio)
        self.said[new.item] = reply
        response = {"id": new.id, "object": "realtime.response", "output": [], "status": "in_progress",
                    "status_details": "unimplemented", "usage": {}}  # fmt: skip
        self._emit(at, "response.created", response=response)
        opened = committed + self.dice.between("opened", self.delays.opened)
        self._plan(opened, lambda t: self._open(new, t))
        self._plan(max(new.first_audio, opened + 2), lambda t: self._speak(new, t))

    def _superseded(self, segment: Segment | None) -> bool:
        """Whether the user was noticed again since a segment ended: what follows is answered, not that."""
        newest = self._segment
        return segment is not None and newest is not None and newest is not segment and newest.announced

    def _commit(self, segment: Segment, at: int) -> None:
        self._emit(at, "input_audio_buffer.committed", item_id=segment.item)
        if segment.text:
            self._completed(segment, at, "completed")

    def _open(self, speaking: Speaking, at: int) -> None:
        if speaking.done:
            return
        speaking.announced = True
        item = {"id": speaking.item, "object": "realtime.item", "type": "message", "status": "in_progress",
                "role": "assistant", "replayed": False}  # fmt: skip
        self._emit(at, "response.output_item.added", item=item, response_id=speaking.id, output_index=0)
        self._emit(at, "conversation.item.added", item={**item, "content": []}, previous_item_id=self._previous)
        self._emit(at, "response.content_part.added", previous_item_id="0", part={"type": "audio", "transcript": ""},
                   **self._ids(speaking))  # fmt: skip

    def _speak(self, speaking: Speaking, at: int) -> None:
        """Send a piece of audio and the phrases that begin in it; plan the next."""
        if speaking.done:
            return
        if not speaking.deltas:
            speaking.first_audio = at
        piece = FIRST_PIECES[speaking.deltas : speaking.deltas + 1]
        ref = self._next_delta(speaking, *(piece or (self.dice.between("piece", self.delays.piece),)))
        phrases = list(self._phrases(speaking))
        if phrases or speaking.id not in self._rids:
            self._rids[speaking.id] = self._id()
        latency = {"latency": f"{(at - speaking.created) // 10 / 100:.2f}"} if speaking.deltas == 1 else {}
        length = ms_of(ref["samples"], self.format.rate)
        self._plays_until = max(self._plays_until, at) + length
        self._emit(at, "response.output_audio.delta", **self._ids(speaking), delta=ref, rid=self._rids[speaking.id],
                   **latency, audio_duration_ms=length, ts=EPOCH + at - self.way)  # fmt: skip
        for text, first in phrases:
            start = seconds(ms_of(first, self.format.rate))
            self._emit(at, "response.output_audio_transcript.delta", **self._ids(speaking), delta=text,
                       rid=self._rids[speaking.id], start_time=start)  # fmt: skip
        if speaking.sent < speaking.reply.samples:
            self._plan(max(self._generated_at(speaking), at + 1), lambda t: self._speak(speaking, t))
        else:
            self._after(at, "finish", self.delays.finish, lambda t: self._finish(speaking, t))

    def _phrases(self, speaking: Speaking) -> Iterable[tuple[str, int]]:
        """Give the phrases whose first word lies in what has been sent, each with its place."""
        words = speaking.reply.words
        while speaking.words < len(words) and words[speaking.words].first < speaking.sent:
            start, end = speaking.words, speaking.words + 1
            while end < len(words) and end - start < PHRASE_WORDS and words[end - 1].text[-1] not in ".?!":
                end += 1
            text = " ".join(w.text for w in words[start:end])
            yield (text if start == 0 else f" {text}"), words[start].first
            speaking.words = end

    def _finish(self, speaking: Speaking, at: int) -> None:
        """End a reply that was generated whole."""
        if speaking.done:
            return
        ids, text = self._ids(speaking), speaking.reply.text()
        item = {"id": speaking.item, "object": "realtime.item", "type": "message", "status": "completed",
                "role": "assistant"}  # fmt: skip
        self._emit(at, "response.output_audio_transcript.done", **ids, transcript=text)
        self._emit(at, "response.content_part.done", **ids)
        self._emit(at, "response.output_audio.done", **ids)
        self._emit(at, "response.output_item.done", item=item, response_id=speaking.id, output_index=0)
        self._previous = speaking.item
        self._done(speaking, at, [{**item, "content": [{"type": "audio", "transcript": text}]}])

    def _drop(self, speaking: Speaking, at: int) -> None:
        """End an interrupted reply: completed, empty, none of its done events; its item leaves the chain."""
        self._done(speaking, at, [])

    def _done(self, speaking: Speaking, at: int, output: list[dict[str, Any]]) -> None:
        speaking.done = True
        response = {"id": speaking.id, "object": "realtime.response", "output": output, "status": "completed",
                    "status_details": "unimplemented", "usage": {}}  # fmt: skip
        sent_ms = ms_of(speaking.sent, self.format.rate)
        used = {"input_tokens": self._position(at) // 80, "output_tokens": sent_ms // 16,
                "total_tokens": self._position(at) // 80 + sent_ms // 16, "output_audio_seconds": seconds(sent_ms),
                "billable_audio_seconds": self._position(at) // SECOND}  # fmt: skip
        self._emit(at, "response.done", response=response, response_id=speaking.id, usage=used)
        if self._active is speaking:
            self._active = None

    # ---- small parts

    def _ids(self, speaking: Speaking) -> dict[str, Any]:
        return {"item_id": speaking.item, "response_id": speaking.id, "content_index": 0, "output_index": 0}

    def _id(self) -> str:
        return str(uuid.UUID(int=self.dice["id"].getrandbits(128), version=4))

    def _hex(self) -> str:
        return self._id().replace("-", "")

    def _item_id(self) -> str:
        return self._id()

    def _emit(self, at: int, type: str, **fields: Any) -> None:
        head = {"type": type, "event_id": self._id()}
        self._put(at, {**head, **fields, "previous_item_id": fields.get("previous_item_id")})
