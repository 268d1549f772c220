"""From a study to its report: which questions are asked in which order, and the sentences between the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bargein.corpus import Run
from bargein.metrics.panel import LEGEND
from bargein.metrics.stopping import revoked_heard_ms
from bargein.report import views
from bargein.report.page import Picture, Section, page
from bargein.report.study import Ring, Study, manifest
from bargein.report.tables import Table
from bargein.tuning.summary import answer_lines, headline
from bargein.units import seconds
from bargein.whole import write_text

TITLE = "You interrupted. The agent kept talking. Why, for how long, and what should you change?"
LEAD = (
    "Three things are kept apart throughout: what the provider generated, what was delivered to the client, and what "
    "left the loudspeaker and was heard. Only the last is what the user lived through.",
    "Everything here was computed on this machine, without a key, a GPU or an upload.",
)
WILL_NOT_TELL = (
    "How a provider performs: sessions whose basis is 'modelled' have real voices and a modelled provider. They show "
    "that the gate and the measures work.",
    "How long to wait for the end of a turn, from read speech: it holds no long pauses. Endpoint figures rest on the "
    "score tables of real, unscripted recordings alone.",
    "What the user or the provider would have done under another gate: both are held fixed, and where the recorded "
    "provider stopped generating, nothing later is known.",
    "Whether a setting is right for your callers: nothing here is calibrated against your provider. Record sessions "
    "with the short logger of the README, at two or more settings, and label the interruptions.",
)


def write_report(made: Study, out: Path, figures: dict[str, list[Picture]], seed: int | None) -> Path:
    """Write ``report.html``, ``run.json`` and the full tables as CSV.

    Parameters
    ----------
    made
        The study.
    out
        Folder; made when missing.
    figures
        Pictures by the name of the section they belong to.
    seed
        Of sessions composed by this run.

    Returns
    -------
    The report's path.
    """
    write_text(out / "run.json", json.dumps(manifest(made, seed), indent=1, ensure_ascii=False) + "\n")
    for ring in made.rings:
        for name, table in _kept(ring).items():
            write_text(out / "tables" / f"{ring.title.split()[0].lower()}-{name}.csv", table.to_csv())
    target = out / "report.html"
    write_text(target, page(TITLE, LEAD, _sections(made, figures, seed)))
    return target


def _sections(made: Study, figures: dict[str, list[Picture]], seed: int | None) -> Iterator[Section]:
    embedded = made.rings[0]
    yield Section("In short", tuple(_in_short(made)))
    yield Section("One barge-in", pictures=tuple(figures.get("one", ())), tables=_one(embedded))
    yield Section(
        "As recorded",
        ("First what happened, under the settings that were in force; no surrogate, no other gate.", LEGEND),
        tables=tuple(views.recorded_table(r.corpus, r.title) for r in made.rings),
    )  # fmt: skip
    for ring in made.rings:
        if ring.runs:
            yield Section(f"Who was heard, under each gate: {ring.title}", tuple(views.tie_lines(ring.runs)),
                          tuple(figures.get("who", ()) if ring is embedded else ()),
                          (views.policy_table(ring.runs, ring.title),))  # fmt: skip
    for ring in made.rings:
        if ring.runs:
            tables = views.account_tables(ring.under("keyed"), f"{ring.title}, policy keyed")
            yield Section(f"The books, and what was true: {ring.title}", tuple(_books_sentences(ring)),
                          tuple(figures.get("books", ()) if ring is embedded else ()), tuple(tables))  # fmt: skip
    for name, tuned in made.tuned.items():
        yield Section(f"Settings: {tuned.title}", (headline(tuned), *answer_lines(tuned)),
                      tuple(figures.get(f"tune {name}", ())), lines=tuple(tuned.summary()))  # fmt: skip
    yield Section("What this will not tell you", WILL_NOT_TELL)
    facts = manifest(made, seed)
    rows = [{"fact": k, "value": v if isinstance(v, (str, int)) else json.dumps(v, ensure_ascii=False)}
            for k, v in facts.items() if k not in ("sessions", "assumed")]  # fmt: skip
    assumed = facts["assumed"]
    assert isinstance(assumed, list)
    yield Section("What this run rests on", tuple(f"Assumed: {a}" for a in assumed), tables=(Table("Run", rows),))


def _in_short(made: Study) -> Iterator[str]:
    """The page's answers, a sentence each."""
    ring = made.rings[0]
    same = {r.outcome.policy.name: r for r in of_one_session(ring)}
    if same:
        let, kept = same["stop-only"], same["keyed"]
        session = let.case.session
        yield (
            f"Why, and for how long: in {session.id} ({session.info.evidence}) the gate stop-only stops the sound and "
            f"lets late audio back in, {_s(revoked_heard_ms(let.outcome))} of an answer that the user had cut; under "
            f"keyed it is {_s(revoked_heard_ms(kept.outcome))}."
        )
    for one in made.rings:
        if one.runs:
            yield f"Which gate, {one.title.lower()}: {views.gates_in_short(one.runs)}"
            yield f"What the books say, {one.title.lower()}: {next(_books_sentences(one))}"
    yield from (f"What to change at {tuned.title}: {headline(tuned)}." for tuned in made.tuned.values())


def _kept(ring: Ring) -> dict[str, Table]:
    """The tables a researcher takes along, every row of them."""
    kept = {"recorded": views.session_table(ring.corpus, "session")}
    if ring.runs:
        kept |= {"stages": views.stage_table(ring.runs), "episodes": views.episode_table(ring.runs),
                 "policies": views.policy_table(ring.runs, ring.title),
                 "books": views.account_tables(ring.runs, ring.title)[1]}  # fmt: skip
    return kept


def one_barge_in(ring: Ring) -> Run | None:
    """Pick the run to show first: one barge-in, and a gate that lets revoked audio back in, at its worst."""
    runs = [r for r in ring.under("stop-only") if len(r.panel.met) == 1 and revoked_heard_ms(r.outcome)]
    return max(runs, key=lambda r: revoked_heard_ms(r.outcome), default=None)


def of_one_session(ring: Ring) -> list[Run]:
    """The session of that run, under every policy."""
    shown = one_barge_in(ring)
    return [] if shown is None else [r for r in ring.runs if r.case.session.id == shown.case.session.id]


def _one(ring: Ring) -> tuple[Table, ...]:
    same = of_one_session(ring)
    if not same:
        return ()
    return views.outcome_table([r.outcome for r in same]), views.episode_table(same), *views.text_tables(same)


def _books_sentences(ring: Ring) -> Iterator[str]:
    tables = views.account_tables(ring.under("keyed"), ring.title)
    for row in tables[0].rows:
        yield (
            f"Sessions, {row['sessions']} (n={row['n']}), under keyed: the agent was heard {_s(row['agent heard'])}. "
            f"Arrival accounting booked {_s(row['agent booked'])}, and {_s(row['agent booked, fixed'])} after its fix. "
            f"Of the silence it booked, {_s(row['phantom silence'])} ({_s(row['phantom, fixed'])} after the fix) was "
            f"time in which the agent was heard. {row['unseen']} of {row['barge-ins']} barge-ins were unseen by it."
        )


def _s(ms: object) -> str:
    return f"{seconds(int(str(ms))):.1f} s"
