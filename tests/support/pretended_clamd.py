"""A small server that speaks clamd's INSTREAM, for tests: the real one needs a download of signatures."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.hostile_files import EICAR


class Clamd:
    """Finds the test virus of the trade, and misbehaves where a test wants it.

    Arguments:
        path: of its socket; or None, to listen on a port.

    Attributes:
        address: for the setting `virus_scanner`.
        seen: how many bytes it was shown, file by file.
        mood: "well", "silent", "garbled", "full" (its largest size is 1000 bytes), or "gone".
    """

    def __init__(self, path: Path | None = None) -> None:
        self.mood = "well"
        self.seen: list[int] = []
        if path is not None:
            self._listening = socket.socket(socket.AF_UNIX)
            self._listening.bind(str(path))
            self.address = f"unix:{path}"
        else:
            self._listening = socket.create_server(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self._listening.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                if self.mood != "gone":
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">L", stream.read(4))[0]:
            data += stream.read(size)
            if self.mood == "full" and len(data) > 1000:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append(len(data))
        if self.mood == "silent":
            return
        if self.mood == "garbled":
            connection.sendall(b"stream: who knows\0")
            return
        connection.sendall(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0")

    def close(self) -> None:
        self._listening.close()


@contextmanager
def clamd(path: Path | None = None) -> Iterator[Clamd]:
    running = Clamd(path)
    try:
        yield running
    finally:
        running.close()
