"""The first words to a listener, and what it missed while it was taking them."""

from __future__ import annotations

from collections.abc import Sequence

from . import encoding
from .cursors import UNKNOWN, Cursors
from .listener import Listener
from .topics import Topics


def greeting(listener: Listener, topics: Topics, cursors: Cursors, flushed: int, room: int) -> bytes:
    """`hello`, then a `reset` for each topic that cannot be replayed, then what can be.

    Arguments:
        flushed: the number up to which events have gone out; later ones come with the next flush.
        room: the most bytes of replay; a topic beyond it is reset.
    """
    resumed: list[str] = []
    resets: list[bytes] = []
    events: list[tuple[int, bytes]] = []
    for name, after in _wanted(listener):
        found = topics.since(name, after, flushed) if after != UNKNOWN else None
        size = sum(len(chunk) for _, chunk in found or ())
        if found is None or size > room:
            resets.append(encoding.reset(name))
            continue
        room -= size
        resumed.append(name)
        events.extend(found)
    cursor = cursors.at(flushed)
    words = [encoding.RETRY, encoding.hello(cursor, resumed), *resets, *_in_order(events), encoding.position(cursor)]
    return b"".join(words)


def missed(listener: Listener, topics: Topics, flushed: int) -> bytes:
    """What was flushed since the listener's last place; usually nothing."""
    resets: list[bytes] = []
    events: list[tuple[int, bytes]] = []
    for name, after in _wanted(listener):
        if after < flushed:
            found = topics.since(name, after, flushed)
            if found is None:
                resets.append(encoding.reset(name))
            events.extend(found or ())
    return b"".join([*resets, *_in_order(events)])


def _wanted(listener: Listener) -> list[tuple[str, int]]:
    missing = listener.missing or {}
    return [(name, missing[name]) for name in listener.topics if name in missing]


def _in_order(events: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """By number over all topics, so that a stream that breaks in between can go on from its last number."""
    return [chunk for _, chunk in sorted(events)]
