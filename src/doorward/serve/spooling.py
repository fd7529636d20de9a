"""Bringing a large body to its sink while it arrives: the loop waits for the sender, a thread only for the disk."""

from __future__ import annotations

import asyncio
from functools import partial

from doorward.core.spooling import Sink, Spool

from .bodies import Body
from .lanes import Lane

#: So much of one body may be in memory, besides what is being written.
MOST_WAITING = 1024 * 1024
_LARGE_PART = 32 * 1024


async def receive_into(spool: Spool, body: Body, begun: bytes, lane: Lane) -> None:
    """Hand the body to the spool's sink. While one part is written, the next arrive.

    Arguments:
        begun: what was read of it already.
        lane: whose threads write.

    Raises: `ClientGone`, `BodyTooSlow`; what had arrived is with the sink all the same.
    """
    sink = spool.sink
    assert sink is not None  # nosec B101
    writer = _Writer(sink, lane, begun)
    try:
        while not body.ended:
            writer.add(await body.receive_part())
            await writer.step()
        await writer.finish()
    except Exception as problem:
        if not writer.failed:
            await writer.finish()
            raise
        spool.problem = problem
    finally:
        await asyncio.shield(lane.run(sink.close))
    spool.received = True


class _Writer:
    """Writes one part at a time, all that waits at once."""

    def __init__(self, sink: Sink, lane: Lane, begun: bytes) -> None:
        self._sink = sink
        self._lane = lane
        self._waiting = [begun] if begun else []
        self._size = len(begun)
        self._writing: asyncio.Future[None] | None = None
        self.failed = False

    def add(self, part: bytes) -> None:
        if part:
            self._waiting.append(part)
            self._size += len(part)

    async def step(self) -> None:
        """Begin to write what waits, unless something is being written; wait only where too much waits."""
        if self._writing is not None and (self._writing.done() or self._size >= MOST_WAITING):
            await self._written()
        if self._writing is None and self._waiting:
            parts, self._waiting, self._size = self._waiting, [], 0
            self._writing = asyncio.ensure_future(self._lane.run(partial(self._write, parts)))

    def _write(self, parts: list[bytes]) -> None:
        """On a thread, which has to wait for the loop at each call of the system: large parts go as they came, but
        together, and many small ones as one."""
        if sum(map(len, parts)) < _LARGE_PART * len(parts):
            parts = [b"".join(parts)]
        self._sink.write(*parts)

    async def finish(self) -> None:
        """Write everything that came."""
        while self._writing is not None or self._waiting:
            if self._writing is not None:
                await self._written()
            await self.step()

    async def _written(self) -> None:
        writing, self._writing = self._writing, None
        assert writing is not None  # nosec B101
        try:
            await writing
        except Exception:
            self.failed = True
            raise
