"""Sound files: what is read is what was written, and nothing that is broken passes for a shorter recording."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bargein.audio import files
from bargein.errors import AudioError

RATE = 16_000


def noise(samples: int, channels: int = 1) -> np.ndarray:
    """Seeded noise of 16 bit: what no encoder can shorten."""
    pcm = np.random.default_rng(7).integers(-9_000, 9_000, (samples, channels)).astype(np.int16)
    return pcm[:, 0] if channels == 1 else pcm


@pytest.fixture(scope="module")
def flac_bytes(tmp_path_factory) -> bytes:
    """A FLAC of half a second."""
    path = tmp_path_factory.mktemp("flac") / "whole.flac"
    files.write_flac(path, noise(RATE // 2), RATE)
    return path.read_bytes()


def refusal(path) -> str:
    """What reading a file is refused with."""
    with pytest.raises(AudioError) as caught:
        files.read(path)
    assert str(path) in str(caught.value)  # every message names the file
    assert all(p.hint for p in caught.value.problems)  # and a likely cause
    return str(caught.value)


# ---- what is written is read


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("write", "kind"), [(files.write_flac, "FLAC"), (files.write_wav, "WAV")])
def test_16_bit_samples_survive_a_file(tmp_path, channels, write, kind):
    """Bit for bit, with rate, channels and length in the header; the kind is what was asked for, whatever the name."""
    pcm = noise(1_001, channels)
    write(tmp_path / "a.sound", pcm, RATE)
    assert files.AudioInfo(RATE, channels, 1_001) == files.info(tmp_path / "a.sound")
    assert (kind, "PCM_16") == ((about := soundfile.info(tmp_path / "a.sound")).format, about.subtype)
    read, rate = files.read_int16(tmp_path / "a.sound")
    assert RATE == rate
    np.testing.assert_array_equal(pcm, read)


def test_floats_and_16_bit_samples_are_the_same_sound(tmp_path):
    """Dividing by 32768 loses nothing: reading as float, writing and reading as int16 gives the first samples."""
    pcm = np.arange(-32_768, 32_768, dtype=np.int16)
    files.write_flac(tmp_path / "a.flac", pcm, RATE)
    floats, _ = files.read(tmp_path / "a.flac")
    assert np.float32 == floats.dtype
    np.testing.assert_array_equal(pcm.astype(np.float32) / 32_768, floats)
    np.testing.assert_array_equal(floats, files.to_float32(pcm))
    np.testing.assert_array_equal(pcm, files.to_int16(floats))


@given(start=st.integers(0, 1_200), samples=st.none() | st.integers(0, 1_200))
def test_a_stretch_is_a_slice(flac_bytes, tmp_path_factory, start, samples):
    """Also where it begins or ends beyond the end of the file."""
    path = tmp_path_factory.getbasetemp() / "stretch.flac"
    if not path.exists():
        files.write_flac(path, noise(1_000), RATE)
    end = None if samples is None else start + samples
    np.testing.assert_array_equal(noise(1_000)[start:end], files.read_int16(path, start=start, samples=samples)[0])


@pytest.mark.parametrize(("size", "pieces"), [(300, 4), (1_000, 1), (5_000, 1)])
def test_pieces_put_together_are_the_file(tmp_path, size, pieces):
    """An hour needs no more memory than a minute."""
    files.write_flac(tmp_path / "a.flac", noise(1_000, 2), RATE)
    got = list(files.blocks(tmp_path / "a.flac", size=size))
    assert pieces == len(got)
    np.testing.assert_array_equal(files.to_float32(noise(1_000, 2)), np.concatenate(got))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_U8", "PCM_24", "FLOAT"])
def test_pieces_of_16_bit_are_what_the_floats_round_to(tmp_path, subtype):
    """Of a file that holds more than 16 bits, too; a float one is not read as zeros."""
    path = tmp_path / "a.wav"
    soundfile.write(path, files.to_float32(noise(1_000)) * 0.7, RATE, subtype=subtype)
    expected = files.to_int16(np.concatenate(list(files.blocks(path))))
    np.testing.assert_array_equal(expected, np.concatenate(list(files.blocks_int16(path, size=300))))
    assert np.abs(expected).max() > 1_000


def test_length_in_milliseconds_holds_every_sample():
    """A sample more than a second reaches into the next millisecond."""
    assert 1_001 == files.AudioInfo(RATE, 1, RATE + 1).ms


def test_loud_floats_are_clipped_not_wrapped():
    """A sample of 1.5 stays loud and positive."""
    assert [32_767, -32_768, 0] == files.to_int16(np.array([1.5, -1.5, 0.0])).tolist()


# ---- what is written is whole, or nothing


def test_an_existing_file_is_replaced_and_nothing_else_is_left(tmp_path):
    """The temporary name is gone afterwards."""
    files.write_flac(tmp_path / "a.flac", noise(10), RATE)
    files.write_flac(tmp_path / "a.flac", noise(20), RATE)
    assert 20 == files.info(tmp_path / "a.flac").samples
    assert ["a.flac"] == [p.name for p in tmp_path.iterdir()]


def test_whoever_is_reading_the_old_file_reads_it_to_its_end(tmp_path):
    """Replaced in one step, not overwritten: nobody sees half of each."""
    files.write_flac(tmp_path / "a.flac", noise(10_000), RATE)
    before = (tmp_path / "a.flac").read_bytes()
    with (tmp_path / "a.flac").open("rb") as reader:
        start = reader.read(100)
        files.write_flac(tmp_path / "a.flac", noise(20_000)[::-1], RATE)
        assert before == start + reader.read()


@pytest.mark.parametrize(
    ("samples", "rate", "says"),
    [
        (np.zeros(4, np.int32), RATE, "int32"),
        (np.array([0.0, np.nan]), RATE, "not finite"),
        (np.zeros((2, 2, 2)), RATE, "shape (2, 2, 2)"),
        (np.zeros(0, np.int16), RATE, "no samples"),
        (np.zeros(4, np.int16), 0, "0 Hz"),
        (np.zeros((4, 9), np.int16), RATE, "(4, 9)"),  # FLAC has eight channels at most
    ],
)
def test_what_is_no_sound_is_not_written(tmp_path, samples, rate, says):
    """And an older file of that name stays as it was."""
    files.write_flac(tmp_path / "a.flac", noise(10), RATE)
    before = (tmp_path / "a.flac").read_bytes()
    with pytest.raises(AudioError, match=says.replace("(", r"\(").replace(")", r"\)")):
        files.write_flac(tmp_path / "a.flac", samples, rate)
    assert before == (tmp_path / "a.flac").read_bytes()
    assert ["a.flac"] == [p.name for p in tmp_path.iterdir()]


def test_a_missing_folder_is_named(tmp_path):
    """Not a bare operating system error."""
    with pytest.raises(AudioError, match="no such folder"):
        files.write_flac(tmp_path / "nowhere" / "a.flac", noise(10), RATE)


@pytest.mark.parametrize("turned", [files.to_int16, files.to_float32])
@pytest.mark.parametrize("samples", [np.zeros(3, np.int32), np.zeros(3, bool), np.array([np.inf]), np.zeros((1, 1, 1))])
def test_what_is_no_sound_is_turned_into_none(turned, samples):
    """Neither way; the message says where it came from."""
    with pytest.raises(AudioError, match="microphone"):
        turned(samples, "microphone")


def test_all_that_is_wrong_with_samples_is_said_at_once():
    """Type and shape."""
    with pytest.raises(AudioError) as caught:
        files.to_int16(np.zeros((1, 1, 1), np.int64))
    assert 2 == len(caught.value.problems)


# ---- what is broken is refused


@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_truncated_flac_is_never_a_shorter_recording(flac_bytes, tmp_path_factory, cut):
    """Wherever it was cut, down to the last byte."""
    path = tmp_path_factory.getbasetemp() / "cut.flac"
    path.write_bytes(flac_bytes[: int(cut * len(flac_bytes))])
    refusal(path)


def test_a_flac_that_lacks_its_last_byte_says_truncated(flac_bytes, tmp_path):
    """The smallest damage there is."""
    (tmp_path / "cut.flac").write_bytes(flac_bytes[:-1])
    assert "truncated" in refusal(tmp_path / "cut.flac")


@given(where=st.floats(0.2, 0.99), what=st.integers(1, 255))
def test_a_changed_byte_in_the_sound_is_seen(flac_bytes, tmp_path_factory, where, what):
    """Every frame of a FLAC carries its own checksum."""
    damaged = bytearray(flac_bytes)
    at = int(where * len(damaged))
    damaged[at] ^= what
    path = tmp_path_factory.getbasetemp() / "changed.flac"
    path.write_bytes(damaged)
    assert "cannot be decoded" in refusal(path)


@pytest.mark.parametrize("kind", ["wav", "aiff", "au"])
def test_other_truncated_files_are_seen_before_decoding(tmp_path, kind):
    """The library that decodes them would silently give the shorter sound."""
    path = tmp_path / f"a.{kind}"
    soundfile.write(path, noise(10_000), RATE, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[:-1_000])
    assert "truncated" in refusal(path)
    with pytest.raises(AudioError, match="truncated"):
        files.info(path)


def test_a_truncated_mp3_is_seen_while_decoding(tmp_path):
    """Its header counts frames, and fewer come."""
    soundfile.write(tmp_path / "a.mp3", noise(3 * RATE), RATE)
    (tmp_path / "a.mp3").write_bytes((tmp_path / "a.mp3").read_bytes()[:-6_000])
    assert "truncated: sound ends after" in refusal(tmp_path / "a.mp3")


def wav_with_size(path, size: int) -> None:
    """A WAV whose header gives another size than its sound has."""
    soundfile.write(path, noise(10_000), RATE, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    data[40:44] = size.to_bytes(4, "little")
    path.write_bytes(data)


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, files.UNKNOWN_SIZE])
def test_a_wav_from_a_pipe_is_read(tmp_path, size):
    """A writer that cannot come back to its header leaves a size that is none; it promised nothing."""
    wav_with_size(tmp_path / "a.wav", size)
    np.testing.assert_array_equal(noise(10_000), files.read_int16(tmp_path / "a.wav")[0])


def test_a_size_that_a_recorder_may_have_meant_is_a_promise(tmp_path):
    """Just under those that say nothing."""
    wav_with_size(tmp_path / "a.wav", files.UNKNOWN_SIZE - 2)
    assert "truncated" in refusal(tmp_path / "a.wav")


def test_a_recorder_that_never_finished_its_header_is_no_empty_recording(tmp_path):
    """Size 0 in the header, sound in the file."""
    wav_with_size(tmp_path / "a.wav", 0)
    assert "no samples according to its header" in refusal(tmp_path / "a.wav")


def test_a_flac_of_unknown_length_is_refused_in_words(flac_bytes, tmp_path):
    """Streaming encoders leave the number of samples at 0; taken at its word it would ask for all memory."""
    data = bytearray(flac_bytes)
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    (tmp_path / "a.flac").write_bytes(data)
    assert "does not say how long it is" in refusal(tmp_path / "a.flac")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0 bytes"),
        (b"<!DOCTYPE html><html>404</html>", "error page"),
        (b'{"detail": "not found"}', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"RIFF\x10\x00\x00\x00WAVEjunk", "damaged WAV"),
        (b"fLaC", "truncated FLAC"),
        (bytes(5_000), "raw PCM"),
    ],
)
def test_what_is_no_sound_file_says_what_it_probably_is(tmp_path, content, says):
    """The usual ways in which something else got that name."""
    (tmp_path / "a.flac").write_bytes(content)
    assert says in refusal(tmp_path / "a.flac")


def test_a_missing_file_and_a_folder_are_said_to_be_that(tmp_path):
    """Neither is a decoding problem."""
    assert "no such file" in refusal(tmp_path / "a.flac")
    assert "its folder is missing too" in refusal(tmp_path / "nowhere" / "a.flac")
    assert "not a file" in refusal(tmp_path)
    with pytest.raises(AudioError, match=r"a\.flac"):
        files.sha256_file(tmp_path / "a.flac")


@pytest.mark.parametrize("stretch", [{"start": -1}, {"samples": -1}])
def test_a_negative_stretch_is_a_mistake_of_the_caller(tmp_path, stretch):
    """It would otherwise count from the end."""
    files.write_flac(tmp_path / "a.flac", noise(10), RATE)
    with pytest.raises(ValueError, match="-1"):
        files.read(tmp_path / "a.flac", **stretch)


# ---- names by content


def test_a_sound_has_one_name_in_any_file(tmp_path):
    """The same samples as FLAC and WAV: two files, one sound."""
    pcm = noise(1_000)
    files.write_flac(tmp_path / "a.flac", pcm, RATE)
    soundfile.write(tmp_path / "a.wav", pcm, RATE, subtype="PCM_16")
    assert files.sha256_file(tmp_path / "a.flac") != files.sha256_file(tmp_path / "a.wav")
    names = {files.sha256_samples(files.read_int16(tmp_path / f"a.{kind}")[0]) for kind in ("flac", "wav")}
    assert {files.sha256_samples(pcm)} == names
    assert files.sha256_samples(pcm) != files.sha256_samples(pcm[:-1])


def test_hashes_of_the_mirror_are_those_of_its_manifest(mirror):
    """The clip that the detector is checked against is the one that was measured."""
    import csv

    rows = {row["file"]: row for row in csv.DictReader((mirror / "MANIFEST.csv").open(encoding="utf-8"))}
    row = rows["provider-vad/marcelo_24khz.flac"]
    assert row["sha256"] == files.sha256_file(mirror / row["file"])
    assert (int(row["rate"]), int(row["channels"])) == (files.info(mirror / row["file"]).rate, 1)
