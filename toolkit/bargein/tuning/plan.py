"""What to record next: each claim one may want to make, what it needs, what is at hand, and the recipe for the rest.

Refusing is only half an answer. Every number that a refusal rests on stands in one table here, so that a person knows
before the recording day how many callers, pauses, onsets and thresholds are missing, and for which claim::

    claim                      at hand          needed               standing
    cut-offs within 10 %       12 holds, 3 ppl  10 holds, 29 people  bounded: judged, and not shown
    a threshold map            1 threshold      3 thresholds         not answerable

*answered*: as much as the claim needs. *bounded*: enough to count, too little to show it. *not answerable*: not even
that. Modelled sessions are no evidence for any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bargein.metrics.rates import clusters_needed
from bargein.providers import Provider
from bargein.settings import ServerVad, merged
from bargein.tuning.answerable import (
    ANSWERED,
    BOUNDED,
    NOT_ANSWERABLE,
    Answerable,
    Standing,
    answerable,
    exposure,
    longest_holds,
    several,
)
from bargein.tuning.calibration.fit import LEAST_ONSETS, NO_MODEL_WHILE_SPEAKING
from bargein.tuning.calibration.search import LEAST_GROUPS, LEAST_THRESHOLDS
from bargein.tuning.certified import Certified
from bargein.tuning.objectives import BUDGETS, EVIDENCE_STYLES
from bargein.tuning.reports import Heard as Heard
from bargein.tuning.shares import COUNTED, LEAST_TRIALS, percent
from bargein.vad.counting import Labelled

#: So many clusters must differ, all to one side, before a setting is better than another: see ``paired``.
LEAST_PAIRED = 5
#: Pauses of telephone callers last up to 1.9 s: without a hold so long nothing is known of an end silence beyond it.
LONG_HOLD_MS = 1_000
#: Two values of a knob tell a rule of dating from a bias; one cannot.
LEAST_VALUES = 2
#: Thresholds that are worth recording, the first first: one in the middle, then as far apart as a provider allows.
WORTH = (0.5, 0.8, 0.3, 0.9, 0.6, 0.4)
#: What to do, by what is missing.
RECIPES: Mapping[str, str] = {
    "turns": "whole turns of {styles} speech with their pauses: ask people to order, describe, decide aloud; label "
    "each turn complete, its speech without the pauses, each person a cluster",
    "words": "one-word answers, each person a few, labelled as turns of their own",
    "backchannel": "people who listen to the agent and say mm-hm, labelled backchannel",
    "tic": "coughs, throat clearing, laughter while the agent speaks, labelled tic",
    "noise": "the room as it is used, nobody speaking, labelled noise",
    "echo": "the agent alone through its loudspeaker into the microphone as sent, labelled echo",
    "calibration": "sessions with the microphone as sent, every received event with its receive time, all three "
    "settings sent with session.update; the same people at each setting",
    "speaking": "people who interrupt the agent while it speaks, at two or more settings: sessions with the microphone "
    "as sent and every received event with its receive time",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One claim.

    Parameters
    ----------
    claim
        What one would like to say.
    standing
        Whether these recordings can.
    have, needed
        In words; ``needed`` names the least.
    missing
        How many more of what; empty where nothing is.
    record
        The recipe for it.
    """

    claim: str
    standing: Standing
    have: str
    needed: str
    missing: Mapping[str, int]
    record: str

    def row(self) -> dict[str, object]:
        """Give it for a table."""
        more = ", ".join(several(n, what) for what, n in self.missing.items())
        shown = {"claim": self.claim, "standing": self.standing, "at hand": self.have, "needed": self.needed}
        return {**shown, "missing": more}


@dataclass(frozen=True, slots=True)
class Plan:
    """Every claim, and the recipes for what is missing.

    Parameters
    ----------
    provider, title
        Whose settings.
    needs
        Claims, in the order in which they are usually wanted.
    answerable
        The same by setting: where in the plane of threshold and end silence a recommendation may stand.
    next_settings
        Which settings to record next, as threshold, prefix padding and end silence; empty where enough are on record.
    notes
        What was left out, and why.
    """

    provider: str
    title: str
    needs: tuple[Need, ...]
    answerable: Answerable
    next_settings: tuple[tuple[float, int, int], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Need, ...]:
        """Claims that these recordings cannot carry."""
        return tuple(need for need in self.needs if need.standing != ANSWERED)

    @property
    def recipes(self) -> dict[str, str]:
        """How to record what is missing: each recipe once, with all that it is for."""
        found: dict[str, dict[str, int]] = {}
        for need in self.missing:
            amounts = found.setdefault(need.record, {})
            for what, n in need.missing.items():
                amounts[what] = max(n, amounts.get(what, 0))
        return {
            recipe: ", ".join(several(n, f"more {what}") for what, n in amounts.items())
            for recipe, amounts in found.items()
        }

    def lines(self) -> Iterator[str]:
        """Give what a person should do, most telling first."""
        yield f"{self.title}: {len(self.needs) - len(self.missing)} of {len(self.needs)} claims answered"
        yield f"  threshold and end silence: {self.answerable.text}"
        yield from (f"  record {amount}: {recipe}" for recipe, amount in self.recipes.items())
        if self.next_settings:
            said = ", ".join("/".join(f"{v:g}" for v in setting) for setting in self.next_settings)
            yield f"  settings to record next, threshold/prefix/silence, the same people at each: {said}"
        yield from (f"note: {note}" for note in self.notes)

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data."""
        needs = [
            {
                "claim": n.claim,
                "standing": n.standing,
                "at_hand": n.have,
                "needed": n.needed,
                "missing": dict(n.missing),
                "record": n.record,
            }
            for n in self.needs
        ]
        return {
            "provider": self.provider,
            "needs": needs,
            "recipes": self.recipes,
            "answerable": self.answerable.to_json(),
            "next_settings": [list(s) for s in self.next_settings],
            "notes": list(self.notes),
        }


def plan(
    provider: Provider,
    rows: Iterable[Labelled],
    heard: Heard,
    budgets: Sequence[float] = BUDGETS,
    notes: Iterable[str] = (),
    in_force: ServerVad | None = None,
) -> Plan:
    """Compare what is at hand with what each claim needs.

    Parameters
    ----------
    provider
        Whose settings.
    rows
        Labelled scores; none is an answer, too.
    heard
        The provider's own reports.
    budgets
        Shares of cut-offs that one would like to show, over 0 and under 1.
    notes
        What was left out before.
    in_force
        Settings to compare with; what is not set there is taken from the provider's documentation.
    """
    every = list(rows)
    needs = [*_ends(every, budgets), *_starts(every, provider, heard), *_calibration(provider, heard)]
    known = merged(provider.documented, in_force or ServerVad())
    assert isinstance(known, ServerVad)
    where = answerable(
        provider.title,
        every,
        heard,
        known,
        max(budgets, default=max(BUDGETS)),  # what is too little for the widest is too little for all
        accepted=provider.thresholds,
        no_model=no_model(provider, heard),
    )
    return Plan(provider.name, provider.title, tuple(needs), where, _next(provider, heard), tuple(notes))


def no_model(provider: Provider, heard: Heard) -> str:
    """Say why nothing can be recommended for a provider; empty where something can.

    Examples
    --------
    >>> from bargein.providers import PROVIDERS
    >>> no_model(PROVIDERS["xai"], Heard(onsets_speaking=19))
    'no model of what starts it: 19 of 20 onsets while the agent speaks'
    """
    if provider.recommends or heard.onsets_speaking >= LEAST_ONSETS:
        return ""
    return f"no model of what starts it: {heard.onsets_speaking} of {LEAST_ONSETS} onsets while the agent speaks"


def _ends(rows: Sequence[Labelled], budgets: Sequence[float]) -> Iterator[Need]:
    turns = [r for r in rows if r.kind == "turn" and r.speech_style in EVIDENCE_STYLES]
    people = {"hold": len({r.cluster for r in turns if r.holds}), "turn": len({r.cluster for r in turns})}
    trials = {"hold": sum(len(r.holds) for r in turns), "turn": len(turns)}
    recipe = RECIPES["turns"].format(styles=" or ".join(EVIDENCE_STYLES))
    for per, n in trials.items():
        for budget in budgets:
            wanted = clusters_needed(budget)
            least = {f"{per}s": LEAST_TRIALS - n, "speakers": wanted - people[per]}
            yield Need(
                f"at most {percent(budget)} of {per}s cut off",
                _standing(n >= LEAST_TRIALS, people[per] >= wanted),
                f"{several(n, f'{per}s')} of {several(people[per], 'speakers')}",
                f"{LEAST_TRIALS} {per}s; {wanted} speakers, none of them cut off",
                _more(least),
                recipe,
            )
    for budget in budgets:
        wanted = Certified("turn", budget, 0, None, None).needed
        yield Need(
            f"certified silence, {percent(budget)} of turns of a caller more",
            _standing(people["turn"] >= wanted),
            several(people["turn"], "speakers"),
            f"{wanted} speakers",
            _more({"speakers": wanted - people["turn"]}),
            recipe,
        )
    yield Need(
        "better than the settings in force, on speakers held out",
        _standing(people["turn"] >= LEAST_PAIRED),
        several(people["turn"], "speakers"),
        f"{LEAST_PAIRED} speakers, all of whom gain",
        _more({"speakers": LEAST_PAIRED - people["turn"]}),
        recipe,
    )
    longest = max(longest_holds(turns).values(), default=0)
    yield Need(
        f"what an end silence over {LONG_HOLD_MS} ms would cut off",
        _standing(longest >= LONG_HOLD_MS),
        f"longest hold {longest} ms",
        f"holds of {LONG_HOLD_MS} ms",
        _more({"long holds": int(longest < LONG_HOLD_MS)}),
        recipe,
    )


def _starts(rows: Sequence[Labelled], provider: Provider, heard: Heard) -> Iterator[Need]:
    """What asks when speech starts: recordings, and a model of what starts the provider's detector."""
    lacks = 0 if provider.recommends else max(LEAST_ONSETS - heard.onsets_speaking, 0)
    no_model = "; no model of what starts it" if lacks else ""
    model = f"; a model: {several(LEAST_ONSETS, 'onsets')} while it speaks" if lacks else ""

    def need(claim: str, have: str, least: str, missing: dict[str, int], recipe: str) -> Need:
        more = _more(missing)
        recipe, wanted = (RECIPES["speaking"], {"onsets": lacks}) if lacks and not more else (recipe, more)
        return Need(claim, _standing(not more and not lacks), f"{have}{no_model}", f"{least}{model}", wanted, recipe)

    for kind, counting in COUNTED.items():
        amount, clusters = exposure(rows, kind), len({r.cluster for r in rows if r.kind == kind})
        yield need(
            f"a threshold for starts on {kind}",
            f"{amount.have} {amount.unit} in {several(clusters, 'clusters')}",
            counting.least,
            {f"{amount.unit} of {kind}": amount.missing},
            RECIPES[kind],
        )
    speech = sum(r.kind in ("turn", "word") for r in rows)
    turns = sum(r.kind == "turn" for r in rows)
    whole = RECIPES["turns"].format(styles=" or ".join(EVIDENCE_STYLES))
    for claim, n, of, what, recipe in [
        ("how many starts a threshold misses", speech, "turns and words", "turns and words", RECIPES["words"]),
        ("a prefix padding", turns, "onsets of turns", "turns", whole),
    ]:
        yield need(claim, f"{n} {of}", f"{LEAST_TRIALS}", {what: LEAST_TRIALS - n}, recipe)


def _calibration(provider: Provider, heard: Heard) -> Iterator[Need]:
    recipe = RECIPES["calibration"]
    yield Need(
        f"how far the model is from {provider.title}'s detector",
        _standing(heard.groups >= LEAST_GROUPS),
        f"{several(heard.groups, 'groups')}, {several(heard.onsets, 'onsets')}",
        f"{LEAST_GROUPS} groups (speakers, calls)",
        _more({"groups": LEAST_GROUPS - heard.groups}),
        recipe,
    )
    for claim, values, least, what in [
        ("what a set threshold really is: a map", heard.thresholds, LEAST_THRESHOLDS, "thresholds"),
        ("how a claimed stop is dated", heard.silences, LEAST_VALUES, "end silences"),
        ("how a claimed start is dated", heard.paddings, LEAST_VALUES, "prefix paddings"),
    ]:
        shown = ", ".join(f"{v:g}" for v in values) or "none"
        yield Need(
            claim,
            _standing(len(values) >= least),
            f"{what} {shown}",
            f"{least}",
            _more({what: least - len(values)}),
            recipe,
        )
    if provider.name in NO_MODEL_WHILE_SPEAKING:
        yield Need(
            f"anything but candidates to try while {provider.title} speaks",
            _standing(heard.onsets_speaking >= LEAST_ONSETS),
            f"{several(heard.onsets_speaking, 'onsets')} while it speaks",
            f"{LEAST_ONSETS} onsets",
            _more({"onsets": LEAST_ONSETS - heard.onsets_speaking}),
            RECIPES["speaking"],
        )


def _standing(judged: bool, shown: bool = True) -> Standing:
    return NOT_ANSWERABLE if not judged else ANSWERED if shown else BOUNDED


def _more(missing: Mapping[str, int]) -> dict[str, int]:
    return {what: n for what, n in missing.items() if n > 0}


def _next(provider: Provider, heard: Heard) -> tuple[tuple[float, int, int], ...]:
    """Give the settings that would tell most: thresholds that are missing, each also at another silence and padding."""
    low, high = provider.thresholds
    wanted = max(LEAST_THRESHOLDS - len(heard.thresholds), 0)
    fresh = [t for t in WORTH if low <= t <= high and all(abs(t - old) > 0.05 for old in heard.thresholds)][:wanted]
    paddings = [p for p in (300, 100) if p not in heard.paddings] or [300]
    silences = [s for s in (500, 200) if s not in heard.silences] or [500]
    if not fresh and len(heard.silences) >= LEAST_VALUES and len(heard.paddings) >= LEAST_VALUES:
        return ()
    levels = fresh or [heard.thresholds[0]]
    return tuple((t, paddings[n % len(paddings)], silences[n % len(silences)]) for n, t in enumerate(levels))
