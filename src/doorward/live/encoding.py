"""The words on the wire: Server-Sent Events (WHATWG HTML, section 9.2), encoded once for all listeners.

Everything that a person typed travels inside JSON, where a line break is always written `\\n`. So no text can end a
field or begin a message of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from doorward.core.streams import Event, Json

#: A comment: keeps proxies from closing a quiet stream, and shows us who has left.
HEARTBEAT = b":\n\n"
#: How long a browser waits by itself before it reconnects, in milliseconds.
RETRY = b"retry: 3000\n\n"


def to_json(value: Json | Mapping[str, Json]) -> bytes:
    """Compact ASCII JSON. Raises `TypeError` or `ValueError` for what is not a JSON value (NaN included)."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def event_data(event: Event) -> bytes:
    """The `data:` line of an event, which does not depend on its number and can be made on any thread."""
    return b"data: " + to_json({"topic": event.topic, "type": event.type, "data": event.data}) + b"\n\n"


def numbered(cursor: str, data: bytes) -> bytes:
    """An event as listeners get it: its number, then its data."""
    return b"id: " + cursor.encode("ascii") + b"\n" + data


def position(cursor: str) -> bytes:
    """Moves the browser's `Last-Event-ID` without showing the page anything."""
    return b"id: " + cursor.encode("ascii") + b"\n\n"


def hello(cursor: str, topics: Sequence[str], resumed: Sequence[str]) -> bytes:
    """The first message: where the streams stand, which topics it carries, and which go on from where the page was.

    A topic that the page asked for and that is not among them is not (any more) for this caller.
    """
    return _named(b"hello", {"cursor": cursor, "topics": list(topics), "resumed": list(resumed)})


def reset(topic: str) -> bytes:
    """The page must fetch its snapshot of the topic again, since events in between are no longer here."""
    return _named(b"reset", {"topic": topic})


def cut(topic: str) -> bytes:
    """The right to this topic has ended; the stream goes on without it."""
    return _named(b"cut", {"topic": topic})


def bye(after: int, spread: int) -> bytes:
    """The server stops. Come back after so many milliseconds, plus a random part of the spread."""
    return _named(b"bye", {"after": after, "spread": spread})


def framed(chunk: bytes) -> bytes:
    """One chunk of HTTP/1.1 chunked coding (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(chunk), chunk)


#: Ends a chunked answer, so that a proxy in between sees a complete one.
LAST_CHUNK = b"0\r\n\r\n"


def _named(name: bytes, data: Mapping[str, Json]) -> bytes:
    return b"event: " + name + b"\ndata: " + to_json(data) + b"\n\n"
