"""Sound inside a log: base64 in two alphabets, PCM and G.711, pieces that were cut anywhere.

Sources: OpenAI's and xAI's session objects (``audio.output.format`` nested, ``output_audio_format`` flat); ITU-T G.711
for the two companding laws; Gemini's Python client writes the URL-safe alphabet.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Int16 = npt.NDArray[np.int16]

#: No provider sends pieces of a millisecond (48 bytes at 24 kHz, 16 bit): a log that holds nothing longer was cut.
CUT_BYTES = 48


@dataclass(frozen=True, slots=True)
class Coding:
    """How sound is coded: ``pcm16``, ``ulaw``, ``alaw``, or a name we cannot decode; samples per second."""

    law: str
    rate: int

    @property
    def width(self) -> int:
        """Bytes a sample; 0 where it cannot be decoded."""
        return {"pcm16": 2, "ulaw": 1, "alaw": 1}.get(self.law, 0)


#: What both providers use when nothing is said.
PCM_24K = Coding("pcm16", 24_000)

#: Name on the wire, to coding; a nested format may state another rate.
CODINGS: Mapping[str, Coding] = {
    "audio/pcm": PCM_24K, "audio/pcmu": Coding("ulaw", 8_000), "audio/pcma": Coding("alaw", 8_000),
    "pcm16": PCM_24K, "g711_ulaw": Coding("ulaw", 8_000), "g711_alaw": Coding("alaw", 8_000),
}  # fmt: skip

#: Rates that a voice can have; another is a slip, and no sound is made of it.
RATES = range(4_000, 192_001)

#: What servers write where nothing was asked for.
UNSAID = frozenset({"", "not specified"})


def coding_in(holder: Mapping[str, Any], side: str) -> Coding | None:
    """Find how the sound of one side is coded, in a session or response object; None where it does not say.

    Parameters
    ----------
    holder
        ``{"audio": {"output": {"format": {"type": …, "rate": …}}}}``, or flat ``{"output_audio_format": …}``.
    side
        ``input`` or ``output``.

    Examples
    --------
    >>> coding_in({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16_000}}}}, "output")
    Coding(law='pcm16', rate=16000)
    >>> coding_in({"input_audio_format": "g711_ulaw"}, "input")
    Coding(law='ulaw', rate=8000)
    """
    inner: Any = holder
    for key in ("audio", side, "format"):
        inner = inner.get(key) if isinstance(inner, dict) else None
    stated = inner if inner is not None else holder.get(f"{side}_audio_format")
    name, rate = (stated.get("type"), stated.get("rate")) if isinstance(stated, dict) else (stated, None)
    if not isinstance(name, str) or name in UNSAID:
        return None
    known = CODINGS.get(name, Coding(name, PCM_24K.rate))
    if rate is None:
        return known
    sound = type(rate) is int and rate in RATES
    return Coding(known.law, rate) if sound else Coding(f"{name} at {rate!r} Hz", PCM_24K.rate)


def decoded(text: str) -> bytes:
    """Decode base64 in the standard or the URL-safe alphabet, padded or not, on one line or several.

    Raises
    ------
    ValueError
        The text is no base64.

    Examples
    --------
    >>> decoded("-_8") == decoded("+/8=")
    True
    """
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")  # some encoders break lines
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error


def looks_cut(sizes: list[int], coding: Coding) -> bool:
    """Whether payloads were cut when the log was written: nothing over a millisecond, or all of one odd size.

    Parameters
    ----------
    sizes
        Decoded bytes of every payload of one side.
    coding
        16-bit samples never end in half a sample three times at the same place by themselves.

    Examples
    --------
    >>> looks_cut([33] * 27, PCM_24K), looks_cut([12_000, 12_000, 7], PCM_24K)
    (True, False)
    """
    if not sizes:
        return False
    same_and_odd = len(sizes) >= 3 and len({*sizes}) == 1 and coding.width == 2 and sizes[0] % 2 == 1
    return max(sizes) <= CUT_BYTES or same_and_odd


class Decoder:
    """Bytes to 16-bit samples; half a sample at the end of a piece waits for the next piece of the same stream.

    Examples
    --------
    >>> decoder = Decoder()
    >>> first, second = (decoder.feed("A", PCM_24K, piece).tolist() for piece in (bytes([1, 0, 2]), bytes([0, 3, 0])))
    >>> first, second
    ([1], [2, 3])
    """

    def __init__(self) -> None:
        self._half: dict[Hashable, bytes] = {}

    @property
    def left_over(self) -> int:
        """Streams that ended in half a sample."""
        return sum(map(bool, self._half.values()))

    def feed(self, stream: Hashable, coding: Coding, piece: bytes) -> Int16:
        """Decode the next piece of a stream.

        Raises
        ------
        ValueError
            The coding is none we can decode.
        """
        if coding.law == "pcm16":
            piece = self._half.pop(stream, b"") + piece
            whole = len(piece) - len(piece) % 2
            self._half[stream] = piece[whole:]
            return np.frombuffer(piece[:whole], "<i2").astype(np.int16)
        if coding.law not in LAWS:
            raise ValueError(f"sound coded as {coding.law} cannot be decoded here")
        return LAWS[coding.law]()[np.frombuffer(piece, np.uint8)]


@cache
def ulaw() -> Int16:
    """Give the sample of each µ-law byte (G.711; 14-bit values in 16-bit scale, ±32124)."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


@cache
def alaw() -> Int16:
    """Give the sample of each A-law byte (G.711; 13-bit values in 16-bit scale, ±32256)."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    step, exponent = (code & 0x0F) << 4, code >> 4 & 7
    size = np.where(exponent == 0, step + 8, step + 0x108 << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


LAWS = {"ulaw": ulaw, "alaw": alaw}
