"""One study of everything at hand: sessions replayed, measured, accounted for, settings tuned. Data only."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from bargein.corpus import Corpus, Run, open_corpus, run_policies
from bargein.errors import NotAnswerable
from bargein.gate import GENERATIONS
from bargein.session.files import INFO_FILE, sha256
from bargein.tuning import Tuned
from bargein.tuning.at_hand import tune_on

#: Called with what is being done, how far it is, and how far it goes.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ring:
    """Sessions of one origin; rings are reported apart and never pooled.

    Parameters
    ----------
    title
        Whose voices, what is modelled.
    corpus
        Its sessions.
    runs
        Every replayable session under every policy.
    """

    title: str
    corpus: Corpus
    runs: tuple[Run, ...]

    def under(self, policy: str) -> list[Run]:
        """Runs of one policy, whatever it listened to."""
        return [r for r in self.runs if r.outcome.policy.name == policy]


@dataclass
class Study:
    """What the report shows.

    Parameters
    ----------
    rings
        Embedded sessions first; sessions of public recordings where they are at hand.
    tuned
        Per provider, on the score tables of real recordings.
    budget
        Largest share of holds that may be cut off, as given.
    seconds
        How long each step took.
    scored, reused
        Recordings whose detector scores were computed, and found in the cache.
    """

    rings: list[Ring] = field(default_factory=list)
    tuned: dict[str, Tuned] = field(default_factory=dict)
    budget: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    scored: int = 0
    reused: int = 0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time of a step to its name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start


def study(roots: dict[str, Path], budget: float | None, progress: Progress, *, tuned_on: Path | None = None) -> Study:
    """Open, replay and tune.

    Parameters
    ----------
    roots
        Title to folder of sessions.
    budget
        For tuning: largest share of cut-offs per hold.
    progress
        Told of every session.
    tuned_on
        Sessions whose labels are tuned on, where they have such; None: the embedded tables of real recordings.

    Raises
    ------
    SessionError
        Every problem of every session of a folder.
    """
    from bargein.vad.cache import default as score_cache

    made = Study(budget=budget)
    cache = score_cache()
    hits, misses = cache.hits, cache.misses
    with made.timed("analysis"):
        for title, root in roots.items():
            made.rings.append(_ring(title, root, progress))
        for n, name in enumerate(("openai", "xai")):
            progress(f"tuning {name}", n, 2)
            made.tuned[name] = _tuned(tuned_on, name, budget)
        progress("tuning", 2, 2)
    made.scored, made.reused = cache.misses - misses, cache.hits - hits
    return made


def _tuned(source: Path | None, provider: str, budget: float | None) -> Tuned:
    try:
        return tune_on(source, provider, max_cutoffs_per_hold=budget)
    except NotAnswerable as why:
        tuned = tune_on(None, provider, max_cutoffs_per_hold=budget)
        return replace(tuned, notes=(f"not tuned on these sessions, but on the embedded tables: {why}", *tuned.notes))


def _ring(title: str, root: Path, progress: Progress) -> Ring:
    corpus = open_corpus(root)
    runs: list[Run] = []
    for n, case in enumerate(corpus):
        progress(f"replaying {case.session.id}", n, len(corpus))
        if case.replayable:
            if "user" in case.session.info.tracks:
                _ = case.local_edges  # scores of every user track, for gates that listen locally and for pictures
            runs += run_policies(case, GENERATIONS)
    progress(title, len(corpus), len(corpus))
    return Ring(title, corpus, tuple(runs))


def manifest(made: Study, seed: int | None) -> dict[str, object]:
    """Say what a run rests on: code, data, seed, assumptions.

    Parameters
    ----------
    seed
        Of the sessions that the run composed itself; None when it composed none.
    """
    # each session states its own seed; here the kinds of assumption, once
    assumed = sorted({a.split(" with seed ")[0] for ring in made.rings for r in ring.runs for a in r.outcome.assumed})
    return {
        "version": version("bargein"),
        "code sha256": _code_hash(Path(__file__).parents[1]),
        "sessions": {c.session.id: sha256(c.session.folder / INFO_FILE) for ring in made.rings for c in ring.corpus},
        "seed": seed,
        "budget": {"max_cutoffs_per_hold": made.budget},
        "held fixed": ["user", "provider", "echo"],
        "assumed": assumed,
        "scores": {"computed": made.scored, "from the cache": made.reused},
        "seconds": {k: float(f"{v:.2f}") for k, v in made.seconds.items()},
    }


def _code_hash(package: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()
