"""How often the page's picture asks the kernel for a finer outline, by a clock that is handed to the script."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise

import pytest

from bargein.plot.desk import TIMELINE, script

#: A desk without a page: an hour of which a coarse outline is there, on a screen of 1,000 columns. ``moves`` are the
#: instants of steps inwards, ms; the answer comes ``late`` ms after it was asked for. Gives when it asked.
RUN = """
const [moves, until, late] = JSON.parse(process.argv[2]);
let now = 10_000;
const asked = [], timers = [];
globalThis.performance = { now: () => now };
globalThis.setTimeout = (act, ms) => timers.push([now + ms, act]);
globalThis.clearTimeout = (n) => { if (timers[n - 1]) timers[n - 1][0] = Infinity; };
const desk = Object.create(Desk.prototype);
Object.assign(desk, { start: 0, end: 3_600_000, length: 3_600_000, w: 1_000 + GUTTER + RIGHT,
  overview: { step: 36_000 }, detail: null, waiting: false, moved: 0, began: 0, wanted: 0, put() {},
  dirty() { this.need(); },
  ask({ start, end, columns }) {
    asked.push(now - 10_000);
    timers.push([now + late, () => {
      Object.assign(this, { waiting: false, detail: { start, end, step: (end - start) / columns } });
      this.dirty(); }]); } });
for (; now < 10_000 + until; now++) {
  for (const timer of [...timers]) if (timer[0] === now) { timer[0] = Infinity; timer[1](); }
  if (moves.includes(now - 10_000)) desk.look(desk.start, desk.start + desk.span / 1.1);
}
console.log(JSON.stringify(asked));
"""


def asked(tmp_path, moves, *, late=20, until=3_000):
    """When a picture that is moved at these instants asks, ms."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH")
    page = tmp_path / "desk.mjs"
    page.write_text(script(*TIMELINE) + RUN, encoding="utf-8")
    argument = json.dumps([list(moves), until, late])
    done = subprocess.run([node, page, argument], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_one_step_is_answered_as_soon_as_nothing_moves(tmp_path):
    """90 ms after it: whoever goes on within that time has not asked."""
    (once,) = asked(tmp_path, [0])
    assert 90 <= once <= 200


def test_a_key_that_is_held_asks_seldom(tmp_path):
    """Half a second of steps, a frame each: once while they go on at most, and once they have ended."""
    times = asked(tmp_path, range(0, 500, 17))
    assert 1 == len([t for t in times if t > 493])
    assert [] == [t for t in times if t < 493]


def test_a_long_move_is_followed(tmp_path):
    """Twice a second while it lasts, so that nobody looks at blocks for long."""
    times = asked(tmp_path, range(0, 2_000, 33), until=4_000)
    assert 3 <= len([t for t in times if t < 1_950]) <= 4
    assert all(b - a >= 500 for a, b in pairwise(times) if b < 1_950)
