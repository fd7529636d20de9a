"""Mail of a real server: sent by its threads over TLS, and not lost when it is killed in the middle."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.kill import Client
from tests.support.server import Server
from tests.support.smtp import MailServer, certificate

LONGEST_SECONDS = 45


class Deaf:
    """Listens where the mail server will be, takes connections, and says nothing."""

    def __init__(self, port: int) -> None:
        self.called = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        self._held: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        try:
            while True:
                self._held.append(self._socket.accept()[0])
                self.called.set()
        except OSError:
            pass

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for one in self._held:
            one.close()


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(certificate(tmp_path / "mail"), implicit=True)
    yield server
    server.stop()


def ask_for_recovery(server: Server) -> None:
    """Somebody registers with an address: that asks for a mail."""
    client = Client(server.port)
    client.get("/register")
    password = "a quiet harbour in late november"
    fields = {"username": "ada", "password": password, "password_again": password, "email": "ada@example.org"}
    status, page = client.post("/register", fields, accept="text/html")
    assert status == 303, page


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_mail_that_was_asked_for_survives_kill_9_in_the_middle_of_sending(
    tmp_path: Path, mail_server: MailServer
) -> None:
    assert mail_server.certificate is not None
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
        "DOORWARD_REGISTRATION_EMAIL": "required",
        "DOORWARD_SMTP_URL": mail_server.url(),
        "DOORWARD_SMTP_CA": str(mail_server.certificate.authority),
        "DOORWARD_MAIL_FROM": "door@example.org",
    }
    deaf = Deaf(mail_server.port)
    first = Server(tmp_path / "data", env=settings).wait_ready()
    ask_for_recovery(first)
    assert deaf.called.wait(LONGEST_SECONDS)
    first.kill()
    deaf.stop()
    assert mail_server.raw == []
    mail_server.start()
    second = Server(tmp_path / "data", env=settings).wait_ready()
    wait_for(lambda: len(mail_server.raw) == 1)
    time.sleep(1)
    assert second.stop() == 0
    (mail,) = mail_server.mails
    assert mail["To"] == "ada@example.org"
    assert "Your code" in mail.get_content()
    assert "Your code:" not in second.output, "what is sent is not shown"
