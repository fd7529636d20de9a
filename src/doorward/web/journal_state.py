"""Whether the journal is whole, for the page: checked when somebody looks, and remembered for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from doorward.store import journal
from doorward.store.store import Store
from doorward.web.parts import Parts

#: Longer journals are checked on the host: a page should not take seconds.
LONGEST = 50_000
_FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ChainState:
    """What the page says about the chain: "verified", "problem" or "unknown"."""

    state: str
    at: datetime | None = None
    message: str | None = None
    count: int | None = None


_last: WeakKeyDictionary[Store, ChainState] = WeakKeyDictionary()


def chain_state(parts: Parts, now: datetime) -> ChainState:
    """The state of the chain, at most five minutes old."""
    known = _last.get(parts.store)
    if known is None or known.at is None or abs(now - known.at) > _FRESH:
        known = _last[parts.store] = _check(parts, now)
    return known


def _check(parts: Parts, now: datetime) -> ChainState:
    with parts.store.reading() as db:
        count = journal.length(db)
        if count > LONGEST:
            return ChainState("unknown", count=count)
        broken = journal.verify(db, parts.seals)
    if broken is None:
        return ChainState("verified", now, count=count)
    return ChainState("problem", now, f"Entry {broken.seq}: {broken.reason}.", count)
