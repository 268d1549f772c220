"""Sound files: what their header says, their samples, writing them whole or not at all, naming them by content.

Everything libsndfile decodes can be read (FLAC, WAV, AIFF, Ogg, MP3); what is written is 16-bit FLAC or WAV. A FLAC,
WAV, AIFF or AU that holds less than its header promises is refused: a recording that ends early would be measured as
silence.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bargein import units
from bargein.errors import AudioError, Problem
from bargein.whole import replacing

Float32 = npt.NDArray[np.float32]
Int16 = npt.NDArray[np.int16]

#: Full scale of 16-bit audio. Dividing by a power of two is exact, so int16 -> float32 -> int16 gives the same samples.
FULL_SCALE = 32_768
#: Samples per channel that are decoded at a time when a whole file need not be held.
BLOCK = 1 << 18
#: What libsndfile gives as 16 bit without loss.
SIXTEEN_BIT = {"PCM_16", "PCM_S8", "PCM_U8"}
#: libsndfile repairs the sample count of a WAV, AIFF or AU that was cut short, silently: only its log tells.
SHORT = re.compile(r"^\s*(?:data|SSND|Data Size)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
#: Bytes behind the sound that are no chunk of the format, by libsndfile's log: where they begin.
BEHIND = re.compile(r"^\*\*\* Unknown chunk marker .* at position (\d+)", re.MULTILINE)
#: Sizes from here on are what writers put into a header that they could not come back to: not known, no promise.
UNKNOWN_SIZE = 0x7FFF_0000
#: A file of no samples that is longer than any header has sound in it all the same.
LONGEST_HEADER = 4_096


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a sound file's header says: ``rate`` in samples per second, ``samples`` per channel."""

    rate: int
    channels: int
    samples: int

    @property
    def ms(self) -> int:
        """Length in whole milliseconds, rounded up so that every sample lies inside."""
        return units.ms_covering(self.samples, self.rate)


def info(path: str | os.PathLike[str]) -> AudioInfo:
    """Read a sound file's header; no audio is decoded.

    Parameters
    ----------
    path
        Any format libsndfile knows.

    Raises
    ------
    AudioError
        Missing, empty, truncated (as far as that can be seen without decoding), or no sound file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_flac(Path(folder) / "a.flac", np.zeros(800, np.int16), 8_000)
    ...     info(Path(folder) / "a.flac")
    AudioInfo(rate=8000, channels=1, samples=800)
    """
    with _opened(Path(path)) as file:
        return AudioInfo(int(file.samplerate), int(file.channels), int(file.frames))


def read(path: str | os.PathLike[str], *, start: int = 0, samples: int | None = None) -> tuple[Float32, int]:
    """Decode a sound file, or a stretch of it.

    Parameters
    ----------
    path
        Any format libsndfile knows.
    start
        First sample wanted, 0 or more.
    samples
        How many; None for all that follow. A stretch that reaches beyond the end is shorter.

    Returns
    -------
    Samples, -1..1, shape (n,) for one channel and (n, channels) for more; and the rate.

    Raises
    ------
    AudioError
        Missing, empty, truncated, undecodable, or no sound file.
    """
    decoded, rate = _decode(Path(path), start, samples, "float32")
    return decoded.astype(np.float32, copy=False), rate


def read_int16(path: str | os.PathLike[str], *, start: int = 0, samples: int | None = None) -> tuple[Int16, int]:
    """Decode to 16 bit, as :func:`read`; lossless for files of 16 bit or less."""
    decoded, rate = _decode(Path(path), start, samples, "int16")
    return decoded.astype(np.int16, copy=False), rate


def blocks(path: str | os.PathLike[str], *, size: int = BLOCK) -> Iterator[Float32]:
    """Decode a sound file piece by piece, so that an hour needs no more memory than a minute.

    Raises
    ------
    AudioError
        As :func:`read`; a truncated file is found out at the piece that is missing.
    """
    path = Path(path)
    with _opened(path) as file:
        for start in range(0, file.frames, size):
            yield _pulled(file, path, min(size, file.frames - start), "float32")


def blocks_int16(path: str | os.PathLike[str], *, size: int = BLOCK) -> Iterator[Int16]:
    """Decode to 16 bit piece by piece: what :func:`to_int16` makes of :func:`blocks`, at half the work for most files.

    Raises
    ------
    AudioError
        As :func:`blocks`; samples that are not finite.
    """
    path = Path(path)
    with _opened(path) as file:
        kind = "int16" if file.subtype in SIXTEEN_BIT else "float32"
        for start in range(0, file.frames, size):
            yield to_int16(_pulled(file, path, min(size, file.frames - start), kind), str(path))


def write_flac(path: str | os.PathLike[str], samples: npt.NDArray[Any], rate: int) -> None:
    """Write 16-bit FLAC: under a temporary name first, then renamed, so that nobody ever sees half a file.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    samples
        int16, or float -1..1 (rounded to the nearest 16-bit value, clipped at full scale); shape (n,) or (n, channels).
    rate
        Samples per second.

    Raises
    ------
    AudioError
        Samples of another type, not finite, or of a shape that is no sound; none at all, which FLAC cannot hold; a rate
        or a number of channels it does not know; a folder that cannot be written.
    """
    _write(Path(path), samples, rate, "FLAC")


def write_wav(path: str | os.PathLike[str], samples: npt.NDArray[Any], rate: int) -> None:
    """Write 16-bit WAV; parameters and errors as :func:`write_flac`."""
    _write(Path(path), samples, rate, "WAV")


def wav_bytes(samples: npt.NDArray[Any], rate: int) -> bytes:
    """Give one channel as a 16-bit WAV in memory: what a player in a page takes.

    Examples
    --------
    >>> wav_bytes(np.zeros(8, np.int16), 8_000)[:4], len(wav_bytes(np.zeros(8, np.int16), 8_000))
    (b'RIFF', 60)
    """
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(to_int16(samples).astype("<i2").tobytes())
    return out.getvalue()


def _write(path: Path, samples: npt.NDArray[Any], rate: int, kind: str) -> None:
    import soundfile

    pcm = to_int16(samples, str(path))
    if not pcm.size:
        raise AudioError([Problem("no samples to write", hint="FLAC holds no empty sound")], str(path))
    try:
        with replacing(path) as part:
            soundfile.write(part, pcm, rate, format=kind, subtype="PCM_16")
    except (OSError, soundfile.LibsndfileError) as error:
        said = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        hint = "no such folder" if not path.parent.is_dir() else f"{rate} Hz, shape {pcm.shape}"
        raise AudioError([Problem(f"cannot be written: {said.rstrip('.')}", hint=hint)], str(path)) from error


def to_int16(samples: npt.NDArray[Any], place: str = "samples") -> Int16:
    """Give 16-bit samples: int16 as it is, float -1..1 times 32768, rounded and clipped.

    Raises
    ------
    AudioError
        Another type, not finite, or neither (n,) nor (n, channels).

    Examples
    --------
    >>> to_int16(np.array([0.5, -1.0, 1.0])).tolist()
    [16384, -32768, 32767]
    """
    samples = _sound(samples, place)
    if samples.dtype == np.int16:
        return samples
    scaled = np.rint(samples.astype(np.float64) * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def to_float32(samples: npt.NDArray[Any], place: str = "samples") -> Float32:
    """Give samples of -1..1: int16 divided by 32768 (exact), float as it is.

    Raises
    ------
    AudioError
        Another type, not finite, or neither (n,) nor (n, channels).

    Examples
    --------
    >>> to_float32(np.array([16384, -32768], np.int16)).tolist()
    [0.5, -1.0]
    """
    samples = _sound(samples, place)
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(FULL_SCALE)
    return samples.astype(np.float32, copy=False)


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Give the hash of a file's bytes, in hex: for checksums of what is on disk.

    Raises
    ------
    AudioError
        The file is missing or cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError([Problem(f"cannot be read: {error.strerror or error}")], str(path)) from error


def sha256_samples(samples: Int16) -> str:
    """Give the hash of decoded 16-bit samples (little endian, channels interleaved), in hex.

    The same for a WAV and a FLAC of one recording, whatever the encoder: it names the sound, not the file.

    Examples
    --------
    >>> sha256_samples(np.array([1, 2], np.int16))[:12]
    '7b11c1133330'
    """
    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<i2").tobytes()).hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a sound file, and say in our own words why that, or anything inside the block, does not work."""
    import soundfile

    if problem := _unusable(path):
        raise AudioError([problem], str(path))
    try:
        with soundfile.SoundFile(path) as file:
            if problem := _broken_promise(path, file):
                raise AudioError([problem], str(path))
            yield file
    except soundfile.LibsndfileError as error:
        raise AudioError([_explained(path, str(error.error_string))], str(path)) from error


def _broken_promise(path: Path, file: Any) -> Problem | None:
    """Say what the header gets wrong about the length."""
    found = SHORT.search(file.extra_info)
    promised, there = (int(found[1]), int(found[2])) if found else (0, 0)
    if found and promised < UNKNOWN_SIZE:
        what = f"truncated: holds {there} bytes of sound, its header promises {promised}"
        return Problem(what, hint="a copy or a recording that was cut short?")
    if not file.frames and path.stat().st_size > LONGEST_HEADER:
        what = f"no samples according to its header, in {path.stat().st_size} bytes"
        return Problem(what, hint="a recorder that was stopped before it could complete the header?")
    behind = path.stat().st_size - int(found[1]) if (found := BEHIND.search(file.extra_info)) else 0
    if behind > LONGEST_HEADER:
        what = f"its header promises {file.frames} samples, and {behind} bytes of something else follow"
        return Problem(what, hint="a recorder that was stopped before it completed the header, or two files joined?")
    if file.frames > sys.maxsize // 2:
        return Problem("its header does not say how long it is", hint="a FLAC from a pipe: convert it to a file once")
    return None


def _unusable(path: Path) -> Problem | None:
    if not path.exists():
        near = "its folder is missing too" if not path.parent.exists() else "moved, renamed, or never fetched?"
        return Problem("no such file", hint=near)
    if not path.is_file():
        return Problem("not a file", hint="a folder? name the sound file inside it")
    if path.stat().st_size == 0:
        return Problem("0 bytes", hint="a recording or a download that never began")
    return None


def _explained(path: Path, said: str) -> Problem:
    """Say why libsndfile gave up, judging by the first bytes."""
    with path.open("rb") as file:
        head = file.read(64)
    kinds = {
        b"fLaC": "a damaged or truncated FLAC: fetch or copy it again",
        b"RIFF": "a damaged WAV, or one in a codec libsndfile lacks: convert it to FLAC",
        b"version https://git-lfs": "a Git LFS pointer, not the recording: run git lfs pull",
        b"<": "a web page or XML: a download that was answered with an error page?",
        b"{": "JSON, not sound",
    }
    cause = next(
        (why for magic, why in kinds.items() if head.lstrip().startswith(magic)), "not a sound file, or raw PCM"
    )
    return Problem(f"cannot be decoded: {said.strip().rstrip('.')}", hint=cause)


def _decode(path: Path, start: int, samples: int | None, dtype: str) -> tuple[npt.NDArray[Any], int]:
    if start < 0 or (samples is not None and samples < 0):
        raise ValueError(f"a stretch begins at 0 or later and is not negative: start={start}, samples={samples}")
    with _opened(path) as file:
        left = max(int(file.frames) - start, 0)
        wanted = left if samples is None else min(samples, left)
        if wanted:
            file.seek(start)
        return _pulled(file, path, wanted, dtype), int(file.samplerate)


def _pulled(file: Any, path: Path, wanted: int, dtype: str) -> npt.NDArray[Any]:
    at = file.tell()
    # 16 bit divided by 32768 is exact here as there, and libsndfile takes five times as long for it.
    whole = dtype == "float32" and file.subtype in SIXTEEN_BIT
    got: npt.NDArray[Any] = file.read(wanted, dtype="int16" if whole else dtype)
    if len(got) < wanted:
        what = f"truncated: sound ends after {at + len(got)} of {file.frames} samples"
        raise AudioError([Problem(what, hint="a copy or a recording that was cut short?")], str(path))
    return to_float32(got) if whole else got


def _sound(samples: npt.NDArray[Any], place: str) -> npt.NDArray[Any]:
    samples = np.asarray(samples)
    problems = []
    if samples.ndim not in (1, 2):
        problems.append(Problem(f"shape {samples.shape} is no sound", place, "wanted (n,) or (n, channels)"))
    if samples.dtype != np.int16 and samples.dtype.kind != "f":
        problems.append(Problem(f"samples of type {samples.dtype}", place, "wanted int16, or float -1..1"))
    elif samples.dtype.kind == "f" and not np.isfinite(samples).all():
        problems.append(Problem("samples that are not finite", place, "a division by zero before this?"))
    if problems:
        raise AudioError(problems)
    return samples
