"""What every answer carries: headers, cookies, and the pages themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorward.core.headers import browser_headers
from doorward.web import cookies, middleware
from doorward.web.here import Here
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced, wrapped

Header = tuple[str, str]


def finished(change: Callable[[Here, list[Header]], list[Header]]) -> Callable[[pytest.MonkeyPatch], None]:
    """Changes the headers of every answer as the very last thing."""
    return wrapped(middleware, "_finished", lambda before: lambda at, headers: change(at, before(at, headers)))


def without_header(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes a header from every answer."""
    return finished(lambda _at, headers: [one for one in headers if one[0].lower() != name.lower()])


def policy(change: Callable[[str], str]) -> Callable[[pytest.MonkeyPatch], None]:
    """Changes the content security policy of every answer."""

    def changed(_at: Here, headers: list[Header]) -> list[Header]:
        return [
            (name, change(value) if name.lower() == "content-security-policy" else value) for name, value in headers
        ]

    return finished(changed)


def without_directive(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes a directive from the policy of every answer."""
    return policy(lambda value: "; ".join(one for one in value.split("; ") if not one.startswith(f"{name} ")))


def _nobody_is_private(nonce: str, *, private: bool, **more: Any) -> list[Header]:
    return browser_headers(nonce, private=False, **more)


def _charset_left_out(_at: Here, headers: list[Header]) -> list[Header]:
    return [(name, value.partition(";")[0] if name.lower() == "content-type" else value) for name, value in headers]


def _any_site_reads(at: Here, headers: list[Header]) -> list[Header]:
    origin = at.environ.get("HTTP_ORIGIN", "")
    cors = [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
    return [*headers, *cors] if origin else headers


def baking(**changed: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Gives the door's cookies other flags."""
    return wrapped(cookies, "dump_cookie", lambda bake: lambda *args, **flags: bake(*args, **{**flags, **changed}))


def page(change: Callable[[str], str]) -> Callable[[pytest.MonkeyPatch], None]:
    """Changes the pages of the sound app, as other templates would."""
    return wrapped(sound, "render_template", lambda render: lambda *args, **names: change(render(*args, **names)))


SWITCHES = (
    Switch("csp", without_header("Content-Security-Policy"), "Every answer has a strict content security policy."),
    Switch("csp nonce", replaced(Here, "nonce", "A" * 22), "The nonce of the policy is new in every answer."),
    Switch("nosniff", without_header("X-Content-Type-Options"), "No browser may guess what an answer is."),
    Switch("frame-ancestors", without_directive("frame-ancestors"), "No other site may frame a page."),
    Switch("referrer policy", without_header("Referrer-Policy"), "Other sites do not learn addresses of pages."),
    Switch("hsts", without_header("Strict-Transport-Security"), "Browsers come back over TLS where there is TLS."),
    Switch(
        "no-store", replaced(middleware, "browser_headers", _nobody_is_private), "No cache keeps what is of one person."
    ),
    Switch("content type", finished(_charset_left_out), "An answer says what it is, with its charset."),
    Switch(
        "server header",
        finished(lambda _at, headers: [*headers, ("X-Powered-By", "Flask/3.1 Python/3.11")]),
        "No answer tells which versions run here.",
    ),
    Switch("cors", finished(_any_site_reads), "Scripts of other sites may read nothing."),
    Switch("clear-site-data", without_header("Clear-Site-Data"), "Signing out clears what the browser has kept."),
    Switch("cookie secure", baking(secure=False), "Cookies of TLS are sent over TLS only."),
    Switch(
        "cookie prefix",
        replaced(cookies, "cookie_name", lambda name, secure: name),
        "Over TLS no sub-domain can set a cookie of ours.",
    ),
    Switch("cookie httponly", baking(httponly=False), "Scripts cannot read cookies."),
    Switch("cookie samesite", baking(samesite=None), "Browsers do not send cookies with what other sites ask for."),
    Switch(
        "pages without code",
        page(lambda html: html.replace("<h1>", '<h1 onclick="this.remove()">')),
        "Pages carry no code of their own, so that the policy needs no hole.",
    ),
    Switch(
        "sign-out in sight",
        page(lambda html: html.replace('"/logout"', '"/nowhere"')),
        "Every page for members has the way to sign out.",
    ),
)
