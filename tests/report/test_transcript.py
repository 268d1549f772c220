"""Who said what, and what of it was heard: order, cuts, ranges, and nothing that runs on a page."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import bargein as bi
from bargein.audio.places import data_dir
from bargein.cli import BAD_INPUT, main
from bargein.corpus import Case
from bargein.events import UserText
from bargein.report.transcript import FORMS, NO_WORDS, Transcript, transcript

SESSIONS = data_dir() / "sessions"
ONE = SESSIONS / "openai-22-no-interrupt-repeated"


@pytest.fixture(scope="module")
def late() -> Transcript:
    """Under a gate that lets late audio back in."""
    return bi.transcript(bi.replay(bi.load(ONE), "stop-only"))


def agent(made: Transcript) -> list[tuple[int, int, int, str]]:
    """Low, high, words and method of the agent's turns."""
    return [(t.said.low, t.said.high, len(t.said.words), t.said.method) for t in made.turns if t.speaker == "agent"]


def test_turns_stand_in_order_of_time_and_each_once(late: Transcript) -> None:
    """Four reports of the user, three answers; an answer stands where it was first heard."""
    assert "uauauau" == "".join(t.speaker[0] for t in late.turns)
    assert [t.at for t in late.turns] == sorted(t.at for t in late.turns)
    assert 7 == len({t.name for t in late.turns})


def test_the_cut_stands_where_the_user_stopped_hearing() -> None:
    """0.88 s of 16.9 s of voice were heard, 2.6 of 49 words, one more or less; under keyed nothing comes back."""
    made = bi.transcript(bi.replay(bi.load(ONE), "keyed"))
    first = next(t for t in made.turns if t.speaker == "agent")
    assert re.fullmatch(r"You ⟨.*⟩ ⟨cut⟩ .*menu\.", str(first.said))
    assert "⟨again⟩" not in str(made).split("\n\n")[1]
    assert (1, 4) == (first.said.low, first.said.high)
    assert "1 to 4 of 49 words heard; proportion" == first.note


def test_what_plays_on_after_the_cut_is_shown_behind_the_words_that_were_lost(late: Transcript) -> None:
    """The race in words: cut, a hole, and more of the answer that had been revoked."""
    first = next(t for t in late.turns if t.speaker == "agent")
    assert ["heard", "maybe", "⟨cut⟩", "unheard", "⟨again⟩", "maybe", "heard", "maybe", "⟨cut⟩", "unheard"] == [
        mark for mark, _ in first.said.groups()
    ]
    assert [(12, 21, 49, "proportion"), (0, 0, 8, "nothing heard"), (16, 16, 16, "all heard")] == agent(late)


def test_the_users_words_are_final_transcripts_at_the_report_of_the_speech() -> None:
    """Grok writes them down; its drafts are not shown, and a turn stands before the answer that came first."""
    made = bi.transcript(bi.replay(bi.load(SESSIONS / "grok-01-interruption"), "keyed"))
    user = [(t.at, str(t.said)) for t in made.turns if t.speaker == "user"]
    assert (10_862, "Please try again.") == user[1]
    assert ["user", "agent"] * 3 == [t.speaker for t in made.turns]
    assert [(0, 9, 33, "phrase starts")] == agent(made)[:1]


def test_a_draft_that_comes_late_is_not_what_was_said() -> None:
    """The last final text of an item counts, whatever follows it."""
    outcome = bi.replay(bi.load(SESSIONS / "grok-01-interruption"), "keyed")
    said = next(e for e in outcome.events if isinstance(e, UserText) and e.final)
    drafted = replace(outcome, events=(*outcome.events, replace(said, at=26_000, text="nonsense", final=False)))
    assert bi.transcript(outcome) == bi.transcript(drafted)


def test_silence_of_the_agent_holds_no_words() -> None:
    """Words lie in the voice alone: by the sound as a whole it would be 2 to 5 of this answer."""
    made = bi.transcript(bi.replay(bi.load(SESSIONS / "openai-23-no-interrupt-backchannel"), "keyed"))
    assert (1, 4) == agent(made)[0][:2]


def test_a_log_without_transcripts_of_the_user_says_so(late: Transcript) -> None:
    """The user spoke; what they said is not known, and not nothing."""
    assert 4 == str(late).count("user   ⟨no transcript in the log⟩")


@pytest.mark.parametrize("folder", sorted(SESSIONS.iterdir()), ids=lambda p: p.name)
def test_the_three_forms_say_the_same(folder: Path) -> None:
    """Every word once, in order, in each of them; low and high are those of the marks."""
    made = bi.transcript(bi.replay(bi.load(folder), "suppress"))
    facts = json.loads(made.to_json())
    body = made.to_html().split('<ol class="turns">')[1]
    for turn, row, item in zip(made.turns, facts["turns"], body.split("<li>")[1:], strict=True):
        spoken = " ".join(turn.said.words)
        assert spoken == row["text"] == " ".join(p["text"] for p in row["parts"] if p["text"])
        plain = re.sub(r"<[^>]*>", "", re.search(r"</b><span>(.*?)</span>(<span class=\"note\">|</li>)", item)[1])
        assert spoken.split() == re.sub(f"{NO_WORDS}|⟨(cut|again)⟩|[⟨⟩]", "", html.unescape(plain)).split()
        assert [turn.said.low, turn.said.high] == row["heard"]
        assert turn.said.low <= turn.said.high <= row["words"]
        assert str(turn.said) in str(made)


def test_every_text_is_escaped() -> None:
    """Words, names, facts: what somebody else's log holds never runs."""
    session = bi.load(SESSIONS / "grok-01-interruption")
    case, attack = Case(session), "<script>alert(1)</script> &amp; <b>"
    outcome = bi.replay(session, "keyed")
    events = tuple(replace(e, text=attack) if isinstance(e, UserText) else e for e in outcome.events)
    responses = {k: replace(r, texts=((attack, None),)) for k, r in case.reading.responses.items()}
    hostile = Case(session)
    hostile.__dict__["reading"] = replace(case.reading, responses=responses)
    session.info = replace(session.info, id=attack, modelled=(attack,))
    made = transcript(replace(outcome, events=events), hostile)
    page = made.to_html()
    assert 9 == page.count("&lt;script&gt;alert(1)&lt;/script&gt;")  # six turns, title, heading, basis
    assert "<script" not in page + made._repr_html_()
    assert 8 == made._repr_html_().count("&lt;script&gt;")  # six turns, title, basis
    assert "&amp;amp;" in page


def test_the_command_prints_or_writes_each_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is what is written; a file is not overwritten unless that is asked for."""
    for form in FORMS:
        target = tmp_path / f"t.{form}"
        assert (0, "") == run("--format", form, "--out", str(target))
        capsys.readouterr()
        assert (0, "") == run("--format", form)
        assert target.read_text(encoding="utf-8") == capsys.readouterr().out.rstrip("\n") + "\n"
        assert BAD_INPUT == run("--format", form, "--out", str(target))[0]
        assert "the file exists" in capsys.readouterr().err
        assert 0 == run("--format", form, "--out", str(target), "--overwrite")[0]
    capsys.readouterr()
    run("--json")
    assert "keyed" == json.loads(capsys.readouterr().out)["policy"]


def run(*arguments: str) -> tuple[int, str]:
    """Exit code of the command on one session."""
    with pytest.raises(SystemExit) as ended:
        main(["transcript", str(ONE), *arguments])
    return int(ended.value.code or 0), ""


def test_one_transcript_is_of_one_session(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of sessions is refused."""
    with pytest.raises(SystemExit) as ended:
        main(["transcript", str(SESSIONS)])
    assert BAD_INPUT == ended.value.code
    assert "one transcript for 38 sessions" in capsys.readouterr().err
