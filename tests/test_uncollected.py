"""Work without the garbage collector: it is left as it was found, also by errors."""

from __future__ import annotations

import gc

import pytest

from bargein.uncollected import uncollected


def test_the_collector_is_off_inside_and_as_before_outside() -> None:
    """Nested as well."""
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    """Somebody else's choice."""
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
