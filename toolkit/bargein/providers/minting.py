"""Ids where a log has none: gates and ledgers know audio by its response, so each response needs a name.

A minted response, an *epoch*, begins with ``response.created``, or with audio or words where nothing is open. It ends
with ``response.done``, or, where no ``response.created`` opened it, with ``audio.done``. Where a response with an id is
open, what comes without one is taken to be its own: xAI's binary frames. On one ordered connection that is right, but
for late audio of a response that has ended, which becomes an epoch of its own: nothing in such a log could tell. What
was minted or taken is counted, and the response says that it is ``synthetic``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from bargein.events import AgentText, AudioDone, Delta, Event, ItemDone, ResponseCreated, ResponseDone
from bargein.ledger import Part

OfItem = Delta | AgentText | AudioDone | ItemDone
OfResponse = ResponseCreated | ResponseDone | OfItem
OF_ITEM = (Delta, AgentText, AudioDone, ItemDone)
OF_RESPONSE = (ResponseCreated, ResponseDone, *OF_ITEM)
#: What can begin a response that nothing announced.
BEGINS = (Delta, AgentText)

MINTED = "response ids missing: minted"
TAKEN = "response ids missing: taken from the open response"
ITEMS = "item ids missing: minted"


@dataclass(slots=True)
class _Known:
    """A response as far as the log has told: how it began, whether it has ended, and how many items it has had."""

    id: str
    minted: bool = False
    created: bool = False
    ended: bool = False
    items: int = 1
    item_ended: bool = False


class Minter:
    """Names what has no name, in log order.

    Parameters
    ----------
    warnings
        Where what was minted is counted.

    Examples
    --------
    >>> minter = Minter(Counter())
    >>> log = [Delta(0, first=0), Delta(5, first=9), AudioDone(6), Delta(9, first=20)]
    >>> [(e.response, e.item, getattr(e, "first", None)) for e in (minter.named(e, "provider") for e in log)]
    [('epoch-1', 'epoch-1-item-1', 0), ('epoch-1', 'epoch-1-item-1', 9), ('epoch-1', 'epoch-1-item-1', None), \
('epoch-2', 'epoch-2-item-1', 0)]
    """

    def __init__(self, warnings: Counter[str]) -> None:
        self.synthetic: set[str] = set()
        self._warnings = warnings
        self._known: dict[str, _Known] = {}
        self._open: dict[str, _Known] = {}  # by connection
        self._epochs = 0
        self._before: dict[Part, int] = {}  # samples that came before the first of a minted part

    def named(self, event: Event, connection: str) -> Event:
        """Give an event with its ids: the event itself where it has them or needs none."""
        if not isinstance(event, OF_RESPONSE) or self._goes_on(event, connection):
            return event
        now = self._stated(event, connection) if event.response else self._unstated(event, connection)
        now.created = now.created or isinstance(event, ResponseCreated)
        if not event.response:
            self._warnings[MINTED if now.minted else TAKEN] += 1
            self.synthetic.add(now.id)
            event = replace(event, response=now.id)
        if isinstance(event, OF_ITEM):
            event = self._item(event, now)
        now.ended = now.ended or isinstance(event, ResponseDone) or (isinstance(event, AudioDone) and not now.created)
        return event

    def _goes_on(self, event: OfResponse, connection: str) -> bool:
        """Whether it is one more piece, with its ids, of what is open: most of a log, and nothing to take note of."""
        if type(event) is not Delta or not event.item:
            return False
        now = self._open.get(connection)
        return now is not None and now.id == event.response and not now.item_ended and not now.minted

    def _stated(self, event: OfResponse, connection: str) -> _Known:
        """Take note of a response with an id: a new one is open from now on, an old one's last words open nothing."""
        now = self._known.get(event.response)
        if now is None:
            now = self._known[event.response] = _Known(event.response)
        last = self._open.get(connection)
        if isinstance(event, ResponseCreated) or (isinstance(event, BEGINS) and (last is None or last.ended)):
            self._open[connection] = now
        return now

    def _unstated(self, event: OfResponse, connection: str) -> _Known:
        """Find the response that is open, or mint one."""
        last = self._open.get(connection)
        if last is None or isinstance(event, ResponseCreated) or (isinstance(event, BEGINS) and last.ended):
            self._epochs += 1
            last = self._open[connection] = _Known(f"epoch-{self._epochs}", minted=True)
        return last

    def _item(self, event: OfItem, now: _Known) -> OfItem:
        """Name an item; one whose sound has ended is followed by another."""
        if isinstance(event, Delta) and now.item_ended:
            now.items, now.item_ended = now.items + 1, False
        if not event.item:
            self._warnings[ITEMS] += 1
            event = replace(event, item=f"{now.id}-item-{now.items}")
            if isinstance(event, Delta):
                # without ids the log counts samples through; here they count from the item's first
                part = event.response, event.item, event.content
                event = replace(event, first=event.first - self._before.setdefault(part, event.first))
        now.item_ended = now.item_ended or isinstance(event, (AudioDone, ItemDone))
        return event
