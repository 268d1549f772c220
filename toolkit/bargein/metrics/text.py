"""Which words did the user hear? A range of words and how it was found, never a false precision.

Exact word times are rare on a wire. Where a provider dates its phrases (Grok's ``start_time``), a phrase is heard from
its start on. Otherwise words are spread over the response's *voiced* audio in proportion, its silences hold none; where
the provider stopped generating, its text runs ahead of its audio by four to eight words (observed at OpenAI), which are
taken off. A gate that lets late audio back in leaves a hole in the middle: what was heard is a list of stretches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bargein.ledger import Generated, Heard, Part, Played, Row, need
from bargein.metrics.audible import Voiced
from bargein.providers import Response
from bargein.timeline import Span, Timeline
from bargein.units import ms_of

#: Words by which the text of a cancelled response runs ahead of its audio (observed at OpenAI).
LEAD_WORDS = (4, 8)
#: What is known of one word.
HEARD, MAYBE, UNHEARD = "heard", "maybe", "unheard"
CUT, AGAIN = "⟨cut⟩", "⟨again⟩"


@dataclass(frozen=True, slots=True)
class HeardText:
    """A response's words, each heard, perhaps heard, or not.

    Parameters
    ----------
    words
        Everything generated.
    marks
        One a word: :data:`HEARD`, :data:`MAYBE` or :data:`UNHEARD`.
    method
        ``all heard``, ``nothing heard``, ``phrase starts``, ``proportion``, or ``proportion, text ahead of audio``.

    Examples
    --------
    >>> print(HeardText(tuple("abcd"), ("heard", "maybe", "unheard", "heard"), "proportion"))
    a ⟨b⟩ ⟨cut⟩ c ⟨again⟩ d
    """

    words: tuple[str, ...]
    marks: tuple[str, ...]
    method: str

    @property
    def low(self) -> int:
        """How many words were heard at least."""
        return self.marks.count(HEARD)

    @property
    def high(self) -> int:
        """How many words were heard at most."""
        return len(self.words) - self.marks.count(UNHEARD)

    def groups(self) -> Iterator[tuple[str, str]]:
        """Give each mark with the words that share it; where sound ends or returns, ``CUT`` or ``AGAIN`` alone."""
        sounding = True
        for mark, group in groupby(zip(self.marks, self.words, strict=True), key=lambda pair: pair[0]):
            if sounding != (mark != UNHEARD):
                sounding = not sounding
                yield (AGAIN if sounding else CUT), ""
            yield mark, " ".join(word for _, word in group)
        if self.words and self.marks[-1] == MAYBE:
            yield CUT, ""

    def __str__(self) -> str:
        shown = {MAYBE: "⟨{}⟩", CUT: CUT, AGAIN: AGAIN}
        return " ".join(shown.get(mark, "{}").format(text) for mark, text in self.groups())


def heard_text(response: Response, generated: Generated, heard: Heard, voiced: Voiced | None = None) -> HeardText:
    """Split a response's words into heard and unheard.

    Parameters
    ----------
    response
        With its texts in order.
    generated, heard
        Its audio.
    voiced
        Where that holds a voice; None: everywhere.

    Raises
    ------
    StageError
        The wrong stage of audio was given.

    Examples
    --------
    >>> r = Response("A", texts=(("one two three four five six seven eight nine ten", None),))
    >>> made = Generated((Row(0, "A", "a", 0, 1_000),), 1_000)
    >>> print(heard_text(r, made, Heard((Played(0, 0, "A", "a", 0, 500),), 1_000)))
    one two three four ⟨five six⟩ ⟨cut⟩ seven eight nine ten
    """
    need(generated, Generated, "how much was generated")
    need(heard, Heard, "heard text")
    words = tuple(response.text.split())
    total = generated.samples(response.id)
    sounded = sum(found.ms for found in _parts(heard.of_these([response.id])).values())  # a repeat is heard once
    if total and sounded >= total and not response.interrupted:
        return HeardText(words, (HEARD,) * len(words), "all heard")
    if not sounded or not total:
        return HeardText(words, (UNHEARD,) * len(words), "nothing heard")
    dated = any(start is not None for _, start in response.texts)
    whole, stretches = _stretches(response.id, generated, heard, None if dated else voiced)
    if dated:
        marks = _by_phrases(response, [(ms_of(s.start, heard.rate), ms_of(s.end, heard.rate)) for s in stretches])
        return HeardText(words, marks, "phrase starts")
    method = "proportion, text ahead of audio" if response.interrupted else "proportion"
    return HeardText(
        words, _by_share(len(words), whole, stretches, LEAD_WORDS if response.interrupted else (0, 0)), method
    )


def _stretches(response: str, generated: Generated, heard: Heard, voiced: Voiced | None) -> tuple[int, Timeline]:
    """Lay a response's parts end to end, silences left out: how long that is, and which of it was heard; samples."""
    made, sounded = _parts(generated.of(response)), _parts(heard.of_these([response]))
    if voiced is not None and not any(voiced.parts.get(part) for part in made):
        voiced = None  # no voice was found in it: then it is spread over all of it
    length, found = 0, []
    for part, pieces in made.items():
        for span in pieces if voiced is None else pieces & voiced.parts.get(part, Timeline()):
            found += [Span(s.start + length - span.start, s.end + length - span.start)
                      for s in sounded.get(part, Timeline()).clip(span)]  # fmt: skip
            length += span.ms
    return length, Timeline(found)


def _parts(rows: Iterable[Row | Played]) -> dict[Part, Timeline]:
    """Which sample numbers of each part there are."""
    found: dict[Part, list[Span]] = {}
    for r in rows:
        found.setdefault((r.response, r.item, r.content), []).append(Span(r.first, r.first + r.samples))
    return {part: Timeline(spans) for part, spans in found.items()}


def _by_share(words: int, whole: int, stretches: Timeline, lead: tuple[int, int]) -> tuple[str, ...]:
    """Spread words evenly, one more or less at each border; the fewer of them have sound, the later each comes."""
    few, many = max(0, words - lead[1]), max(0, words - lead[0])
    sure, maybe = set[int](), set[int]()
    for s in stretches:
        earliest, latest = (max(0, few * s.start // whole - 1), -(-many * s.start // whole) + 1) if s.start else (0, 0)
        sure |= {*range(latest, few * s.end // whole - 1)}
        maybe |= {*range(earliest, min(words, -(-many * s.end // whole) + 1))}
    return tuple(HEARD if n in sure else MAYBE if n in maybe else UNHEARD for n in range(words))


def _by_phrases(response: Response, stretches: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """A phrase was heard when its start and the next one's lie in one stretch; perhaps, when a part of it does."""
    dates = [start or 0 for _, start in response.texts]
    marks: list[str] = []
    for (text, _), start, end in zip(response.texts, dates, [*dates[1:], None], strict=True):
        whole = end is not None and any(a <= start and end < b for a, b in stretches)
        touched = any(start < b and (end is None or a < end) for a, b in stretches)
        marks += [HEARD if whole else MAYBE if touched else UNHEARD] * len(text.split())
    return tuple(marks)
