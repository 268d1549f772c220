"""The doctor as a whole: its table of rules, its page, its verbs, and what it says of every embedded session.

`python tests/doctor/test_doctor.py` rewrites the table of docs/doctor.md.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import bargein as bi
from bargein.cli import BAD_INPUT, OK, main
from bargein.cli.diagnosing import FOUND
from bargein.corpus import open_corpus
from bargein.corpus.index import Case
from bargein.doctor import RULES, CannotCheck, Rule, diagnose, reaches
from bargein.doctor.base import EVIDENCE
from bargein.providers import PROVIDERS
from bargein.session import load

ROOT = Path(__file__).parents[2]
SESSIONS = ROOT / "data" / "sessions"
PAGE = ROOT / "docs" / "doctor.md"
TABLE = re.compile(r"(<!-- rules -->\n).*?(\n<!-- /rules -->)", re.DOTALL)
STRAGGLERS, PLAIN = SESSIONS / "openai-17-stragglers", SESSIONS / "openai-12-plain"


def rules_table() -> str:
    """One row a rule."""
    titles = [p.title for p in PROVIDERS.values()]
    head = ["rule", "looks for", "evidence", "severity", *titles, "any other", "reported in"]
    rows = [head, ["---"] * len(head)]
    for r in RULES.values():
        remedies = [r.remedies.get(name, r.remedies[""]) for name in (*PROVIDERS, "")]
        rows.append([f"{r.number} `{r.name}`", r.looks_for, r.needs, r.severity, *remedies, ", ".join(r.threads)])
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command; give its exit code, output and errors."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_sixteen_rules_in_order():
    """Numbered as the reports are, each under its own name, each with a file of that name."""
    assert list(range(1, 17)) == [r.number for r in RULES.values()]
    files = {p.stem.replace("_", "-") for p in (ROOT / "toolkit/bargein/doctor/rules").glob("[!_]*.py")}
    assert files == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.name)
def test_a_rule_says_what_it_rests_on(rule):
    """Threads of the form owner/name#number, evidence that is explained, a remedy for any provider."""
    assert rule.threads
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", thread) for thread in rule.threads)
    assert set(rule.needs.split("+")) <= set(EVIDENCE)
    assert "" in rule.remedies
    assert set(rule.remedies) <= {"", *PROVIDERS}


def test_the_page_shows_the_table():
    """One row a rule, as the code has it."""
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert f"<!-- rules -->\n{rules_table()}\n<!-- /rules -->" == found[0]


def test_a_rule_without_evidence_says_why():
    """It is neither silent nor an error; what it had found before stays."""

    def half(case):
        yield rule.finding(case, 7, "seen")
        raise CannotCheck("the rest was not recorded")

    rule = Rule(1, "half", "", "", ("a/b#1",), "E", "note", {"": "log it"}, half)
    found = diagnose(Case(load(PLAIN)), [rule])
    assert [("half", "the rest was not recorded")] == [(u.rule, u.because) for u in found.unchecked]
    assert [("half", "note", 7, "seen", "log it")] == [
        (f.rule, f.severity, f.at, f.says, f.remedy) for f in found.findings
    ]


def test_the_remedy_is_the_providers():
    """A rule names one for each provider, and one for all others."""
    rule = RULES["no-server-cancel"]
    for id, name in [("openai-12-plain", "openai"), ("grok-14-plain", "xai")]:
        assert rule.remedies[name] == rule.finding(Case(load(SESSIONS / id)), None, "").remedy


@pytest.mark.parametrize(("worst", "limit", "fails"), [
    ("error", "warning", True), ("warning", "warning", True), ("note", "warning", False), (None, "note", False),
])  # fmt: skip
def test_what_fails(worst, limit, fails):
    """As grave as the limit, or graver."""
    assert fails == reaches(worst, limit)


@pytest.fixture(scope="module")
def embedded():
    """Every embedded session under every rule, once."""
    return {case.session.id: (case, diagnose(case)) for case in open_corpus(SESSIONS, verify=False)}


@pytest.mark.parametrize("id", [
    "grok-07-cough", "grok-11-pause-held", "grok-12-short-answer", "grok-14-plain", "openai-07-echo-unheeded",
    "openai-09-pause-held", "openai-10-short-answer", "openai-12-plain", "openai-16-semantic-plain",
])  # fmt: skip
def test_nothing_is_found_where_nothing_went_wrong(id, embedded):
    """Nobody interrupts, nobody is cut off, coughs and echoes are not taken for speech; every rule could look."""
    found = embedded[id][1]
    assert () == found.findings
    assert () == found.unchecked


def test_every_finding_is_true_of_its_scene(embedded):
    """Judged by what each scene was made to show: cause of late audio, the client's gate, its duties, whose sound."""
    for case, found in embedded.values():
        info = case.session.info
        late, keyed = info.cause != "as-recorded", info.client["policy"] == "keyed"
        played = [f for f in found.of("stale-audio") if f.severity == "error"]
        assert late or not found.of("stale-audio"), info.id
        assert not keyed or not played, info.id
        assert (info.cause == "interrupt_response-false") == bool(found.of("no-server-cancel")), info.id
        assert (info.cause == "interrupt_response-false") == bool(found.of("cancel-race")), info.id
        assert not info.client["truncates"] or not found.of("truncate"), info.id
        assert info.provider == "openai" or not found.of("truncate"), info.id
        taken = info.id in ("openai-06-echo", "grok-09-echo")  # the other echo was not taken for speech
        assert taken == bool(found.of("echo-trigger")), info.id
        for silent in ("drain-leak", "stuck-after-barge-in", "phantom-interruption"):
            assert () == found.of(silent), info.id


def test_findings_point_at_lines_that_exist(embedded):
    """Each line that is named holds what is said to stand there."""
    for case, found in embedded.values():
        texts: dict[str, list[str]] = {}
        for ref in (ref for f in found.findings for ref in f.events):
            place, _, name = ref.partition(" ")
            file, _, number = place.partition(":")
            lines = texts.setdefault(file, (case.session.folder / file).read_text(encoding="utf-8").splitlines())
            line = json.loads(lines[int(number) - 1])
            assert name == (line["ev"]["type"] if file == "events.jsonl" else line["ev"])


def test_python_gives_a_frame():
    """One row a finding, and one a rule that could not look."""
    frame = bi.diagnose(STRAGGLERS, ["stale-audio", "truncate"])
    assert ["stale-audio", "truncate"] == list(frame["rule"])
    assert 7_452 == frame["at [ms]"][0]
    assert "events.jsonl:128 response.output_audio.delta" in frame["evidence"][0]
    assert "keyed" in frame["remedy"][0]
    assert 0 == len(bi.diagnose(PLAIN))


@pytest.mark.parametrize(("arguments", "code"), [
    ([str(STRAGGLERS)], OK),
    ([str(STRAGGLERS), "--fail-on", "error"], FOUND),
    ([str(STRAGGLERS), "--fail-on", "error", "--rule", "truncate"], OK),
    ([str(STRAGGLERS), "--fail-on", "warning", "--rule", "truncate"], FOUND),
    ([str(PLAIN), "--fail-on", "note"], OK),
    ([str(STRAGGLERS), "--rule", "truncat"], BAD_INPUT),
    (["no-such-folder"], BAD_INPUT),
    ([str(STRAGGLERS), "--fail-on", "always"], BAD_INPUT),
])  # fmt: skip
def test_exit_codes(arguments, code, capsys):
    """0 where nothing is as grave as asked, 1 where something is, 2 for input that cannot be used."""
    assert code == run(capsys, "diagnose", *arguments)[0]


def test_the_command_says_what_where_and_what_to_do(capsys):
    """Instant, number with unit, lines, remedy; a remedy once."""
    _, out, _ = run(capsys, "diagnose", str(STRAGGLERS), "--rule", "stale-audio", "--rule", "truncate")
    words = re.sub(r"\s+", " ", out)
    assert "error stale-audio at 0:07.452: 1 delta (271 ms of audio)" in words
    assert "events.jsonl:128 response.output_audio.delta" in words
    assert 1 == words.count("key the gate on the response id")


def without_player(folder: Path) -> Path:
    """Copy a session as a client without a player's log would have left it."""
    shutil.copytree(STRAGGLERS, folder)
    (folder / "client.jsonl").unlink()
    facts = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    del facts["checksums"]["client.jsonl"]
    (folder / "session.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def test_a_reason_is_said_once(capsys, tmp_path):
    """Rules that lack the same evidence stand in one line, of many sessions with how many."""
    for name in ("one", "two"):
        without_player(tmp_path / name)
    _, out, _ = run(capsys, "diagnose", str(tmp_path), "--rule", "drain-leak", "--rule", "echo-trigger")
    expected = "drain-leak (2 of 2 sessions), echo-trigger (2 of 2 sessions), because nothing tells what was heard"
    assert expected in re.sub(r"\s+", " ", out)


def test_json_holds_what_could_not_be_looked_at(tmp_path, capsys):
    """A program can tell clean from not looked at."""
    folder = without_player(tmp_path / "deaf")
    code, out, _ = run(capsys, "diagnose", str(folder), "--rule", "stale-audio", "--rule", "drain-leak", "--json")
    assert OK == code
    rows = {row["rule"]: row for row in json.loads(out)}
    assert ("warning", 271) == (rows["stale-audio"]["severity"], rows["stale-audio"]["value"])
    assert "not checkable" == rows["drain-leak"]["severity"]
    assert "client.jsonl" in rows["drain-leak"]["says"]


def test_untimed_logs_are_not_judged(tmp_path):
    """Every rule that needs times says so; none fails, none is silent about it."""
    session = load(PLAIN)
    session.info = replace(session.info, clock="none")
    found = diagnose(Case(session), [RULES[name] for name in list(RULES)[:8]])
    assert () == found.findings
    assert 8 == sum("the log has no times" in u.because for u in found.unchecked)


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda m: m[1] + rules_table() + m[2], page), encoding="utf-8")
    sys.stdout.write("docs/doctor.md: table rewritten\n")
