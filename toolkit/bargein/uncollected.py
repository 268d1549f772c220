"""Work that makes many small values and no cycle, without a garbage collector that keeps looking for one."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector out for a while: on a log of 60,000 lines, looking costs as much as the work itself.

    Reference counts free what is done with, as always; a collector that was off stays off. What was made and is still
    there counts as old at once: a first look at a million new values would cost as much as was saved.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():  # else what somebody froze would thaw
                gc.freeze()
                gc.unfreeze()  # into the oldest generation
            gc.enable()
