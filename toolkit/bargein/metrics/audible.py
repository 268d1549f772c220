"""When could the agent be *made out*? Played is not audible: speech has silences of its own.

*Played* is every sample that left the loudspeaker; truncation is about those. *Audible* drops the silences of 200 ms
and more, whether the voice paused or the player ran dry, and joins what lies closer: a gap of a millisecond between
two pieces is no silence to anybody. Turn taking is about what is audible.

::

    played     |=====.....=======|  |====|      . the agent's own pause, 200 ms or more; the player's gap is shorter
    audible    |=====|    |==============|
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bargein.events import Delta
from bargein.ledger import Heard, Part, need
from bargein.timeline import Span, Timeline
from bargein.units import ms_of, samples_in

#: Silence this long is heard as one: the limit of an inter-pausal unit (Heldner and Edlund 2010 name 200 ms).
SILENCE_MS = 200


@dataclass(frozen=True)
class Voiced:
    """Where in the agent's audio there is a voice.

    Parameters
    ----------
    parts
        Per (response, item, content part): spans of its *sample numbers* that sound, silences under 200 ms bridged.
    """

    parts: Mapping[Part, Timeline]

    @classmethod
    def of(cls, voice: Timeline, rate: int, deltas: Iterable[Delta]) -> Voiced:
        """Share a voice among the items whose samples hold it.

        Parameters
        ----------
        voice
            Where the session's agent track sounds, ms of the track (:func:`bargein.audio.edges.voice_in`).
        rate
            Samples per second.
        deltas
            Which samples of which item lie where in the track.
        """
        bridged = voice.bridged(SILENCE_MS)
        track = Timeline(Span(samples_in(s.start, rate), samples_in(s.end, rate)) for s in bridged)
        # Stretches of one part that lie in the track as they do in the part: thousands of deltas are a few of them.
        stretches: dict[tuple[Part, int | None], list[list[int]]] = {}
        for d in deltas:
            first, end = d.first, d.first + d.samples
            own = stretches.setdefault(
                ((d.response, d.item, d.content), first - d.stored if d.stored >= 0 else None), []
            )
            if own and own[-1][1] == first:
                own[-1][1] = end
            else:
                own.append([first, end])
        pieces: dict[Part, list[Span]] = {}
        for (part, shift), own in stretches.items():
            kept = pieces.setdefault(part, [])
            for first, end in own:  # whose sound was not kept is taken for speech
                there = Span(first, end)
                kept += [there] if shift is None else track.clip(there.shift(-shift)).shift(shift)
        return cls({part: Timeline(spans) for part, spans in pieces.items()})

    @classmethod
    def within(cls, voice: Timeline, recorded: Span, heard: Heard) -> Voiced:
        """Share a recorded voice among the responses that are known to have sounded then.

        Parameters
        ----------
        voice
            Where the recording of the agent sounds, session ms.
        recorded
            From when to when there is a recording; what was heard outside is taken for voice.
        heard
            One sample a millisecond, as :meth:`~bargein.ledger.Heard.of` makes it.

        Examples
        --------
        >>> heard = Heard.of({"A": [Span(100, 900)]})
        >>> Voiced.within(Timeline([Span(150, 400), Span(700, 950)]), Span(0, 800), heard).parts
        {('A', 'A', 0): Timeline(50..300, 600..800)}
        """
        bridged = voice.clip(recorded).bridged(SILENCE_MS)
        parts: dict[Part, list[Span]] = {}
        for r in heard:
            whole = r.span(heard.rate)
            known = bridged.clip(whole) | Timeline(Timeline([recorded]).gaps(whole))
            parts.setdefault((r.response, r.item, r.content), []).extend(known.shift(r.first - whole.start))
        return cls({part: Timeline(spans) for part, spans in parts.items()})


def audible(heard: Heard, voiced: Voiced | None = None, responses: Iterable[str] | None = None) -> Timeline:
    """Give when the agent was audible.

    Parameters
    ----------
    heard
        What left the loudspeaker.
    voiced
        Where its audio holds a voice; None: all of it does.
    responses
        Only of these; None: of all.

    Returns
    -------
    Spans of session time, ms; silences under 200 ms are bridged.

    Raises
    ------
    StageError
        ``heard`` is generated or delivered audio.

    Examples
    --------
    >>> audible(Heard.of({"A": [Span(0, 500), Span(501, 900), Span(1_100, 1_200)]}))
    Timeline(0..900, 1100..1200)
    """
    need(heard, Heard, "when the agent was audible")
    if voiced is None:
        return heard.timeline(responses).bridged(SILENCE_MS)
    spans: list[Span] = []
    for r in heard.of_these(responses):
        voice = voiced.parts.get((r.response, r.item, r.content), Timeline())
        for s in voice.clip(Span(r.first, r.first + r.samples)):
            at = r.offset + s.start - r.first
            spans.append(Span(r.run + ms_of(at, heard.rate), r.run + ms_of(at + s.ms, heard.rate)))
    return Timeline(spans).bridged(SILENCE_MS)


def starts(heard: Heard, voiced: Voiced | None = None) -> tuple[int, ...]:
    """Give when the agent started to be audible: once per response, not its return after a cut.

    A channel knows no responses; there every sound after a silence is a start.

    Examples
    --------
    >>> starts(Heard.of({"A": [Span(0, 500), Span(900, 1_000)], "B": [Span(3_000, 4_000)]}))
    (0, 3000)
    """
    if not heard.basis.tells_responses:
        return tuple(s.start for s in audible(heard, voiced))
    first = (audible(heard, voiced, [r]) for r in heard.responses())
    return tuple(sorted(sound.spans[0].start for sound in first if sound))
