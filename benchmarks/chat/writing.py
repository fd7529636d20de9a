"""Requests over connections that stay open, with as little work for the sender as can be."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Line:
    """A connection that is opened again when the server closes it.

    Attributes:
        head: of the latest answer.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.head = b""
        self._socket: socket.socket | None = None

    def ask(self, asked: bytes) -> tuple[int, bytes]:
        """Send a request and take the whole answer: status and body."""
        for _ in range(3):
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                return self._answer(asked)
            except ConnectionError:  # a kept connection may end between two requests
                self.close()
        raise ConnectionError(f"port {self.port} does not answer")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self, asked: bytes) -> tuple[int, bytes]:
        assert self._socket is not None
        self._socket.sendall(asked)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        if b"chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        elif found := _LENGTH.search(head):
            while len(body) < int(found[1]):
                body += self._more()
        if b"connection: close" in head.lower():
            self.close()
        self.head = head
        return int(head[9:12]), body

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError
        return part


def rate(port: int, senders: int, seconds: float, write: Callable[[int, int], bytes]) -> float:
    """How many requests a second are answered well while so many senders write as fast as they can.

    Arguments:
        write: gives the request of a sender, by its number and how many it has sent.
    """
    until = time.perf_counter() + seconds
    done = [0] * senders
    wrong: list[tuple[int, bytes]] = []

    def send(sender: int) -> None:
        line, number = Line(port), 0
        while time.perf_counter() < until and not wrong:
            status, body = line.ask(write(sender, number))
            number += 1
            if status >= 400:
                wrong.append((status, body[:300]))
            done[sender] = number
        line.close()

    threads = [threading.Thread(target=send, args=(one,)) for one in range(senders)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
    return sum(done) / (time.perf_counter() - began)
