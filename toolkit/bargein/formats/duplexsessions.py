"""A sample of Full-Duplex-Bench, or a folder of samples, written as sessions: all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bargein.errors import InputError, LogError, Problem, check
from bargein.formats.calls import Known, import_call
from bargein.formats.duplexbench import INPUT, OUTPUT, read_sample
from bargein.formats.imported import Imported
from bargein.session import load
from bargein.session.files import INFO_FILE

#: The model's side may be silent: it took no turn, which is what some tasks ask of it.
MAY_BE_SILENT = frozenset({"agent"})


def import_samples(
    folder: str | os.PathLike[str], out: str | os.PathLike[str], *, overwrite: bool = False
) -> tuple[Imported, ...]:
    """Turn a sample into a session folder, or a folder of samples into a folder of sessions.

    Parameters
    ----------
    folder
        A sample: ``input.wav``, ``output.wav``, where there are any ``output.json`` and the task's file. Or a folder of
        such folders, as a task of the benchmark is.
    out
        The session folder to write; of several samples the folder of their sessions, each named after the folder and
        the sample: ``candor_turn_taking-17``.
    overwrite
        Replace sessions of those names.

    Returns
    -------
    Per sample the session, what was noted, and what it cannot tell.

    Raises
    ------
    InputError
        Every problem of every sample; nothing is written.
    """
    source, out = Path(folder), Path(out)
    if _is_sample(source):
        there = [Problem("the folder exists", str(out), "name another one, or overwrite it")]
        return (_brought(source, out, overwrite, there if out.exists() and not overwrite else []),)
    samples = sorted((p for p in source.glob("*") if _is_sample(p)), key=lambda p: (len(p.name), p.name))
    if not samples:
        what = "no such folder" if not source.is_dir() else f"neither {INPUT} and {OUTPUT} here, nor folders with them"
        raise LogError([Problem(what, str(source), "give a sample, or the folder of one task")], source.name)
    named = {out / f"{source.absolute().name}-{sample.name}": sample for sample in samples}
    problems = list(_in_the_way(out, named, overwrite))
    above = next(p for p in out.absolute().parents if p.is_dir())
    with tempfile.TemporaryDirectory(dir=above, prefix=f".{out.name}.") as scratch:
        made: dict[Path, Imported] = {}
        for target, sample in named.items():
            try:
                made[target] = _brought(sample, Path(scratch) / target.name, False, [])
            except InputError as error:
                problems += [Problem(p.what, f"{sample.name}/{p.place}", p.hint) for p in error.problems]
        check(problems, LogError, source.name)
        out.mkdir(parents=True, exist_ok=True)
        for target in named:
            if target.exists():
                shutil.rmtree(target)
            (Path(scratch) / target.name).rename(target)
    return tuple(replace(one, session=load(target)) for target, one in made.items())


def _is_sample(path: Path) -> bool:
    return (path / INPUT).is_file() or (path / OUTPUT).is_file()


def _in_the_way(out: Path, targets: dict[Path, Path], overwrite: bool) -> Iterator[Problem]:
    """What stands where sessions are to be written, and may not be replaced."""
    for target in targets:
        if target.exists() and not (target / INFO_FILE).is_file():
            yield Problem("what stands there is no session, so it is not replaced", str(target), "mistyped?")
        elif target.exists() and not overwrite:
            yield Problem("the folder exists", str(target), "name another one, or overwrite it")
    if out.exists() and not out.is_dir():
        yield Problem("a file stands where the folder of sessions is to be", str(out), "mistyped?")


def _brought(folder: Path, out: Path, overwrite: bool, problems: list[Problem]) -> Imported:
    """Write one sample's session."""
    sample, length_ms, wrong = read_sample(folder)
    check([*wrong, *problems], LogError, folder.name)
    assert sample is not None  # no problems
    missing = frozenset({"words"} if sample.words is None else ())
    known = Known(sample.labels, sample.lines(length_ms), sample.notes, sample.sources(), missing, MAY_BE_SILENT)
    return import_call(out, user=folder / INPUT, agent=folder / OUTPUT, overwrite=overwrite, known=known)
