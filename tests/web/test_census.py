"""Default deny: an endpoint without a rule stops the start, and what comes after the start is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView, View

from doorward import Doorward, StartRefused, access, limit
from doorward.errors import UnguardedRoutes
from doorward.testing import Browser, signed_in, test_settings
from tests.support.doors import app_behind, bare_app, behind


def refusal(app: Flask, tmp_path: Path, **options: Any) -> str:
    """The text with which the start of `app` is refused."""
    with pytest.raises(StartRefused) as refused:
        Doorward(app, settings=test_settings(tmp_path), **options).start()
    return str(refused.value)


def answer() -> str:
    return "answered"


def public_view() -> Callable[[], str]:
    """A new view with the rule `public`. (Marks stand on the function.)"""
    return access.public(lambda: "answered")


# -- what has no rule ---------------------------------------------------------------------------------------


def function_view(app: Flask) -> None:
    app.add_url_rule("/open", "nobodys", lambda: "")


def class_view(app: Flask) -> None:
    class Nobodys(View):
        def dispatch_request(self) -> str:
            return ""

    app.add_url_rule("/open", view_func=Nobodys.as_view("nobodys"))


def method_view(app: Flask) -> None:
    class Nobodys(MethodView):
        def get(self) -> str:
            return ""

    app.add_url_rule("/open", view_func=Nobodys.as_view("nobodys"))


def one_method_of_a_view(app: Flask) -> None:
    class Nobodys(MethodView):
        @access.member
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    app.add_url_rule("/open", view_func=Nobodys.as_view("nobodys"))


def a_head_of_its_own(app: Flask) -> None:
    class Nobodys(MethodView):
        @access.member
        def get(self) -> str:
            return ""

        def head(self) -> str:
            return ""

    app.add_url_rule("/open", view_func=Nobodys.as_view("nobodys"))


def in_a_blueprint(app: Flask) -> None:
    blueprint = Blueprint("nobodys", __name__)
    blueprint.add_url_rule("/open", "view", lambda: "")
    app.register_blueprint(blueprint)


def in_a_nested_blueprint(app: Flask) -> None:
    inner, outer = Blueprint("inner", __name__), Blueprint("nobodys", __name__)
    inner.add_url_rule("/open", "view", lambda: "")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)


def static_of_a_blueprint(app: Flask) -> None:
    app.register_blueprint(Blueprint("nobodys", __name__, static_folder=".", static_url_path="/open"))


def an_endpoint_without_view(app: Flask) -> None:
    app.url_map.add(app.url_rule_class("/open", endpoint="nobodys"))


def a_wrapper_that_hides_the_rule(app: Flask) -> None:
    @access.member
    def guarded() -> str:
        return ""

    def wrapper() -> str:
        return guarded()

    app.add_url_rule("/open", "nobodys", wrapper)


MISSING = [
    function_view,
    class_view,
    method_view,
    one_method_of_a_view,
    a_head_of_its_own,
    in_a_blueprint,
    in_a_nested_blueprint,
    static_of_a_blueprint,
    an_endpoint_without_view,
    a_wrapper_that_hides_the_rule,
]


@pytest.mark.parametrize("add", MISSING)
def test_an_endpoint_without_a_rule_stops_the_start(add: Callable[[Flask], None], tmp_path: Path) -> None:
    app = bare_app()
    add(app)
    text = refusal(app, tmp_path)
    assert "nobodys" in text
    assert "/open" in text


@pytest.mark.parametrize("add", MISSING)
def test_without_the_census_such_a_route_would_have_answered(add: Callable[[Flask], None]) -> None:
    app = bare_app()
    add(app)
    path = "/open/test_census.py" if add is static_of_a_blueprint else "/open"
    status = app.test_client().get(path).status_code
    assert status == (500 if add is an_endpoint_without_view else 200)


def test_the_static_files_of_flask_need_a_rule_too(tmp_path: Path) -> None:
    shown, data = tmp_path / "shown", tmp_path / "data"
    shown.mkdir()
    app = Flask("app", static_folder=str(shown))
    assert "static" in refusal(app, data)
    (shown / "hello.txt").write_text("hello")
    allowed = Flask("app", static_folder=str(shown), static_url_path="/static")
    behind(allowed, data, rules={"static": access.public})
    assert Browser(allowed).get("/static/hello.txt").data == b"hello"


def test_every_such_endpoint_is_listed_with_file_and_line(tmp_path: Path) -> None:
    app = bare_app()
    app.add_url_rule("/one", "one", answer)
    one_method_of_a_view(app)
    app.add_url_rule("/fine", "fine", access.public(lambda: ""))
    with pytest.raises(UnguardedRoutes) as refused:
        Doorward(app, settings=test_settings(tmp_path)).start()
    one, nobodys = sorted(refused.value.routes, reverse=True)
    assert f"test_census.py:{answer.__code__.co_firstlineno}" in one
    assert one.startswith("one  GET /one")
    assert "POST /open" in nobodys
    assert "GET" not in nobodys
    assert "test_census.py:" in nobodys


def test_a_wrapper_with_functools_wraps_keeps_the_rule(tmp_path: Path) -> None:
    @access.member
    def guarded() -> str:
        return "in"

    @functools.wraps(guarded)
    def wrapper() -> str:
        return guarded()

    app = app_behind(tmp_path, lambda app: app.add_url_rule("/in", "in", wrapper))
    assert signed_in(app, "maria").get("/in").data == b"in"
    assert Browser(app).get("/in").status_code == 303


# -- rules that add up --------------------------------------------------------------------------------------


class Layered(MethodView):
    """Everything that a class and its methods can say."""

    @access.member
    def get(self) -> str:
        return "read"

    @access.role("editor")
    @limit("2/minute")
    def post(self) -> str:
        return "written"

    @limit("1/minute")
    def put(self) -> str:
        return "put"


@pytest.fixture(scope="module")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    def routes(app: Flask) -> None:
        admins = access.role("admin")(type("Admins", (Layered,), {}))
        app.add_url_rule("/admins", view_func=admins.as_view("admins"))
        decorated = type("Decorated", (Layered,), {"decorators": [access.role("admin")]})
        app.add_url_rule("/decorated", view_func=decorated.as_view("decorated"))
        both = access.role("admin")(access.role("editor")(lambda: "both"))
        app.add_url_rule("/both", "both", both)
        either = access.role("admin", "editor")(lambda: "either")
        app.add_url_rule("/either", "either", either)

    return app_behind(tmp_path_factory.mktemp("layered"), routes, roles={"editor": "May edit."})


@pytest.mark.parametrize("path", ["/admins", "/decorated"])
def test_a_method_cannot_undo_what_its_class_demands(layered: Flask, path: str) -> None:
    chief = signed_in(layered, "chief", "admin", "editor")
    assert chief.get(path).data == b"read"
    assert chief.post(path).data == b"written"
    assert signed_in(layered, "only.editor", "editor").post(path).status_code == 403
    assert signed_in(layered, "only.root", "admin").post(path).status_code == 403
    assert signed_in(layered, "plain.member").get(path).status_code == 403


def test_two_roles_stacked_are_both_needed_and_two_in_one_are_alternatives(layered: Flask) -> None:
    chief, editor = signed_in(layered, "chief", "admin", "editor"), signed_in(layered, "only.editor", "editor")
    assert chief.get("/both").status_code == 200
    assert editor.get("/both").status_code == 403
    assert editor.get("/either").status_code == 200


def test_a_limit_on_a_method_counts_though_the_rule_stands_on_the_class(layered: Flask) -> None:
    chief = signed_in(layered, "chief", "admin", "editor")
    token = {"X-CSRF-Token": chief.token}
    assert chief.send("PUT", "/admins", headers=token).status_code == 200
    assert chief.send("PUT", "/admins", headers=token).status_code == 429


@pytest.mark.parametrize(
    "other", [access.member, access.role("admin"), access.scope("a:b"), access.fresh], ids=lambda rule: rule.__name__
)
def test_public_combined_with_another_rule_is_refused(other: Callable[[Any], Any]) -> None:
    with pytest.raises(StartRefused, match="public stands alone"):
        access.public(other(lambda: ""))
    with pytest.raises(StartRefused, match="public stands alone"):
        other(access.public(lambda: ""))


def test_a_blueprints_default_guards_what_has_no_rule_of_its_own(tmp_path: Path) -> None:
    def routes(app: Flask) -> None:
        inner = Blueprint("inner", __name__, url_prefix="/inner")
        inner.add_url_rule("/a", "a", lambda: "a")
        outer = Blueprint("outer", __name__, static_folder=".", static_url_path="/files")
        outer.add_url_rule("/b", "b", lambda: "b")
        outer.add_url_rule("/c", "c", access.public(lambda: "c"))
        outer.register_blueprint(inner)
        app.register_blueprint(outer, url_prefix="/outer")
        access.default(outer, access.member)

    app = app_behind(tmp_path, routes)
    visitor, maria = Browser(app), signed_in(app, "maria")
    for path in ("/outer/b", "/outer/inner/a", "/outer/files/test_census.py"):
        assert maria.get(path).status_code == 200
        assert visitor.get(path).status_code == 303
    assert visitor.get("/outer/c").data == b"c"


def test_a_rule_that_names_nothing_or_would_not_count_stops_the_start(tmp_path: Path) -> None:
    app = bare_app()
    app.add_url_rule("/own", "own", access.public(lambda: ""))
    assert "'onw'" in refusal(app, tmp_path, rules={"onw": access.member})
    again = bare_app()
    again.add_url_rule("/own", "own", access.public(lambda: ""))
    assert "rule of its own" in refusal(again, tmp_path, rules={"own": access.member})


def test_what_a_public_view_publishes_is_said_and_nothing_is_no_statement(tmp_path: Path) -> None:
    view = access.publishes("greetings")(access.public(lambda: ""))
    app = app_behind(tmp_path, lambda app: app.add_url_rule("/book", "book", view))
    found = {route.path: route.demand.publishes for route in app.extensions["doorward"].census.routes()}
    assert found["/book"] == "greetings"
    assert set(found.values()) == {"", "greetings"}
    for nothing in ("", "  "):
        with pytest.raises(StartRefused, match="says what is shown"):
            access.publishes(nothing)
    with pytest.raises(StartRefused, match="says what is shown"):
        access.publishes(public_view())  # type: ignore[arg-type]


# -- after the start ----------------------------------------------------------------------------------------


def late_blueprint(app: Flask) -> None:
    blueprint = Blueprint("late", __name__)
    blueprint.add_url_rule("/late", "late", public_view())
    app.register_blueprint(blueprint)


LATE: dict[str, Callable[[Flask], object]] = {
    "route": lambda app: app.route("/late")(public_view()),
    "add_url_rule": lambda app: app.add_url_rule("/late", "late", public_view()),
    "url_map": lambda app: app.url_map.add(app.url_rule_class("/late", endpoint="known")),
    "blueprint": late_blueprint,
}


@pytest.mark.parametrize("how", LATE)
def test_a_route_added_after_the_start_is_refused(how: str, tmp_path: Path) -> None:
    app = app_behind(tmp_path, lambda app: app.add_url_rule("/known", "known", access.member(lambda: "")))
    with pytest.raises(StartRefused, match="has started"):
        LATE[how](app)
    assert Browser(app).get("/late").status_code == 404


def test_a_view_replaced_after_the_start_is_not_run(tmp_path: Path) -> None:
    app = app_behind(tmp_path, lambda app: app.add_url_rule("/known", "known", public_view()))
    assert Browser(app).get("/known").data == b"answered"
    app.view_functions["known"] = lambda: "replaced"
    replaced = Browser(app).get("/known")
    assert replaced.status_code == 403
    assert b"replaced" not in replaced.data


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_door_may_stand_before_or_after_the_routes(order: str, tmp_path: Path) -> None:
    app, settings = bare_app(), test_settings(tmp_path)
    if order == "before":
        Doorward(app, settings=settings)
    app.add_url_rule("/in", "in", access.member(lambda: "in"))
    if order == "after":
        Doorward(app, settings=settings)
    assert Browser(app).get("/in").status_code == 303
    assert signed_in(app, "maria").get("/in").data == b"in"


WAYS_IN: dict[str, Callable[[Flask], object]] = {
    "test_client": lambda app: app.test_client(),
    "run": lambda app: app.run(),
    "wsgi": lambda app: app({"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}, lambda *_: None),
    "wsgi_app": lambda app: app.wsgi_app({}, lambda *_: None),
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_every_way_of_starting_refuses_an_unguarded_app_every_time(way: str, tmp_path: Path) -> None:
    app = bare_app()
    function_view(app)
    Doorward(app, settings=test_settings(tmp_path))
    for _ in range(2):
        with pytest.raises(UnguardedRoutes):
            WAYS_IN[way](app)


def test_an_app_stands_behind_one_door_only(tmp_path: Path) -> None:
    app = bare_app()
    Doorward(app, settings=test_settings(tmp_path))
    with pytest.raises(StartRefused, match="already"):
        Doorward(app, settings=test_settings(tmp_path))


def test_routes_tell_every_rule_limit_and_loosening(tmp_path: Path) -> None:
    def routes(app: Flask) -> None:
        view = access.csp(img_src=["https://tiles.example"])(limit("3/hour")(access.role("admin")(lambda: "")))
        app.add_url_rule("/map", "map", view, methods=["GET", "POST"])

    app = app_behind(tmp_path, routes)
    found = [route for route in app.extensions["doorward"].census.routes() if route.path == "/map"]
    assert [route.method for route in found] == ["GET", "POST"]
    assert str(found[0].demand.rule) == "role:admin"
    assert found[0].demand.limits[0].rate == "3/hour"
    assert found[0].demand.loosened == (("img-src", ("https://tiles.example",)),)
