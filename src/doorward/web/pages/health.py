"""`/healthz`: the process answers. `/readyz`: it can also read its database. Neither tells anything else."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from doorward.web import access
from doorward.web.here import here

_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/healthz", "healthz", healthz)
    pages.add_url_rule("/readyz", "readyz", readyz)


@access.public
@access.passive
def healthz() -> ResponseReturnValue:
    return "ok\n", 200, _PLAIN


@access.public
@access.passive
def readyz() -> ResponseReturnValue:
    here().door.store.must_answer()
    return "ready\n", 200, _PLAIN
