"""The client fell silent, and nobody told the provider: it generates on, and answers for words nobody heard.

Where the provider stops by itself nothing is owed but time. Where it was told not to stop, or where it never noticed
the user, the client has to say ``response.cancel``.
"""

from __future__ import annotations

from collections.abc import Iterator

from bargein.corpus import Case
from bargein.doctor.base import CannotCheck, Finding, Rule
from bargein.doctor.evidence import client_words, log, of, owed
from bargein.doctor.interruptions import cuts, first_cuts, has_player
from bargein.doctor.sound import audio_ms, pieces
from bargein.events import Command, Delta

#: What is generated after the cut and is less than this is a sentence's end; a cancel would hardly have been sooner.
LEAST_MS = 1_000


def check(case: Case) -> Iterator[Finding]:
    """Find responses that the client cut and the provider generated on."""
    lines, found = log(case), cuts(case)
    client_words(case)
    known = has_player(case) or any(isinstance(line.event, Command) for line in lines)
    if not known and "cancel" in owed(case, case.session.info.length_ms):
        raise CannotCheck("whether the client interrupted is not known: no player's log, and it told the provider "
                          "nothing")  # fmt: skip
    stopped = {c.response for c in found if c.by in ("provider", "cancel")}
    for response, cut in first_cuts(case).items():
        later = [(e, ref) for e, ref in of(lines[cut.order :], Delta) if e.response == response]
        if response in stopped or not later:
            continue
        ms = audio_ms(pieces(e for e, _ in later), case.reading.generated.rate)
        if ms >= LEAST_MS:
            by_itself = "was told not to stop by itself" if "cancel" in owed(case, cut.at) else "did not stop by itself"
            yield RULE.finding(case, cut.at, f"{response} was cut at the client and generated on for {ms:,} ms of "
                               f"audio: no cancel was sent, and the provider {by_itself}", (cut.ref, later[-1][1]),
                               ms, "ms")  # fmt: skip


RULE = Rule(
    number=3,
    name="no-server-cancel",
    title="the provider was not told",
    looks_for=f"a response that the client cut and the provider generated on for {LEAST_MS:,} ms of audio or more, "
    "without a cancel",
    threads=("GetStream/Vision-Agents#527", "pydantic/pydantic-ai#7870"),
    needs="E+C",
    severity="warning",
    remedies={
        "": "send response.cancel with the response's id where the provider does not stop by itself",
        "openai": "with interrupt_response: false send response.cancel with its id, then conversation.item.truncate; "
        "with true the server stops by itself: send the truncate alone",
        "xai": "the server stops by itself once it hears the user; where a local detector cuts and speech_started does "
        "not follow, send response.cancel",
    },
    check=check,
)  # fmt: skip
