"""The page decides what Python decides: the script that the sliders run, held to the rule on seeded random scores."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest

from bargein.plot.onpage import packed
from bargein.timeline import Span
from bargein.vad.counting import cut_offs
from bargein.vad.rule import Rule, edges, speech
from bargein.vad.scores import Scores

CASES = 3_000
#: Enter thresholds, and how far below the exit lies; None: Silero's own distance.
ENTER, BELOW = (0.01, 0.1, 0.35, 0.5, 0.7, 0.9, 0.85, 0.43), (None, 0.0, 0.05, 0.15, 0.3)
#: Gives for every case what is drawn of it.
RUN = """(cases) => cases.map(([values, single, s, rule, turns]) => {
  const raw = Uint8Array.from(atob(values), (c) => c.charCodeAt(0)).buffer;
  const made = { ...rule, leave: exitOf(rule.enter, rule.exit) };
  return applied(single ? new Float32Array(raw) : new Float64Array(raw), s, made, turns);
})"""


def drawn(values, rule):
    """Scores on, a hair under and a hair over the thresholds, in single and in double precision, among others."""
    both = (rule.enter, rule.leave)
    near = [0.0, 1.0, *both, *(np.nextafter(v, 0) for v in both), *(float(np.float32(v)) for v in both)]
    picks = values.choice([*near, *values.random(4)], size=int(values.integers(0, 120)))
    return picks.astype(np.float32).astype(np.float64) if values.random() < 0.5 else picks


def made(n):
    """Seeded random scores, rules and turns."""
    random = np.random.default_rng(n)
    enter = float(random.choice(ENTER))
    below = random.choice(BELOW)
    rule = Rule(enter, None if below is None else max(enter - below, 0.0), int(random.integers(0, 400)),
                int(random.integers(0, 300)), int(random.choice([0, 0, 31, 32, 33, 64, 100])))  # fmt: skip
    values = drawn(random, rule)
    hop, rate = [(512, 16_000), (160, 16_000), (256, 8_000), (480, 48_000)][random.integers(4)]
    short = int(random.integers(hop)) if len(values) else 0
    scores = Scores(values, hop, rate, max(len(values) * hop - short, 0), "demo", int(random.choice([0, 0, 37])))
    ends = random.integers(0, max(scores.ms, 2) + 50, (int(random.integers(0, 5)), 2))  # they may overlap
    turns = sorted(Span(int(min(pair)), int(max(pair))) for pair in ends if pair[0] != pair[1])
    return scores, rule, turns, int(random.choice([0, 0, 120]))


def expected(scores, rule, turns, origin):
    """What Python says."""
    found = edges(scores, rule)
    starts = [e for e in found if e.kind == "start"]
    stops = [e.at_ms for e in found if e.kind == "stop"]
    local = [turn.shift(-origin) for turn in turns]
    return {
        "starts": [e.at_ms + origin for e in starts],
        "stops": [at + origin for at in stops],
        "spoken": [[s.start + origin, s.end + origin] for s in speech(scores, rule)],
        "kept": [[e.claimed_ms + origin, e.boundary_ms + origin] for e in starts],
        "cuts": sorted({e.at_ms + origin for turn in local for e in cut_offs(turn, found)}),
    }


def joined(spans):
    """Stretches that touch are one, as in a timeline."""
    out = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1][1] = max(end, out[-1][1])
        elif start < end:
            out.append([start, end])
    return out


def in_page(cases, chromium):
    """What the page says: in Node where it is installed, for it starts sooner; else in the browser."""
    script = (files("bargein.widgets") / "page" / "rule.js").read_text("utf-8")
    sent = []
    for scores, rule, turns, origin in cases:
        page = packed(scores, origin)
        values = base64.b64encode(page.pop("values")).decode()
        told = {"enter": rule.enter, "exit": rule.exit, "silence_duration_ms": rule.silence_duration_ms,
                "prefix_padding_ms": rule.prefix_padding_ms, "min_speech_ms": rule.min_speech_ms}  # fmt: skip
        sent.append([values, page["single"], page, told, [[t.start, t.end] for t in turns]])
    if chromium is None:
        code = f"{script}\nconst run = {RUN};\n" + (
            "process.stdout.write(JSON.stringify(run(JSON.parse(require('fs').readFileSync(0, 'utf8')))))"
        )
        done = subprocess.run(["node", "-e", code], input=json.dumps(sent), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)
    with chromium as opened:
        page = opened.new_page()
        page.add_script_tag(content=script)
        return page.evaluate(RUN, sent)


@pytest.mark.parametrize("where", ["node", "browser"])
def test_the_page_decides_as_python_does(where, request):
    """Starts, stops, stretches, padding and cut turns of random cases: the same, to the millisecond."""
    opened = None
    if where == "browser":
        lab = request.getfixturevalue("lab")
        opened = lab.browser(request.getfixturevalue("chromium"))
    elif shutil.which("node") is None:
        pytest.skip("no node on the PATH; the browser's test says the same")
    cases = [made(n) for n in range(CASES)]
    found = in_page(cases, opened)
    for n, (case, got) in enumerate(zip(cases, found, strict=True)):
        got["spoken"] = joined(got["spoken"])
        assert expected(*case) == got, f"case {n}: {case[1]}"
    assert sum(len(case["cuts"]) for case in found) > 100, "the cases cut no turns: they prove nothing"
