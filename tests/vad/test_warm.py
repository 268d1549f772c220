"""What an installation compiles beforehand: all that a first sweep, segmentation or score would compile."""

from __future__ import annotations

import os
import subprocess
import sys

ASKED = """
from bargein.vad import compiling, detection, exact, rule, silero_numba
loops = (*exact.LOOPS, rule.run_frames, detection._totals, silero_numba._product, silero_numba._remember)
print([loop.py_func.__name__ for loop in loops if compiling.say(loop.py_func.__name__, loop)])
"""


def test_nothing_is_left_to_compile(tmp_path):
    """In an empty cache each loop is said to be fresh; afterwards none is."""
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def fresh() -> str:
        done = subprocess.run([sys.executable, "-c", ASKED], env=env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert 8 == len(fresh().split(","))
    subprocess.run([sys.executable, "-m", "bargein.vad.warm"], env=env, check=True)
    assert "[]" == fresh()
