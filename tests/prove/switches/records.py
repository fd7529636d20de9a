"""What is written down: in records, journal, log and pages; and what must not be."""

from __future__ import annotations

import sys
from datetime import timedelta, timezone
from typing import Any

import pytest
from flask import has_request_context, request
from werkzeug.security import generate_password_hash

from doorward.core import journal as core_journal
from doorward.core.passwords import Hasher
from doorward.store import codes, journal, sessions, tokens, transaction
from doorward.store.transaction import Transaction
from doorward.web import middleware
from tests.prove.switches import Switch, replaced
from tests.prove.switches.answers import page

_journal = Transaction.journal


def _as_it_is(text: str, *_: Any) -> str:
    return text


def _unclean(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transaction, "clean", _as_it_is)
    patch.setattr(core_journal, "clean", _as_it_is)


def _with_cookies(self: Transaction, event: str, **more: Any) -> None:
    cookie = {"cookie": request.headers.get("Cookie", "")} if has_request_context() else {}
    _journal(self, event, **more, **cookie)


def _cookies_in_the_log(patch: pytest.MonkeyPatch) -> None:
    log = middleware._log_request

    def logged(at: Any, environ: Any, *rest: Any) -> None:
        sys.stderr.write(f"cookies {environ.get('HTTP_COOKIE')}\n")  # past the log's own formatter, which redacts
        log(at, environ, *rest)

    patch.setattr(middleware, "_log_request", logged)


SWITCHES = (
    Switch(
        "journal",
        replaced(Transaction, "journal", lambda *_, **__: None),
        "What matters is written down.",
        from_start=True,
    ),
    Switch(
        "journal metadata",
        replaced(transaction, "stamp", lambda now: now.astimezone(timezone(timedelta(hours=1))).isoformat()),
        "Entries say when it was, in UTC, and what, how it ended, who and from where.",
    ),
    Switch("journal cleaning", _unclean, "What people type cannot forge a line of the journal."),
    Switch("seals", replaced(journal, "verify", lambda *_: None), "Changes of the journal are found out by its seals."),
    Switch(
        "journal without secrets",
        replaced(Transaction, "journal", _with_cookies),
        "No secret stands in an entry of the journal.",
    ),
    Switch(
        "hashed sessions",
        replaced(sessions, "identifier_hash", _as_it_is),
        "Sessions are stored as hashes.",
        from_start=True,
    ),
    Switch("hashed tokens", replaced(tokens, "token_hash", _as_it_is), "Tokens are stored as hashes.", from_start=True),
    Switch("hashed codes", replaced(codes, "_hash", _as_it_is), "Codes that work once are stored as hashes."),
    Switch(
        "slow hash",
        replaced(Hasher, "hash", lambda _self, password: generate_password_hash(password, "pbkdf2:sha256:1000")),
        "Passwords are stored as argon2id.",
        from_start=True,
    ),
    Switch("log without secrets", _cookies_in_the_log, "No secret stands in the log.", on_server=True),
    Switch(
        "pages without secrets",
        page(lambda html: f"{html}<!-- {request.cookies.get('doorward')} -->"),
        "No password and no identifier of a session stands in a page.",
        from_start=True,
    ),
    Switch(
        "secrets in bodies",
        page(lambda html: html.replace("<h1>", '<a href="/search?q=a&amp;token=abcdefgh">Search</a><h1>')),
        "No address carries a secret.",
        from_start=True,
    ),
)
