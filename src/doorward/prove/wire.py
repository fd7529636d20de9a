"""What goes over the wire: one request, one answer. Nothing here keeps cookies, follows redirects or mends anything."""

from __future__ import annotations

import json as json_module
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import httpx

_SHOWN = 600
_MOST = 4 * 1024 * 1024
#: Sent as they are; everything else is written as a path has to be.
_AS_THEY_ARE = "%/?#[]@!$&'()*+,;=:-._~"
_ENDLESS = "text/event-stream"
#: Names of headers and fields whose values never enter a report.
_SECRET_FIELD = re.compile(r"(?<![^&])([^=&]*(?:password|token|code|secret)[^=&]*)=[^&]*", re.I)
_HIDDEN = ("cookie", "set-cookie", "authorization", "x-csrf-token")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it is sent.

    Arguments:
        method, path: the path with its query, already encoded.
        headers: besides those of the person who sends it.
        body: the bytes; empty for none.
        address: the client address that it comes from, where the line can choose.
        secure: whether it comes over HTTPS, where the line can choose.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""
    secure: bool = False

    def with_headers(self, **headers: str) -> Request:
        """The same with further headers; underscores in the names stand for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    def __str__(self) -> str:
        """As a report shows it: no credential, nothing long."""
        lines = [f"{self.method} {self.path[:300]}"]
        lines += [
            f"{name}: {'…' if name.lower() in _HIDDEN else value[:200]}" for name, value in sorted(self.headers.items())
        ]
        body = _SECRET_FIELD.sub(r"\1=…", self.body.decode("utf-8", "replace"))[:_SHOWN]
        return "\n".join([*lines, *(["", body] if body else [])])


def form(method: str, path: str, fields: Mapping[str, str], **more: Any) -> Request:
    """A request as a browser sends a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
    return Request(method, path, headers, urlencode(fields).encode(), **more)


#: Never within a value that a run sends: its texts are words and numbers.
_BOUNDARY = "doorward-prove-7f3a9c51d2e84b60"


def multipart(
    method: str, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]], **more: Any
) -> Request:
    """A request as a browser sends a form with files: first its fields, then the files (RFC 7578).

    Arguments:
        fields: names and values.
        files: by field, a name and the bytes.
    """
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    for name, (called, content) in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{called}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content)
    body = b"".join(b"--%b\r\n%b\r\n" % (_BOUNDARY.encode(), part) for part in parts)
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", **more.pop("headers", {})}
    return Request(method, path, headers, body + f"--{_BOUNDARY}--\r\n".encode(), **more)


def json(method: str, path: str, value: object, **more: Any) -> Request:
    """A request as a program sends it."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", **more.pop("headers", {})}
    return Request(method, path, headers, json_module.dumps(value).encode(), **more)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Arguments:
        status: the number.
        headers: names in lower case, in the order in which they came; a name may come twice.
        body: the bytes, at most 4 MiB of them.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header; empty if it is not there."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        return self.kind == "text/html"

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json_module.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As a report shows it: no credential, nothing long."""
        shown = ("location", "content-type", "content-security-policy", "allow", "retry-after", "server")
        lines = [str(self.status), *(f"{key}: {value[:200]}" for key, value in self.headers if key in shown)]
        body = self.text[:_SHOWN] if self.kind.startswith("text/") or self.kind.endswith("json") else ""
        return "\n".join([*lines, *(["", body] if body else [])])


class NoAnswer(Exception):
    """The server hung up, or was silent for too long."""


class Line(Protocol):
    """What carries requests to the app."""

    #: Whether the line may say from which address, and whether by HTTPS, a request comes.
    chooses_address: bool

    def send(self, request: Request) -> Answer:
        """Send exactly this.

        Errors:
            NoAnswer: there was none.
        """


def _read(answer: httpx.Response) -> bytes:
    parts, length = [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        length += len(part)
        if length >= _MOST:
            break
    return b"".join(parts)[:_MOST]


class HttpLine:
    """A line over HTTP: to a real server, or straight into an app.

    Arguments:
        url: where the server answers, such as `http://127.0.0.1:8000`.
        transport: instead of a connection, such as `httpx.WSGITransport(app)`.
        as_proxy: whether the server takes us for its proxy, and so believes us where a request comes from.
        verify: as in httpx: the authorities for TLS.
        seconds: how long to wait for an answer.
        name: the host that is meant, where `url` names the address that was checked for it.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        as_proxy: bool = False,
        verify: Any = True,
        seconds: float = 20.0,
        name: str = "",
    ) -> None:
        self.url = url.rstrip("/")
        self._name = name
        self.chooses_address = as_proxy
        # Without a client around it, which would keep cookies, follow and add things of its own, and costs more
        # than the request does.
        self._transport = transport or httpx.HTTPTransport(verify=verify, trust_env=False)
        self._patience = httpx.Timeout(seconds).as_dict()

    def send(self, request: Request) -> Answer:
        headers = dict(request.headers)
        if self.chooses_address:
            headers.setdefault("X-Forwarded-For", request.address or "127.0.0.1")
            headers.setdefault("X-Forwarded-Proto", "https" if request.secure else "http")
        extensions: dict[str, Any] = {"timeout": self._patience}
        if self._name:
            headers.setdefault("Host", self._name)
            extensions["sni_hostname"] = urlsplit(f"//{self._name}").hostname
        if not request.path.startswith("/"):
            raise NoAnswer("only paths of the app are asked for, never another host")
        try:
            # Set, and not joined: `//host/` is a path here, and never another host.
            address = httpx.URL(self.url).copy_with(raw_path=quote(request.path, safe=_AS_THEY_ARE).encode())
            answer = self._transport.handle_request(
                httpx.Request(
                    request.method, address, headers=headers, content=request.body or None, extensions=extensions
                )
            )
            body = b"" if answer.headers.get("content-type", "").startswith(_ENDLESS) else _read(answer)
            answer.close()
        except (httpx.TransportError, httpx.InvalidURL) as problem:
            raise NoAnswer(str(problem) or type(problem).__name__) from problem
        pairs = tuple((key.lower(), value) for key, value in answer.headers.multi_items())
        return Answer(answer.status_code, pairs, body)

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()
