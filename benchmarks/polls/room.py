"""A data folder with a poll that is asked something, made before its server starts; and what phones send."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from doorward import Doorward
from doorward.testing import signed_in, test_settings
from doorward_suite.portal import create_app
from tests.support.server import Server

#: As an operator would set them; the cheap hash only spares the one sign-in its 64 MiB.
ENV = {"DOORWARD_ENV": "development", "DOORWARD_LOG_LEVEL": "warning", "DOORWARD_HASH_PROFILE": "cheap"}
TITLE = "Which river is the longest?"
RIVERS = ("Nile", "Amazon", "Yangtze", "Rhine")
OPTIONS = tuple(f"o{number}" for number in range(1, len(RIVERS) + 1))

_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')
_COOKIE = re.compile(rb"^set-cookie: *([^=]+=[^;\r]*)", re.IGNORECASE | re.MULTILINE)
_CURSOR = re.compile(rb'data-cursor="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Room:
    """A poll with one question.

    Arguments:
        poll, question: their numbers.
        code: by which phones come.
        cookies, token: of the presenter's browser.
    """

    poll: int
    question: int
    code: str
    cookies: str
    token: str

    @property
    def join(self) -> str:
        return f"/polls/join/{self.code}"

    def vote(self, phone: Phone, answer: str, more: Mapping[str, str] | None = None) -> bytes:
        """The request that votes, as the page's script sends it."""
        form = {"csrf_token": phone.token, "question": str(self.question), "answer": answer}
        return request("POST", f"{self.join}/votes", phone.cookies, form, more)

    def opens(self) -> bytes:
        """The presenter's request that asks the question."""
        path = f"/polls/{self.poll}/questions/{self.question}/status"
        return request("POST", path, self.cookies, {"csrf_token": self.token, "status": "open"})


@dataclass(frozen=True, slots=True)
class Phone:
    """A browser that has read the page.

    Arguments:
        cookies, token: what it sends with a vote.
        cursor: after which it wants the events.
    """

    cookies: str
    token: str
    cursor: str = ""


def phone_from(head: bytes, page: bytes) -> Phone:
    """The browser that got this answer to its first request."""
    token, cursor = _TOKEN.search(page), _CURSOR.search(page)
    assert token, page[:500]
    return Phone(cookies_of(head), token[1].decode(), cursor[1].decode() if cursor else "")


def cookies_of(head: bytes) -> str:
    """What a browser sends back of the cookies in an answer."""
    return "; ".join(one.decode() for one in _COOKIE.findall(head))


def request(
    method: str,
    path: str,
    cookies: str = "",
    form: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a request."""
    body = urlencode(form).encode() if form else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Cookie: {cookies}"] if cookies else []
    lines += [f"{name}: {value}" for name, value in ({"Accept": "application/json"} if form else {}).items()]
    lines += [f"{name}: {value}" for name, value in (more or {}).items()]
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def make_room(data: Path, *, asked: bool, fill: Callable[[Doorward, int, int], None] | None = None) -> Room:
    """A new data folder with a presenter, a poll and its question.

    Arguments:
        asked: whether the question is open already.
        fill: called at the end with the door, the poll and the question, to put votes in.
    """
    app = create_app(["polls"])
    door: Doorward = app.extensions["doorward"]
    door.start(test_settings(data))
    try:
        olga = signed_in(app, "olga")
        poll = int(olga.post("/polls/", {"name": "Rivers"}).location.rpartition("/")[2])
        olga.post(f"/polls/{poll}/questions", {"kind": "choice", "title": TITLE, "options": "\n".join(RIVERS)})
        screen = olga.get(f"/polls/{poll}/present.json").json
        assert screen is not None
        question = int(screen["questions"][0]["id"])
        if asked:
            olga.post(f"/polls/{poll}/questions/{question}/status", {"status": "open"})
        if fill is not None:
            fill(door, poll, question)
        cookies = "; ".join(f"{one.key}={one.value}" for one in (olga.client._cookies or {}).values())
        return Room(poll, question, screen["poll"]["code"], cookies, olga.token)
    finally:
        door.close()


@contextmanager
def serving(data: Path, *args: str, **env: str) -> Iterator[Server]:
    """The real server on this data, until the block ends."""
    server = Server(data, env={**ENV, **env}, args=["--apps", "polls", *args]).wait_ready()
    try:
        yield server
    finally:
        server.stop()


def memory_of(server: Server) -> tuple[float, float]:
    """How many megabytes the server holds now, and the most that it held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    now, most = re.search(r"VmRSS:\s+(\d+)", status), re.search(r"VmHWM:\s+(\d+)", status)
    assert now, status
    assert most, status
    return int(now[1]) * 1024 / 1e6, int(most[1]) * 1024 / 1e6


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken so far, over all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
