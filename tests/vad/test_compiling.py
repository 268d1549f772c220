"""A first call that has to compile says so, where somebody watches; what was compiled is kept."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = """if True:
    import sys, time
    import numpy as np
    watched = "watched" in sys.argv
    class Watched:
        def isatty(self): return watched
        def write(self, text): sys.stdout.write(text)
        def flush(self): pass
    sys.stderr = Watched()
    from bargein.vad import silero
    for _ in range(2):
        began = time.process_time()
        silero.score(np.zeros(1_024, np.int16), 16_000, runner="numba")
    print(time.process_time() - began)
"""


def run(folder, *arguments: str) -> list[str]:
    """Lines of a process that keeps its compiled code in a folder."""
    env = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=True, env=env)
    return done.stdout.splitlines()


def test_a_first_call_says_that_it_compiles_and_the_next_does_not(tmp_path):
    """Once a process and once an installation: the second call is fast, the second process says nothing."""
    said, seconds = run(tmp_path, "watched")
    assert said.startswith("bargein: compiling the network's loops, once for this installation")
    assert float(seconds) < 0.5
    assert 1 == len(run(tmp_path, "watched"))


def test_a_program_that_reads_the_output_is_not_disturbed(tmp_path):
    """Not on a terminal, nothing is said."""
    assert 1 == len(run(tmp_path))
