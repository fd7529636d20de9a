"""The outermost layer: who the client really is on the way in, the headers of the door on the way out.

It wraps the whole app, so that no error page, no redirect and no answer of a hook leaves without the headers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from doorward.core.headers import browser_headers
from doorward.core.limits import header_fields
from doorward.core.transport import client_of
from doorward.store.store import use_store
from doorward.web.here import KEY, Here

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

_log = logging.getLogger("doorward.request")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
#: Never from the app: what tells about the server, and what holds only where TLS really is, which the door knows.
_WEAK = frozenset({"server", "x-powered-by", "strict-transport-security"})


class Middleware:
    """Wraps `app.wsgi_app`.

    Arguments:
        inner: the app's own WSGI callable.
        door: the door in front of it.
    """

    def __init__(self, inner: Wsgi, door: Doorward) -> None:
        self.inner = inner
        self.door = door

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.door.start()
        began = time.perf_counter()
        at = environ[KEY] = self._meet(environ)
        use_store(self.door.store)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            _log_request(at, environ, status, began)
            return start_response(status, _finished(at, headers), exc_info)

        return self.inner(environ, start)

    def _meet(self, environ: Environ) -> Here:
        """Settle who the client is, once, and let everything behind see only that (law 7)."""
        forwarded = {key[5:].lower().replace("_", "-"): environ.pop(key) for key in _FORWARDED if key in environ}
        seen = {
            "peer": environ.get("REMOTE_ADDR", ""),
            "peer_port": environ.get("REMOTE_PORT", ""),
            "scheme": environ["wsgi.url_scheme"],
            "host": environ.get("HTTP_HOST", ""),
            "server_port": environ.get("SERVER_PORT", ""),
            "forwarded": forwarded,
        }
        client = client_of(
            peer=environ.get("REMOTE_ADDR", ""),
            scheme=environ["wsgi.url_scheme"],
            host=environ.get("HTTP_HOST", ""),
            headers=forwarded,
            trusted=self.door.settings.behind_proxy,
        )
        environ["REMOTE_ADDR"] = client.address
        environ["wsgi.url_scheme"] = client.scheme
        environ["HTTP_HOST"] = client.host or "invalid"
        at = Here(self.door, environ, client, seen)
        if at.sends_token:
            # Whoever sends a token is that, or nobody: no cookie can lend it a second identity, nor it one to a cookie.
            environ.pop("HTTP_COOKIE", None)
        return at


def _finished(at: Here, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    loosened = at.demand.loosened if at.demand else ()
    if at.pictures_from:
        loosened = (*loosened, ("img-src", (at.pictures_from,)))
    private = at.is_private or any(name.lower() == "set-cookie" for name, _ in headers)
    uses = at.demand.uses if at.demand else ()
    ours = browser_headers(
        at.nonce, secure=at.secure, private=private, loosened=loosened, uses=uses, file_caching=at.file_caching
    )
    if at.clear_site_data:
        ours.append(("Clear-Site-Data", '"cache", "storage"'))
    ours.append(("X-Request-Id", at.id))
    ours += header_fields(at.standings)
    replaced = {name.lower() for name, _ in ours} | _WEAK
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    return kept + ours + [("Set-Cookie", cookie) for cookie in at.set_cookies]


def _log_request(at: Here, environ: Environ, status: str, began: float) -> None:
    if _log.isEnabledFor(logging.INFO):
        _log.info(
            "%s %s %s",
            environ.get("REQUEST_METHOD"),
            at.environ.get("doorward.endpoint", "-"),
            status[:3],
            extra={
                "request": at.id,
                "address": at.client.address,
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
            },
        )
