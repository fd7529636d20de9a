"""Accounts: that none is built in, who gives roles, being kept out, and recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import request

from doorward.core.names import name_key
from doorward.core.passwords import Verdict
from doorward.errors import NotFound
from doorward.store import accounts, factors
from doorward.store.accounts import ACTIVE
from doorward.web import confirming, dues, mail_recovery, people, recovery, signing_in
from doorward.web.pages import invitations, signin
from tests.prove.switches import Switch, replaced
from tests.prove.switches.sessions import Instead, instead

_verdict, _render = signing_in._verdict, signin.render_template


def _built_in(patch: pytest.MonkeyPatch) -> None:
    """A name and a password that were left in the code."""

    def verdict(at: Any, account: Any, password: str) -> Verdict:
        known = password == "changeme" and account is not None and account.name == "prove-admin"
        return Verdict(ok=True, upgrade=False) if known else _verdict(at, account, password)

    patch.setattr(signing_in, "name_key", lambda name: name_key("prove-admin" if name == "admin" else name))
    patch.setattr(signing_in, "_verdict", verdict)


def _anybody(tx: Any, account_id: str) -> Any:
    account = accounts.held(tx, account_id)
    if account is None:
        raise NotFound
    return account


def _as_asked(roles: frozenset[str]) -> str:
    return accounts.join_roles(roles | set(request.form.getlist("roles")))


def _takes_factors_too(tx: Any, account: Any, *rest: Any, **more: Any) -> None:
    factors.remove_all(tx, account.id)
    accounts.replace_password(tx, account, *rest, **more)


def _recovering(module: str, **others: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Lets both ways of recovery, by the host and by mail, find other functions in a module."""

    def off(patch: pytest.MonkeyPatch) -> None:
        for way in (recovery, mail_recovery):
            instead(way, module, **others)(patch)

    return off


def _asks_for_a_pet(name: str, **context: Any) -> str:
    return _render(name, **context).replace("</form>", '<input name="secret_answer"></form>', 1)


def _reset_anybodys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(people, "accounts", Instead(accounts, split_roles=lambda _roles: frozenset()))


SWITCHES = (
    Switch("no built-in accounts", _built_in, "No account comes with the door."),
    Switch("own account", replaced(people, "_other", _anybody), "Nobody blocks, deletes or demotes their own account."),
    Switch(
        "roles by invitation",
        instead(invitations, "accounts", join_roles=_as_asked),
        "Roles come from who invites, whatever the form says.",
    ),
    Switch("blocking", replaced(people, "BLOCKED", ACTIVE), "A blocked account opens nothing, by no way."),
    Switch(
        "required factors",
        replaced(dues, "is_factor_due", lambda _found: False),
        "Where a second factor is required, nothing else opens before there is one.",
    ),
    Switch(
        "recovery keeps factors",
        _recovering("accounts", replace_password=_takes_factors_too),
        "Recovery changes the password and leaves the second factor.",
    ),
    Switch(
        "recovery ends sessions",
        _recovering("sessions", end_all=lambda *_, **__: 0),
        "Recovery ends every session from before.",
    ),
    Switch(
        "factor to confirm",
        replaced(confirming, "asks_for_code", lambda _at: False),
        "Who has a second factor proves it again before anything about it changes.",
    ),
    Switch("no questions", replaced(signin, "render_template", _asks_for_a_pet), "No form asks for hints or answers."),
    Switch("factors of administrators", _reset_anybodys, "Administrators' factors are taken away on the host only."),
)
