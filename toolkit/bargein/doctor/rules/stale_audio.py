"""Audio of a response that was interrupted still arrives; was it played, too.

A client that keys its gate on the response id drops it; one that opens at the next delta, or when the user falls
silent, lets the old answer come back. What lay in the client's queue already is another fault: ``drain-leak``.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import Finding, Rule, Severity
from bargein.doctor.evidence import log, of
from bargein.doctor.interruptions import first_cuts
from bargein.doctor.sound import audio_ms, heard_after, pieces
from bargein.events import Delta


def check(case: Case) -> Iterator[Finding]:
    """Find deltas behind the interruption of their response."""
    lines = log(case)
    by_sample = case.heard is not None and case.heard.by_sample
    for response, cut in first_cuts(case).items():
        late = [(e, ref) for e, ref in of(lines[cut.order :], Delta) if e.response == response]
        if late:
            sound = pieces(e for e, _ in late)
            arrived = audio_ms(sound, case.reading.generated.rate)
            played = heard_after(case, cut.at, sound) if by_sample else None
            fate, severity = _fate(played)
            how_long = f" ({arrived:,} ms of audio)" if arrived else ""
            yield RULE.finding(
                case, cut.at, f"{len(late)} delta{'s' * (len(late) > 1)}{how_long} of {response} arrived after its "
                f"interruption; {fate}", (cut.ref, late[0][1], late[-1][1]), arrived if played is None else played,
                "ms", severity,
            )  # fmt: skip


def _fate(played: int | None) -> tuple[str, Severity]:
    if played is None:
        return "whether it was played is not recorded", "warning"
    return (f"{played:,} ms of it were played", "error") if played else ("none of it was played", "note")


RULE = Rule(
    number=1,
    name="stale-audio",
    title="late audio of an interrupted response",
    looks_for="audio deltas of a response that arrive after it was interrupted, and how much of them was played",
    threads=(
        "microsoft/vscode#326611", "openai/openai-agents-js#1173", "pipecat-ai/pipecat#3986", "pipecat-ai/pipecat#754",
        "GetStream/Vision-Agents#527",
    ),
    needs="E",
    severity="error",
    remedies={
        "": "key the gate on the response id: a cut revokes every id seen so far, and no delta of a revoked id is "
        "played, whatever arrives in between (policy keyed)",
        "xai": "key the gate on the response id, and revoke at the cut, not at speech_started: the server stops 0.7 to "
        "1.2 s after the user began (policy keyed)",
    },
    check=check,
)  # fmt: skip
