"""One password for a site without accounts: the setting `admin_password`, kept as the password of one built-in account.

The account is an ordinary row with an ordinary argon2 hash. So signing in, lockout, sessions, second factors and the
journal are those of every account, and a typed password is compared hash to hash: neither its length nor its content
shows in the time. Its name is reserved, and nobody can register it.
"""

from __future__ import annotations

from doorward.core.access import ADMIN, HOST
from doorward.core.names import name_key, skeleton
from doorward.core.passwords import Hasher, is_argon2
from doorward.errors import StartRefused
from doorward.store import accounts, sessions
from doorward.store.accounts import ACTIVE, BLOCKED, NewAccount
from doorward.store.models import Account
from doorward.store.transaction import Transaction
from doorward.web import signing_in
from doorward.web.here import Here
from doorward.web.parts import Parts
from doorward.web.signing_in import WrongCredentials

#: The id and the name of the built-in account.
BUILT_IN = "administrator"
_USELESS = "!"


def settle(parts: Parts) -> None:
    """At the start: make the built-in account what the setting says. Another password ends all its sessions.

    Errors:
        StartRefused: people have accounts here, who could not sign in any more; or the hash is too weak.
    """
    password = parts.settings.admin_password
    with parts.store.reading() as db:
        mine = accounts.by_id(db, BUILT_IN)
        others = accounts.how_many_beside(db, BUILT_IN)
    if password is None:
        if mine is not None and mine.status == ACTIVE:
            _close(parts)
        return
    if others:
        raise StartRefused(
            f"admin_password is for a site without accounts, and {others} can sign in here. "
            "Remove the setting, or block or delete them first: doorward account list"
        )
    if mine is None or not _is_as_set(parts, mine, password):
        _put(parts, _hash_of(parts, password))


def sign_in(at: Here, password: str, *, keep: bool) -> bool:
    """As `signing_in.sign_in`, for the built-in account."""
    try:
        return signing_in.sign_in(at, BUILT_IN, password, keep=keep)
    except WrongCredentials:
        raise WrongCredentials("The password is not right.") from None


def _is_as_set(parts: Parts, mine: Account, password: str) -> bool:
    if mine.status != ACTIVE or mine.roles != ADMIN:
        return False
    if is_argon2(password):
        return mine.password_hash == password
    return parts.hashing.verify(mine.password_hash, password).ok


def _hash_of(parts: Parts, password: str) -> str:
    if not is_argon2(password):
        return parts.hashing.hash(password)
    # A weaker one would be replaced at the first sign-in, and look like another password at the next start.
    if not Hasher(parts.settings.hash_profile).is_strong_enough(password):
        raise StartRefused(
            "admin_password is a damaged argon2 hash, or a weaker one than this server makes. Make it again with "
            "argon2id, 64 MiB, 3 passes, 4 lanes."
        )
    return password


def _put(parts: Parts, password_hash: str) -> None:
    with parts.store.transaction(HOST) as tx:
        mine = accounts.held(tx, BUILT_IN)
        if mine is None:
            new = NewAccount(BUILT_IN, name_key(BUILT_IN), skeleton(BUILT_IN), password_hash, frozenset({ADMIN}))
            accounts.add(tx, new, account_id=BUILT_IN)
            tx.journal("account.created", on=f"account:{BUILT_IN}", name=BUILT_IN, roles=ADMIN, by="admin_password")
            return
        mine.name, mine.name_key, mine.skeleton = BUILT_IN, name_key(BUILT_IN), skeleton(BUILT_IN)
        mine.status, mine.roles = ACTIVE, ADMIN
        accounts.replace_password(tx, mine, password_hash)
        _end_sessions(tx, "account.password_changed")


def _close(parts: Parts) -> None:
    """The setting is gone: its password must not open anything by the ordinary form."""
    with parts.store.transaction(HOST) as tx:
        mine = accounts.held(tx, BUILT_IN)
        if mine is not None:
            mine.status = BLOCKED
            accounts.replace_password(tx, mine, _USELESS)
            _end_sessions(tx, "account.blocked")


def _end_sessions(tx: Transaction, event: str) -> None:
    ended = sessions.end_all(tx, BUILT_IN)
    tx.journal(event, on=f"account:{BUILT_IN}", name=BUILT_IN, by="admin_password", sessions_ended=ended)
