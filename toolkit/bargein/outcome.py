"""What a replay returns: data only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

from bargein.events import Delta, Event, rows_of
from bargein.gate import Cut, Decision, Playing, Policy
from bargein.ledger import Delivered, Generated, Heard
from bargein.playback import Nodes
from bargein.session import Session
from bargein.settings import ServerVad
from bargein.units import ms_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bargein.session.sounding import Loudness


@dataclass(frozen=True, slots=True)
class Link:
    """The way from the log's clock to the loudspeaker, explicitly.

    Parameters
    ----------
    delay_ms
        One way, from where the log was kept (the relay) to the client.
    up_ms
        The way back: what the client says reaches relay and provider so much later.
    jitter_ms
        Up to this much more, per (connection, receive time): a hash, so both halves of a split delta share it.
        Delivery stays in order on each connection.
    start_latency_ms
        From a delta that meets an empty queue to its first sound.
    handover_gap_ms
        Silence between two deltas, where the end of one is only noticed before the next is started: a model of its
        own, since there the size of the deltas matters.
    schedule_ahead_ms, carrier_ms
        Audio that has been handed to the sound device, or to a telephone carrier, before it sounds: a flush cannot
        take it back unless the policy's player does.
    seed
        Of the jitter.

    Raises
    ------
    ValueError
        A time is negative.
    """

    delay_ms: int = 0
    jitter_ms: int = 0
    start_latency_ms: int = 0
    seed: int = 0
    up_ms: int = 0
    handover_gap_ms: int = 0
    schedule_ahead_ms: int = 0
    carrier_ms: int = 0

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self) if f.name.endswith("_ms")):
            if getattr(self, name) < 0:
                raise ValueError(f"link: {name} is {getattr(self, name)}; nothing arrives before it is sent")

    def beyond_ms(self, player: Playing) -> int:
        """Audio that has left a player's reach when it is told to stop: none where the player takes it back."""
        device = 0 if player.recalls else max(player.schedule_ahead_ms, self.schedule_ahead_ms)
        return max(device, 0 if player.clears else self.carrier_ms)


@dataclass(frozen=True, slots=True)
class Told:
    """A command to the provider at a cut, what it will answer, and what a naive client would have sent instead.

    Parameters
    ----------
    at, arrives
        When the client sends it; when the provider has it.
    name
        ``cancel``, ``truncate``, ``clear``.
    response, item, content
        Whose.
    audio_end_ms
        Of a truncation: what was heard of the item, at most what was received of it.
    answer
        Predicted from the recorded provider.
    naive_ms, naive_answer
        What the wall clock since the item's first delta would have said, and the answer to that; of a cancel, the
        answer to one without an id.
    """

    at: int
    arrives: int
    name: str
    response: str
    item: str
    content: int
    audio_end_ms: int | None
    answer: str
    naive_ms: int | None
    naive_answer: str


@dataclass(frozen=True)
class Outcome:
    """What the user would have heard of a session under a policy.

    Parameters
    ----------
    events
        Everything the client saw, dated when it saw it, the local detector's edges included.
    generated, heard
        First and last stage of the agent's audio; :attr:`delivered` stands between.
    decisions, cuts
        What the client's gate decided; what each of its cuts revoked.
    relay_cuts, withheld
        Where the relay stopped forwarding; deltas it kept back.
    told
        What the provider was told at the cuts, where the policy tells it anything.
    settings
        Of the provider's voice detection, supposed in the place of those in force; None: as recorded.
    stops, levels
        When sound was cut (heard time), and from when on it was played softer, or not.
    nodes
        The player's source nodes.
    unplayed
        Samples still queued at the session's end.
    assumed
        What was not recorded and had to be assumed, in words.
    held_fixed
        What would have changed in life and did not here.
    censored_from
        Per response: the session time from which nothing is known of it, because the recorded provider stopped there.
    """

    session: Session
    policy: Policy
    link: Link
    events: tuple[Event, ...]
    generated: Generated
    heard: Heard
    decisions: tuple[Decision, ...]
    cuts: tuple[Cut, ...]
    nodes: Nodes
    unplayed: int
    assumed: tuple[str, ...]
    held_fixed: tuple[str, ...]
    censored_from: dict[str, int]
    relay_cuts: tuple[Cut, ...] = ()
    withheld: tuple[Delta, ...] = ()
    told: tuple[Told, ...] = ()
    stops: tuple[int, ...] = ()
    levels: tuple[tuple[int, bool], ...] = ()
    settings: ServerVad | None = None

    @cached_property
    def delivered(self) -> Delivered:
        """What reached the client, when it did."""
        return Delivered(rows_of(self.events), self.heard.rate)

    def heard_audio(self) -> NDArray[np.float32]:
        """Give the session as it sounded: left the user, right what was heard of the agent, fades and ducking included.

        Returns
        -------
        Samples at ``heard.rate``, -1..1, shape (n, 2), as long as the session.

        Raises
        ------
        NotAnswerable
            Something was heard, and the session holds no agent track.
        """
        from bargein.session.sounding import stereo

        return stereo(self.session, (e for e in self.events if isinstance(e, Delta)), self.heard, self.loudness())

    def loudness(self) -> Loudness:
        """Give the fades and ducking of the policy's player."""
        from bargein.session.sounding import Loudness

        player = self.policy.player
        fades = player.stop_ms > self.link.beyond_ms(player)  # else what sounds last cannot be faded any more
        return Loudness(self.stops, player.fade_ms if fades else 0, self.levels, player.duck_db)

    @property
    def unplayed_at_end_ms(self) -> int:
        """Agent audio still queued when the session ended, in milliseconds."""
        return ms_of(self.unplayed, self.heard.rate)

    def __repr__(self) -> str:
        heard = self.heard.audio_ms()
        return f"<Outcome of {self.session.id} under {self.policy.title}: {heard} ms heard, {len(self.cuts)} cuts>"
