"""A canary: a small server on loopback which nobody should ever come to, and a network in which names lie.

Whoever comes to it was led there by an address that they should not have fetched. For fetches by the app's own
outbounds there is a network besides, in which every connection ends here, whatever address it was meant for, and in
which the name service says what an attacker's would: so nothing of it leaves this machine.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

_WAIT = 5.0
_SILENT = "(came, and said nothing)"


def answer(status: int, body: bytes = b"", **fields: str) -> bytes:
    """A whole answer; underscores in names of fields stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Canary", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Canary:
    """The server, and the network that leads to it.

    `visits` are the heads of all requests that came; `dialled` is every address to which the network was asked to
    connect, as `address:port`; `asked` every name that was looked up.
    """

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.dialled: list[str] = []
        self.asked: list[str] = []
        self.sent = 0
        self._names: dict[str, list[Sequence[str]]] = {}
        self._answers: dict[str, Callable[[socket.socket], None]] = {}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._also = self._listen_by_ipv6()
        for one in filter(None, (self._socket, self._also)):
            threading.Thread(target=self._serve, args=(one,), name="canary", daemon=True).start()

    def __enter__(self) -> Canary:
        return self

    def __exit__(self, *_: object) -> None:
        for one in filter(None, (self._socket, self._also)):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def forget(self) -> None:
        """As if nobody had come, and no name led anywhere."""
        for kept in (self.visits, self.dialled, self.asked, self._names, self._answers):
            kept.clear()
        self.sent = 0

    def on(self, host: str, what: bytes | Callable[[socket.socket], None]) -> None:
        """What is answered to requests for this host: an answer, or a function that is handed the connection."""
        self._answers[host] = what if callable(what) else lambda connection: connection.sendall(what)

    # -- the network -----------------------------------------------------------------------------------------

    def lead(self, name: str, *answers: Sequence[str]) -> None:
        """Let a name have these addresses: one answer after the other, the last for ever."""
        self._names[name] = list(answers)

    def resolve(self, name: str) -> Sequence[str]:
        """What the name service says."""
        self.asked.append(name)
        waiting = self._names.get(name.rstrip("."), [()])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def dial(self, address: str, port: int) -> tuple[str, int]:
        """Where a connection to this address really leads: here."""
        self.dialled.append(f"{address}:{port}")
        return "127.0.0.1", self.port

    # -- the server ------------------------------------------------------------------------------------------

    def _listen_by_ipv6(self) -> socket.socket | None:
        with suppress(OSError):
            return socket.create_server(("::1", self.port), family=socket.AF_INET6)
        return None

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._meet, args=(connection,), name="canary's guest", daemon=True).start()

    def _meet(self, connection: socket.socket) -> None:
        place = len(self.visits)
        self.visits.append(_SILENT)
        with suppress(OSError, ValueError):
            connection.settimeout(_WAIT)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 65_536:
                piece = connection.recv(4_096)
                if not piece or piece[:1] == b"\x16":  # who wants to speak TLS has come, and is not answered
                    break
                head += piece
            self.visits[place] = head.decode("latin-1") or _SILENT
            behave = self._answers.get(_host_in(self.visits[place]))
            if behave is not None and head:
                behave(connection)
            elif head:
                connection.sendall(answer(200, b"<title>canary</title>", Content_Type="text/html", Content_Length="21"))
        with suppress(OSError):
            connection.close()

    def flood(self, start: bytes, piece: bytes, most: int) -> Callable[[socket.socket], None]:
        """An answer that goes on for as long as somebody reads, at most so many bytes; `sent` counts them."""

        def behave(connection: socket.socket) -> None:
            connection.sendall(start)
            while self.sent < most:
                connection.sendall(piece)
                self.sent += len(piece)

        return behave


def _host_in(head: str) -> str:
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    host = next((value.strip() for name, _, value in lines if name.lower() == "host"), "")
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
