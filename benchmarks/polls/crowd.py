"""Everybody in the hall, in one thread that does next to nothing for each: phones, voters among them, the presenter.

Phones come as browsers do: they read the page, and then hold the stream that its script opens. Votes are due at times
that were drawn before; a vote's time counts from when it was due, so that a server that is late is not spared.
"""

from __future__ import annotations

import re
import select
import socket
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.chat.writing import Line

from .room import Phone, Room, phone_from, request

_AT_ONCE = 50
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PRESENTER = "127.0.0.1"


@dataclass(slots=True)
class Vote:
    """One vote: whose, which, and when it was due, sent and saved (`perf_counter`; 0 for not yet)."""

    phone: int
    answer: str
    due: float
    sent_at: float = 0.0
    saved_at: float = 0.0


class Crowd:
    """See above.

    Attributes:
        phones: who came, by number.
        votes: in the order in which they were due.
        has_question: when each phone had the question.
        tallies: when the presenter had which number of people who answered.
        errors: what went wrong, in words.
    """

    def __init__(self, port: int, room: Room) -> None:
        self.port = port
        self.room = room
        self.phones: list[Phone] = []
        self.votes: list[Vote] = []
        self.has_question: dict[int, float] = {}
        self.tallies: list[tuple[float, int]] = []
        self.errors: list[str] = []
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._addresses: list[str] = []
        self._streams: dict[int, int] = {}
        self._times_asked: dict[int, int] = {}
        self._voting: dict[int, tuple[Vote, bytearray]] = {}
        self._resting: set[int] = set()
        self._presenter = -1
        self._said = b""
        self._asked = b'"type":"question","data":{"id":%d,' % room.question
        self._tally = re.compile(
            rb'"type":"tally","data":\{"question":%d,"turn":\d+,"respondents":(\d+)' % room.question
        )

    @property
    def connected(self) -> int:
        """How many phones hold a stream."""
        return len(self._streams)

    # Coming.

    def present(self) -> None:
        """The presenter opens the big screen."""
        line = Line(self.port)
        status, body = line.ask(request("GET", f"/polls/{self.room.poll}/present.json", self.room.cookies))
        cursor = re.search(rb'"cursor": *"([^"]+)"', body)
        assert status == 200, (status, body[:300])
        assert cursor, body[:300]
        screen = self._connect(_PRESENTER)
        screen.sendall(self._stream(f"polls.present:{self.room.poll}", cursor[1].decode(), self.room.cookies))
        self._begin(screen)
        self._presenter = screen.fileno()

    def come(self, count: int, per_address: int) -> None:
        """So many phones read the page and open their streams."""
        for first in range(0, count, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, count))
            self._addresses += [f"127.0.60.{1 + number // per_address}" for number in numbers]
            opened = [self._connect(self._addresses[number]) for number in numbers]
            for one in opened:
                one.sendall(request("GET", self.room.join))
            self.phones += [phone_from(*_whole_answer(one)) for one in opened]
            for number, one in zip(numbers, opened, strict=True):
                phone = self.phones[number]
                one.sendall(self._stream(f"polls.audience:{self.room.poll}", phone.cursor, phone.cookies))
            for number, one in zip(numbers, opened, strict=True):
                self._begin(one)
                self._streams[one.fileno()] = number
            self.listen(until=lambda: True, most=0)

    def _connect(self, address: str) -> socket.socket:
        one = socket.socket()
        one.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.settimeout(60)
        one.bind((address, 0))
        one.connect(("127.0.0.1", self.port))
        return one

    def _stream(self, topic: str, cursor: str, cookies: str) -> bytes:
        more = {"Accept": "text/event-stream"}
        return request("GET", f"/live?topic={topic}&since={cursor}", cookies, more=more)

    def _begin(self, one: socket.socket) -> None:
        head = one.recv(65536)
        assert b" 200 " in head.partition(b"\r\n")[0], head[:500]
        one.setblocking(False)
        self._watch(one)

    def _watch(self, one: socket.socket) -> None:
        self._sockets[one.fileno()] = one
        self._poll.register(one.fileno(), select.EPOLLIN)

    # What happens in the hall.

    def ask(self) -> float:
        """The presenter opens the question. When: just before it is sent."""
        line = Line(self.port)
        began = time.perf_counter()
        status, body = line.ask(self.room.opens())
        assert status == 204, (status, body[:300])
        line.close()
        return began

    def vote(self, votes: list[Vote], patience: float) -> None:
        """Let everybody vote when it is due, each over a connection of their own; and wait for the answers."""
        self.votes = votes
        for vote in votes:
            while (left := vote.due - time.perf_counter()) > 0:
                self._hear(left)
            self._send(vote)
        self.listen(until=lambda: not self._voting, most=patience)
        self.errors += [f"a vote had no answer after {patience:g} s" for _ in self._voting]

    def _send(self, vote: Vote) -> None:
        phone = self.phones[vote.phone]
        asked = self.room.vote(phone, vote.answer)
        vote.sent_at = time.perf_counter()
        try:
            one = self._connect(self._addresses[vote.phone])
            one.sendall(asked)
        except OSError as problem:
            self.errors.append(f"a vote could not be sent: {problem}")
            return
        one.setblocking(False)
        self._watch(one)
        self._voting[one.fileno()] = vote, bytearray()

    def listen(self, until: Callable[[], bool], most: float) -> None:
        """Take what comes until that is so, or for so many seconds at most."""
        over = time.perf_counter() + most
        while True:
            self._hear(0.05 if most else 0)
            if until() or time.perf_counter() > over:
                return

    def _hear(self, wait: float) -> None:
        for number, _event in self._poll.poll(wait, 512):
            try:
                part = self._sockets[number].recv(262_144)
            except BlockingIOError:
                continue
            except ConnectionError:
                part = b""
            at = time.perf_counter()
            if not part:
                self._ended(number)
            elif number in self._streams:
                self._phone_heard(self._streams[number], part, at)
            elif number == self._presenter:
                self._presenter_heard(part, at)
            elif number in self._voting:
                self._answered(number, part, at)

    def _phone_heard(self, phone: int, part: bytes, at: float) -> None:
        # An event is written whole, and is far smaller than what a socket takes at once.
        if self._asked in part:
            self.has_question.setdefault(phone, at)
            self._times_asked[phone] = self._times_asked.get(phone, 0) + part.count(self._asked)

    def _presenter_heard(self, part: bytes, at: float) -> None:
        self._said += part
        end = self._said.rfind(b"\n\n") + 2
        whole, self._said = self._said[:end], self._said[end:]
        self.tallies += [(at, int(number)) for number in self._tally.findall(whole)]

    def _answered(self, number: int, part: bytes, at: float) -> None:
        vote, data = self._voting[number]
        data += part
        head, ended, body = bytes(data).partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not ended or (length and len(body) < int(length[1])):
            return
        del self._voting[number]
        self._resting.add(number)  # a browser keeps it for a while
        if head[9:12] == b"200" and b'"saved":true' in body:
            vote.saved_at = at
        else:
            self.errors.append(f"a vote was answered with {head[9:12].decode()}: {body[:200]!r}")

    def _ended(self, number: int) -> None:
        self._poll.unregister(number)
        self._sockets.pop(number).close()
        if number in self._voting:
            del self._voting[number]
            self.errors.append("the connection of a vote was closed before its answer")
        elif number in self._streams:
            del self._streams[number]
            self.errors.append("a phone lost its stream")
        elif number == self._presenter:
            self.errors.append("the presenter lost the stream")
        self._resting.discard(number)

    # What came of it.

    def once(self) -> int:
        """How many phones had the question exactly once."""
        return sum(times == 1 for times in self._times_asked.values())

    def told_of(self) -> int:
        """The most people that the presenter was told have answered."""
        return max((people for _, people in self.tallies), default=0)

    def shown_after(self) -> list[float]:
        """For each saved vote that the presenter saw, the seconds from when it was due until that is sure.

        A number of people does not say who they are. So a vote counts as seen with the first number that is not below
        the number of all votes that had been sent when this one was saved: this one is among them. Never too early,
        and late by what was on its way.
        """
        sent = sorted(vote.sent_at for vote in self.votes)
        numbers = [people for _, people in self.tallies]
        found = []
        for vote in self.votes:
            place = bisect_left(numbers, bisect_right(sent, vote.saved_at))
            if vote.saved_at and place < len(numbers):
                found.append(self.tallies[place][0] - vote.due)
        return found

    def close(self) -> None:
        for one in self._sockets.values():
            one.close()


def _whole_answer(one: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while True:
        part = one.recv(65536)
        assert part, data[:300]
        data += part
        head, ended, body = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if ended and length and len(body) >= int(length[1]):
            assert head[9:12] == b"200", data[:500]
            return head, body
