"""Speeds, each against a peer in the same run: `make bench`. Prints ratios; nothing here is asserted.

Every contender runs in turn for a number of rounds in one process; the best round counts. What takes less than
:data:`ROUND_S` runs again and again until a round lasts that long, as timeit does: a call of a tenth of a millisecond
after a second of something else would be timed with cold caches and a slow clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 5
ROUND_S = 0.2


def best(*contenders: Callable[[], object]) -> list[float]:
    """Time contenders in turn; give the best round of each, seconds a call."""
    times: list[list[float]] = [[] for _ in contenders]
    for _ in range(ROUNDS):
        for mine, contender in zip(times, contenders, strict=True):
            start, calls, taken = time.perf_counter(), 0, 0.0
            while taken < ROUND_S:
                contender()
                calls, taken = calls + 1, time.perf_counter() - start
            mine.append(taken / calls)
    return [min(t) for t in times]


def line(what: str, ours: float, peer: float, unit: float, name: str, versus: str) -> None:
    """Print one comparison: our rate, the peer's, their ratio."""
    print(f"{what:34} {unit / ours:>14,.0f} {name:22} {unit / peer:>14,.0f} ({versus}) {peer / ours:>8.2f} x")


def replay_speed() -> None:
    """Events per second through relay, link, gate and player, against json.loads of the same lines."""
    from hour import hour

    from bargein.corpus import Case
    from bargein.gate import policy
    from bargein.outcome import Link
    from bargein.replay import played
    from bargein.session import load

    with tempfile.TemporaryDirectory() as folder:
        session = hour(Path(folder) / "hour")
        case = Case(load(session.folder))
        log = (session.folder / "events.jsonl").read_bytes().splitlines()
        n = len(case.reading.events)
        three = Link(delay_ms=40, jitter_ms=30, up_ms=40, start_latency_ms=20)
        for name, link, what in [("keyed", Link(), "zero link"), ("full", three, "three parties")]:
            ours, peer = best(
                lambda name=name, link=link: played(session, policy(name), link, case.reading),
                lambda: [json.loads(line) for line in log],
            )
            line(f"replay, {name}, {what}", ours, peer, n, "events/s", "json.loads of the log")
        events, clock, processor, peak = best_of_processes(COMPARED, session.folder)
        print(f"{'compare, 8 gates, an hour':34} {clock:>14.2f} s, {processor:.2f} s of processor, peak {peak:.0f} MB, "
              f"for {events:,.0f} events, read and measured (to reach: 5 s, 500 MB)")  # fmt: skip


def audio_speed() -> None:
    """Reading and resampling a minute of speech, against librosa.load."""
    import librosa

    from bargein.audio.files import read, write_flac
    from bargein.audio.resample import resample

    noise = (np.random.default_rng(1).normal(0, 0.1, 24_000 * 60) * 32_767).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minute.flac"
        write_flac(path, noise, 24_000)

        def ours_load() -> object:
            samples, rate = read(path)
            return resample(samples, rate, 16_000)

        ours, peer = best(ours_load, lambda: librosa.load(path, sr=16_000, mono=False))
    line("read + resample to 16 kHz", ours, peer, 60, "x real time", "librosa.load")
    hour_of_stereo()


#: Run in processes of their own, so that the peak of memory is its own: an hour in pieces, and all of it at once.
STREAMED = "from bargein.audio.resample import streamed as go; run = lambda: sum(map(len, go(path, 16_000)))"
LOADED = "from librosa import load as go; run = lambda: go(path, sr=16_000, mono=False)[0].shape[-1]"
COMPARED = """from bargein.corpus import Case, policy_rows, run_policies
from bargein.session import load
import bargein.audio.files, bargein.audio.edges, bargein.metrics.stopping  # what is imported is not timed
GATES = "indicator", "stop-only", "suppress", "scheduled", "keyed", "relay-only", "server", "full"
def run():
    case = Case(load(path))
    for row in policy_rows(run_policies(case, GATES)):
        row.row()
    return len(case.reading.events)"""
MEASURED = """
import json, sys, time
from pathlib import Path
path = sys.argv[1]
{}
def at(): return time.perf_counter(), time.process_time()
before = at(); samples = run(); after = at()
own = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
peak = int(own["VmHWM"].split()[0]) / 1024  # of this process alone; ru_maxrss begins with what its parent had
print(json.dumps([samples, after[0] - before[0], after[1] - before[1], peak]))
"""


def best_of_processes(code: str, path: Path) -> tuple[float, ...]:
    """Run code three times, each in a fresh process; give what it counted, and the least seconds, processor and MB."""
    rounds = []
    for _ in range(3):
        command = [sys.executable, "-c", MEASURED.format(code), str(path)]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        rounds.append(json.loads(made.stdout.splitlines()[-1]))
    return tuple(map(min, zip(*rounds, strict=True)))


def hour_of_stereo() -> None:
    """An hour of two channels, 24 kHz WAV, to 16 kHz, a fresh process a round; processor time beside the clock's."""
    minute = (np.random.default_rng(1).normal(0, 0.1, (24_000 * 60, 2)) * 32_767).astype("<i2").tobytes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(24_000)
            for _ in range(60):
                file.writeframes(minute)
        for name, code in [("streamed (to reach: 2 s, under 300 MB)", STREAMED), ("librosa.load", LOADED)]:
            samples, clock, processor, peak = best_of_processes(code, path)
            assert samples == 60 * 60 * 16_000
            print(f"{'an hour of stereo to 16 kHz':34} {clock:>14.2f} s, {processor:.2f} s of processor, "
                  f"peak {peak:.0f} MB: {name}")  # fmt: skip


def vad_speed() -> None:
    """Frame scores by our own runner, on one thread, against onnxruntime in blocks and called frame by frame."""
    from bargein.vad import silero

    sound = (np.random.default_rng(2).normal(0, 0.05, 16_000 * 120)).astype(np.float32)
    silero.score(sound[:512], 16_000, runner="numba")  # compiled before it is timed
    ours, blocks, frames = best(
        lambda: silero.score(sound, 16_000, runner="numba"),
        lambda: silero.score(sound, 16_000, runner="onnxruntime"),
        lambda: silero.score(sound, 16_000, runner="onnxruntime", block=1),
    )
    line("Silero scores", ours, blocks, 120, "x real time", "onnxruntime, blocks")
    line("Silero scores", ours, frames, 120, "x real time", "onnxruntime, one frame a call")


def sweep_speed() -> None:
    """Settings weighed per second, against running the streaming rule for each."""
    from bargein.vad.rule import Rule, edges
    from bargein.vad.sweep import sweep
    from bargein.vad.tables import load_scores

    tables = load_scores()
    thresholds = (0.3, 0.5, 0.7)
    silences = range(32, 1_633, 32)

    def every() -> object:
        return [edges(t.scores, Rule(p, silence_duration_ms=d)) for t in tables for p in thresholds for d in silences]

    ours, peer = best(lambda: sweep(tables, thresholds), every)
    line("sweep, with all costs", ours, peer, len(thresholds) * len(silences), "settings/s", "edges alone, each")


def exact_speed() -> None:
    """Settings of an hour of scores weighed per second, every end silence to 3 s at once, against one by one."""
    from bargein.timeline import Span
    from bargein.vad.counting import count, followed_by_silence
    from bargein.vad.exact import counts_of
    from bargein.vad.grid import STARTS
    from bargein.vad.pauses import find
    from bargein.vad.rule import Rule, edges
    from bargein.vad.scores import Scores
    from bargein.vad.tables import LabelledScores, load_scores

    values = np.resize(np.concatenate([t.scores.values for t in load_scores()]), 112_500)
    hour = Scores(values, 512, 16_000, len(values) * 512, "embedded scores end to end, over and over")
    pauses = find(values, 0.5, 0.35)
    gaps = [Span(int(a) * 32, int(b) * 32) for a, b in zip(pauses.low[:-1], pauses.resumed[:-1], strict=True)]
    holds = tuple(gap for gap in gaps if gap.ms >= 100)
    noise = LabelledScores("hour", "", "", "noise", "", hour, None, (), "", "", "")
    turn = LabelledScores("hour", "", "", "turn", "", hour, Span(gaps[0].start, gaps[-1].end), holds, "", "", "")
    most = 94  # hops of 32 ms that cover 3 s, so 95 settings a threshold
    print(f"{'an hour of scores':34} {len(gaps):>14,} pauses at 0.5, {len(holds):,} of them labelled as holds")
    listed, one, then_silence = values.tolist(), Rule(0.5, silence_duration_ms=480), followed_by_silence(hour, 3_040)

    def looped() -> int:
        """The rule as one would write it over cached scores: starts at one setting."""
        starts, speaking, low = 0, False, -1
        for frame, p in enumerate(listed):
            if p >= 0.5:
                starts += not speaking
                speaking, low = True, -1
            elif p < 0.35 and speaking:
                low = frame if low < 0 else low
                if frame - low >= 15:
                    speaking, low = False, -1
        return starts

    def counted() -> object:
        return count(turn, edges(then_silence, one))

    assert looped() == counts_of(noise, one, most)[15, STARTS]
    rules = {
        "": [Rule(0.5)],
        ", 250 ms of speech": [Rule(0.5, min_speech_ms=250)],
        ", 99 thresholds": [Rule(k / 100) for k in range(1, 100)],
    }
    for name, row, peer, versus in [
        ("starts", noise, looped, "Python loop, cached scores"),
        ("all costs", turn, counted, "streaming rule, then counted"),
    ]:
        for which, tried in rules.items():
            n = len(tried) * (most + 1)
            ours, its = best(lambda row=row, tried=tried: [counts_of(row, rule, most) for rule in tried], peer)
            line(f"exact {name}{which}", ours, its * n, n, "settings/s", versus)


def detection_speed() -> None:
    """Missed and false speech of 1,000 sessions of 200 segments each, against pyannote.metrics on 20 of them."""
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.detection import DetectionErrorRate

    from bargein.vad.detection import totals

    rng, sessions, segments = np.random.default_rng(6), 1_000, 200
    edges = np.cumsum(rng.integers(50, 3_000, (2, sessions, 2 * segments)), axis=2)
    said, found = (one.reshape(-1, 2) for one in edges)
    ends = np.arange(1, sessions + 1) * segments
    totals(said, ends, found, ends)  # compiled before it is timed
    few = 20
    pairs = []
    for k in range(few):
        both = []
        for one in edges[:, k].reshape(2, -1, 2):
            made = Annotation()
            for start, end in one:
                made[Segment(start / 1_000, end / 1_000)] = "speech"
            both.append(made)
        pairs.append(tuple(both))
    metric = DetectionErrorRate()
    theirs = [metric.compute_components(a, b) for a, b in pairs]
    for (spoken, heard, both_ms), t in zip(totals(said, ends, found, ends).tolist(), theirs, strict=False):
        assert abs(spoken / 1_000 - t["total"]) < 1e-6
        assert abs((spoken - both_ms) / 1_000 - t["miss"]) < 1e-6
        assert abs((heard - both_ms) / 1_000 - t["false alarm"]) < 1e-6
    ours, peer = best(
        lambda: totals(said, ends, found, ends), lambda: [metric.compute_components(a, b) for a, b in pairs]
    )
    line("detection of 200 segments", ours, peer * sessions / few, sessions, "sessions/s", "pyannote.metrics")


def tune_speed() -> None:
    """All that tune says of the embedded tables: split by cluster, intervals, labels moved; and with a calibration."""
    from bargein.tuning import tune
    from bargein.tuning.calibration import calibrate
    from bargein.tuning.calibration.evidence import Key
    from bargein.tuning.calibration.identify import openai_six
    from bargein.vad.tables import load_scores

    known = calibrate({Key("openai", "gpt-realtime", "server_vad", "unknown", "pcm16", "silent"): openai_six()})
    budget = {"max_cutoffs_per_turn": 0.1, "max_false_starts": {"tic": 0.5, "echo": 4}}
    plain, fitted = best(
        lambda: tune(load_scores(), "openai", **budget).summary(),
        lambda: tune(load_scores(), "openai", calibration=known, **budget).summary(),
    )
    print(f"{'tune, embedded tables':34} {plain:>14.2f} s, {fitted:.2f} s with a calibration (to reach: 3 s)")


if __name__ == "__main__":
    print(f"best of {ROUNDS} rounds; a ratio over 1 means faster than the peer in brackets\n")
    for benchmark in (replay_speed, audio_speed, vad_speed, sweep_speed, exact_speed, detection_speed, tune_speed):
        benchmark()
