"""Forms that bring files without a script: somebody slow holds few threads, and none for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.serve.test_uploads import LINE, account
from tests.support.kill import ENV, PASSWORD
from tests.support.sender import APP, Sender, rows
from tests.support.server import Server

_BOUNDARY = "a-boundary"
CONTENT = LINE * 600  # more than the server reads before it asks a thread


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("forms") / "data"
    for name in ("ada", "bob"):
        account(data, name)
    running = Server(data, env={**ENV, "DOORWARD_BODY_TIMEOUT": "4s"}, args=["--app", APP]).wait_ready()
    yield running
    running.stop()


def form_of(sender: Sender) -> bytes:
    """The whole body: the token, then the file."""
    token = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{sender.browser.token}\r\n'
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    return token.encode() + head.encode() + CONTENT + f"\r\n--{_BOUNDARY}--\r\n".encode()


def begun(sender: Sender, share: float) -> HTTPConnection:
    """A form of which this share has been sent."""
    body = form_of(sender)
    connection = HTTPConnection("127.0.0.1", sender.port, timeout=60)
    connection.putrequest("POST", f"/boxes/{sender.about[4:]}")
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    for name, value in sender.headers(**{"Content-Type": kind, "Content-Length": str(len(body))}).items():
        connection.putheader(name, value)
    connection.endheaders(body[: int(len(body) * share)])
    return connection


def arriving(server: Server, count: int) -> bool:
    """Whether so many files are arriving; waited for."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if rows(server.data, "SELECT count(*) FROM files WHERE state = 'arriving'") == [(count,)]:
            return True
        time.sleep(0.05)
    return False


def test_somebody_whose_forms_never_end_holds_up_nobody_else_and_is_cut_off(server: Server) -> None:
    ada, bob = Sender(server.port, "ada", PASSWORD), Sender(server.port, "bob", PASSWORD)
    stalled = [begun(ada, 0.5) for _ in range(2)]
    assert arriving(server, 2)
    refused = begun(ada, 1.0).getresponse()
    assert (refused.status, refused.getheader("Retry-After")) == (429, "10")
    assert begun(bob, 1.0).getresponse().status == 303  # two of the four threads are free for others
    assert [one.getresponse().status for one in stalled] == [400, 400]
    assert arriving(server, 0)  # and nothing is left of them
    assert begun(ada, 1.0).getresponse().status == 303
