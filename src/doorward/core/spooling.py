"""How a view lets the server bring a large body to disk: without a thread that waits for a slow sender.

The view is called twice. The first time it decides, from the head of the request alone, and leaves a sink; the server
then hands every part that arrives to the sink. The second time, with the same request, it goes on with what arrived.
Both times the request passes the whole door. A server that does not know this hands the body over as it is.
"""

from __future__ import annotations

from typing import Protocol

#: Where the server leaves the `Spool` in a request's environ.
ENVIRON_KEY = "doorward.spool"


class Sink(Protocol):
    """Takes a body, part by part. Called on one thread at a time, but not always the same."""

    def write(self, *parts: bytes) -> None:
        """Keep these parts, in their order. Whatever it raises ends the receiving, and is the view's to answer."""

    def close(self) -> None:
        """No more comes: it is complete, or the sender has gone. What arrived must be on disk on return."""


class Spool:
    """One body.

    Attributes:
        sink: where it goes; left by the view.
        received: whether all of it was handed to the sink, or the sink refused: this is the second call.
        problem: what the sink raised.
    """

    __slots__ = ("problem", "received", "sink")

    def __init__(self) -> None:
        self.sink: Sink | None = None
        self.received = False
        self.problem: Exception | None = None
