"""What an answer cost, counted instead of timed, and what it said, without what differs in every answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from doorward.core.passwords import Hasher
from doorward.store.tallies_sqlite import SqliteTallies
from doorward.testing import door_of

#: Random, or the time: the nonce of the page, its CSRF token, what a cookie holds, and how long there is to wait.
_PASSING = (
    (re.compile(r'nonce(?:=|-)"?[\w+/=-]+'), "nonce"),
    (re.compile(r'(name="csrf[-_]token"[^>]*?(?:content|value)=)"[^"]+"'), r'\1""'),
    (re.compile(r'(name="ticket"[^>]*?value=)"[^"]+"'), r'\1""'),
    (re.compile(r"(doorward\w*)=[^;]*"), r"\1="),
    (re.compile(r"(X-Request-Id: |Reference:? ?|<code>)[0-9a-f]{16}"), r"\1"),
)


@dataclass
class Work:
    """How often what costs time was done."""

    hashes: int = 0
    queries: int = 0
    commits: int = 0
    counts: int = 0


@contextmanager
def counted(app: Flask) -> Iterator[Work]:
    """Count the hashes, the queries, the commits and the changes of limits that happen in the block."""
    work, engine, real = Work(), door_of(app).store.engine, (Hasher._check, Hasher.hash, SqliteTallies.change)

    def adds(what: str, then: Callable[..., Any] | None = None) -> Callable[..., Any]:
        def add(*args: Any) -> Any:
            setattr(work, what, getattr(work, what) + 1)
            return then(*args) if then is not None else None

        return add

    query, commit = adds("queries"), adds("commits")
    event.listen(engine, "before_cursor_execute", query)
    event.listen(engine, "commit", commit)
    Hasher._check, Hasher.hash = adds("hashes", real[0]), adds("hashes", real[1])  # type: ignore[method-assign]
    SqliteTallies.change = adds("counts", real[2])  # type: ignore[method-assign]
    try:
        yield work
    finally:
        Hasher._check, Hasher.hash, SqliteTallies.change = real  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", query)
        event.remove(engine, "commit", commit)


def said(answer: TestResponse, *typed: str) -> list[str]:
    """Status, headers and body of an answer, byte for byte but for what is random.

    Arguments:
        typed: what the person typed and the page repeats.
    """
    body = answer.get_data(as_text=True)
    for text in typed:
        body = body.replace(text, "<typed>")
    headers = sorted(_steady(f"{name}: {value}") for name, value in answer.headers if name != "Content-Length")
    return [answer.status, *headers, *_steady(body).splitlines()]


def _steady(text: str) -> str:
    for pattern, instead in _PASSING:
        text = pattern.sub(instead, text)
    return text
