"""Write ``data/corpora.csv`` from a mirror's own manifest, and prove that each file can be made from its public source.

    python scripts/build_corpora.py --mirror DIR [--clones DIR]

``--mirror`` is a folder with the converted recordings and a ``MANIFEST.csv``. ``--clones`` holds git clones of the
source repositories as ``owner/name`` (bare or not): from them come the size and hash of each source, and every
conversion is run and compared with the mirror. Without clones the columns that need them are taken over from the
present table.

What the table adds to the mirror's manifest: where bytes can be had by plain HTTP (files that their publisher keeps in
Git LFS are taken from the public copies that the manifest names, same hash), the conversion as a word of
``bargein.formats.conversion``, hashes of samples, and for MP3 a second hash: libsndfile's decoder differs from the one
that made the mirror by single 16-bit steps.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

from bargein.audio import files, levels
from bargein.errors import InputError
from bargein.formats import conversion
from bargein.formats.corpora import SEPARATOR, Entry, problem_with, read_table

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "data" / "corpora.csv"

#: What the manifest says was done, as a word of ours. The first that occurs in it decides.
CONVERSIONS = [
    ("headerless PCM16 24 kHz", "flac pcm16 24000"),
    ("two mono files", "flac join"),
    ("left channel", "flac left"),
    ("MP3 decoded to 16-bit mono", "flac mean"),
    ("lossless: to FLAC", "flac"),
    ("lines of this clip only", "rttm"),
    ("cut to 0-30 s", "rttm"),
    ("telephone number hash", "call-log"),
    ("YAML to JSONL", "frames"),
    ("none", "copy"),
]
#: The published copies of LFS files: (repository, folders they are in).
COPIES = {
    "changxuding/Subband_Kalman_AEC": "test_audio/AEC_Challenge/double_real",
    "breizhn/DTLN-aec": "audio_samples",
    "fjiang9/NKF-AEC": "demo/test_wavs",
}
#: Reductions that were made once, by hand or by a program that is not ours: only a mirror has them.
REDUCED = (".ticks.csv", ".metrics.json", "settings.json", "labels.csv", "results.json", "split.jsonl")
RTTM_SOURCES = ("tests/data/debug.train.rttm", "tests/data/debug.development.rttm", "tests/data/debug.test.rttm")


class Clones:
    """Git clones below one folder, asked for files by commit and path."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def git(self, repository: str, *arguments: str) -> bytes | None:
        """Give what git prints, or None."""
        if self.folder is None or not (self.folder / repository).exists():
            return None
        done = subprocess.run(["git", "-C", str(self.folder / repository), *arguments], capture_output=True)
        return done.stdout if done.returncode == 0 else None

    def file(self, repository: str, commit: str, path: str) -> bytes | None:
        """Give a file's bytes, or None."""
        return self.git(repository, "show", f"{commit}:{path}")

    def find(self, repository: str, commit: str, below: str, name: str) -> str:
        """Give the path of a file of this name, or the empty string."""
        listing = (self.git(repository, "ls-tree", "-r", "--name-only", commit, f"{below}/") or b"").decode()
        return next((path for path in listing.splitlines() if path.rsplit("/", 1)[-1] == name), "")


def origin(row: dict[str, str], clones: Clones, old: Entry | None) -> tuple[str, str, str]:
    """Give repository, commit and path that plain HTTP can deliver."""
    source, version, path = row["source"], row["version"], row["source_path"]
    if source.startswith("debian:"):
        return source, version, path
    repository = source.removeprefix("github:").split(" (", 1)[0]
    if "bytes obtained from github:" in source:
        repository = source.split("bytes obtained from github:", 1)[1].rstrip(")")
        version = version.split("copy: ", 1)[1].rstrip(")")
        name = path.rsplit("/", 1)[-1]
        path = clones.find(repository, version, COPIES[repository], name) or (old.path if old else "")
    elif path.endswith("debug.*.rttm"):
        recording = Path(row["file"]).name.split("_", 1)[0].encode()
        texts = {p: clones.file(repository, version, p) or b"" for p in RTTM_SOURCES}
        path = next((p for p, text in texts.items() if b" " + recording + b" " in text), old.path if old else "")
    return repository, version, path


def word(row: dict[str, str]) -> str:
    """Give the conversion as a word of ours."""
    if row["file"].endswith(REDUCED):
        return "mirror only"
    name = next(ours for theirs, ours in CONVERSIONS if theirs in row["changes"])
    if name != "rttm":
        return name
    clip = Path(row["file"]).name.split(".", 1)[0]
    if row["file"].endswith(".segments.rttm"):
        return f"rttm {clip.split('_', 1)[0]} {clip}"
    return f"rttm {Path(row['source_path']).stem} {clip} 30"


def entry(row: dict[str, str], mirror: Path, clones: Clones, old: Entry | None) -> Entry:
    """Make one row of the table; with clones, prove it."""
    repository, commit, path = origin(row, clones, old)
    how, here = word(row), mirror / row["file"]
    audio = here.suffix == ".flac"
    samples, rate = files.read_int16(here) if audio else (None, None)
    coding = "mp3" if "MP3" in row["changes"] else "lossless"
    values = {
        "file": row["file"],
        "cluster": row["group"],
        "repository": repository,
        "commit": commit,
        "path": path,
        "conversion": how,
        "coding": coding,
        "bytes": old.bytes if old else None,
        "sha256_source": old.sha256_source if old and not row["source_sha256"] else row["source_sha256"],
        "sha256_file": files.sha256_file(here),
        "sha256_samples": files.sha256_samples(samples) if samples is not None else "",
        "sha256_decoded": old.sha256_decoded if old else "",
        "rate": rate,
        "channels": None if samples is None else 1 if samples.ndim == 1 else samples.shape[1],
        "samples": None if samples is None else len(samples),
        "level_dbfs": None if samples is None else round(levels.rms_dbfs(samples), 3),
        "licence": row["licence"],
        "attribution": row["attribution"],
        "purpose": row["purpose"],
    }
    if row["sha256"] != values["sha256_file"]:
        raise SystemExit(f"{here}: not the file its manifest describes")
    if how == "mirror only" or repository.startswith("debian:"):
        return Entry(**values)
    sources = [clones.file(repository, commit, p) for p in path.split(SEPARATOR)]
    if None in sources:
        return Entry(**values)
    values["bytes"] = sum(len(s) for s in sources)
    values["sha256_source"] = SEPARATOR.join(hashlib.sha256(s).hexdigest() for s in sources)
    if row["source_sha256"] and SEPARATOR not in path and values["sha256_source"] != row["source_sha256"]:
        raise SystemExit(f"{row['file']}: {repository} has other bytes at {commit[:8]}:{path} than the manifest names")
    with tempfile.TemporaryDirectory() as folder:
        for i, data in enumerate(sources):
            (Path(folder) / f"{i}").write_bytes(data)
        made = Path(folder) / "made" / here.name
        conversion.convert(how, [Path(folder) / f"{i}" for i in range(len(sources))], made)
        if coding == "mp3":
            values["sha256_decoded"] = files.sha256_samples(files.read_int16(made)[0])
            strict = Entry(**{**values, "sha256_decoded": ""})  # the rule for other decoders has to hold as well
            if problem := problem_with(strict, made):
                raise SystemExit(str(problem))
        if problem := problem_with(Entry(**values), made):
            raise SystemExit(str(problem))
    return Entry(**values)


def main() -> None:
    """Read the mirror's manifest, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=Path, required=True)
    parser.add_argument("--clones", type=Path)
    given = parser.parse_args()
    try:
        old = {e.file: e for e in read_table(TABLE)}
    except InputError:
        old = {}
    with (given.mirror / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = [entry(row, given.mirror, Clones(given.clones), old.get(row["file"])) for row in rows]
    names = [f.name for f in fields(Entry)]
    with TABLE.with_suffix(".tmp").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([("" if (v := getattr(e, n)) is None else v) for n in names] for e in entries)
    TABLE.with_suffix(".tmp").replace(TABLE)
    proven = sum(1 for e in entries if e.bytes)
    sys.stdout.write(f"{TABLE.name}: {len(entries)} files, {proven} of them made again from their sources\n")


if __name__ == "__main__":
    main()
