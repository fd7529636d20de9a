"""What keeps people on the site, and the inside inside when something fails."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request
from werkzeug.utils import safe_join

from doorward.web import answers, gate, middleware
from doorward.web.checks import rule, transport
from doorward.web.pages import account, signin
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced
from tests.prove.switches.gate import without

_served = middleware.Middleware.__call__
_page = answers._page


def answering(path: str, text: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Lets something else answer at a path, past the app."""

    def served(self: Any, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path:
            return _served(self, environ, start)
        start("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [text.encode()]

    return replaced(middleware.Middleware, "__call__", served)


def _path_from_a_header(self: Any, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    environ["PATH_INFO"] = environ.get("HTTP_X_ORIGINAL_URL") or environ["PATH_INFO"]
    return _served(self, environ, start)


def _programs_led_on(self: Any, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """What a program rightfully asked for is led on; everything else stays as it is."""

    def led_on(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        if status.startswith("200") and environ["REQUEST_METHOD"] == "GET":
            status, headers = (
                "308 Permanent Redirect",
                [*headers, ("Location", f"https://localhost{environ['PATH_INFO']}")],
            )
        return start(status, headers, *more)

    program = environ["PATH_INFO"].startswith("/api/") and environ.get("HTTP_AUTHORIZATION")
    return _served(self, environ, led_on if program else start)


def _anywhere(wanted: str | None) -> str:
    return re.sub(r"[\r\n]", "", wanted or "/")


def _led_on_after_sign_in(patch: pytest.MonkeyPatch) -> None:
    for module in (account, signin):
        patch.setattr(module, "safe_next", _anywhere)


def _without_a_thought() -> dict[str, Any]:
    first = request.form.getlist("title")[0]  # what if there is none?
    return {**_checked_note(), "title": first.strip()}


_checked_note = sound.checked_note


def _with_the_trace(*args: Any, **more: Any) -> Response:
    answer = _page(*args, **more)
    answer.set_data(answer.get_data() + f"<pre>{traceback.format_exc()}</pre>".encode())
    return answer


def _sources_too(folder: Path, name: str, **_: Any) -> Response:
    file = safe_join(str(sound.HERE), name.removesuffix(".txt"))
    if file is None or not Path(file).is_file():
        raise sound.NotFound
    return Response(Path(file).read_text(), mimetype="text/plain")


def _noise_lets_in(at: Any) -> None:
    if not at.environ.get("HTTP_AUTHORIZATION", "").startswith("Basic"):
        rule_check(at)


rule_check = rule.check


def _open_on_noise(patch: pytest.MonkeyPatch) -> None:
    for order in ("ORDER", "ORDER_WITHOUT_ROUTE"):
        patched = tuple(_noise_lets_in if one is rule_check else one for one in getattr(gate, order))
        patch.setattr(gate, order, patched)


SWITCHES = (
    Switch("own pages", replaced(sound, "own_path", _anywhere), "A form that leads on leads to pages of the app only."),
    Switch("own pages after sign-in", _led_on_after_sign_in, "Signing in leads to pages of the app only."),
    Switch("host list", without(transport.check), "Only requests for hosts on the list are answered."),
    Switch(
        "path of the request",
        replaced(middleware.Middleware, "__call__", _path_from_a_header),
        "No header puts another path in the place of the one that was asked for.",
    ),
    Switch(
        "no redirect for programs",
        replaced(middleware.Middleware, "__call__", _programs_led_on),
        "Programs that speak plain HTTP are not led on to HTTPS.",
    ),
    Switch(
        "input checked",
        replaced(sound, "checked_note", _without_a_thought),
        "What is missing, or of a wrong kind, is refused with a sentence.",
    ),
    Switch(
        "errors without internals", replaced(answers, "_page", _with_the_trace), "Errors show nothing of the inside."
    ),
    Switch(
        "own files", replaced(sound, "send_from_directory", _sources_too), "Only files that are meant are given out."
    ),
    Switch("no listings", answering("/help/", "Index of /help: notes.txt"), "Folders are not listed."),
    Switch(
        "quiet health", answering("/healthz", "ok: Python 3.11, SQLite 3.45"), "Monitoring tells nothing of the inside."
    ),
    Switch("fail closed", _open_on_noise, "Who cannot be told is taken for a stranger."),
)
