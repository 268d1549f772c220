"""Which words did the user hear? A range of words and how it was found, never a false precision.

Exact word times are rare on a wire. Where a provider dates its phrases (Grok's ``start_time``), a phrase is heard from
its start on. Otherwise words are spread over the response's audio in proportion; where the provider stopped generating,
its text runs ahead of its audio by four to eight words (observed at OpenAI), which are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass

from bargein.ledger import Generated, Heard, need
from bargein.providers import Response

#: Words by which the text of a cancelled response runs ahead of its audio (observed at OpenAI).
LEAD_WORDS = (4, 8)


@dataclass(frozen=True, slots=True)
class HeardText:
    """A response's words, split where the user stopped hearing them.

    Parameters
    ----------
    words
        Everything generated.
    low, high
        Between how many of them were heard.
    method
        ``phrase starts``, ``proportion``, or ``proportion, text ahead of audio``.
    """

    words: tuple[str, ...]
    low: int
    high: int
    method: str

    def __str__(self) -> str:
        if self.low == self.high == len(self.words):
            return " ".join(self.words)
        sure, maybe, rest = self.words[: self.low], self.words[self.low : self.high], self.words[self.high :]
        unsure = ("⟨" + " ".join(maybe) + "⟩",) if maybe else ()
        return " ".join([*sure, *unsure, "⟨cut⟩", *rest])


def heard_text(response: Response, generated: Generated, heard: Heard) -> HeardText:
    """Split a response's words into heard and unheard.

    Parameters
    ----------
    response
        With its texts in order.
    generated, heard
        Its audio.

    Raises
    ------
    StageError
        The wrong stage of audio was given.

    Examples
    --------
    >>> from bargein.ledger import Row
    >>> from bargein.timeline import Span
    >>> r = Response("A", texts=(("one two three four five six seven eight nine ten", None),))
    >>> made = Generated((Row(0, "A", "a", 0, 1_000),), 1_000)
    >>> print(heard_text(r, made, Heard.of({"A": [Span(0, 500)]})))
    one two three four ⟨five six⟩ ⟨cut⟩ seven eight nine ten
    """
    need(generated, Generated, "how much was generated")
    need(heard, Heard, "heard text")
    words = tuple(response.text.split())
    total, sounded = generated.samples(response.id), heard.samples(response.id)
    if total and sounded >= total and not response.interrupted:
        return HeardText(words, len(words), len(words), "all heard")
    if not sounded or not total:
        return HeardText(words, 0, 0, "nothing heard")
    if any(start is not None for _, start in response.texts):
        return _by_phrases(response, words, heard.audio_ms(response.id))
    lead = LEAD_WORDS if response.interrupted else (0, 0)
    low, high = (max(0, len(words) - ahead) * sounded for ahead in (lead[1], lead[0]))
    method = "proportion, text ahead of audio" if response.interrupted else "proportion"
    return HeardText(words, max(0, low // total - 1), min(len(words), -(-high // total) + 1), method)


def _by_phrases(response: Response, words: tuple[str, ...], heard_ms: int) -> HeardText:
    """Whole phrases that began before the cut were heard, except perhaps the last of them."""
    low = high = 0
    for text, start in response.texts:
        if start is not None and start >= heard_ms:
            break
        low, high = high, high + len(text.split())
    return HeardText(words, low, min(high, len(words)), "phrase starts")
