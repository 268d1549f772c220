"""Which tables answer which question: from corpora and runs to :class:`~bargein.report.tables.Table`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bargein.corpus import (
    Case,
    Corpus,
    Run,
    account,
    account_totals,
    as_recorded,
    differences,
    policy_rows,
    straggler_rows,
    ties,
)
from bargein.corpus.asked import Change
from bargein.doctor import Diagnosis
from bargein.errors import Problem, SettingsError
from bargein.gate import POLICIES, Policy
from bargein.gate.diagram import back_by, cuts_on
from bargein.metrics.bounds import FAILURES, rates
from bargein.metrics.onsets import judged, user_speech
from bargein.metrics.panel import LEGEND as LEGEND
from bargein.metrics.text import heard_text
from bargein.metrics.truth import remarks, truth
from bargein.metrics.weighted import WeightedRate
from bargein.outcome import Link, Outcome
from bargein.plot.material import Material
from bargein.report.tables import Table
from bargein.units import clock_text

#: Said once when it holds for every row.
FOLD = ("basis", "heard", "speech", "clusters", "masked", "apart", "censored")

#: What is counted as a cut, as pictures mark them.
CUTS = "Cuts that had something to cut: the agent was heard, or what they revoked would have been."

#: Stands for the severity where a rule lacked its evidence.
NOT_CHECKABLE = "not checkable"

#: What each cause of late audio means, for the reader of a table.
CAUSES = {
    "as-recorded": "As recorded: no audio of the old response comes after speech_started",
    "stragglers": "Stragglers (assumed): one to three late deltas after speech_started, before audio.done",
    "interrupt_response-false": "interrupt_response: false (order assumed): the old response runs to its end",
    "local-vad-cut": "A local detector cuts; the server's own stop follows 0.7 to 1.2 s after the onset",
    "recorded": "A recording",
}


def recorded_table(corpus: Corpus, where: str) -> Table:
    """As recorded: provider x model x settings in force."""
    cells = as_recorded(corpus)
    modelled = (
        " 'modelled': the provider's events and the player were modelled (docs/compose.md), so these rows show that "
        "the measures work, not how a provider performs."
    )
    note = (
        f"{where}: {len(corpus)} sessions, {corpus.length_ms / 60_000:.1f} min. Stop latency and leak rest on "
        "the session's own record (heard): the client's log, the play-out buffer of WebRTC, a call's channel or log. "
        "In the tail = generation had ended before the user spoke. False = labelled sounds of that kind that "
        "the provider reported as speech, of those it could have."
        + modelled
        * any(c.session.info.evidence == "modelled" for c in corpus)
    )
    return Table("As recorded, by settings in force", [c.row() for c in cells], note, FOLD)


#: Columns that say whose a row is, and how many independent groups it rests on.
WHOSE = ("provider", "model", "settings", "basis", "heard", "speech", "clusters")


def bounds_table(corpus: Corpus) -> Table:
    """How sure the as-recorded table is: what went wrong, with its bound, and what is left to label."""
    rows: list[dict[str, object]] = []
    weighted = False
    for cell in as_recorded(corpus):
        head, found = {k: v for k, v in cell.row().items() if k in WHOSE}, rates(cell)
        known = {what: rate.text for what, rate in found.items()}
        weighted |= any(isinstance(rate, WeightedRate) for rate in found.values())
        rows.append({**head, **{what: known.get(what) for what in FAILURES},
                     "to label [min]": cell.to_label_ms / 60_000})  # fmt: skip
    unseen = [what for what in FAILURES if all(row[what] is None for row in rows)]
    kept = [{k: v for k, v in row.items() if k not in unseen} for row in rows]
    queue = " Weighted: labels of a queue stand for all events (docs/labels.md); interval two-sided, 95 %." * weighted
    note = (
        "What went wrong, of what could have; the bound is one-sided, 95 %, over clusters: events of one speaker are "
        f"no independent evidence.{queue} To label: minutes of sessions without labels, which would answer what is "
        "empty here."
    )
    return Table("How sure: failures and their upper bounds", kept, note, FOLD)


def session_table(corpus: Corpus, by: str) -> Table:
    """As recorded, session by session.

    Raises
    ------
    SettingsError
        ``by`` is not ``session``.
    """
    if by != "session":
        raise SettingsError([Problem(f"by {by!r} is not a way to group", hint="settings or session")], "measure")
    rows: list[dict[str, object]] = []
    for cell in as_recorded(corpus):
        for one, alone in cell.each():
            row = {k: v for k, v in alone.row().items() if k not in ("sessions", "clusters")}
            stages = {
                "agent generated [ms]": one.generated_ms,
                "agent heard [ms]": one.heard_ms,
                "user [ms]": one.user_ms,
            }
            rows.append({"session": one.session, **row, **stages})
    return Table("As recorded, session by session", rows, fold=("basis", "heard", "speech"))


def warning_lines(corpus: Corpus) -> list[str]:
    """Say what was odd about the logs, counted; odd is not wrong, and nothing was left out of any figure for it."""
    counts = sum((case.reading.warnings for case in corpus.timed), Counter[str]())
    untimed = len(corpus) - len(corpus.timed)
    said = [f"{n} x {what}" for what, n in sorted(counts.items())]
    said += [f"{untimed} sessions without times: left out"] * bool(untimed)
    bare = [case.session for case in corpus if not judged(case.session) and not truth(case.session).queued]
    advice = (
        f"{len(bare)} of {len(corpus)} sessions have no labels: barge-ins, stops, leak and cut-offs cannot be counted. "
        "Begin with `bargein label sheet` (docs/labels.md): sound and every stretch of the user, to be named."
    )
    warned = [f"warnings: {'; '.join(said)}"] if said else []
    return [*warned, *([advice] if bare else []), *remarks(case.session for case in corpus)]


def policy_table(runs: Sequence[Run], where: str) -> Table:
    """Who was heard, under each gate, by the cause of late audio."""
    rows = [r.row() for r in policy_rows(runs)]
    note = (
        f"{where}. Each policy listens to the detector its session's client had. Held fixed: user, provider, echo. "
        "Restart = sum of what came back after the first silence; revoked heard = audio of revoked responses "
        "after a cut, from sample ids, and in how many sessions. Stragglers and interrupt_response false are modelled: "
        "they verify the gate and are no finding about a provider."
    )
    return Table("Who was heard, under each gate", rows, note, FOLD)


def difference_table(runs: Sequence[Run], where: str) -> Table:
    """Every barge-in under each gate against itself as recorded."""
    note = (
        f"{where}. Policy less recorded, barge-in by barge-in; negative is sooner, and better. Left out: censored, "
        "masked or apart under either. Held fixed: provider and echo; the user of a modelled session too, that of a "
        "recording until 300 ms after something else is heard. No sums over sessions: nobody lived through them."
    )
    return Table("What each gate would have changed", [d.row() for d in differences(runs)], note, FOLD)


def settings_table(changes: Iterable[Change], where: str) -> Table:
    """What other settings of the provider's voice detection would have changed, under each gate."""
    note = (
        f"{where}. In force and asked: the same surrogate reports the user to the same gate. Leak is of barge-ins that "
        "count under both; left out: censored (what the provider would have said is not known), masked, apart, or a "
        "silent agent, under either. Lower is better, but for barge-ins reported. Held fixed: user, provider, echo."
    )
    return Table("What other settings would have changed", [row for c in changes for row in c.rows()], note, FOLD)


def straggler_table(cases: Sequence[Case], policies: Sequence[str | Policy], link: Link | None, where: str) -> Table:
    """What each gate lets be heard of revoked answers when deltas come late."""
    note = (
        f"{where}, sessions in which the provider stopped a response. Modelled: its last 0, 1 or 3 deltas arrive just "
        "after the report of the user. It verifies the gate and is no finding about a provider. Lower is better."
    )
    return Table("If deltas came late", straggler_rows(cases, policies, link), note, FOLD)


def tie_lines(runs: Sequence[Run]) -> list[str]:
    """Say, by cause, where the gates that flush are the same gate, and where which of them lets audio back in."""
    same = ties(runs)
    rows = {(r.cause, r.policy.partition("@")[0]): r for r in policy_rows(runs)}
    said = []
    for cause in sorted(same):
        what = CAUSES.get(cause, cause)
        if same[cause]:
            said.append(f"{what}. Here stop-only, suppress and keyed tie: the same samples are heard in every session.")
            continue
        let = (f"{name} in {r.restarts} of {len(r.runs)} sessions" for name in ("stop-only", "suppress", "keyed")
               if (r := rows.get((cause, name))) is not None)  # fmt: skip
        said.append(f"{what}. Revoked audio is heard after a cut under {', '.join(let)}.")
    return said


def gates_in_short(runs: Sequence[Run]) -> str:
    """Say in how many sessions each gate lets revoked audio be heard, where gates differ, and where they tie."""
    same = ties(runs)
    tied = {r.case.session.id for r in runs if same.get(r.case.cause)}
    rows = [r for r in policy_rows(runs) if not same.get(r.cause, True)]
    let = []
    for name in ("stop-only", "suppress", "keyed"):
        mine = [r for r in rows if r.policy.partition("@")[0] == name]
        let.append(f"{name} in {sum(r.restarts for r in mine)} of {sum(len(r.runs) for r in mine)} sessions")
    apart = f" In the others revoked audio is heard after a cut under {', '.join(let)}." if rows else ""
    every = len({r.case.session.id for r in runs})
    return f"stop-only, suppress and keyed let the same be heard in {len(tied)} of {every} sessions.{apart}"


def account_tables(runs: Sequence[Run], where: str) -> list[Table]:
    """What the books say, and what was true: totals, then session by session."""
    accounts = [account(r) for r in runs]
    note = (
        f"{where}. Milliseconds. 'Booked' is arrival accounting, the origin's rules before and after its fix; 'heard' "
        "is what left the loudspeaker under the policy and the labelled user speech. Over-counted = booked less "
        "heard agent time (negative: under-counted). Phantom = booked silence while the agent was heard. Unseen = "
        "barge-ins in the playback tail that the books missed."
    )
    totals = Table("What the books say, and what was true", account_totals(accounts), note, FOLD)
    return [totals, Table("The same, session by session", [a.row() for a in accounts], fold=FOLD)]


def stage_table(runs: Sequence[Run]) -> Table:
    """Every session under every policy: what was generated, delivered, heard and left over."""
    rows = [
        {
            "session": o.session.id, "cause": r.case.cause, "policy": o.policy.title,
            "generated [ms]": o.generated.audio_ms(), "delivered [ms]": o.delivered.audio_ms(),
            "heard [ms]": o.heard.audio_ms(), "unplayed at end [ms]": o.unplayed_at_end_ms,
            "user [ms]": user_speech(r.case.session).ms, "cuts": len(Material.of(o).biting()),
            "nodes left": o.nodes.left_connected, "basis": f"{r.case.session.info.basis}; heard {o.heard.basis}",
        }
        for r in runs for o in [r.outcome]
    ]  # fmt: skip
    return Table("Generated, delivered, heard, session by session and policy by policy", rows, CUTS)


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """One session: what was generated, delivered and heard under each policy."""
    rows = [
        {
            "policy": o.policy.title, "generated [ms]": o.generated.audio_ms(),
            "delivered [ms]": o.delivered.audio_ms(), "heard [ms]": o.heard.audio_ms(),
            "unplayed at end [ms]": o.unplayed_at_end_ms, "cuts": len(Material.of(o).biting()),
            "nodes left connected": o.nodes.left_connected, "basis": str(o.heard.basis),
        }
        for o in outcomes
    ]  # fmt: skip
    o = outcomes[0]
    note = f"{CUTS} Assumed: {'; '.join(o.assumed)}. Held fixed: {', '.join(o.held_fixed)}."
    return Table(f"{o.session.id}: generated, delivered, heard", rows, note)


def episode_table(runs: Sequence[Run]) -> Table:
    """One session: every onset under each policy."""
    rows = [
        {
            "session": r.case.session.id, "onset": clock_text(e.onset.at), "class": e.onset.kind,
            "policy": r.outcome.policy.title,
            "agent heard": "yes" if e.agent_heard else "no", "in the tail": "yes" if e.in_tail else "no",
            "masked": "yes" if e.masked else "no", "detection [ms]": e.detection_ms, "silent [ms]": e.stop_ms,
            "because": e.end, "reaction [ms]": e.reaction_ms, "censored": "yes" if e.censored else "no",
            "restart [ms]": e.restart_ms, "leak [ms]": e.leak_ms[0],
            "leak after 200 ms [ms]": e.leak_ms[1],
            "stale suppressed": e.stale_suppressed, "stale played": e.stale_played, "basis": str(r.outcome.heard.basis),
        }
        for r in runs for e in r.episodes
    ]  # fmt: skip
    rows.sort(key=lambda row: (str(row["session"]), str(row["onset"])))
    return Table("Around every labelled onset", rows, fold=("session", "basis"))


def policies_table() -> Table:
    """Every policy that ships."""
    also = {(False, False): None, (True, False): "relay", (False, True): "provider", (True, True): "both"}
    rows: list[dict[str, object]] = [
        {"policy": p.name, "cuts on": cuts_on(p), "sounds again by": back_by(p.reaction),
         "also acts": also[p.relay is not None, p.commands], "origin": p.origin, "what it does": p.note}
        for p in POLICIES.values()
    ]  # fmt: skip
    note = (
        "Also acts: the relay has a gate of its own; the provider is told what was heard. Write policy@local-vad to "
        "listen to a detector beside the loudspeaker, policy@transcript to wait for words. Diagrams, and what each "
        "leaves out: docs/policies.md."
    )
    return Table("Policies", rows, note)


def text_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Which words of each cut response were heard, under each policy."""
    rows = []
    for run in runs:
        for cut_id in sorted({r for c in run.outcome.cuts for r in c.revoked}):
            response = run.case.reading.responses.get(cut_id)
            if response is not None and response.texts:
                found = heard_text(response, run.outcome.generated, run.outcome.heard, run.case.voiced)
                if found.low < len(found.words):
                    rows.append({"policy": run.outcome.policy.title, "words": len(found.words),
                                 "heard": f"{found.low} to {found.high}", "method": found.method,
                                 "heard ⟨cut⟩ unheard": str(found)})  # fmt: skip
    return (Table("Heard and unheard words of interrupted responses", rows),) if rows else ()


def findings_table(diagnoses: Sequence[Diagnosis]) -> Table:
    """What went wrong, and what could not be looked at: one row a finding, one row a rule that lacked its evidence."""
    rows: list[dict[str, object]] = []
    for one in diagnoses:
        same = {"session": one.session, "basis": one.basis}
        rows += [
            {**same, "rule": f.rule, "severity": f.severity, "at [ms]": f.at, "says": f.says, "value": f.value,
             "unit": f.unit, "evidence": ", ".join(f.events), "remedy": f.remedy} for f in one.findings
        ]  # fmt: skip
        rows += [
            {**same, "rule": u.rule, "severity": NOT_CHECKABLE, "at [ms]": None, "says": u.because, "value": None,
             "unit": "", "evidence": "", "remedy": ""} for u in one.unchecked
        ]  # fmt: skip
    note = "Silence of a rule means that it looked. Found in a modelled session it shows that the rule works, no more."
    return Table("Findings", rows, note, ("basis",))
