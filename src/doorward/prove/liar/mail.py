"""A mail server that shows whatever certificate an attack wants, or none, and notes what it is told (RFC 5321)."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doorward.prove.leftovers import own_folder
from doorward.prove.liar.certificates import HERE, Certificates

#: What may be said before it is certain who listens.
_HARMLESS = ("EHLO", "HELO", "STARTTLS", "QUIT", "RSET", "NOOP")
#: The first byte of TLS (RFC 8446 section 5.1).
_HANDSHAKE = b"\x16"
_MOST_LINES = 2_000
_WAIT_SECONDS = 20.0


class LyingMail:
    """A mail server on loopback, until `close`.

    Arguments:
        folder: for the files of certificates; gone afterwards.
        implicit: whether TLS is spoken from the first byte (RFC 8314), and not after STARTTLS.
    """

    def __init__(self, folder: Path, *, implicit: bool) -> None:
        self.certificates = Certificates(folder)
        self.implicit = implicit
        self.shown: ssl.SSLContext | None = None
        self.told: list[str] = []
        self.mails: list[str] = []
        self._ended = 0
        self._changed = threading.Condition()
        self._server = _Listening((HERE, 0), _Conversation)
        self._server.mail = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """As the setting `smtp_url` has it, with a user and a password that nobody else shall hear."""
        scheme = "smtps" if self.implicit else "smtp+starttls"
        return f"{scheme}://prove:only-for-the-right-server@{HERE}:{self._server.server_address[1]}"

    def shows(self, context: ssl.SSLContext | None) -> int:
        """Show this certificate from now on; None for no TLS at all. How many conversations have ended so far."""
        self.shown = context
        self.told.clear()
        return self._ended

    def heard(self, before: int) -> bool:
        """Wait until a conversation has ended since there were so many; not longer than twenty seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ended > before, _WAIT_SECONDS)

    def end(self) -> None:
        """A conversation has ended."""
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mail: LyingMail

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hung up, or did not believe the certificate: that is what this is for."""


class _Conversation(socketserver.BaseRequestHandler):
    server: _Listening

    def handle(self) -> None:
        mail = self.server.mail
        try:
            self.request.settimeout(10)
            if mail.implicit and mail.shown is not None:
                self._begin_tls(mail.shown)
            self._talk(mail)
        except OSError:
            return
        finally:
            mail.end()

    def _begin_tls(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)

    def _talk(self, mail: LyingMail) -> None:
        self._say("220 prove ESMTP")
        if mail.implicit and mail.shown is None and self.request.recv(1, socket.MSG_PEEK) == _HANDSHAKE:
            return  # whoever begins with TLS has told nothing
        lines = self.request.makefile("rb")
        for _ in range(_MOST_LINES):
            line = lines.readline(4096).decode("utf-8", "replace").strip()
            command = line.partition(" ")[0].upper()
            if command not in _HARMLESS and line:
                mail.told.append(line)
            if command == "STARTTLS" and mail.shown is not None:
                self._say("220 go on")
                self._begin_tls(mail.shown)
                lines = self.request.makefile("rb")
            elif command == "DATA":
                self._say("354 go on")
                mail.mails.append(_until_the_dot(lines))
                self._say("250 taken")
            elif not line or command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say(self._answer(command, mail))

    def _answer(self, command: str, mail: LyingMail) -> str:
        if command == "EHLO":
            is_plain = not isinstance(self.request, ssl.SSLSocket)
            offered = ["250-prove", *(["250-STARTTLS"] if is_plain and mail.shown is not None else [])]
            return "\r\n".join([*offered, "250 AUTH PLAIN LOGIN"])
        return {"AUTH": "235 welcome", "STARTTLS": "502 not here"}.get(command, "250 fine")

    def _say(self, text: str) -> None:
        self.request.sendall(f"{text}\r\n".encode())


def _until_the_dot(lines: Any) -> str:
    found: list[bytes] = []
    while len(found) < _MOST_LINES and (line := lines.readline(4096)) not in (b".\r\n", b""):
        found.append(line)
    return b"".join(found).decode("utf-8", "replace")


@contextmanager
def lying_mail(*, implicit: bool) -> Iterator[LyingMail]:
    """One that listens until the block ends, and leaves nothing behind."""
    with own_folder() as folder:
        mail = LyingMail(folder, implicit=implicit)
        try:
            yield mail
        finally:
            mail.close()
