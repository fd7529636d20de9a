"""Writing to very many listeners in one go, in slices, so that ordinary requests get their turn in between.

No task, no queue, no wake-up per listener: the same bytes are written to each transport. uvloop calls
`pause_writing` from inside `write`, so a listener that takes no more is only noted here and ended after the slice;
removing it at once has lost events of its healthy neighbour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from .listener import Listener

#: Listeners written to before the loop looks after others: about 2 ms.
SLICE = 500

Batch = tuple[list[Listener], bytes]


class Sweep:
    """One round of writing.

    Arguments:
        loop: where the slices run.
        batches: listeners (as they are now; the list is ours) and the chunk for them.
        after_slice: called after each slice.
        finished: called once at the end with the seconds that the sweep kept the loop busy.
    """

    __slots__ = ("_after_slice", "_busy", "_finished", "_loop", "_pieces")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        batches: Iterable[Batch],
        after_slice: Callable[[], None],
        finished: Callable[[float], None],
    ) -> None:
        self._loop = loop
        self._pieces = _pieces(batches)
        self._after_slice = after_slice
        self._finished = finished
        self._busy = 0.0

    def step(self) -> None:
        """Write one slice; the next one follows when the loop has looked after others."""
        began = self._loop.time()
        room = SLICE
        more = False
        for members, chunk in self._pieces:
            write_all(members, chunk)
            room -= len(members)
            if room <= 0:
                more = True
                break
        self._after_slice()
        self._busy += self._loop.time() - began
        if more:
            self._loop.call_soon(self.step)
        else:
            self._finished(self._busy)


def write_all(members: Iterable[Listener], chunk: bytes) -> None:
    """Write the chunk to each listener that is still there."""
    for listener in members:
        way = listener.way
        if way is not None:
            try:
                way.write(chunk)
            except Exception:  # whatever is wrong with this one must not cost the others their event
                listener.keeper.stuck(listener)


def _pieces(batches: Iterable[Batch]) -> Iterator[Batch]:
    for members, chunk in batches:
        for start in range(0, len(members), SLICE):
            yield members[start : start + SLICE], chunk
