"""`fetch` as apps use it: in a view, in a background job; what the journal says of refusals, and what it never says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import select

from doorward import Doorward, Job, Outbound, StartRefused, access, current_caller, fetch, transaction
from doorward.core.journal import Entry
from doorward.store.job_models import JobRecord
from doorward.testing import Browser, door_of, run_jobs, signed_in, test_settings
from tests.support.doors import BOTH, bare_app, entries, where
from tests.support.elsewhere import Elsewhere, answer, leads_to, watched

PREVIEWS = Outbound("notes.previews", hosts=["any public"], types=["text/html"], schemes=["http", "https"], seconds=5)
MODEL = Outbound(
    "notes.model",
    hosts=lambda settings: [settings.ai_base_url or "ai.example.org"],
    types=["application/json"],
    methods=["POST"],
)
FOLLOWS = Outbound(
    "notes.follows", hosts=["any public"], types=["text/html"], schemes=["http", "https"], redirects=3, seconds=5
)
UNDECLARED = Outbound("notes.other", hosts=["any public"], types=["text/html"])


@pytest.fixture(scope="module")
def server() -> Iterator[Elsewhere]:
    with Elsewhere() as started:
        started.on("/page", answer(b"<title>Hello"))
        started.on("/model", answer(b'{"said": "yes"}', Content_Type="application/json"))
        yield started


@pytest.fixture(autouse=True)
def _fresh(server: Elsewhere) -> None:
    server.forget()


def work(job: Job) -> None:
    found = fetch(PREVIEWS, job.arguments["address"])
    with transaction(job.actor) as tx:
        tx.journal("note.previewed", on="note:1", size=len(found.body))


def notes_app(data: Path, outbounds: Any = (PREVIEWS, MODEL, FOLLOWS), **settings: Any) -> Flask:
    app = bare_app()

    @app.post("/preview")
    @access.public
    def preview() -> str:
        return fetch(PREVIEWS, request.form["address"]).text

    @app.post("/follow")
    @access.public
    def follow() -> str:
        return fetch(FOLLOWS, request.form["address"]).text

    @app.post("/ask")
    @access.member
    def ask() -> Any:
        return fetch(
            MODEL, request.form["address"], method="POST", json={"q": "why?"}, headers={"X-Key": "sesame"}
        ).json()

    @app.post("/wrong")
    @access.public
    def wrong() -> str:
        try:
            if request.form["how"] == "undeclared":
                fetch(UNDECLARED, request.form["address"])
            if request.form["how"] == "method":
                fetch(PREVIEWS, request.form["address"], method="POST")
            if request.form["how"] == "transaction":
                with transaction(current_caller()):
                    fetch(PREVIEWS, request.form["address"])
            for name in ("Host", "Cookie", "Transfer-Encoding", "X Y", "X:Y"):
                if request.form["how"] == name:
                    fetch(PREVIEWS, request.form["address"], headers={name: "x"})
            if request.form["how"] == "value":
                fetch(PREVIEWS, request.form["address"], headers={"X": "a\r\nb: c"})
        except (ValueError, LookupError, RuntimeError) as problem:
            return f"{type(problem).__name__}: {problem}"
        return "fetched"

    @app.post("/later")
    @access.member
    def later() -> str:
        with transaction(current_caller()) as tx:
            asked = {"address": request.form["address"]}
            return tx.job("notes.preview", asked, title="Look", owner=tx.actor.id)

    data.mkdir(parents=True, exist_ok=True)
    made = test_settings(data, **settings)
    Doorward(app, outbounds=outbounds, jobs={"notes.preview": work}, settings=made)
    door_of(app)
    return app


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory, server: Elsewhere) -> Flask:
    """The app on a server whose operator lets the previews ask this server."""
    return notes_app(tmp_path_factory.mktemp("granted"), outbound_lan=f"notes.previews=127.0.0.1:{server.port}")


def refusals(app: Flask) -> list[Entry]:
    return entries(door_of(app), "outbound.refused")


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    return where(request)


def test_a_refusal_in_a_view_is_told_and_written_down_and_a_grant_makes_the_same_request_succeed(
    database: dict[str, str], tmp_path: Path, server: Elsewhere
) -> None:
    app = notes_app(tmp_path / "one", **database)
    address = f"{server.at('/page')}?token=sesame"
    with watched() as sockets:
        answered = Browser(app).post("/preview", {"address": address})
    assert answered.status_code == 422
    assert "everybody on the Internet" in answered.get_data(as_text=True)
    assert f"127.0.0.1:{server.port}" not in sockets.connected
    [entry] = refusals(app)
    assert (entry.outcome, entry.on, entry.who) == ("refused", "outbound:notes.previews", "")
    assert json.loads(entry.details) == {"host": "127.0.0.1", "reason": "host and port are not on the list"}
    assert "sesame" not in str(entry)
    door_of(app).close()
    granted = notes_app(tmp_path / "two", outbound_lan=f"notes.previews=127.0.0.1:{server.port}")
    assert Browser(granted).post("/preview", {"address": address}).get_data(as_text=True) == "<title>Hello"
    assert refusals(granted) == []


def test_a_redirect_inside_opens_no_socket_and_is_written_down(tmp_path: Path, server: Elsewhere) -> None:
    """What an operator granted leads on to what nobody granted: it is judged like the first address."""
    with Elsewhere() as inside:
        inside.on("/secret", answer(b"<p>inside"))
        address = server.on("/lures", leads_to(inside.at("/secret")))
        app = notes_app(tmp_path / "one", outbound_lan=f"notes.follows=127.0.0.1:{server.port}")
        with watched() as sockets:
            answered = Browser(app).post("/follow", {"address": address})
        assert answered.status_code == 422
        assert sockets.connected == [f"127.0.0.1:{server.port}"]
        assert (server.paths(), inside.visits) == (["GET /lures"], 0)
        [entry] = refusals(app)
        assert (entry.outcome, entry.on) == ("refused", "outbound:notes.follows")
        assert json.loads(entry.details) == {"host": "127.0.0.1", "reason": "host and port are not on the list"}
        door_of(app).close()
        both = ",".join(f"notes.follows=127.0.0.1:{one.port}" for one in (server, inside))
        granted = notes_app(tmp_path / "two", outbound_lan=both)
        assert Browser(granted).post("/follow", {"address": address}).get_data(as_text=True) == "<p>inside"
        assert inside.visits == 1
        door_of(granted).close()


def test_a_program_is_told_in_json(granted: Flask) -> None:
    browser = Browser(granted)
    browser.get("/login")
    answered = browser.send(
        "POST", "/preview", data={"address": "http://10.0.0.1/", "csrf_token": browser.token},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert answered.status_code == 422
    assert answered.json is not None
    assert answered.json["error"]["code"] == "outbound_refused"
    assert answered.json["error"]["fields"] == {}, "as the API describes every 422"
    assert "10.0.0.1" not in answered.get_data(as_text=True)


def test_what_was_typed_wrongly_is_told_with_what_to_write_instead(granted: Flask) -> None:
    told = Browser(granted, address="198.18.0.7").post(
        "/preview", {"address": "http://ada:sesame@example.org/?q=sesame"}
    )
    assert told.status_code == 422
    assert "before the @" in told.get_data(as_text=True)
    [entry] = [one for one in refusals(granted) if one.address == "198.18.0.7"]
    assert json.loads(entry.details) == {"host": "(none)", "reason": "user information"}
    assert "sesame" not in str(entries(door_of(granted)))


def test_nobody_fills_the_journal_with_refusals(tmp_path: Path) -> None:
    app = notes_app(tmp_path)
    browser = Browser(app)
    for number in range(40):
        assert browser.post("/preview", {"address": f"http://10.0.0.{number}/"}).status_code == 422
    assert len(refusals(app)) == 30
    signed_in(app, "ada").post("/preview", {"address": "http://10.0.0.1/"})
    assert len(refusals(app)) == 31, "what one caller fills is not what another one is counted for"


def test_a_member_asks_a_model_server_that_the_operator_named_and_nobody_else_reaches_it(
    tmp_path: Path, server: Elsewhere
) -> None:
    """The address of the service stands in the settings; that alone opens it, and only to who names it."""
    address = server.at("/model")
    app = notes_app(tmp_path, ai_base_url=server.at("/v1"))
    ada = signed_in(app, "ada")
    answered = ada.post("/ask", {"address": address})
    assert answered.json == {"said": "yes"}
    assert server.paths() == ["POST /model"]
    assert b'\r\n\r\n{"q": "why?"}' in server.asked[0]
    assert b"x-key: sesame" in server.asked[0]
    assert ada.post("/preview", {"address": address}).status_code == 422
    assert ada.post("/ask", {"address": address.replace("127.0.0.1", "localhost")}).status_code == 422
    assert len(server.asked) == 1
    assert "sesame" not in str(entries(door_of(app)))


def test_a_job_fetches_for_its_owner(tmp_path: Path, server: Elsewhere) -> None:
    app = notes_app(tmp_path, outbound_lan=f"notes.previews=127.0.0.1:{server.port}")
    ada = signed_in(app, "ada")
    ada.post("/later", {"address": server.at("/page")})
    refused = ada.post("/later", {"address": "http://10.0.0.1/"}).get_data(as_text=True)
    run_jobs(app)
    assert json.loads(entries(door_of(app), "note.previewed")[0].details) == {"size": 12}
    [entry] = refusals(app)
    assert entry.who_name == "ada"
    told = ada.get(f"/account/jobs/{refused}").get_data(as_text=True)
    assert "everybody on the Internet" in told
    assert "Did not work" in told


def test_a_job_is_tried_again_where_no_answer_came(tmp_path: Path, server: Elsewhere) -> None:
    app = notes_app(tmp_path, outbound_lan=f"notes.previews=127.0.0.1:{server.port}")
    server.on("/flaky", b"")
    signed_in(app, "ada").post("/later", {"address": server.at("/flaky")})
    run_jobs(app)
    assert len(server.asked) == 1
    with door_of(app).store.reading() as db:
        [state] = db.scalars(select(JobRecord.state)).all()
    assert state == "waiting"
    assert refusals(app) == []


def test_what_did_not_come_is_a_503(granted: Flask, server: Elsewhere) -> None:
    server.on("/cut", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nx")
    answered = Browser(granted).post("/preview", {"address": server.at("/cut")})
    assert answered.status_code == 503
    assert int(answered.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("undeclared", "LookupError: no outbound 'notes.other' is declared"),
        ("method", "ValueError: notes.previews does not send POST"),
        ("transaction", "RuntimeError: fetch() inside a transaction"),
        ("Host", "ValueError: 'Host' is no header"),
        ("Cookie", "ValueError: 'Cookie' is no header"),
        ("Transfer-Encoding", "ValueError"),
        ("X Y", "ValueError"),
        ("X:Y", "ValueError"),
        ("value", "ValueError: the value of the header X"),
    ],
)
def test_mistakes_in_the_app_are_said_before_anything_goes_out(
    granted: Flask, server: Elsewhere, how: str, said: str
) -> None:
    browser = Browser(granted)
    told = browser.post("/wrong", {"how": how, "address": server.at("/page")}).get_data(as_text=True)
    assert told.startswith(said), told
    assert server.visits == 0
    assert browser.post("/preview", {"address": server.at("/page")}).status_code == 200


def test_outside_of_an_app_there_is_nobody_to_fetch_for() -> None:
    with pytest.raises(RuntimeError, match="in a view"):
        fetch(PREVIEWS, "https://example.org/")


@pytest.mark.parametrize(
    ("outbounds", "told"),
    [
        ([PREVIEWS, Outbound("notes.previews", types=["text/plain"])], "twice"),
        ([Outbound("kit.mine", types=["text/html"])], "kit's own"),
        ([Outbound("notes.bad", types=["text/html"], hosts=["*"])], "any public"),
        ([Outbound("notes.bad", types=["text/html"], hosts=lambda _: ["http://"])], "any public"),
    ],
)
def test_an_outbound_that_is_not_one_stops_the_start(tmp_path: Path, outbounds: Any, told: str) -> None:
    with pytest.raises(StartRefused, match=told):
        notes_app(tmp_path, outbounds=outbounds)


@pytest.mark.parametrize(
    "targets", ["10.0.0.0/8:80", "169.254.169.254:80", "printer.lan", "*.lan:443", "x=10.0.0.1:80"]
)
def test_a_grant_that_nobody_can_mean_stops_the_start(tmp_path: Path, targets: str) -> None:
    with pytest.raises(StartRefused, match="outbound_lan"):
        test_settings(tmp_path, outbound_lan=targets)
