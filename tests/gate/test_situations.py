"""Every gate of the house in every situation, drawn: who is heard.

A block is a situation. Its first rows say what is ``sent``, what the ``user`` does, where a response is ``created``
before its first audio and where it is ``done``; each row below says what is heard under a policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bargein.gate.policies import HOUSE
from score import play

SITUATIONS = """
while generating
  sent                    AAAA..........BBBB
  sent                    AAAA..............
  user                    ....uuu...........
  done                    ....A............B
  indicator               AAAAAAAA......BBBB
  stop-only               AAAA..........BBBB
  suppress                AAAA..........BBBB
  scheduled               AAAA..........BBBB
  keyed                   AAAA..........BBBB
  relay-only              AAAAAAAA......BBBB
  server                  AAAA..........BBBB
  full                    AAAA..........BBBB
  mute-until-first-reply  AAAAAAAA......BBBB
  duck                    AAAAAAAA......BBBB

while generating, provider goes on
  sent                    AAAAAAAAAA....BBBB
  user                    ....uuu...........
  done                    .........A.......B
  indicator               AAAAAAAAAA....BBBB
  stop-only               AAAAAAAAAA....BBBB
  suppress                AAAA...AAA....BBBB
  scheduled               AAAA...AAA....BBBB
  keyed                   AAAA..........BBBB
  relay-only              AAAA..........BBBB
  server                  AAAA..........BBBB
  full                    AAAA..........BBBB
  mute-until-first-reply  AAAAAAAAAA....BBBB
  duck                    AAAAAAAAAA....BBBB

in the tail
  sent                    AAAA..........BBBB
  sent                    AAAA..............
  user                    .....uuu..........
  done                    ...A.............B
  indicator               AAAAAAAA......BBBB
  stop-only               AAAAA.........BBBB
  suppress                AAAAA.........BBBB
  scheduled               AAAAA.........BBBB
  keyed                   AAAAA.........BBBB
  relay-only              AAAAAAAA......BBBB
  server                  AAAAA.........BBBB
  full                    AAAAA.........BBBB
  mute-until-first-reply  AAAAAAAA......BBBB
  duck                    AAAAAAAA......BBBB

double
  sent                    AAAA....BBBB......CC
  sent                    AAAA....BBBB........
  user                    ....uu......uuu.....
  done                    ....A.......B......C
  indicator               AAAAAAAABBBBBBBB..CC
  stop-only               AAAA....BBBB......CC
  suppress                AAAA....BBBB......CC
  scheduled               AAAA....BBBB......CC
  keyed                   AAAA....BBBB......CC
  relay-only              AAAAAAAABBBBBBBB..CC
  server                  AAAA....BBBB......CC
  full                    AAAA....BBBB......CC
  mute-until-first-reply  AAAAAAAABBBB......CC
  duck                    AAAAAAAABBBBBBBB..CC

false, provider goes on
  sent                    AAAAAAAA....
  user                    ...u........
  done                    .......A....
  indicator               AAAAAAAA....
  stop-only               AAAAAAAA....
  suppress                AAA.AAAA....
  scheduled               AAA.AAAA....
  keyed                   AAA.........
  relay-only              AAA.........
  server                  AAA.........
  full                    AAA.........
  mute-until-first-reply  AAAAAAAA....
  duck                    AAAAAAAA....

in the first 200 ms
  sent                    AAAAAAAA..BBBB
  user                    .uuu..........
  done                    .......A.....B
  indicator               AAAAAAAA..BBBB
  stop-only               AAAAAAAA..BBBB
  suppress                A...AAAA..BBBB
  scheduled               A...AAAA..BBBB
  keyed                   A.........BBBB
  relay-only              A.........BBBB
  server                  A.........BBBB
  full                    A.........BBBB
  mute-until-first-reply  AAAAAAAA..BBBB
  duck                    AAAAAAAA..BBBB

lost audio.done
  sent                    AAAAAA......BBBB......
  user                    ...uuuuuuu............
  indicator               AAAAAA......BBBB......
  stop-only               AAAAAA......BBBB......
  suppress                AAA.........BBBB......
  scheduled               AAA.........BBBB......
  keyed                   AAA.........BBBB......
  relay-only              AAA.........BBBB......
  server                  AAA.........BBBB......
  full                    AAA.........BBBB......
  mute-until-first-reply  AAAAAA......BBBB......
  duck                    AAAAAA......BBBB......

next created before the old is done
  sent                    AAAAAAA..BBBB
  user                    ...uu........
  created                 .....B.......
  done                    ......A.....B
  indicator               AAAAAAA..BBBB
  stop-only               AAAAAAA..BBBB
  suppress                AAA..AA..BBBB
  scheduled               AAA..AA..BBBB
  keyed                   AAA......BBBB
  relay-only              AAA......BBBB
  server                  AAA..AA..BBBB
  full                    AAA......BBBB
  mute-until-first-reply  AAAAAAA..BBBB
  duck                    AAAAAAA..BBBB

tool follow-up behind the cut
  sent                    AAAABBBB....CCCC
  user                    ...uuu..........
  created                 ..B.............
  done                    ...A...B.......C
  indicator               AAAABBBB....CCCC
  stop-only               AAAABBBB....CCCC
  suppress                AAA.BBBB....CCCC
  scheduled               AAA.BBBB....CCCC
  keyed                   AAA.........CCCC
  relay-only              AAA.........CCCC
  server                  AAA.........CCCC
  full                    AAA.........CCCC
  mute-until-first-reply  AAAABBBB....CCCC
  duck                    AAAABBBB....CCCC

created, not yet audible
  sent                    ....AAAA....BBBB
  user                    ..uuu...........
  created                 .A..............
  done                    .......A.......B
  indicator               ....AAAA....BBBB
  stop-only               ....AAAA....BBBB
  suppress                .....AAA....BBBB
  scheduled               .....AAA....BBBB
  keyed                   ............BBBB
  relay-only              ............BBBB
  server                  ............BBBB
  full                    ............BBBB
  mute-until-first-reply  ....AAAA....BBBB
  duck                    ....AAAA....BBBB
"""

Drawing = dict[str, Any]


def blocks() -> Iterator[tuple[str, Drawing, dict[str, str]]]:
    """Read the drawings: situation, what happens, what is heard by policy."""
    for block in SITUATIONS.strip().split("\n\n"):
        title, *rows = block.splitlines()
        what: Drawing = {"sent": []}
        heard = {}
        for name, row in (line.split() for line in rows):
            if name == "sent":
                what["sent"].append(row)
            elif name in ("user", "created", "done"):
                what[name] = row
            else:
                heard[name] = row
        yield title, what, heard


CASES = [(what, policy, row, f"{title}: {policy}") for title, what, heard in blocks() for policy, row in heard.items()]


@pytest.mark.parametrize(("what", "policy", "heard"), [case[:3] for case in CASES], ids=[case[3] for case in CASES])
def test_who_is_heard(what: Drawing, policy: str, heard: str) -> None:
    """As drawn."""
    assert heard == play(policy, **what)


def test_every_gate_of_the_house_is_drawn() -> None:
    """In the situations that tell it apart from the others."""
    assert set(HOUSE) == {policy for _, policy, _, _ in CASES}


def test_only_the_gates_that_key_on_the_response_let_nothing_back_in() -> None:
    """After the cut no letter of a revoked response, in any block; for each of the others a block shows its fault."""
    for policy in ("keyed", "full"):
        for title, what, heard in blocks():
            if policy in heard:
                cut = what["user"].index("u")
                late = set(heard[policy][:cut]) - {"."}
                assert not late & set(heard[policy][cut:]), title
    for policy in ("stop-only", "suppress", "scheduled", "server", "indicator", "relay-only"):
        assert any(heard[policy] != heard["keyed"] for _, _, heard in blocks()), policy
