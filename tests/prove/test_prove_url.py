"""`doorward prove --url`: a running server is read, and never changed; and only where one may."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, redirect, request
from werkzeug.serving import make_server

from doorward.errors import StartRefused
from doorward.prove.attacks import ALL
from doorward.prove.outside import READING, WOULD_CHANGE, ReadingLine, look_around, shape_of
from doorward.prove.run import Proof
from doorward.prove.scene import Facts, Scene
from doorward.prove.ways import Ways
from doorward.prove.wire import Answer, NoAnswer, Request
from doorward.serve.authority import ensure_certificate, tls_context
from doorward.serve.prove_url import prove_url
from doorward.testing import test_settings
from tests.prove.sound.app import create_app

Seen = list[tuple[str, str]]


@contextmanager
def served(app: Flask, context: ssl.SSLContext | None = None) -> Iterator[tuple[str, Seen]]:
    """The app behind a real socket: its address, and what it is asked."""
    seen: Seen = []
    inside = app.wsgi_app

    def watched(environ, start_response):  # type: ignore[no-untyped-def]
        seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return inside(environ, start_response)

    server = make_server("127.0.0.1", 0, watched, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def weak_app() -> Flask:
    app = Flask("weak", static_folder=None)

    @app.get("/")
    def front() -> str:
        return """<a href="/things/1">one</a> <a href="/things/2">two</a> <a href="/delete?id=3">away</a>
            <a href="/logout">out</a> <a href="https://elsewhere.example/x">elsewhere</a> <a href="/on">on</a>
            <form method="post" action="/things"><input name="a"></form><script>hello()</script>"""

    @app.get("/things/<int:number>")
    def thing(number: int) -> str:
        return f"{number} {''.join(f'<a href=/things/{one}>x</a>' for one in range(100))}"

    @app.get("/on")
    def onward():  # type: ignore[no-untyped-def]
        return redirect("https://elsewhere.example/further")

    @app.route("/delete")
    @app.route("/logout")
    @app.post("/things")
    def change() -> str:
        raise AssertionError("a run that only reads must not come here")

    return app


def proved(url: str, *owned: str, authority: Path | None = None) -> Proof:
    return prove_url(url, owned, authority, ALL, lambda done, of, what: None)


def test_a_sound_door_comes_out_clean_and_is_only_read(tmp_path: Path) -> None:
    app = create_app()
    door = app.extensions["doorward"]
    door.start(test_settings(tmp_path))
    try:
        with served(app) as (url, seen):
            proof = proved(url)
    finally:
        door.close()
    found = [f"{one.id}: {one.what} {one.where}" for one in proof.findings if one.id != "headers.talkative"]
    assert found == [], "what is under the app in this test, werkzeug's server, tells its version"
    assert {method for method, _ in seen} <= set(READING)
    assert "POST /login" in proof.uncovered
    assert any(way.path == "/login" for way in proof.covered)


def test_weaknesses_that_a_reader_can_see_are_found_and_nothing_is_sent_that_changes() -> None:
    with served(weak_app()) as (url, seen):
        proof = proved(url)
    assert {"headers.policy", "headers.inline-code", "headers.sniffing"} <= set(proof.won)
    assert {method for method, _ in seen} <= set(READING)
    paths = {path for _, path in seen}
    assert not paths & {"/delete", "/logout"}, "a link that says what it ends is not followed"
    assert len({path for path in paths if path.startswith("/things/")}) <= 3, "things of one kind are looked at thrice"


def test_what_may_change_something_is_left_out_and_says_so() -> None:
    with served(weak_app()) as (url, _):
        results = {result.attack.id: result for result in proved(url).results}
    for attack in ALL:
        if attack.changes:
            assert results[attack.id].untried == [WOULD_CHANGE]
            assert not results[attack.id].tried
        else:
            assert results[attack.id].tried or results[attack.id].untried, f"{attack.id} was left out in silence"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_the_line_lets_only_reading_through_whatever_an_attack_tries(method: str) -> None:
    reached: list[Request] = []

    class Counting:
        chooses_address = False

        def send(self, request: Request) -> Answer:
            reached.append(request)
            return Answer(200)

    line = ReadingLine(Counting())
    assert line.send(Request("GET", "/")).status == 200
    with pytest.raises(NoAnswer, match="only reads"):
        line.send(Request(method, "/"))
    assert [one.method for one in reached] == ["GET"]


def test_it_is_gentle_and_ends() -> None:
    class Silent:
        chooses_address = False

        def send(self, request: Request) -> Answer:
            return Answer(200)

    now, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    line = ReadingLine(Silent(), a_second=20, most=40, clock=lambda: now[0], sleep=sleep)
    for _ in range(40):
        line.send(Request("GET", "/"))
    assert now[0] - 100 == pytest.approx(39 / 20)
    with pytest.raises(NoAnswer, match="used up"):
        line.send(Request("GET", "/"))


def test_a_place_that_is_not_ones_own_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(StartRefused, match=r"192\.0\.2\.7: if that is yours, say --i-own 192\.0\.2\.7"):
        proved("http://192.0.2.7")
    with pytest.raises(StartRefused, match="--i-own 192"):
        proved("http://192.0.2.7", "192.0.2.8", "example.org")
    for bad in ("ftp://127.0.0.1", "http://127.0.0.1/path", "127.0.0.1:8000", "http://127.0.0.1:99999"):
        with pytest.raises(StartRefused, match="no address of a site"):
            proved(bad)


def test_a_name_is_resolved_and_what_was_checked_is_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to this machine when it is checked, and elsewhere when it is asked again."""
    asked: list[str] = []

    def resolve(host, port, *args, **kwargs):  # type: ignore[no-untyped-def]
        asked.append(host)
        place = "127.0.0.1" if asked.count("board.example") <= 1 or host != "board.example" else "192.0.2.9"
        return [(2, 1, 6, "", (place, port))]

    app, hosts = weak_app(), set()
    app.before_request(lambda: hosts.add(request.host))
    with served(app) as (url, _):
        port = url.rpartition(":")[2]
        monkeypatch.setattr("socket.getaddrinfo", resolve)
        proof = proved(f"http://board.example:{port}")
    assert "headers.policy" in proof.won
    assert asked.count("board.example") == 1
    assert hosts == {f"board.example:{port}"}


def test_a_certificate_of_an_own_authority_is_believed_when_it_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    ensure_certificate(folder, ["localhost"], ["127.0.0.1"], datetime.now(UTC))
    with served(weak_app(), tls_context(folder / "server.pem")) as (url, seen):
        with pytest.raises(StartRefused, match="--ca"):
            proved(url)
        assert seen == [], "nothing is sent to a server that cannot show who it is"
        assert "headers.transport" in proved(url, authority=folder / "authority.pem").won
        with pytest.raises(StartRefused, match="no certificate"):
            proved(url, authority=Path(__file__))


def test_nothing_there_is_said_so() -> None:
    with served(weak_app()) as (url, _):
        pass
    with pytest.raises(StartRefused, match="does not answer"):
        proved(url)


def test_paths_that_differ_in_a_number_or_a_code_are_one_way() -> None:
    assert shape_of("/polls/17/results?page=2") == "/polls/<int:part_2>/results"
    assert shape_of("/join/Zk3_9fjaSLKd03") == "/join/<part_2>"
    assert shape_of("/static/door-5f3a9b1c2d4e.css") == "/static/door-5f3a9b1c2d4e.css"
    assert shape_of("/about-this-place") == "/about-this-place"


def test_a_redirect_to_another_site_is_not_followed() -> None:
    class Away:
        chooses_address = False
        asked: list[str] = []

        def send(self, request: Request) -> Answer:
            self.asked.append(request.path)
            return Answer(302, (("location", "https://elsewhere.example/secret"),))

    scene = Scene(Away(), Ways(), Facts("https://board.example"), only_reading=True)
    look_around(scene, lambda done, of, what: None)
    assert set(Away.asked) == {"/", "/login"}
