"""The load: many browsers on one core, driven by lines on standard input; answers with one line of JSON each.

Arrival is read off edge-triggered epoll: the time at which a connection became readable, with nothing else done
for it before the round is over. So the load costs a fraction of a microsecond a delivery and is never the
bottleneck. After each round everything is read and searched for the round's mark: what did not arrive is counted.

Usage: load.py PORT SOURCE     (SOURCE: the first three numbers of a loopback network to connect from, as 127.0.9)
Commands: connect N · stall N · rounds COUNT GAP BYTES · close
"""

from __future__ import annotations

import hashlib
import hmac
import json
import resource
import select
import socket
import sys
import time
from contextlib import suppress
from statistics import quantiles

KEY = b"benchmark"
_AT_ONCE = 100
_PER_ADDRESS = 5000
_PATIENCE = 30.0


class Browsers:
    def __init__(self, port: int, source: str) -> None:
        self.port = port
        self.source = source
        self.sockets: dict[int, socket.socket] = {}
        self.stalled: list[socket.socket] = []
        self.poll = select.epoll()
        self.publisher = socket.create_connection(("127.0.0.1", port))
        self.publisher.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.round = 0

    def _open(self, number: int, receive_buffer: int = 0) -> socket.socket:
        browser = socket.socket()
        if receive_buffer:
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        browser.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        browser.bind((f"{self.source}.{1 + number // _PER_ADDRESS % 250}", 0))
        browser.connect(("127.0.0.1", self.port))
        signed = hmac.new(KEY, str(number).encode(), hashlib.sha256).hexdigest()
        browser.sendall(
            f"GET /live?topic=bench:1&since={self.cursor} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
            f"Cookie: session={number}.{signed}\r\n\r\n".encode()
        )
        return browser

    def connect(self, count: int) -> dict[str, object]:
        self.cursor = self._ask(b"GET /cursor HTTP/1.1\r\nHost: bench\r\n\r\n").decode()
        first = len(self.sockets)
        for start in range(first, first + count, _AT_ONCE):
            opened = [self._open(number) for number in range(start, min(start + _AT_ONCE, first + count))]
            for browser in opened:
                self._read_head(browser)
        time.sleep(0.5)
        self._read_into(dict.fromkeys(self.sockets, b""))
        return {"connected": len(self.sockets)}

    def _read_head(self, browser: socket.socket) -> None:
        browser.settimeout(10)
        head = browser.recv(65536)
        assert b" 200 " in head, head
        browser.setblocking(False)
        self.sockets[browser.fileno()] = browser
        self.poll.register(browser.fileno(), select.EPOLLIN | select.EPOLLET)

    def stall(self, count: int) -> dict[str, object]:
        """Browsers that ask for the stream and never read."""
        first = len(self.stalled)
        self.stalled += [self._open(900_000 + first + number, receive_buffer=4096) for number in range(count)]
        time.sleep(0.5)
        return {"stalled": len(self.stalled)}

    def rounds(self, count: int, gap: float, size: int) -> dict[str, object]:
        delays: list[float] = []
        missing = 0
        for _ in range(count):
            found, lost = self._one_round(size)
            delays += found
            missing += lost
            time.sleep(gap)
        cuts = quantiles(delays, n=100)
        return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "deliveries": len(delays), "missing": missing}

    def _one_round(self, size: int) -> tuple[list[float], int]:
        self.round += 1
        mark = b"r%07d" % self.round
        body = mark + b"." * (size - len(mark))
        self.poll.poll(0, len(self.sockets) + 1)
        delays: dict[int, float] = {}
        read = dict.fromkeys(self.sockets, b"")
        waiting = set(self.sockets)
        began = time.perf_counter()
        self.publisher.sendall(
            b"POST /publish HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n%b"
            % (len(body), body)
        )
        while waiting and time.perf_counter() - began < _PATIENCE:
            self._wait_for(waiting, delays, began)
            self._read_into(read)
            waiting = {number for number, data in read.items() if mark not in data}
        self._answer()
        return list(delays.values()), sum(data.count(mark) != 1 for data in read.values())

    def _wait_for(self, waiting: set[int], delays: dict[int, float], began: float) -> None:
        """Wait until all are readable. What came may have been a sign of life: then the next wait corrects the time."""
        left = set(waiting)
        while left and time.perf_counter() - began < _PATIENCE:
            ready = self.poll.poll(1.0, 4096)
            delay = time.perf_counter() - began
            for number, _ in ready:
                if number in left:
                    left.discard(number)
                    delays[number] = delay

    def _read_into(self, read: dict[int, bytes]) -> None:
        for number, browser in self.sockets.items():
            with suppress(BlockingIOError):
                while part := browser.recv(262_144):
                    read[number] += part

    def _ask(self, request: bytes) -> bytes:
        self.publisher.sendall(request)
        return self._answer()

    def _answer(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.publisher.recv(65536)
            assert part, "the server closed the publisher's connection"
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        while len(body) < length:
            body += self.publisher.recv(65536)
        return body


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    browsers = Browsers(int(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "close":
            return
        if command == "rounds":
            answer = browsers.rounds(int(numbers[0]), float(numbers[1]), int(numbers[2]))
        else:
            answer = getattr(browsers, command)(int(numbers[0]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
