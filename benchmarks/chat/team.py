"""A server with a room full of people who are signed in, made before it starts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import insert

from doorward import Doorward
from doorward.testing import Browser, signed_in, test_settings
from doorward_suite.chat.models import PLACES
from doorward_suite.portal import create_app
from tests.support.server import Server

ENV = {
    "DOORWARD_ENV": "development",
    "DOORWARD_LOG_LEVEL": "warning",
    "DOORWARD_HASH_PROFILE": "cheap",
    "DOORWARD_REQUESTS_PER_ADDRESS": "9000000/minute",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in: what their browser sends.

    Arguments:
        number: the account.
    """

    number: str
    cookie: str
    token: str


@dataclass(frozen=True, slots=True)
class Team:
    """A room and the people in it."""

    room: int
    people: Sequence[Person]

    @property
    def topic(self) -> str:
        return f"chat.room:{self.room}.0"

    def writing(self, who: Person, client: str, said: str) -> bytes:
        """The request that writes a message, as the page sends it."""
        body = urlencode({"csrf_token": who.token, "text": said, "client_id": client}).encode()
        return request("POST", f"/chat/{self.room}/messages", who, body)

    def outbox(self, who: Person, clients: Sequence[str], said: str) -> bytes:
        """The request that writes several messages, as the page's outbox sends what has waited."""
        items = [{"room": self.room, "text": said, "client": one, "thread": 0} for one in clients]
        body = urlencode({"csrf_token": who.token, "messages": json.dumps(items)}).encode()
        return request("POST", "/chat/outbox", who, body)


def request(method: str, path: str, who: Person, body: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request of somebody's."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {who.cookie}", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (more or {}).items()]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def make_team(data: Path, people: int) -> Team:
    """A private room of so many people, in a new data folder.

    Arguments:
        people: each has an account and a session of their own.
    """
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(test_settings(data, requests_per_address="9000000/minute"))
    try:
        browsers = [signed_in(app, f"person{one}", address=f"10.{one // 200}.{one % 200}.9") for one in range(people)]
        room = int(browsers[0].post("/chat/", {"kind": "private", "name": "A team"}).location.rpartition("/")[2])
        team = Team(room, [_person(one, room) for one in browsers])
        rows = [
            {"room_id": room, "account_id": one.number, "role": "member", "since_id": 0, "read_to": 0, "notify": "all"}
            for one in team.people[1:]
        ]
        with door.store.transaction() as tx:
            tx.db.execute(insert(PLACES), [{**row, "joined_at": tx.now} for row in rows])
        return team
    finally:
        door.close()


def _person(browser: Browser, room: int) -> Person:
    page = browser.get("/chat/").get_data(as_text=True)
    found = re.search(r'data-topic="chat\.me:(\w+)"', page)
    assert found, page
    cookies = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
    return Person(found[1], cookies, browser.token)


@contextmanager
def serving(data: Path, module: str = "doorward.cli.main", **env: str) -> Iterator[Server]:
    """The real server on this data, until the block ends."""
    server = Server(data, env={**ENV, **env}, args=["--apps", "chat"], module=module).wait_ready()
    try:
        yield server
    finally:
        server.stop()


def memory_of(server: Server) -> int:
    """How many bytes of memory the server holds now."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found, status
    return int(found[1]) * 1024
