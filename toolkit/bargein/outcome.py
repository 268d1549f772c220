"""What a replay returns: data only."""

from __future__ import annotations

from dataclasses import dataclass

from bargein.events import Event
from bargein.gate import Cut, Decision, Policy
from bargein.ledger import Delivered, Generated, Heard
from bargein.playback import Nodes
from bargein.session import Session
from bargein.units import ms_of


@dataclass(frozen=True, slots=True)
class Link:
    """The way from the log's clock to the loudspeaker, explicitly.

    Parameters
    ----------
    delay_ms
        One way, from where the log was kept to the client.
    jitter_ms
        Up to this much more, per (connection, receive time): a hash, so both halves of a split delta share it.
        Delivery stays in order on each connection.
    start_latency_ms
        From a delta that meets an empty queue to its first sound.
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

    def __post_init__(self) -> None:
        for name in ("delay_ms", "jitter_ms", "start_latency_ms"):
            if getattr(self, name) < 0:
                raise ValueError(f"link: {name} is {getattr(self, name)}; nothing arrives before it is sent")


@dataclass(frozen=True)
class Outcome:
    """What the user would have heard of a session under a policy.

    Parameters
    ----------
    events
        Everything the client saw, dated when it saw it, the local detector's edges included.
    generated, delivered, heard
        The three stages of the agent's audio.
    decisions, cuts
        What the gate decided; what each cut revoked.
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
    delivered: Delivered
    heard: Heard
    decisions: tuple[Decision, ...]
    cuts: tuple[Cut, ...]
    nodes: Nodes
    unplayed: int
    assumed: tuple[str, ...]
    held_fixed: tuple[str, ...]
    censored_from: dict[str, int]

    @property
    def unplayed_at_end_ms(self) -> int:
        """Agent audio still queued when the session ended, in milliseconds."""
        return ms_of(self.unplayed, self.heard.rate)

    def __repr__(self) -> str:
        heard = self.heard.audio_ms()
        return f"<Outcome of {self.session.id} under {self.policy.title}: {heard} ms heard, {len(self.cuts)} cuts>"
