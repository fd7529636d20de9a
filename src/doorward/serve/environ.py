"""From an ASGI scope to a WSGI environ (PEP 3333), with what an attacker may try on the way."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from doorward.errors import BadRequest

from .files import FileWrapper

Headers = Iterable[tuple[bytes, bytes]]
Environ = dict[str, Any]

#: Headers that concern this connection only, or are dangerous as variables: `Proxy` would become HTTP_PROXY
#: (CVE-2016-5385), and the body's coding is undone before the app sees it.
_DROPPED = frozenset({b"proxy", b"transfer-encoding", b"connection", b"keep-alive", b"te", b"trailer", b"upgrade"})
#: Two of these would let two programs read one request differently (RFC 9110 section 5.3, RFC 9112 section 3.2).
_ONCE = frozenset({b"host", b"content-length", b"content-type", b"authorization", b"origin"})
_PLAIN = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
_KNOWN_NAMES: dict[bytes, str] = {}
_MOST_KNOWN_NAMES = 512


def environ_of(scope: Mapping[str, Any]) -> Environ:
    """The environ of a request, without its body.

    Raises: `BadRequest` when a header that may stand only once stands twice.
    """
    path = _path(scope)
    root = scope.get("root_path", "").encode("utf-8").decode("latin-1")
    server = scope.get("server") or ("localhost", None)
    client = scope.get("client") or ("", "")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path.removeprefix(root),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or (443 if scope["scheme"] == "https" else 80)),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }
    _add_headers(environ, scope["headers"])
    return environ


def _path(scope: Mapping[str, Any]) -> str:
    """The path's bytes as latin-1, as PEP 3333 wants them: exactly what was sent, whatever its encoding."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        return str(scope["path"]).encode("utf-8", "surrogateescape").decode("latin-1")
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")


def _add_headers(environ: Environ, headers: Headers) -> None:
    for name, value in headers:
        if name in _DROPPED or b"_" in name:  # X_Forwarded_For must not pass for X-Forwarded-For
            continue
        variable = _variable(name)
        text = value.decode("latin-1")
        if variable not in environ:
            environ[variable] = text
        elif name in _ONCE:
            raise BadRequest(f"The request has two {name.decode('latin-1')} headers.")
        else:
            environ[variable] += ("; " if name == b"cookie" else ", ") + text


def _variable(name: bytes) -> str:
    variable = _KNOWN_NAMES.get(name)
    if variable is None:
        variable = _PLAIN.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        if len(_KNOWN_NAMES) < _MOST_KNOWN_NAMES:
            _KNOWN_NAMES[name] = variable
    return variable
