"""Score the public recordings once and keep the numbers: ``data/scores/``.

    python scripts/build_scores.py --mirror DIR

Reads the recordings of a mirror (or what ``bargein data fetch`` put into a folder), writes

``<group>.npz``       ``values`` (float32, all clips end to end) and ``offsets`` (first frame of each clip, and the end)
``index.csv``         a row a clip, in the same order: what it is, its edges, whose it is, which weights scored it
``pauses.csv``        a row a pause of 100 ms and more
``provider_vad.json`` what OpenAI's server reported for one clip, with the settings in force

What a recording is to a detector, its edges and its pauses: :mod:`bargein.tuning.public`.

The provider's clip is scored twice: alone, and three times with two seconds of zeros behind each, as it was streamed
when the six values were recorded.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bargein.audio import edges, files
from bargein.formats.corpora import Entry, path_of, read_table
from bargein.timeline import Span
from bargein.tuning.public import Group, entries, gaps, labelled
from bargein.units import SECOND, ms_covering, samples_in
from bargein.vad import silero
from bargein.vad.tables import INDEX, PAUSES, STRETCH, LabelledScores

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SCORES = DATA / "scores"

TRIPLE, ZEROS_MS = "#3x2s", 2_000
TRIPLE_NOTE = "the clip three times, 2 s of zeros behind each"
INDEX_COLUMNS = [
    *("clip", "group", "cluster", "kind", "speech_style", "seconds", "rate", "hop", "samples", "frames", "onset_ms"),
    *("offset_ms", "holds", "note", "model", "sha256_samples", "licence", "attribution"),
]
PAUSE_COLUMNS = ["clip", "group", "cluster", "speech_style", "within", "start_ms", "end_ms", "ms"]
REPORTS = "provider-vad/server_vad_results.json"


class Clip(NamedTuple):
    """A sound to be scored."""

    name: str
    entry: Entry
    group: Group
    samples: files.Int16
    rate: int


def clips(mirror: Path) -> list[Clip]:
    """Read every recording that is scored, in the order of the table of groups."""
    found = []
    for entry, group in entries():
        path = path_of(entry.file, mirror=mirror)
        if path is None:
            raise SystemExit(f"{entry.file}: not in the mirror {mirror}")
        samples, rate = files.read_int16(path)
        found.append(Clip(entry.file, entry, group, samples, rate))
        if group.kind == "provider":
            silence = np.zeros(samples_in(ZEROS_MS, rate), np.int16)
            triple = np.concatenate([samples, silence] * 3)
            found.append(Clip(entry.file + TRIPLE, entry, group, triple, rate))
    return found


def described(clip: Clip) -> tuple[dict[str, object], np.ndarray, list[dict[str, object]]]:
    """Score a clip: its row of the index, its scores, its pauses."""
    scores = silero.score(clip.samples, clip.rate)
    known: LabelledScores = labelled(clip.entry, clip.group, clip.samples, clip.rate, scores)
    if clip.name.endswith(TRIPLE):
        known = replace(known, turn=None, note=TRIPLE_NOTE)
    ids = {
        "clip": clip.name,
        "group": known.group,
        "cluster": known.cluster,
        "speech_style": known.speech_style,
    }
    row = {
        **ids,
        "kind": known.kind,
        "seconds": f"{ms_covering(len(clip.samples), clip.rate) / SECOND:.3f}",
        "rate": scores.rate,
        "hop": scores.hop,
        "samples": scores.samples,
        "frames": len(scores),
        "onset_ms": known.turn.start if known.turn else "",
        "offset_ms": known.turn.end if known.turn else "",
        "holds": " ".join(f"{hold.start}-{hold.end}" for hold in known.holds),
        "note": known.note,
        "model": scores.model,
        "sha256_samples": files.sha256_samples(clip.samples),
        "licence": known.licence,
        "attribution": known.attribution,
    }
    pauses = [*(("turn", hold) for hold in known.holds), *((STRETCH, pause) for pause in known.pauses)]
    return row, scores.values.astype(np.float32), [pause_row(ids, within, pause) for within, pause in pauses]


def pause_row(ids: dict[str, object], within: str, pause: Span) -> dict[str, object]:
    """One row of the pause table."""
    return {**ids, "within": within, "start_ms": pause.start, "end_ms": pause.end, "ms": pause.ms}


def prompt_pauses() -> list[dict[str, object]]:
    """Pauses of the embedded prompts: read speech, for comparison."""
    rows = []
    with (DATA / "prompts.csv").open(encoding="utf-8", newline="") as file:
        for prompt in csv.DictReader(file):
            samples, rate = files.read_int16(DATA / prompt["file"])
            ids = {
                "clip": prompt["file"],
                "group": "prompts",
                "cluster": prompt["speaker"],
                "speech_style": prompt["speech_style"],
            }
            rows += [pause_row(ids, "turn", gap) for gap in gaps(edges.speech_spans(samples, rate).spans)]
    return rows


def reports(mirror: Path, table: tuple[Entry, ...]) -> dict[str, object]:
    """Give what OpenAI's server reported for the clip; xAI's figures are on a clock that nobody knows."""
    recorded = json.loads((mirror / REPORTS).read_text("utf-8"))
    entry = next(e for e in table if e.file == REPORTS)
    clip = f"provider-vad/{recorded['clip']}"
    runs = [
        {
            "clip": clip if len(run["audio_start_ms"]) == 1 else clip + TRIPLE,
            "model": run["model"],
            "settings": {k: v for k, v in run["turn_detection_in_last_session_event"].items() if v is not None},
            "audio_start_ms": run["audio_start_ms"],
            "audio_end_ms": run["audio_end_ms"],
            "streamed": run["streamed"],
        }
        for run in recorded["results"]
        if run["provider"].startswith("OpenAI")
    ]
    return {
        "provider": "openai",
        "note": "As recorded. audio_start_ms is the onset less the prefix padding, audio_end_ms the start of the "
        "deciding frame. One voice, one model.",
        "runs": runs,
        "source": f"github:{entry.repository} at {entry.commit}, tests/realtime/cassettes/test_openai_ws",
        "licence": entry.licence,
        "attribution": entry.attribution,
    }


def write_csv(path: Path, columns: list[str], rows: list[dict[str, object]]) -> None:
    """Write a table under a temporary name, then rename."""
    part = path.with_suffix(".tmp")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def main() -> None:
    """Score, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mirror", type=Path, required=True)
    given = parser.parse_args()
    table = read_table(DATA / "corpora.csv")
    SCORES.mkdir(exist_ok=True)
    index, pauses = [], []
    values: dict[str, list[np.ndarray]] = {}
    for clip in clips(given.mirror):
        row, scored, found = described(clip)
        index.append(row)
        pauses += found
        values.setdefault(clip.entry.group, []).append(scored)
    for group, arrays in values.items():
        offsets = np.cumsum([0, *map(len, arrays)], dtype=np.int64)
        part = SCORES / f"{group}.tmp.npz"
        np.savez_compressed(part, values=np.concatenate(arrays), offsets=offsets)
        part.replace(SCORES / f"{group}.npz")
    write_csv(SCORES / INDEX, INDEX_COLUMNS, index)
    write_csv(SCORES / PAUSES, PAUSE_COLUMNS, pauses + prompt_pauses())
    text = json.dumps(reports(given.mirror, table), indent=1) + "\n"
    (SCORES / "provider_vad.json").write_text(text, "utf-8")
    size = sum(p.stat().st_size for p in SCORES.iterdir())
    sys.stdout.write(f"scores: {len(index)} clips, {sum(r['frames'] for r in index)} frames, {size / 1e6:.2f} MB\n")
    sys.stdout.write("run scripts/build_prompts.py --index-only to renew the checksums\n")


if __name__ == "__main__":
    main()
