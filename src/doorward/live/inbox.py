"""How other threads reach the loop's thread: orders in one line, and one wake-up for many of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable

Order = Callable[[], None]


class Inbox:
    """Orders from any thread, done in their order on the loop's thread. Dropped before `bind` and after `unbind`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Order] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: Order = lambda: None

    def bind(self, loop: asyncio.AbstractEventLoop, done: Order) -> None:
        """From now on orders are done on `loop`; `done` runs after each batch."""
        with self._lock:
            self._loop = loop
            self._done = done

    def unbind(self) -> None:
        """Take no more orders."""
        with self._lock:
            self._loop = None
            self._orders.clear()

    def put(self, orders: Iterable[Order]) -> None:
        """Add orders; from any thread, without waiting for them to be done."""
        with self._lock:
            if self._loop is None:
                return
            asleep = not self._orders
            self._orders.extend(orders)
            if asleep and self._orders:
                self._wake(self._loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.call_soon_threadsafe(self._work)
        except RuntimeError:  # the loop was closed without saying so: nobody listens any more
            self._loop = None
            self._orders.clear()

    def _work(self) -> None:
        with self._lock:
            orders, self._orders = self._orders, []
        for order in orders:
            order()
        self._done()
