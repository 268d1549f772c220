"""Every modelled provider in every situation: the order of its events, and what `full` tells it at the cut.

A block is a situation. Letters are responses in order of creation: ``A`` created, ``Aa`` its audio, ``A.`` the end of
its audio, ``A/`` its end, ``Ax`` its end where the provider stopped it; ``+`` and ``-`` are the reports of the user's
speech, ``!`` is a refusal. Behind the bar stand the commands of `full` at the cut, with the answers that are predicted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bargein.events import (
    AudioDone,
    Delta,
    Event,
    ProviderError,
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from bargein.gate import policy
from bargein.outcome import Link, Told
from bargein.providers import Reading, Response, provider
from bargein.providers.reading import read
from bargein.replay import played
from bargein.session import Change, Info, Record, Session, Track
from bargein.settings import ServerVad
from driven_models import RATE, started, told

#: Name in the table: provider, what the model is given besides, what its turn detection is given besides.
KINDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "openai": ("openai", {}, {}),
    "openai beta": ("openai", {"beta": True}, {}),
    "openai, no interrupt": ("openai", {}, {"interrupt_response": False}),
    "xai": ("xai", {}, {}),
}
#: After a first turn from 1 s to 2 s: since when of response A, and how much later the user begins and ends.
EDGES: dict[str, tuple[str, tuple[int, ...]]] = {
    "while generating": ("first_delta", (1_500, 2_300)),
    "while generating, audio.done lost": ("first_delta", (1_500, 2_300)),
    "in the tail": ("done", (1_500, 2_300)),
    "in the first 200 ms": ("first_delta", (100, 900)),
    "created, not yet audible": ("created", (30, 900)),
    "double": ("first_delta", (1_500, 2_300, 4_300, 5_000)),
    "double, 500 ms apart": ("first_delta", (1_500, 1_800, 2_000, 2_300)),
    "a cough": ("first_delta", (1_500, 1_600)),
    "a reply asked for while it speaks": ("first_delta", ()),
    "a cancel while it speaks": ("first_delta", ()),
}
LOST = {"while generating, audio.done lost": ("response.output_audio.done", "response.audio.done")}
COMMANDS = {"a reply asked for while it speaks": "response.create", "a cancel while it speaks": "response.cancel"}

EXPECTED = """
while generating
  openai                + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai beta           + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai, no interrupt  + - A Aa + Aa - ! Aa A. A/                   | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B. B/                   |

while generating, audio.done lost
  openai                + - A Aa + Ax - B Ba B/                      | truncate accepted
  openai beta           + - A Aa + Ax - B Ba B/                      | truncate accepted
  openai, no interrupt  + - A Aa + Aa - ! Aa A/                      | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B/                      |

in the tail
  openai                + - A Aa A. A/ + - B Ba B. B/                | truncate accepted
  openai beta           + - A Aa A. A/ + - B Ba B. B/                | truncate accepted
  openai, no interrupt  + - A Aa A. A/ + - B Ba B. B/                | truncate accepted
  xai                   + - A Aa A. A/ + - B Ba B. B/                |

in the first 200 ms
  openai                + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai beta           + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai, no interrupt  + - A Aa + Aa - ! Aa A. A/                   | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B. B/                   |

created, not yet audible
  openai                + - A + Ax - B Ba B. B/                      |
  openai beta           + - A + Ax - B Ba B. B/                      |
  openai, no interrupt  + - A + Aa - Aa ! Aa A. A/                   | cancel accepted
  xai                   + - A A/ + - B Ba B. B/                      |

double
  openai                + - A Aa + A. Ax - B Ba B. B/ + - C Ca C. C/ | truncate accepted, truncate accepted
  openai beta           + - A Aa + A. Ax - B Ba B. B/ + - C Ca C. C/ | truncate accepted, truncate accepted
  openai, no interrupt  + - A Aa + Aa - ! Aa + Aa A. A/ - B Ba B. B/ | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B. B/ + - C Ca C. C/    |

double, 500 ms apart
  openai                + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai beta           + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai, no interrupt  + - A Aa + Aa - ! Aa A. A/                   | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B. B/                   |

a cough
  openai                + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai beta           + - A Aa + A. Ax - B Ba B. B/                | truncate accepted
  openai, no interrupt  + - A Aa + Aa - Aa ! Aa A. A/                | cancel accepted, truncate accepted
  xai                   + - A Aa Ax + - B Ba B. B/                   |

a reply asked for while it speaks
  openai                + - A Aa ! Aa A. A/                          |
  openai beta           + - A Aa ! Aa A. A/                          |
  openai, no interrupt  + - A Aa ! Aa A. A/                          |
  xai                   + - A Aa A. A/                               |

a cancel while it speaks
  openai                + - A Aa A. A/                               |
  openai beta           + - A Aa A. A/                               |
  openai, no interrupt  + - A Aa A. A/                               |
  xai                   + - A Aa Ax                                  |
"""


class Log(Session):
    """What a model said, without a folder."""

    def __init__(self, info: Info, records: tuple[Record, ...]) -> None:
        super().__init__(Path("modelled"), info)
        self.__dict__["records"] = records


def log_of(kind: str, edges: list[int], commands: list[tuple[int, dict[str, Any]]], lost: tuple[str, ...]) -> Log:
    """What a model says to these edges and commands."""
    name, more, vad = KINDS[kind]
    said = told(started(name, vad=vad, **more), edges, commands)
    records = tuple(Record(n, t, "s2c", "provider", p) for n, (t, p) in enumerate(said) if p["type"] not in lost)
    settings = ServerVad(0.5, 300, 500, True, vad.get("interrupt_response", True))
    tracks = {"agent": Track("agent.flac", "generated", RATE, 0)}
    dialect = "beta" if more else "ga"
    info = Info("modelled", name, "", 60_000, dialect, tracks=tracks, settings=(Change(0, settings),))
    return Log(info, records)


def sign(event: Event, names: dict[str, str], responses: dict[str, Response]) -> str:
    """How the table writes an event; nothing for those that it leaves out."""
    response = getattr(event, "response", "")
    who = names.setdefault(response, "ABCD"[len(names)]) if response else ""
    stopped = response in responses and responses[response].interrupted
    signs: dict[type[Event], str] = {
        ResponseCreated: who, Delta: f"{who}a", AudioDone: f"{who}.", ResponseDone: who + "/x"[stopped],
        SpeechStarted: "+", SpeechStopped: "-", ProviderError: "!",
    }  # fmt: skip
    return signs.get(type(event), "")


def order(reading: Reading) -> Iterator[str]:
    """Signs of the events in order, a run of like ones once."""
    names: dict[str, str] = {}
    last = ""
    for event, _ in reading.events:
        now = sign(event, names, reading.responses)
        if now and now != last:
            yield now
        last = now or last


def situation(kind: str, name: str) -> tuple[Reading, tuple[Told, ...]]:
    """Play a situation: what the provider said, and what `full` would have told it."""
    once = log_of(kind, [1_000, 2_000], [], ())
    (a,) = read(once, provider(once.info.provider)).responses.values()
    since, after = EDGES[name]
    began = getattr(a, since)
    asked = [(began + 1_500, {"type": COMMANDS[name]})] if name in COMMANDS else []
    log = log_of(kind, [1_000, 2_000, *(began + ms for ms in after)], asked, LOST.get(name, ()))
    reading = read(log, provider(log.info.provider))
    return reading, played(log, policy("full"), Link(), reading).told


def row(kind: str, name: str) -> str:
    """A row of the table."""
    reading, said = situation(kind, name)
    commands = ", ".join(f"{one.name} {one.answer}" for one in said)
    return f"  {kind:22}{' '.join(order(reading)):45}| {commands}".rstrip()


def rows() -> Iterator[tuple[str, str, str]]:
    """Situation, provider and row, as drawn."""
    name = ""
    for line in EXPECTED.strip("\n").splitlines():
        if line.startswith("  "):
            yield name, next(k for k in sorted(KINDS, key=len, reverse=True) if line[2:].startswith(k)), line
        else:
            name = line or name


@pytest.mark.parametrize(("name", "kind", "expected"), [*rows()])
def test_order_and_commands(name: str, kind: str, expected: str) -> None:
    """The recorded order of each provider, and no command that it would refuse."""
    assert expected == row(kind, name)


def test_the_table_is_whole() -> None:
    """Every provider in every situation."""
    assert [(name, kind) for name in EDGES for kind in KINDS] == [(name, kind) for name, kind, _ in rows()]
