"""Somebody who sends files to a real server, over a connection of their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from tests.support.kill import Client, Gone

#: `doorward serve --app …` of the shelf.
APP = "tests.support.shelf:create_app"


class Sender:
    """A signed-in person.

    Arguments:
        port: of the server.
        name: of the account.
    """

    def __init__(self, port: int, name: str, password: str) -> None:
        self.port = port
        self.browser = Client(port)
        self.browser.get("/login")
        status, page = self.browser.post("/login", {"username": name, "password": password}, accept="text/html")
        assert status == 303, page
        self.browser.get("/account")
        self.about = f"box:{name}"

    def headers(self, **more: str) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        return {"Cookie": cookies, "X-CSRF-Token": self.browser.token, "Accept": "application/json", **more}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """One request on a connection of its own. Raises Gone where the server has gone."""
        answer = self.open(method, path, body, **headers)
        try:
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, HTTPException, ValueError) as problem:
            raise Gone from problem

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        """The same, with the answer still to be read."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, self.headers(**headers))
            return connection.getresponse()
        except (OSError, HTTPException) as problem:
            raise Gone from problem

    def offer(self, name: str, size: int) -> str:
        """Announce a file. Its id."""
        given = {"intake": "shelf.box", "about": self.about, "name": name, "size": size}
        status, told = self.ask("POST", "/files", json.dumps(given), **{"Content-Type": "application/json"})
        assert status == 201, told
        return str(told["id"])

    def send(self, file_id: str, pieces: Iterable[bytes], size: int, offset: int = 0) -> tuple[int, dict[str, Any]]:
        """Send bytes of it, of which there are `size`."""
        head = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset), "Content-Length": str(size)}
        return self.ask("PATCH", f"/files/{file_id}", iter(pieces), **head)

    def take(self, file_id: str) -> int:
        """Put it into one's box, by the form. The status."""
        return self.browser.post(f"/boxes/{self.about[4:]}", {"file": file_id}, accept="text/html")[0]


def rows(data: Path, query: str) -> list[Any]:
    """What the records say."""
    db = sqlite3.connect(data / "doorward.sqlite3", timeout=20)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()
