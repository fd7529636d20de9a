"""A listener's connection that remembers what was written to it, and can be made to stall like a real transport."""

from __future__ import annotations

import json
import re
from typing import Any

from doorward.core.streams import StreamRequest
from doorward.live.hub import Hub
from doorward.live.listener import Listener


class Wire:
    """A `listener.Way` in memory. While `stalled` it pauses its listener as uvloop does: inside `write`."""

    def __init__(self, stalled: bool = False) -> None:
        self.listener: Listener | None = None
        self.stalled = stalled
        self.data = b""
        self.closed = ""

    def write(self, data: bytes, /) -> None:
        assert not self.closed, "written after its end"
        self.data += data
        if self.stalled and self.listener is not None:
            self.listener.pause_writing()

    def close(self) -> None:
        self.closed = self.closed or "closed"

    def abort(self) -> None:
        self.closed = self.closed or "aborted"

    def resume(self) -> None:
        """The browser reads again."""
        self.stalled = False
        assert self.listener is not None
        self.listener.resume_writing()

    @property
    def messages(self) -> list[tuple[str, Any]]:
        """What a browser would have dispatched: (name, data) of each message."""
        return messages(self.data)

    @property
    def events(self) -> list[Any]:
        """The `data` of the topics' events."""
        return [data["data"] for name, data in self.messages if name == "message"]


def messages(raw: bytes) -> list[tuple[str, Any]]:
    """Parse a stream as WHATWG HTML 9.2.6 tells, line ends of every kind included."""
    found = []
    text = raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    for block in text.split("\n\n"):
        name, data = "message", []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            if field == "event":
                name = value.removeprefix(" ")
            elif field == "data":
                data.append(value.removeprefix(" "))
        if data:
            found.append((name, json.loads("\n".join(data))))
    return found


def last_id(raw: bytes) -> str:
    """What the browser would send as Last-Event-ID."""
    return re.findall(r"^id: (.*)$", raw.decode("utf-8"), re.MULTILINE)[-1]


def request(*topics: str, listener: str = "browser", **values: Any) -> StreamRequest:
    return StreamRequest(topics=topics, listener=listener, address=values.pop("address", "192.0.2.1"), **values)


def listen(hub: Hub, *topics: str, wire: Wire | None = None, **values: Any) -> Wire:
    """Open a stream and begin it on a wire, as the bridge does. On the hub's loop."""
    wire = wire or Wire()
    listener = hub.admit(request(*topics, **values), hub.moment())
    wire.listener = listener
    hub.attach(listener, wire, chunked=False)
    return wire
