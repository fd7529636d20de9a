"""The gate answers before anything of the app, and what could answer before it does not start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, request, request_started
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter

from doorward import Doorward, StartRefused, access
from doorward.testing import Browser, signed_in, test_settings
from doorward.web import gate
from doorward.web.checks import rule
from doorward.web.early import _NOT_TO_OVERRIDE
from tests.support.doors import bare_app, behind


class Leaks(HTTPException):
    """An exception that brings its own answer."""

    def __init__(self) -> None:
        super().__init__(response=Response("leaked by a converter"))


class LeakyNotFound(NotFound):
    """Looks like the router's, and answers otherwise."""

    def get_response(self, *_args: Any, **_kwargs: Any) -> Response:  # type: ignore[override]
        return Response("leaked by a converter")


class LeakyConverter(BaseConverter):
    part_isolating = False

    def to_python(self, value: str) -> str:
        if value == "known":
            return value
        if value == "breaks":
            raise KeyError("unexpected")
        raise Leaks if value == "leak" else LeakyNotFound


@pytest.fixture(scope="module")
def ran() -> list[str]:
    """What of the app's own hooks has run, by name."""
    return []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, ran: list[str]) -> Flask:
    """An app whose hooks were all registered before the door, and all answer by themselves when asked."""
    app = bare_app()
    app.url_map.converters["leaky"] = LeakyConverter

    @app.before_request
    def early() -> str | None:
        ran.append("before_request")
        return "answered by a hook" if request.args.get("hook") else None

    @app.url_value_preprocessor
    def preprocess(endpoint: str | None, values: dict[str, Any] | None) -> None:
        ran.append("url_value_preprocessor")

    @app.get("/in")
    @access.member
    def inside() -> str:
        ran.append("view")
        return "inside"

    @app.get("/leaky/<leaky:value>")
    @access.member
    def leaky(value: str) -> str:
        return value

    @app.errorhandler(404)
    def own_page(problem: HTTPException) -> tuple[str, int]:
        return "the app's own page", 404

    behind(app, tmp_path_factory.mktemp("gate"))
    return app


@pytest.fixture(autouse=True)
def _forget(ran: list[str]) -> None:
    ran.clear()


def test_a_hook_registered_before_the_door_never_runs_for_a_refused_caller(app: Flask, ran: list[str]) -> None:
    maria = signed_in(app, "maria")
    ran.clear()
    assert maria.get("/in").data == b"inside"
    assert ran == ["url_value_preprocessor", "before_request", "view"]
    ran.clear()
    assert Browser(app).get("/in?hook=1").status_code == 303
    assert maria.send("POST", "/logout?hook=1").status_code == 400
    assert ran == []


def test_without_the_gate_the_hook_would_have_answered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "pass_through", lambda: None)
    assert Browser(app).get("/in?hook=1").data == b"answered by a hook"


def test_a_hook_cannot_answer_for_an_address_without_a_route(app: Flask, ran: list[str]) -> None:
    nowhere = Browser(app).get("/nowhere?hook=1")
    assert nowhere.status_code == 404
    assert nowhere.data == b"the app's own page"
    assert Browser(app).send("DELETE", "/in?hook=1").status_code == 405
    assert ran == []


@pytest.mark.parametrize(("value", "status"), [("leak", 400), ("other", 400), ("breaks", 500)])
def test_a_url_converter_cannot_answer_in_place_of_the_door(app: Flask, value: str, status: int) -> None:
    assert signed_in(app, "maria").get("/leaky/known").data == b"known"
    for caller in (Browser(app), signed_in(app, "maria")):
        refused = caller.get(f"/leaky/{value}")
        assert refused.status_code == status
        assert b"leaked" not in refused.data


def test_a_check_that_fails_unexpectedly_lets_nobody_in(
    app: Flask, ran: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_at: object) -> None:
        raise RuntimeError("the check itself is broken")

    maria = signed_in(app, "maria")
    ran.clear()
    for place in range(len(gate.ORDER)):
        with monkeypatch.context() as patch:
            patch.setattr(gate, "ORDER", (*gate.ORDER[:place], broken, *gate.ORDER[place + 1 :]))
            refused = maria.get("/in")
        assert refused.status_code == 500
        assert b"broken" not in refused.data
        assert refused.headers["X-Request-Id"] in [getattr(record, "request", "") for record in caplog.records]
    assert ran == []


def test_without_the_check_of_the_rule_a_stranger_would_be_inside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Browser(app).get("/in").status_code == 303
    monkeypatch.setattr(gate, "ORDER", tuple(check for check in gate.ORDER if check is not rule.check))
    assert Browser(app).get("/in").data == b"inside"


def test_an_endpoint_that_the_census_does_not_know_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    maria = signed_in(app, "maria")
    monkeypatch.setattr(app.extensions["doorward"].census, "_guarded", {})
    assert maria.get("/in").status_code == 403


# -- what does not start ------------------------------------------------------------------------------------


def refusal(app: Flask, tmp_path: Path) -> str:
    with pytest.raises(StartRefused) as refused:
        Doorward(app, settings=test_settings(tmp_path)).start()
    return str(refused.value)


def test_a_receiver_of_request_started_is_refused(tmp_path: Path) -> None:
    app = bare_app()

    def listener(_sender: Flask, **_extra: object) -> None:
        g.early = True

    with request_started.connected_to(listener, app):
        text = refusal(app, tmp_path)
    assert "request_started" in text
    assert "test_gate.py" in text


def test_a_receiver_of_every_apps_request_started_is_refused(tmp_path: Path) -> None:
    def listener(_sender: Flask, **_extra: object) -> None:
        g.early = True

    with request_started.connected_to(listener):
        assert "request_started" in refusal(bare_app(), tmp_path)


@pytest.mark.parametrize("name", _NOT_TO_OVERRIDE)
def test_a_subclass_that_overrides_the_dispatch_is_refused(name: str, tmp_path: Path) -> None:
    def overridden(self: Flask, *args: Any, **kwargs: Any) -> Any:
        return getattr(Flask, name)(self, *args, **kwargs)

    app = type("Own", (Flask,), {name: overridden})("app", static_folder=None)
    text = refusal(app, tmp_path)
    assert "Own" in text or "wsgi_app" in text
    assert "before the door" in text


@pytest.mark.parametrize("name", ["full_dispatch_request", "dispatch_request", "handle_user_exception"])
def test_a_dispatch_replaced_on_the_app_itself_is_refused(name: str, tmp_path: Path) -> None:
    app = bare_app()
    setattr(app, name, lambda *_: Response("leaked"))
    assert name in refusal(app, tmp_path)


class Layer:
    """WSGI middleware that answers by itself."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return Response("leaked")(environ, start_response)


def outside(app: Flask, settings: Any) -> Doorward:
    door = Doorward(app, settings=settings)
    app.wsgi_app = Layer(app.wsgi_app)  # type: ignore[method-assign]
    return door


def inside(app: Flask, settings: Any) -> Doorward:
    app.wsgi_app = Layer(app.wsgi_app)  # type: ignore[method-assign]
    return Doorward(app, settings=settings)


@pytest.mark.parametrize("where", [outside, inside])
def test_wsgi_middleware_that_could_answer_without_the_gate_is_refused(
    where: Callable[[Flask, Any], Doorward], tmp_path: Path
) -> None:
    with pytest.raises(StartRefused, match="Layer is wrapped around"):
        where(bare_app(), test_settings(tmp_path)).start()


def test_another_keeper_of_sessions_is_refused(tmp_path: Path) -> None:
    from flask.sessions import SecureCookieSessionInterface

    app = bare_app()
    door = Doorward(app, settings=test_settings(tmp_path))
    app.session_interface = SecureCookieSessionInterface()
    with pytest.raises(StartRefused, match="keeps the sessions"):
        door.start()


def test_production_does_not_start_in_debug_mode(tmp_path: Path) -> None:
    app = bare_app()
    app.debug = True
    settings = test_settings(tmp_path, env="production", hash_profile="rfc9106")
    with pytest.raises(StartRefused, match="Debug"):
        Doorward(app, settings=settings).start()
