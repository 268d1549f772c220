"""What the books say beside what was true: agent time booked and heard, silence booked while the agent was heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bargein.corpus import Account
from bargein.plot.chart import Bars, Chart, Points, Words
from bargein.plot.palette import GREEN, GREY, INK, VERMILLION
from bargein.units import seconds

if TYPE_CHECKING:
    import pandas as pd

#: Behind the names of sessions in which nobody interrupts.
NEVER = " (no barge-in)"


def books_chart(accounts: pd.DataFrame | Iterable[Account]) -> Chart:
    """Lay arrival accounting and heard accounting side by side; a row a session, the interrupted ones first.

    Parameters
    ----------
    accounts
        One per session; or the table of them that :func:`bargein.accounts` gives.

    Returns
    -------
    Bars of seconds: the agent as heard; as booked from first delta to ``audio.done``, before and after the origin's
    fix; silence that was booked while the agent was heard.
    """
    found: Iterable[Mapping[Any, Any]]
    found = (a.row() for a in accounts) if not hasattr(accounts, "to_dict") else accounts.to_dict("records")
    every = sorted(found, key=lambda row: (row["interrupted"] != "yes", row["session"]))
    rows = range(len(every))
    zero = [0.0] * len(every)
    heard, booked, fixed, phantom = (
        [seconds(row[name]) for row in every]
        for name in ("agent heard", "agent booked", "agent booked, fixed", "phantom silence")
    )
    widest = max([*heard, *booked, *phantom, 1.0])
    unseen = [Words(f"{row['unseen']} of {row['barge-ins']}", widest, -i, (6, 0), GREY, "outside")
              for i, row in enumerate(every) if row["barge-ins"]]  # fmt: skip
    aside = ". At the right: barge-ins that the books never saw" if unseen else ""
    return Chart(
        title="What the books say, and what was true",
        notes=f"{len(every)} sessions: agent heard {sum(heard):.0f} s, booked {sum(booked):.0f} s; "
        f"{sum(phantom):.0f} s of agent speech booked as silence{aside}",
        x_title="seconds",
        shapes=(
            Bars("agent, heard", rows, zero, heard, GREEN, lift=0.2, height=0.34),
            Bars("agent, booked by arrival", rows, zero, booked, GREY, lift=-0.08, height=0.2),
            Points("booked, after the fix", fixed, [-i - 0.08 for i in rows], INK, marker="|", size=7),
            Bars("phantom silence: booked while the agent was heard", rows, zero, phantom, VERMILLION, hatch="////",
                 lift=-0.3, height=0.2),
            *unseen,
        ),
        rows=tuple(f"{row['session']}{NEVER * (row['interrupted'] != 'yes')}" for row in every),
        x_range=(0, widest * 1.03),
    )  # fmt: skip
