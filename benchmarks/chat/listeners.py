"""Many browsers that hold a stream open, in one thread; each remembers what it heard, in which order and when."""

from __future__ import annotations

import random
import re
import select
import socket
import threading
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .team import Person, Team, request

_EVENT = re.compile(rb'id: (\S+)\ndata: \{"topic":"chat\.room:[^"]*","type":"message","data":\{"id":(\d+),')
_PLACE = re.compile(rb"id: (\S+)\n")
_HEARD_OF = re.compile(rb'"client":"([\w-]+)"')
_FOUND = re.compile(rb'"body":.*?"id":(\d+)')
_MOST_KEPT = 65536


@dataclass(slots=True)
class Listener:
    """One browser.

    Arguments:
        last: the number of the last event, to go on from.
        heard: the numbers of the messages, in the order in which they came.
    """

    who: Person
    socket: socket.socket
    last: str
    rest: bytes = b""
    heard: array[int] = field(default_factory=lambda: array("q"))
    reconnects: int = 0


class Listeners:
    """Everybody who listens.

    Attributes:
        seen: for each message by its client's number, when each listener had it (seconds, `perf_counter`).
        resets: how often somebody was told to fetch what they missed, and did.
    """

    def __init__(self, port: int, team: Team, people: Sequence[Person]) -> None:
        self.port = port
        self.team = team
        self.resets = 0
        self.seen: dict[bytes, list[float]] | None = None
        self._poll = select.epoll()
        self._over = threading.Event()
        self._close_next: list[int] = []
        self.all: dict[int, Listener] = {}
        for one in people:
            self._open(Listener(one, socket.socket(), ""))
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No more is heard from here on."""
        self._over.set()
        self._thread.join()
        for one in self.all.values():
            one.socket.close()

    def lose(self, count: int) -> None:
        """Let some lose their network, and come back at once."""
        self._close_next += random.sample(sorted(self.all), min(count, len(self.all)))

    def _open(self, one: Listener) -> None:
        one.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        more = {"Accept": "text/event-stream", **({"Last-Event-ID": one.last} if one.last else {})}
        path = f"/live?topic={self.team.topic}&topic=chat.me:{one.who.number}"
        one.socket.sendall(request("GET", path, one.who, more=more))
        head = b""
        while b"\r\n\r\n" not in head:
            part = one.socket.recv(65536)
            assert part, "the server closed the stream"
            head += part
        assert b" 200 " in head[:20], head
        one.rest = head.partition(b"\r\n\r\n")[2]
        one.socket.setblocking(False)
        self.all[one.socket.fileno()] = one
        self._poll.register(one.socket.fileno(), select.EPOLLIN)

    def _reopen(self, number: int) -> None:
        one = self.all.pop(number, None)
        if one is None:
            return
        self._poll.unregister(number)
        one.socket.close()
        one.rest = b""
        one.reconnects += 1
        self._open(one)
        self._take(one, time.perf_counter())  # what it missed may have come with the head, and nothing after it

    def _listen(self) -> None:
        while not self._over.is_set():
            ready = self._poll.poll(0.2, 4096)
            at = time.perf_counter()
            for number, _event in ready:
                if not self._read(self.all[number], at):
                    self._reopen(number)
            while self._close_next:
                self._reopen(self._close_next.pop())

    def _read(self, one: Listener, at: float) -> bool:
        """Take what is there. False if the server has closed it."""
        with suppress(BlockingIOError):
            part = one.socket.recv(262_144)
            if not part:
                return False
            one.rest += part
        self._take(one, at)
        return True

    def _take(self, one: Listener, at: float) -> None:
        """Hear the whole events of what has come."""
        end = one.rest.rfind(b"\n\n") + 2
        whole, one.rest = one.rest[:end], one.rest[end:][-_MOST_KEPT:]
        for found in _EVENT.finditer(whole):
            one.heard.append(int(found[2]))
        if self.seen is not None:
            for client in _HEARD_OF.findall(whole):
                self.seen.setdefault(client, []).append(at)
        for place in _PLACE.findall(whole):
            one.last = place.decode()
        if b"event: reset" in whole and self.team.topic.encode() in whole.partition(b"event: reset")[2]:
            self._catch_up(one)

    def _catch_up(self, one: Listener) -> None:
        """As the page does where events cannot be replayed: fetch what was written since."""
        self.resets += 1
        last = one.heard[-1] if one.heard else 0
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as fetching:
            path = f"/chat/{self.team.room}/messages?after={last}"
            fetching.sendall(request("GET", path, one.who, more={"Connection": "close"}))
            data = b""
            while part := fetching.recv(262_144):
                data += part
        found = sorted({int(number) for number in re.findall(rb'"id":(\d+)', data)} - set(one.heard))
        one.heard.extend(number for number in found if number > last)
