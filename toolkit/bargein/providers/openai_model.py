"""OpenAI Realtime as a machine without sockets: GA over WebSocket, and the retired beta by its names.

Orders are those of recorded traffic: a normal turn; a barge-in while the reply is being generated, which the server
cancels by itself; one in the playback tail, of which the server reports nothing but the speech. Delays are drawn from
the recorded ranges (``docs/compose.md`` has the table). :attr:`OpenAIModel.assumes` names what no recording shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bargein.providers.model import Format, Model, Range, Reply, Segment, Speaking
from bargein.providers.openai_shapes import Shapes, usage
from bargein.settings import SemanticVad, ServerVad
from bargein.units import SECOND, hops_covering, ms_of

#: The detector's grid, in ms.
HOP_MS = 32
#: ``silence_duration_ms`` that a session has before any update, by model.
LIVE_SILENCE: Mapping[str, int] = {"gpt-realtime": 200, "gpt-realtime-2.1": 500}


@dataclass(frozen=True, slots=True)
class OpenAIDelays:
    """Ranges the die draws from, both ends included; ms where nothing else is said.

    ``way`` (one way over the network) and ``cancel``, ``stray`` and ``transcribed`` are assumed; the others recorded.
    """

    way: Range = (10, 35)
    onset: Range = (0, 100)  # acoustic onset to the frame that is called speech
    stop: Range = (120, 130)  # the deciding frame to speech_stopped
    commit: Range = (1, 2)
    answer: Range = (3, 8)  # speech_stopped to response.created
    first_audio: Range = (300, 700)  # response.created to the first delta
    item_before: Range = (60, 140)  # the item's announcement before the first delta
    speed: Range = (4_000, 5_500)  # thousandths of real time
    delta: Range = (200, 300)  # audio in a delta
    jitter: Range = (0, 12)
    lead: Range = (4, 8)  # words of transcript ahead of the audio
    finish: Range = (5, 30)  # last delta to audio.done
    cancel: Range = (4, 14)  # speech_started to the done events of the old response
    stragglers: Range = (0, 0)  # deltas of the old response after speech_started
    stray: Range = (1, 6)  # the last straggler to audio.done
    truncated: Range = (40, 90)
    transcribed: Range = (250, 700)
    semantic: Range = (300, 1_200)  # semantic_vad: offset to speech_stopped


class OpenAIModel(Model):
    """OpenAI's side of a session.

    Parameters
    ----------
    seed
        Of everything that is drawn.
    replies
        What the agent will say, in order.
    model
        Its name; decides the settings in force before any update.
    beta
        The retired dialect.
    transcription
        Model of the input transcription; None for none.
    delays
        Ranges of the die.

    Examples
    --------
    >>> model = OpenAIModel(seed=1, replies=[Reply("hello", 24_000)])
    >>> model.connect(0)
    >>> model.receive({"type": "input_audio_buffer.append", "audio": {"stored": 0, "samples": 2_400}}, 200)
    >>> model.onset(500), model.offset(1_500)
    (None, None)
    >>> names = [payload["type"] for _, payload in model.advance(10_000)]
    >>> names[:4]
    ['session.created', 'input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped', \
'input_audio_buffer.committed']
    >>> names.count("response.output_audio.delta") >= 4, names[-2]
    (True, 'response.done')
    """

    provider = "openai"
    assumes: ClassVar[Mapping[str, str]] = {
        "cancel": "spacing of the done events after a cancel; cancellation before the first item",
        "interrupt_response-false": "interrupt_response false: the old response runs to its end, the automatic reply "
        "is refused with an error, and the client asks for it later; no recording of this mode exists",
        "semantic_vad": "semantic_vad: how long it waits; its reported times carry no padding",
        "truncate": "time from truncate to conversation.item.truncated",
    }

    def __init__(
        self,
        *,
        seed: int,
        replies: Iterable[Reply],
        model: str = "gpt-realtime-2.1",
        voice: str = "marin",
        beta: bool = False,
        transcription: str | None = None,
        format: Format | None = None,
        delays: OpenAIDelays | None = None,
    ) -> None:
        live = ServerVad(0.5, 300, LIVE_SILENCE.get(model, 500), create_response=True, interrupt_response=True)
        super().__init__(seed=seed, replies=replies, settings=live, format=format)
        self.delays = delays or OpenAIDelays()
        self.transcription = {"model": transcription} if transcription else None
        self.shapes = Shapes(beta, model, voice, f"conv_{self.dice.text('id', 8)}", self.format)
        self.way = self.dice.between("way", self.delays.way)
        self._session = f"sess_{self.dice.text('id', 8)}"
        self._spoken: dict[str, Speaking] = {}  # by item
        self._owed = False  # an answer that waits for the end of a response being cancelled
        self._commands = {
            "session.update": self._session_update,
            "conversation.item.truncate": self._truncate,
            "response.cancel": self._cancel,
            "response.create": self._create,
        }

    # ---- from outside

    def connect(self, at: int) -> None:
        """Open the session."""
        self._plan(at, lambda t: self._emit(t, "session.created", session=self._session_object(None)))

    def _session_object(self, transcription: dict[str, Any] | None) -> dict[str, Any]:
        return self.shapes.session(self._session, self.settings.to_wire(), transcription, 1_790_003_600)

    def _session_update(self, payload: Mapping[str, Any], at: int) -> None:
        def answer(t: int) -> None:
            self._update(payload.get("session") or {})
            self._emit(t, "session.updated", session=self._session_object(self.transcription))

        self._plan(at + 2 * self.way + 2, answer)

    def _truncate(self, payload: Mapping[str, Any], at: int) -> None:
        item, end = str(payload.get("item_id", "")), payload.get("audio_end_ms", 0)

        def answer(t: int) -> None:
            sent = ms_of(self._spoken[item].sent, self.format.rate) if item in self._spoken else 0
            if item not in self._spoken or not 0 <= end <= sent:
                message = f"Audio content of {sent}ms is already shorter than {end}ms"
                self._refuse(t, "invalid_value", message, payload)
            else:
                self._emit(t, "conversation.item.truncated", item_id=item, content_index=0, audio_end_ms=end)

        self._after(at, "truncated", self.delays.truncated, answer)

    def _cancel(self, payload: Mapping[str, Any], at: int) -> None:
        def answer(t: int) -> None:
            if self._active is None or self._active.cut:
                self._refuse(t, "response_cancel_not_active", "Cancellation failed: no active response found", payload)
            else:
                self._active.cut, self._active.left = True, 0
                self._close(self._active, t, "cancelled", "client_cancelled")

        self._plan(at + 2 * self.way + 2, answer)

    def _create(self, payload: Mapping[str, Any], at: int) -> None:
        self._plan(at + 2 * self.way + 3, lambda t: self._respond(t, payload))

    # ---- the user's speech

    def _plan_start(self, segment: Segment) -> int:
        frame = (self._position(segment.onset) + self.dice.between("onset", self.delays.onset)) // HOP_MS
        padding = 0 if isinstance(self.settings, SemanticVad) else (self.vad.prefix_padding_ms or 0)
        segment.claimed_start = max(frame * HOP_MS - padding, 0)
        return (self.origin or 0) + (frame + 1) * HOP_MS + 2 * self.way

    def _plan_stop(self, segment: Segment, at: int) -> Range:
        low = hops_covering(self._position(at), HOP_MS, SECOND)
        if isinstance(self.settings, SemanticVad):
            waited = hops_covering(self.dice.between("semantic", self.delays.semantic), HOP_MS, SECOND)
        else:
            waited = hops_covering(self.vad.silence_duration_ms or 0, HOP_MS, SECOND)
        segment.claimed_end = (low + waited) * HOP_MS
        end = (self.origin or 0) + segment.claimed_end
        lag = self.dice.between("stop", self.delays.stop)
        return end + HOP_MS, max(end + lag + 2 * self.way, segment.start_at + 1)

    def _started(self, segment: Segment, at: int) -> None:
        start, item = segment.claimed_start, segment.item
        self._emit(at, "input_audio_buffer.speech_started", audio_start_ms=start, item_id=item)
        active, self._owed = self._active, False  # the turn goes on; its end will be answered
        if active is None or active.cut or self._interrupt is False:
            return
        stragglers = self.dice.between("stragglers", self.delays.stragglers)
        active.cut, active.left = True, stragglers if active.deltas else 0  # only what had begun can straggle
        if not active.left:
            self._after(at, "cancel", self.delays.cancel, lambda t: self._cancelled(active, t))

    def _stopped(self, segment: Segment, at: int) -> None:
        end, item = segment.claimed_end, segment.item
        self._emit(at, "input_audio_buffer.speech_stopped", audio_end_ms=end, item_id=item)
        self._after(at, "commit", self.delays.commit, lambda t: self._commit(segment, t))
        if getattr(self.settings, "create_response", None) is not False:
            self._after(at, "answer", self.delays.answer, self._answer)
        if self.transcription:
            self._after(at, "transcribed", self.delays.transcribed, lambda t: self._transcribed(segment, t))

    def _commit(self, segment: Segment, at: int) -> None:
        item, before = segment.item, self._previous
        self._emit(at, "input_audio_buffer.committed", previous_item_id=before, item_id=item)
        self._announce(at, self.shapes.user_item(item), before, whole=True)
        self._previous = item

    def _transcribed(self, segment: Segment, at: int) -> None:
        """Text of the user's item: pieces, then the whole; it may come in the middle of the reply."""
        head = {"item_id": segment.item, "content_index": 0}
        for n, word in enumerate(segment.words):
            self._emit(at, "conversation.item.input_audio_transcription.delta", **head, delta=" " * bool(n) + word)
        seconds = {"type": "duration", "seconds": (segment.claimed_end - segment.claimed_start) // SECOND}
        self._emit(at, "conversation.item.input_audio_transcription.completed", **head, transcript=segment.text,
                   usage=seconds)  # fmt: skip

    # ---- the agent's reply

    def _answer(self, at: int) -> None:
        """Answer a turn by itself; while the response that the turn cut is still ending, the answer waits for that."""
        if self._active is not None and self._active.cut:
            self._owed = True
        else:
            self._respond(at, {})

    def _respond(self, at: int, asked: Mapping[str, Any]) -> None:
        if self._active is not None:
            message = f"Conversation already has an active response in progress: {self._active.id}"
            self._refuse(at, "conversation_already_has_active_response", message, asked)
            return
        reply = next(self._replies, None)
        if reply is None:
            return
        self._active = new = Speaking(f"resp_{self.dice.text('id', 10)}", self._item_id(), reply, at)
        new.speed = self.dice.between("speed", self.delays.speed)
        new.first_audio = at + self.dice.between("first audio", self.delays.first_audio)
        self.said[new.item], self._spoken[new.item] = reply, new
        self._emit(at, "response.created", response=self.shapes.response(new.id, "in_progress"))
        if self.shapes.beta:
            self._limits(at)
        shown = new.first_audio - self.dice.between("item before", self.delays.item_before)
        self._plan(max(shown, at + 1), lambda t: self._show(new, t))

    def _show(self, speaking: Speaking, at: int) -> None:
        """Announce the reply's item and its audio part, then its first words."""
        if speaking.cut:
            return
        speaking.announced = True
        before, self._previous = self._previous, speaking.item
        item = self.shapes.agent_item(speaking.item, "in_progress")
        self._emit(at, "response.output_item.added", response_id=speaking.id, output_index=0, item=item)
        self._announce(at, item, before, whole=False)
        self._emit(at, "response.content_part.added", **self._ids(speaking), part={"type": "audio", "transcript": ""})
        lead = self.dice.between("lead", self.delays.lead)
        self._plan(max(speaking.first_audio, at), lambda t: self._speak(speaking, lead, t))

    def _speak(self, speaking: Speaking, lead: int, at: int) -> None:
        """Send words ahead of their audio, then a piece of audio; plan the next."""
        if speaking.cut and not speaking.left:
            return
        ids, before = self._ids(speaking), speaking.sent
        ref = self._next_delta(speaking, self.dice.between("delta", self.delays.delta))
        if not speaking.cut:
            begun = sum(w.first < speaking.sent for w in speaking.reply.words) + lead
            for word in speaking.reply.words[speaking.words : begun]:
                text = word.text if speaking.words == 0 else f" {word.text}"
                self._emit(at, "response.output_audio_transcript.delta", **ids, delta=text)
                speaking.words += 1
        self._emit(at, "response.output_audio.delta", **ids, delta=ref)
        if speaking.cut:
            speaking.left = (speaking.left or 1) - 1
            if not speaking.left or speaking.sent == speaking.reply.samples:
                speaking.left = 0
                self._after(at, "stray", self.delays.stray, lambda t: self._cancelled(speaking, t))
                return
        assert speaking.sent > before
        if speaking.sent < speaking.reply.samples:
            due = self._generated_at(speaking) + self.dice.between("jitter", self.delays.jitter)
            self._plan(max(due, at + 1), lambda t: self._speak(speaking, lead, t))
        else:
            self._after(at, "finish", self.delays.finish, lambda t: self._finish(speaking, t))

    def _finish(self, speaking: Speaking, at: int) -> None:
        """End a reply that was generated whole, unless it is being cancelled."""
        if not speaking.cut:
            self._close(speaking, at, "completed")
        elif speaking.left:  # it was to be followed by stragglers, and there is no more audio
            speaking.left = 0
            self._cancelled(speaking, at)

    def _cancelled(self, speaking: Speaking, at: int) -> None:
        """End a response because the user speaks."""
        self._close(speaking, at, "cancelled", "turn_detected")

    def _close(self, speaking: Speaking, at: int, status: str, reason: str | None = None) -> None:
        """End a response: its done events back to back."""
        if speaking.done:
            return
        speaking.done, ids = True, self._ids(speaking)
        text = " ".join(w.text for w in speaking.reply.words[: speaking.words])
        item = self.shapes.agent_item(speaking.item, "incomplete" if reason else "completed", text)
        if speaking.announced:
            self._emit(at, "response.output_audio.done", **ids)
            self._emit(at, "response.output_audio_transcript.done", **ids, transcript=text)
            self._emit(at, "response.content_part.done", **ids, part={"type": "audio", "transcript": text})
            if not self.shapes.beta:
                self._emit(at, "conversation.item.done", previous_item_id=None, item=item)
            self._emit(at, "response.output_item.done", response_id=speaking.id, output_index=0, item=item)
        audio_ms = ms_of(speaking.sent, self.format.rate)
        details = {"type": "cancelled", "reason": reason} if reason else None
        whole = self.shapes.response(speaking.id, status, details=details, output=[item] if speaking.announced else [],
                                     usage=usage(audio_ms, speaking.words, self._position(at)))  # fmt: skip
        self._emit(at, "response.done", response=whole)
        if not self.shapes.beta:
            self._limits(at)
        if self._active is speaking:
            self._active = None
        if self._owed:
            self._owed = False
            self._after(at, "answer", self.delays.answer, self._answer)

    # ---- small parts

    @property
    def _interrupt(self) -> bool | None:
        return getattr(self.settings, "interrupt_response", None)

    def _ids(self, speaking: Speaking) -> dict[str, Any]:
        return {"response_id": speaking.id, "item_id": speaking.item, "output_index": 0, "content_index": 0}

    def _announce(self, at: int, item: dict[str, Any], before: str | None, *, whole: bool) -> None:
        self._emit(at, "conversation.item.added", previous_item_id=before, item=item)
        if whole and not self.shapes.beta:
            self._emit(at, "conversation.item.done", previous_item_id=before, item=item)

    def _limits(self, at: int) -> None:
        limits = [{"name": "tokens", "limit": 40_000, "remaining": 39_000, "reset_seconds": 1.5}]
        self._emit(at, "rate_limits.updated", rate_limits=limits)

    def _refuse(self, at: int, code: str, message: str, asked: Mapping[str, Any]) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None,
                 "event_id": asked.get("event_id")}  # fmt: skip
        self._emit(at, "error", error=error)

    def _item_id(self) -> str:
        return f"item_{self.dice.text('id', 10)}"

    def _emit(self, at: int, type: str, **fields: Any) -> None:
        event_id = f"event_{self.dice.text('id', 10)}"
        self._put(at, {"type": self.shapes.name(type), "event_id": event_id, **fields})
