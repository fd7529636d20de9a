"""The API through a real server: what only a socket can send is answered as the description says, too."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from doorward import Doorward
from doorward.testing import add_account, add_token
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app
from tests.support.server import Server

CHEAP = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client with a token that may do everything, in front of a running server."""
    data: Path = tmp_path_factory.mktemp("wire")
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(data))
    add_account(app, "olga")
    secret = add_token(app, "olga", "polls:read", "polls:write", "account:read")
    door.close()
    server = Server(data, env=CHEAP).wait_ready()
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {secret}"}) as client:
        yield client
    server.stop()


def chunks(*parts: bytes) -> Iterator[bytes]:
    yield from parts


def test_a_body_that_comes_in_pieces_is_read_whole_and_counted(program: httpx.Client) -> None:
    as_json = {"Content-Type": "application/json"}
    made = program.post("/api/polls/", content=chunks(b'{"na', b'me": "Riv', b'ers"}'), headers=as_json)
    assert made.status_code == 201
    assert program.get(made.headers["Location"]).json()["poll"]["name"] == "Rivers"
    half = program.post("/api/polls/", content=chunks(b'{"name": "Riv'), headers=as_json)
    assert (half.status_code, half.json()["error"]["code"]) == (400, "bad_request")
    large = program.post("/api/polls/", content=chunks(*[b" " * 10_000] * 10), headers=as_json)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")
    deep = program.post("/api/polls/", content=chunks(b"[" * 30_000, b"]" * 30_000), headers=as_json)
    assert deep.status_code == 400


def test_a_body_that_is_packed_is_no_json(program: httpx.Client) -> None:
    packed = gzip.compress(json.dumps({"name": "Rivers"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert program.post("/api/polls/", content=packed, headers=headers).status_code == 400


def test_the_description_and_the_caller_are_there_over_the_wire(program: httpx.Client) -> None:
    found = httpx.get(program.base_url.join("/api/openapi.json"))
    assert found.json()["openapi"].startswith("3.1")
    again = httpx.get(found.url, headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert program.get("/api/account").json()["account"]["name"] == "olga"
    assert program.request("TRACE", "/api/polls/").status_code == 405
    assert program.head("/api/polls/").status_code == 200
