"""OpenAI against Grok on the same speech: what is recorded of both, and what their models make of the same voices.

Recorded of both is one clip, and the ranges of delays that went into the models. Everything else here is modelled:
real voices, the same script and the same draw, played once with each model (:mod:`bargein.compose.pairs`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from bargein.compose.pairs import SETTINGS, pairs
from bargein.corpus import Case
from bargein.metrics.clusters import components
from bargein.metrics.stopping import Episode
from bargein.plot.chart import Chart
from bargein.plot.pairs import Twice, pairs_chart
from bargein.providers.openai_model import OpenAIDelays
from bargein.providers.xai_model import XAIDelays
from bargein.settings import ServerVad
from bargein.tuning.calibration.identify import GROK_REPORTS, OPENAI_REPORTS, OPENAI_SETTINGS
from bargein.units import whole_ms

OPENAI, GROK = "OpenAI", "Grok"
#: What is drawn: field of OpenAI's delays, field of Grok's.
RANGES = {
    "onset to report, agent silent": ("onset", "onset_silent"),
    "onset to report, agent speaking": ("onset", "onset_speaking"),
    "end silence over to report": ("stop", "stop"),
    "report to response.created": ("answer", "answer"),
    "response.created to first audio": ("first_audio", "first_audio"),
}
BASIS = "modelled: provider and client; real voices, read speech"


class Both(NamedTuple):
    """One script at both providers."""

    script: str
    openai: Case
    xai: Case

    @property
    def met(self) -> Iterator[tuple[Episode, Episode]]:
        """Barge-ins that say something at both, the n-th of one with the n-th of the other."""
        every = zip(self.openai.observed.panel.barge_ins, self.xai.observed.panel.barge_ins, strict=True)
        return ((a, b) for a, b in every if a.counts and b.counts)

    @property
    def answers(self) -> Iterator[tuple[int, int]]:
        """Waits for an answer, where as many turns were answered at both."""
        both = self.openai.observed.answer_ms, self.xai.observed.answer_ms
        return zip(*both, strict=True) if len(both[0]) == len(both[1]) else iter(())


@dataclass(frozen=True)
class SameSpeech:
    """Every script at both providers.

    Parameters
    ----------
    both
        Script by script.
    settings
        In force in all of them.
    """

    both: tuple[Both, ...]
    settings: ServerVad

    @property
    def clusters(self) -> int:
        """Groups of scripts that share no voice and no clip of the user."""
        return components(set(b.openai.session.info.clusters) for b in self.both)

    @cached_property
    def table(self) -> Any:
        """A row a measure: medians at either, and the median of the differences, Grok less OpenAI, pair by pair."""
        import pandas as pd

        met = [pair for one in self.both for pair in one.met]
        measured: dict[str, Iterable[tuple[int | None, int | None]]] = {
            "onset to report [ms]": ((a.detection_ms, b.detection_ms) for a, b in met),
            "onset to silence [ms]": ((a.stop_ms, b.stop_ms) for a, b in met if a.end == b.end == "stopped"),
            "heard after the onset [ms]": ((a.leak_ms[0], b.leak_ms[0]) for a, b in met),
            "end of turn to answer [ms]": (pair for one in self.both for pair in one.answers),
        }
        return pd.DataFrame([_row(name, found) for name, found in measured.items()]).set_index("measure")

    @property
    def counts(self) -> Any:
        """What can only be counted: barge-ins stopped, pauses taken for the end of a turn, turns answered."""
        import pandas as pd

        rows = []
        for name in ("openai", "xai"):
            seen = [getattr(one, name).observed for one in self.both]
            met = [e for o in seen for e in o.panel.met]
            rows.append({"provider": {"openai": OPENAI, "xai": GROK}[name], "sessions": len(seen), "barge-ins":
                         len(met), "stopped": sum(e.end == "stopped" for e in met), "holds": sum(o.holds for o in seen),
                         "cut off in": sum(o.cut_offs for o in seen)})  # fmt: skip
        return pd.DataFrame(rows).set_index("provider")

    @property
    def picture(self) -> Chart:
        """Pair by pair: how long the interrupted answer was heard."""
        found = [Twice(f"{one.script}{f' ({n})' * (n > 1)}", a.leak_ms[0], b.leak_ms[0])
                 for one in self.both for n, (a, b) in enumerate(one.met, 1)]  # fmt: skip
        notes = (
            f"{len(found)} barge-ins, {self.clusters} speakers, {self.settings.label} at both, client stop-only. "
            f"{BASIS}: what differs are the ranges that were recorded of either, and nothing else"
        )
        return pairs_chart(found, notes)

    @property
    def widest(self) -> Both:
        """The script whose first barge-in differs most."""
        return max(self.both, key=lambda one: max((b.leak_ms[0] - a.leak_ms[0] for a, b in one.met), default=0))

    @property
    def answer(self) -> str:
        """What differs, in words and numbers, and what of it is recorded."""
        heard, wait = self.table.loc["heard after the onset [ms]"], self.table.loc["end of turn to answer [ms]"]
        speaking = XAIDelays().onset_speaking
        return (
            f"On the same {len(self.both)} scripts ({self.clusters} speakers) the interrupted agent was heard "
            f"**{whole_ms(heard[OPENAI])} ms** after the onset with OpenAI's model and **{whole_ms(heard[GROK])} ms** "
            f"with Grok's, in the median of {int(heard['pairs'])} barge-ins; Grok's was the longer one in "
            f"{int(heard['Grok longer'])} of them. An answer came {whole_ms(wait['Grok less OpenAI'])} ms later with "
            f"Grok's, in the median of {int(wait['pairs'])} turns.\n\n"
            f"The difference in stopping is one recorded range: while its agent speaks, Grok reports the user "
            f"{speaking[0]} to {speaking[1]} ms after the onset. A detector beside the loudspeaker does not wait "
            "for it."
        )


def _row(name: str, found: Iterable[tuple[int | None, int | None]]) -> dict[str, object]:
    known = [(a, b) for a, b in found if a is not None and b is not None]
    apart = [b - a for a, b in known]
    return {
        "measure": name, "pairs": len(known), OPENAI: _middle([a for a, _ in known]),
        GROK: _middle([b for _, b in known]), "Grok less OpenAI": _middle(apart),
        "Grok longer": sum(d > 0 for d in apart), "basis": "modelled",
    }  # fmt: skip


def _middle(values: Sequence[int]) -> int | None:
    return whole_ms(median(values)) if values else None


def same_speech(
    out: str | os.PathLike[str], settings: ServerVad | None = None, only: Sequence[str] | None = None
) -> SameSpeech:
    """Compose every script with both models and measure both as recorded.

    Parameters
    ----------
    out
        Folder for the sessions; those of the same name are replaced.
    settings
        In force in all of them; None: 0.5/300/500.
    only
        Parts of names of scripts; None: all.

    Raises
    ------
    BargeinError
        No script of that name.
    """
    chosen = settings or SETTINGS
    made = pairs(out, chosen, only=only, overwrite=True)
    return SameSpeech(tuple(Both(p.script, Case(p.openai), Case(p.xai)) for p in made), chosen)


def reports_on_record() -> Any:
    """Give what both really reported of the same clip, sent once: claimed start and end, and what was in force."""
    import pandas as pd

    (openai, *_), (grok_start, grok_end) = OPENAI_REPORTS.values(), GROK_REPORTS
    rows = [
        {"provider": OPENAI, "claimed start [ms]": openai[0][0], "claimed end [ms]": openai[1][0],
         "in force": OPENAI_SETTINGS.label, "basis": "recorded"},
        {"provider": GROK, "claimed start [ms]": grok_start[0], "claimed end [ms]": grok_end[0],
         "in force": "not echoed", "basis": "recorded"},
    ]  # fmt: skip
    return pd.DataFrame(rows).set_index("provider")


def ranges_on_record() -> Any:
    """Give the recorded ranges that the two models draw from, ms (``docs/compose.md``)."""
    import pandas as pd

    one, other = OpenAIDelays(), XAIDelays()
    rows = [{"delay [ms]": what, OPENAI: "{}–{}".format(*getattr(one, a)), GROK: "{}–{}".format(*getattr(other, b))}
            for what, (a, b) in RANGES.items()]  # fmt: skip
    return pd.DataFrame(rows).set_index("delay [ms]")
