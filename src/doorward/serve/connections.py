"""Who is connected: how long a connection may say nothing, or take nothing, and how many there may be.

A slow client costs a place and not a task: one look a second goes over queues that are in order of their deadlines.
Streams are not counted here once they are taken over; the hub has caps of its own.
"""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from doorward.core.transport import Network, address_group, is_within

_SWEEP_SECONDS = 1.0
#: Every so many sweeps all connections are looked at, for those that others have closed and that do not go.
_SWEEPS_TO_COUNT = 30
#: How far the queue is searched for a connection of one address that could make room.
_LOOKED_AT = 256


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """What connections may do. A school behind one address must fit in (law 8).

    Arguments:
        head_seconds: the time for the head of a request, from the connection or the first byte of it.
        rest_seconds: how long a connection is kept after an answer.
        stall_seconds: how often something unsent is looked at: then a part must have gone out.
        slowest: bytes a second that a client must take.
        most: connections at once, without streams.
        per_address: of those, how many from one address (IPv6: one network of 64 bits).
        proxies: the addresses of proxies, behind which is everybody.
    """

    head_seconds: float = 15.0
    rest_seconds: float = 75.0
    stall_seconds: float = 20.0
    slowest: int = 512
    most: int = 16_384
    per_address: int = 8_192
    proxies: Sequence[Network] = ()


class Connection(Protocol):
    """One connection of a client."""

    transport: asyncio.Transport

    def head_is_late(self) -> None:
        """Say so if there is somebody to hear it, and close."""


class Connections:
    """All connections of one server. On its loop, like everything here.

    Arguments:
        rules: see there.
    """

    def __init__(self, rules: ConnectionRules | None = None) -> None:
        self.rules = rules or ConnectionRules()
        self._all: dict[Connection, str] = {}
        self._from: Counter[str] = Counter()
        self._waiting: dict[Connection, float] = {}
        self._resting: dict[Connection, float] = {}
        self._unsent: dict[Connection, tuple[float, int]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweeps = 0

    def __len__(self) -> int:
        return len(self._all)

    def came(self, connection: Connection, address: str) -> bool:
        """A new one, whose request we wait for. False when there is no place for it."""
        group = "" if is_within(address, self.rules.proxies) else address_group(address)
        full = len(self._all) >= self.rules.most
        crowded = bool(group) and self._from[group] >= self.rules.per_address
        if (full and not self._make_room("")) or (crowded and not self._make_room(group)):
            return False
        self._all[connection] = group
        self._from[group] += 1
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)
        self._waiting[connection] = self._loop.time() + self.rules.head_seconds
        return True

    def waits(self, connection: Connection) -> None:
        """For the head of a request. The time runs from the first call until `busy`."""
        if connection not in self._waiting and connection in self._all and self._loop is not None:
            self._resting.pop(connection, None)
            self._waiting[connection] = self._loop.time() + self.rules.head_seconds

    def busy(self, connection: Connection) -> None:
        """A request has come; what follows has deadlines of its own."""
        self._waiting.pop(connection, None)
        self._resting.pop(connection, None)

    def rests(self, connection: Connection) -> None:
        """Its request is answered; another may follow."""
        if connection in self._all and self._loop is not None:
            self._resting[connection] = self._loop.time() + self.rules.rest_seconds

    def stalls(self, connection: Connection) -> None:
        """It does not take what it is sent as fast as that comes."""
        if connection in self._all and connection not in self._unsent and self._loop is not None:
            self._unsent[connection] = (self._loop.time() + self.rules.stall_seconds, _not_taken(connection.transport))

    def takes_again(self, connection: Connection) -> None:
        """It has caught up."""
        if not connection.transport.is_closing():
            self._unsent.pop(connection, None)

    def went(self, connection: Connection) -> None:
        """It is gone, or a stream now."""
        group = self._all.pop(connection, None)
        if group is None:
            return
        self._from[group] -= 1
        if not self._from[group]:
            del self._from[group]
        self._waiting.pop(connection, None)
        self._resting.pop(connection, None)
        self._unsent.pop(connection, None)

    def close(self, connection: Connection) -> None:
        """Close it once it has taken what was sent; not if it takes nothing."""
        self.busy(connection)
        self.stalls(connection)
        connection.transport.close()

    def _make_room(self, group: str) -> bool:
        """Let the one go that has said nothing for longest. Its browser opens another when it has something to say."""
        for queue in (self._waiting, self._resting):
            for one in islice(queue, _LOOKED_AT):
                if not group or self._all[one] == group:
                    self.went(one)
                    one.transport.abort()
                    return True
        return False

    def _sweep(self) -> None:
        assert self._loop is not None  # nosec B101
        now = self._loop.time()
        for one in _due(self._waiting, now):
            self.close_late(one)
        for one in _due(self._resting, now):
            self.close(one)
        self._look_at_unsent(now)
        self._sweeps += 1
        if self._sweeps % _SWEEPS_TO_COUNT == 0:
            for one in [one for one in self._all if one.transport.is_closing()]:
                self.stalls(one)
        if self._all:
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)
        else:
            self._loop = None

    def close_late(self, connection: Connection) -> None:
        """The head of its request did not come in time."""
        connection.head_is_late()
        self.close(connection)

    def _look_at_unsent(self, now: float) -> None:
        due = [one for one, (deadline, _) in self._unsent.items() if deadline <= now]
        for one in due:
            _, before = self._unsent.pop(one)
            unsent = one.transport.get_write_buffer_size()
            if unsent and _not_taken(one.transport) <= before - self.rules.slowest * self.rules.stall_seconds:
                self.stalls(one)
            elif unsent or one.transport.is_closing():
                self.went(one)
                one.transport.abort()


def _due(queue: dict[Connection, float], now: float) -> list[Connection]:
    """Those whose time is over: the queue is in the order of deadlines."""
    found = []
    for one, deadline in queue.items():
        if deadline > now:
            break
        found.append(one)
    return found


def _not_taken(transport: asyncio.Transport) -> int:
    """Bytes that the client has not acknowledged: ours, and the kernel's, which may hold megabytes for minutes."""
    kernel = 0
    try:
        descriptor = transport.get_extra_info("socket").fileno()
        kernel = int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (AttributeError, OSError, ValueError):
        kernel = 0
    return transport.get_write_buffer_size() + kernel
