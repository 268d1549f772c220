"""What a researcher types about labels: verbs of ``import bargein as bi``, each a thin layer over the queue."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from bargein.queue import Queue

__all__ = ["label_queue", "label_rates"]


def label_queue(
    folder: str | os.PathLike[str], settings: Iterable[str] = (), *, sample: float = 0.1, disagreeing: float = 1.0,
    seed: int = 1,
) -> Queue:  # fmt: skip
    """Draw what to label (docs/labels.md): events on which settings disagree, and a sample of the rest.

    Parameters
    ----------
    folder
        A session folder, or one that holds some; each gets a ``queue.jsonl``.
    settings
        Two or more: ``0.5/300/500``, ``provider``, ``local-vad``; or gates. None: the queue that is there is opened.
    sample, disagreeing
        Probability of an event to be drawn: where the settings agree, and where they do not.
    seed
        Another seed, another sample.

    Returns
    -------
    The queue: ``.progress(annotator)``, ``.rates(annotator)``; :class:`bargein.widgets.Labeller` plays it.

    Raises
    ------
    SessionError, SettingsError, LabelError, NotAnswerable
        As :func:`bargein.queue.making.make_queue`.
    """
    from bargein.queue import make_queue, open_queue

    names = tuple(settings)
    if not names:
        return open_queue(folder)
    return make_queue(folder, names, sample=sample, disagreeing=disagreeing, seed=seed)


def label_rates(
    folder: str | os.PathLike[str], annotator: str | None = None, *, first: int | None = None
) -> pd.DataFrame:
    """Say how often each setting of a queue fails, of all events: one row per setting and figure.

    Parameters
    ----------
    folder
        With a queue that was answered.
    annotator
        Whose answers; may be left out where there is one.
    first
        Only so many answers, in the order of the queue.

    Returns
    -------
    Labelled counts, what they stand for by Horvitz-Thompson weights, the share and its two-sided 95 % interval.

    Raises
    ------
    LabelError, NotAnswerable
        There is no queue; several annotators and none named; recorded and modelled sessions together.
    """
    import pandas as pd

    from bargein.queue import open_queue

    return pd.DataFrame(open_queue(folder).rate_rows(annotator, first))
