"""The first words to a listener, and what it missed while it was taking them."""

from __future__ import annotations

from collections.abc import Sequence

from . import encoding
from .cursors import UNKNOWN, Cursors
from .listener import Listener
from .topics import Topics


def greeting(listener: Listener, topics: Topics, cursors: Cursors, room: int) -> bytes:
    """`hello`, then a `reset` for each topic that cannot be replayed, then what can be.

    Arguments:
        room: the most bytes of replay; a topic beyond it is reset.
    """
    resumed: list[str] = []
    resets: list[bytes] = []
    events: list[tuple[int, bytes]] = []
    for name, after in _wanted(listener):
        found = topics.since(name, after, topics.horizon(name, cursors.number)) if after != UNKNOWN else None
        size = sum(len(chunk) for _, chunk in found or ())
        if found is None or size > room:
            resets.append(encoding.reset(name))
            continue
        room -= size
        resumed.append(name)
        events.extend(found)
    cursor = cursors.at(min(places(listener, topics, cursors).values()))
    first = [encoding.RETRY, encoding.hello(cursor, listener.topics, resumed)]
    return b"".join([*first, *resets, *_in_order(events), encoding.position(cursor)])


def missed(listener: Listener, topics: Topics, cursors: Cursors) -> bytes:
    """What has gone out since the listener's places; usually nothing."""
    resets: list[bytes] = []
    events: list[tuple[int, bytes]] = []
    for name, after in _wanted(listener):
        horizon = topics.horizon(name, cursors.number)
        found = topics.since(name, after, horizon) if after < horizon else []
        if found is None:
            resets.append(encoding.reset(name))
        events.extend(found or ())
    return b"".join([*resets, *_in_order(events)])


def places(listener: Listener, topics: Topics, cursors: Cursors) -> dict[str, int]:
    """For each topic the number up to which a listener has everything, once it has what it missed."""
    return {name: topics.horizon(name, cursors.number) for name in listener.topics}


def _wanted(listener: Listener) -> list[tuple[str, int]]:
    missing = listener.missing or {}
    return [(name, missing[name]) for name in listener.topics if name in missing]


def _in_order(events: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """By number over all topics, so that a stream that breaks in between can go on from its last number."""
    return [chunk for _, chunk in sorted(events)]
