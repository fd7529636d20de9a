"""What the kit stores about one person, as plain values: everything but what would open something.

No password, hash, secret, identifier, key or code is in it, nor what others did beside what they did to this account.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorward.core.journal import Sealed
from doorward.store import (
    accounts,
    emails,
    factors,
    identities,
    invitations,
    jobs,
    journal,
    mails,
    notices,
    passkeys,
    sessions,
    tokens,
)
from doorward.web.agents import browser_name

Row = dict[str, Any]
#: What `Store.reading` gives; only the store knows what it is.
Db = Any


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that is stored.

    Arguments:
        name: of its file, without `.json`.
        title, about: for the page that explains what is there.
        rows: reads it.
    """

    name: str
    title: str
    about: str
    rows: Callable[[Db, str], Iterable[Row]]


def _account(db: Db, account_id: str) -> list[Row]:
    found = accounts.by_id(db, account_id)
    if found is None:
        return []
    return [
        {
            "id": found.id,
            "name": found.name,
            "roles": sorted(accounts.split_roles(found.roles)),
            "status": found.status,
            "made": _at(found.created_at),
            "last seen": _at(found.seen_at),
            "password changed": _at(found.password_changed_at),
        }
    ]


def _sessions(db: Db, account_id: str) -> list[Row]:
    return [
        {
            "browser": browser_name(row.agent),
            "user agent": row.agent,
            "address": row.address,
            "signed in": _at(row.created_at),
            "last seen": _at(row.seen_at),
            "stays signed in": row.keep,
            "opened with": row.factors,
        }
        for row in sessions.of_account(db, account_id)
    ]


def _factors(db: Db, account_id: str) -> list[Row]:
    rows: list[Row] = []
    app = factors.totp(db, account_id)
    if app is not None and app.secret is not None:
        rows.append({"factor": "authenticator app", "set up": _at(app.confirmed_at), "last used": _at(app.used_at)})
    for passkey in passkeys.of_account(db, account_id):
        made = {"set up": _at(passkey.created_at), "last used": _at(passkey.used_at)}
        kept = {"works at": passkey.rp_id, "kept on several devices": passkey.backed_up}
        rows.append({"factor": "passkey", "name": passkey.name, **kept, **made})
    left = factors.codes_left(db, account_id)
    if left:
        rows.append({"factor": "recovery codes", "left": left, "made": _at(factors.codes_made_at(db, account_id))})
    return rows


def _identities(db: Db, account_id: str) -> list[Row]:
    return [
        {
            "provider": one.issuer,
            "who you are there": one.subject,
            "roles from there": one.roles.split(),
            "linked": _at(one.created_at),
            "last used": _at(one.used_at),
        }
        for one in identities.of_account(db, account_id)
    ]


def _tokens(db: Db, account_id: str) -> list[Row]:
    return [
        {
            "number": one.token.id,
            "name": one.token.name,
            "scopes": one.token.scopes.split(),
            "for a person": one.token.for_person,
            "made": _at(one.token.created_at),
            "ends": _at(one.secret.expires_at),
            "revoked": _at(one.token.revoked_at),
            "last used": _at(one.token.used_at),
            "last used from": one.token.used_from,
        }
        for one in tokens.of_owner(db, account_id)
    ]


def _invitations(db: Db, account_id: str) -> list[Row]:
    return [
        {
            "note": one.note,
            "roles": one.roles.split(),
            "made": _at(one.created_at),
            "ends": _at(one.expires_at),
            "used": one.used,
            "uses left": one.uses_left,
        }
        for one in invitations.made_by(db, account_id)
    ]


def _emails(db: Db, account_id: str) -> list[Row]:
    found = emails.of_account(db, account_id)
    if found is None:
        return []
    return [
        {
            "address": found.address,
            "verified": _at(found.verified_at),
            "waits to be verified": found.wanted,
            "given": _at(found.wanted_at),
        }
    ]


def _mails(db: Db, account_id: str) -> list[Row]:
    return [
        {"to": one.recipient, "subject": one.subject, "state": one.state, "asked for": _at(one.created_at)}
        for one in mails.of_account(db, account_id)
    ]


def _notices(db: Db, account_id: str) -> list[Row]:
    return [{"at": _at(one.created_at), "text": one.text} for one in notices.of_account(db, account_id)]


def _jobs(db: Db, account_id: str) -> list[Row]:
    return [
        {"title": one.title, "state": one.state, "asked for": _at(one.created_at), "over": _at(one.finished_at)}
        for one in jobs.of_account(db, account_id, count=1000)
    ]


def _journal(db: Db, account_id: str) -> Iterable[Row]:
    return (_entry(sealed, account_id) for sealed in journal.of_person(db, account_id))


def _entry(sealed: Sealed, account_id: str) -> Row:
    """An entry. Of others who did something to this account, only that it was somebody else."""
    entry = sealed.entry
    mine = entry.who in ("", account_id)
    return {
        "number": sealed.seq,
        "at": entry.at,
        "event": entry.event,
        "outcome": entry.outcome,
        "by": "you" if entry.who == account_id else "nobody who was signed in" if mine else "somebody else",
        "address": entry.address if mine else "",
        "on": "your account" if entry.on == f"account:{account_id}" else entry.on,
        "details": json.loads(entry.details),
    }


def _at(when: datetime | None) -> str | None:
    return when.isoformat() if when is not None else None


#: Everything, in the order in which people look for it.
SECTIONS = (
    Section("account", "Your account", "Name, roles and dates.", _account),
    Section("sessions", "Where you are signed in", "Browsers and addresses, without what identifies them.", _sessions),
    Section("factors", "Second factors", "Which there are, without their secrets and keys.", _factors),
    Section("identities", "Sign-in elsewhere", "Providers that open this account.", _identities),
    Section("tokens", "Access tokens", "Names, scopes and dates, without the secrets.", _tokens),
    Section("invitations", "Invitations you made", "Without the links.", _invitations),
    Section("email", "E-mail address", "The one that counts, and one that waits to be verified.", _emails),
    Section("mails", "Mails to you", "Of the last 30 days, without what they say: that is not kept.", _mails),
    Section("notices", "Notices", "What you will be told when you sign in next.", _notices),
    Section("jobs", "Background work", "What was done for you, such as this export.", _jobs),
    Section("journal", "The journal", "What you did, and what was done to your account.", _journal),
)
