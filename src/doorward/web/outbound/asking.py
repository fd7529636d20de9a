"""What an app asks with: a method, headers, a body; checked before anything goes out."""

from __future__ import annotations

import json as json_module
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from doorward.core.outbound import Outbound
from doorward.web.outbound.messenger import Ask

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
_LONGEST_VALUE = 8_000
#: What a request says of its way and its body is for the kit to say, and cookies are never sent.
_OURS = frozenset(
    {"host", "cookie", "connection", "keep-alive", "transfer-encoding", "content-length", "content-type", "te"}
    | {"trailer", "upgrade", "expect", "accept-encoding", "proxy-authorization", "proxy-connection", "forwarded"}
)


def ask_for(
    outbound: Outbound,
    method: str,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Ask:
    """A request as the app wants it.

    Errors:
        ValueError: a mistake in the app: a method that the outbound does not name, two bodies, a header that is none
            or that is for the kit to say.
    """
    if method not in outbound.methods:
        raise ValueError(f"{outbound.name} does not send {method}: name it among the methods of the outbound")
    if json is not None and form is not None:
        raise ValueError("a request has one body: json or form")
    if (json is not None or form is not None) and method in ("GET", "HEAD"):
        raise ValueError(f"{method} has no body")
    given = dict(headers or {})
    for name, value in given.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name!r} is no header that an app can set")
        if not _VALUE.fullmatch(value) or len(value) > _LONGEST_VALUE:
            raise ValueError(f"the value of the header {name} is not one line of plain letters")
    accept = ", ".join(outbound.types)
    given = {"Accept": accept, **given} if not any(name.lower() == "accept" for name in given) else given
    if json is not None:
        return Ask(method, given, json_module.dumps(json, ensure_ascii=False).encode(), "application/json")
    if form is not None:
        return Ask(method, given, urlencode(form).encode(), "application/x-www-form-urlencoded")
    return Ask(method, given, None if method in ("GET", "HEAD") else b"")
