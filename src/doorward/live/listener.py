"""One browser holding a stream open: the protocol at the end of its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol


class Way(Protocol):
    """The way out to a listener: a transport of the loop, or an outbox that behaves like one.

    It calls the listener's `pause_writing` when what is unsent passes its bound, also from inside `write`.
    """

    def write(self, data: bytes, /) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


class Keeper(Protocol):
    """What a listener tells the hub."""

    def left(self, listener: Listener) -> None: ...

    def stuck(self, listener: Listener) -> None: ...

    def drained(self, listener: Listener) -> None: ...


class Listener(asyncio.Protocol):
    """A stream from its admission to its end. Small on purpose: there may be 20,000 of them.

    States: admitted (`way` is None), catching up (`missing` says from where), live (`missing` is None), ended.
    """

    __slots__ = (
        "account_id",
        "address",
        "chunked",
        "ended",
        "expires",
        "keeper",
        "key",
        "marks",
        "missing",
        "paused",
        "secret_id",
        "session_id",
        "topics",
        "way",
    )

    def __init__(
        self,
        keeper: Keeper,
        topics: tuple[str, ...],
        key: str,
        account_id: str | None,
        session_id: int | None,
        address: str,
        expires: float,
        secret_id: int | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        self.keeper = keeper
        self.topics = topics
        self.key = key
        self.account_id = account_id
        self.session_id = session_id
        self.secret_id = secret_id
        self.marks = marks
        self.address = address
        self.expires = expires
        self.missing: dict[str, int] | None = None
        self.way: Way | None = None
        self.chunked = False
        self.paused = False
        self.ended = False

    def marked(self, topic: str, mark: str) -> bool:
        """Whether the right to this topic was given under this mark."""
        return self.marks is not None and self.marks.get(topic) == mark

    def data_received(self, data: bytes) -> None:
        """A browser sends nothing on a stream: whoever does is not one, and costs us only this connection."""
        self.keeper.left(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.keeper.left(self)

    def pause_writing(self) -> None:
        """The connection takes no more. May come from inside a sweep's write, so nothing is removed here."""
        self.paused = True
        if self.missing is None:
            self.keeper.stuck(self)

    def resume_writing(self) -> None:
        self.paused = False
        if self.missing is not None:
            self.keeper.drained(self)

    def hang_up(self) -> None:
        """End the connection. What a browser does not take is dropped: it would be held for ever."""
        way, self.way = self.way, None
        if way is None:
            return
        if self.paused:
            way.abort()
        else:
            way.close()
