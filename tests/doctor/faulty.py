"""For every rule: a session with its fault and the twin without, composed and written by hand."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from bargein.compose.faults import FAULTS, with_twin
from bargein.corpus import Case
from bargein.doctor import RULES, Diagnosis, diagnose
from doctor.handwritten import written

FAULT_OF = {fault.rule: name for name, fault in FAULTS.items()}


@cache
def _folder() -> Path:
    made = Path(mkdtemp(prefix="doctor-"))
    atexit.register(rmtree, made, ignore_errors=True)
    return made


@cache
def composed(rule: str) -> tuple[Case, Case]:
    """The scene in which a rule's fault shows, with the fault and without."""
    faulty, twin = with_twin(FAULT_OF[RULES[rule].number], _folder())
    return Case(faulty), Case(twin)


@cache
def by_hand(rule: str) -> tuple[Case, Case]:
    """A log that no composer made, with the fault and without, imported as anybody's."""
    faulty, twin = written(RULES[rule].number)
    return Case(faulty.bring(_folder() / f"{rule}-by-hand")), Case(twin.bring(_folder() / f"{rule}-by-hand-twin"))


def says(rule: str, case: Case) -> Diagnosis:
    """What one rule says of a session."""
    return diagnose(case, [RULES[rule]])
