"""Recovery by the host: a link that lets somebody choose another password. It never skips a second factor."""

from __future__ import annotations

from datetime import timedelta

from doorward.core.access import Caller
from doorward.core.tokens import new_one_time_code
from doorward.errors import NotFound
from doorward.store import accounts, codes, notices, sessions
from doorward.store.accounts import ACTIVE
from doorward.store.models import Account
from doorward.web import telling
from doorward.web.here import here
from doorward.web.new_passwords import profile_of
from doorward.web.parts import Parts

LIFE = timedelta(minutes=60)
_PREFIX = "reset:"


def make_reset_code(parts: Parts, actor: Caller, account_id: str) -> str:
    """A code for `/reset/<code>`: 256 bits, 60 minutes, once. The person is told that it was asked for.

    Errors:
        NotFound: there is no such account that may sign in.
    """
    code = new_one_time_code()
    with parts.store.transaction(actor) as tx:
        account = accounts.by_id(tx.db, account_id)
        if account is None or account.status != ACTIVE:
            raise NotFound("There is no such account, or it is blocked.")
        codes.replace(tx, codes.reset_of(account.id), code, tx.now + LIFE)
        notices.leave(
            tx, account.id, "A link to choose a new password was made for you. Ask who runs this site if you did not."
        )
        telling.tell_from_host(parts, tx, account.id, account.name, telling.LINK_MADE)
        tx.journal("account.reset_asked", on=f"account:{account.id}", name=account.name)
    return code


def account_of(parts: Parts, code: str) -> Account | None:
    """Whose password the code may change; None if it does not work."""
    with parts.store.reading() as db:
        purpose = codes.purpose_of(db, code, parts.store.clock())
        if purpose is None or not purpose.startswith(_PREFIX):
            return None
        account = accounts.by_id(db, purpose.removeprefix(_PREFIX))
    return account if account is not None and account.status == ACTIVE else None


def set_password(parts: Parts, actor: Caller, code: str, account_id: str, password_hash: str) -> None:
    """Use the code up: the account has the new password, and all its sessions end. Nobody is signed in by this.

    Errors:
        NotFound: the code was used in the meantime.
    """
    with parts.store.transaction(actor) as tx:
        account = accounts.by_id(tx.db, account_id)
        if account is None or account.status != ACTIVE or not codes.use(tx, codes.reset_of(account_id), code):
            raise NotFound
        accounts.replace_password(tx, account, password_hash, keep=profile_of(parts).history)
        ended = sessions.end_all(tx, account.id)
        telling.tell(here(), tx, account.id, account.name, telling.PASSWORD_CHANGED)
        tx.journal("account.password_reset", on=f"account:{account.id}", name=account.name, sessions_ended=ended)
