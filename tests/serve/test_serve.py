"""`doorward serve` as an operator meets it: first run, TLS, plain HTTP, stop, and what it refuses."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.server import Server

Serve = Callable[..., Server]

DEVELOPMENT = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
PASSWORD = "a quiet harbour in late november"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Visitor:
    """A browser of few words: keeps cookies, sends the token of the last page with each form."""

    def __init__(self, url: str, verify: ssl.SSLContext | bool = True) -> None:
        self.client = httpx.Client(base_url=url, verify=verify, timeout=20)
        self.token = ""

    def get(self, path: str) -> httpx.Response:
        return self._read(self.client.get(path))

    def post(self, path: str, **form: str) -> httpx.Response:
        return self._read(self.client.post(path, data={"csrf_token": self.token, **form}))

    def set_up(self, server: Server, name: str = "ms.harper") -> None:
        path = "/setup/" + server.setup_url.rpartition("/")[2]
        self.get(path)
        done = self.post(path, username=name, password=PASSWORD, password_again=PASSWORD)
        assert done.status_code == 303, done.text
        self.get("/account")

    def _read(self, answer: httpx.Response) -> httpx.Response:
        found = TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer


def test_the_set_up_line_works_once_and_is_not_printed_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env=DEVELOPMENT)
    assert server.output.count("Set up the first administrator:") == 1
    line = server.setup_url
    assert server.stop() == 0

    again = serve(tmp_path / "data", env=DEVELOPMENT, port=server.port)
    assert "Set up the first administrator:" not in again.output
    assert "doorward account setup-code" in again.output
    visitor = Visitor(again.url)
    path = "/setup/" + line.rpartition("/")[2]
    assert visitor.get(path).status_code == 200
    assert visitor.post(path, username="ms.harper", password=PASSWORD, password_again=PASSWORD).status_code == 303
    assert Visitor(again.url).get(path).status_code == 404
    assert again.stop() == 0

    third = serve(tmp_path / "data", env=DEVELOPMENT)
    assert "administrator" not in third.output


def test_the_secrets_of_the_first_run_are_for_the_owner_only(serve: Serve, tmp_path: Path) -> None:
    serve(tmp_path / "data", env=DEVELOPMENT)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir() if path.is_file()}
    assert modes["secrets.toml"] == 0o600
    assert modes["journal.seals"] == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def trusting(data: Path) -> ssl.SSLContext:
    """A browser in which the operator's authority was installed."""
    return ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))


def start_beyond_loopback(tmp_path: Path, *args: str, scheme: str) -> Server:
    server = Server(tmp_path / "data", env=DEVELOPMENT, args=["--host", "0.0.0.0", *args])
    server.url = f"{scheme}://127.0.0.1:{server.port}"
    deadline = time.monotonic() + 20
    while "Application startup complete" not in server.output and time.monotonic() < deadline:
        time.sleep(0.05)
    return server


def test_beyond_loopback_it_speaks_tls_from_its_own_authority_and_sign_in_works(tmp_path: Path) -> None:
    server = start_beyond_loopback(tmp_path, scheme="https")
    try:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            Visitor(server.url).get("/healthz")
        visitor = Visitor(server.url, verify=trusting(server.data))
        visitor.set_up(server)
        answer = visitor.get("/account")
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"]
        assert "__Host-doorward" in visitor.client.cookies
        assert visitor.get("/ca.pem").text == (server.data / "tls" / "ca.pem").read_text()
        assert "https://" in visitor.get("/trust").text
    finally:
        assert server.stop() == 0


def test_plain_http_beyond_loopback_needs_the_switch_and_sign_in_does_not_loop(tmp_path: Path) -> None:
    server = start_beyond_loopback(tmp_path, "--plain-http", scheme="http")
    try:
        visitor = Visitor(server.url)
        visitor.set_up(server)
        answer = visitor.get("/account")
        assert answer.status_code == 200
        assert "strict-transport-security" not in answer.headers
        assert "passwords" in server.output  # the operator is told
    finally:
        assert server.stop() == 0


def test_behind_a_named_proxy_the_forwarded_scheme_counts(tmp_path: Path) -> None:
    server = start_beyond_loopback(tmp_path, "--behind-proxy", "127.0.0.1", scheme="http")
    try:
        client = httpx.Client(base_url=server.url)
        direct = client.get("/login")
        proxied = client.get("/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
        assert "Secure" not in direct.headers["set-cookie"]
        assert "__Host-doorward" in proxied.headers["set-cookie"]
        assert "192.0.2.7" in server.output
    finally:
        assert server.stop() == 0


def test_a_request_that_runs_is_finished_before_the_stop(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env={**DEVELOPMENT, "DOORWARD_HASH_PROFILE": "rfc9106"})
    visitor = Visitor(server.url)
    visitor.get("/login")
    answers: list[int] = []
    running = threading.Thread(
        target=lambda: answers.append(visitor.post("/login", username="nobody", password="x" * 20).status_code)
    )
    running.start()
    time.sleep(0.02)  # let it arrive; whether it is being hashed or already answered, it must get its answer
    assert server.stop() == 0
    running.join(10)
    assert answers == [401]


def test_streams_are_told_to_come_back_when_the_server_stops(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env=DEVELOPMENT)
    visitor = Visitor(server.url)
    visitor.set_up(server)
    visitor.get("/polls/")
    made = visitor.post("/polls/", name="Rivers")
    number = made.headers["location"].rstrip("/").rpartition("/")[2]
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.client.cookies.jar)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", f"/live?topic=polls.present:{number}", headers={"Cookie": cookies})
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.getheader("content-type", "").startswith("text/event-stream")
    assert stream.getheader("content-security-policy")
    assert server.stop() == 0
    assert b"bye" in stream.read()


def test_a_session_ended_on_the_host_loses_its_stream(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env=DEVELOPMENT)
    Visitor(server.url).set_up(server)
    doorward(server.data, "account", "create", "guest.one", "--password-stdin", stdin=PASSWORD + "\n")
    visitor = Visitor(server.url)
    visitor.get("/login")
    assert visitor.post("/login", username="guest.one", password=PASSWORD).status_code == 303
    visitor.get("/polls/")
    number = visitor.post("/polls/", name="Rivers").headers["location"].rstrip("/").rpartition("/")[2]
    with visitor.client.stream("GET", f"/live?topic=polls.present:{number}") as stream:
        assert stream.status_code == 200
        doorward(server.data, "account", "block", "guest.one")
        with contextlib.suppress(httpx.RemoteProtocolError):  # a cut connection has no proper end
            for _chunk in stream.iter_raw():
                pass
    assert visitor.get("/account").status_code == 303


def doorward(data: Path, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "doorward.cli.main", *args, "--data", str(data)]
    environment = {**DEVELOPMENT, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked(asked: signal.Signals, serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env=DEVELOPMENT)
    server.process.send_signal(asked)
    assert server.process.wait(10) == 0
    assert "Traceback" not in server.output


@pytest.mark.parametrize(
    ("env", "args", "sentence"),
    [
        ({"DOORWARD_SECRET_KEYS": "changeme"}, [], "shorter than 32 characters"),
        ({"DOORWARD_DEBUG": "true"}, [], "debug"),
        ({"DOORWARD_HASH_PROFILE": "cheap"}, [], "cheap"),
        ({"DOORWARD_PROT": "1"}, [], "DOORWARD_PORT"),
        ({}, ["--workers", "2"], "workers"),
        ({}, ["--apps", "pols"], "polls"),
        ({}, ["--app", "nothing:here"], "nothing"),
        ({"DOORWARD_DATABASE_URL": "mysql://x/y"}, [], "postgresql"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(
    env: dict[str, str], args: list[str], sentence: str, tmp_path: Path
) -> None:
    server = Server(tmp_path / "data", env=env, args=args)
    assert server.process.wait(20) == 2
    server._reader.join(5)
    assert sentence in server.output
    assert "Traceback" not in server.output


def test_a_taken_port_is_said_in_a_sentence(serve: Serve, tmp_path: Path) -> None:
    first = serve(tmp_path / "one", env=DEVELOPMENT)
    second = Server(tmp_path / "two", env=DEVELOPMENT, port=first.port)
    assert second.process.wait(20) == 2
    second._reader.join(5)
    assert "--port" in second.output
    assert "Traceback" not in second.output


def test_the_log_is_one_json_object_a_line_and_holds_no_secret(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path / "data", env={**DEVELOPMENT, "DOORWARD_LOG_FORMAT": "json"})
    visitor = Visitor(server.url)
    visitor.set_up(server)
    visitor.get("/setup/" + "A" * 43)
    code = server.setup_url.rpartition("/")[2]
    secrets = [PASSWORD, *(cookie.value or "" for cookie in visitor.client.cookies.jar)]
    assert server.stop() == 0
    lines = [line for line in server.output.splitlines() if line.startswith("{")]
    assert len(lines) > 5
    assert all(json.loads(line)["event"] for line in lines)
    assert not any(secret in line for line in lines for secret in [*secrets, code])
