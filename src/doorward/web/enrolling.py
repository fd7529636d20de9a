"""One's own second factors: set up, removed, and the recovery codes beside them.

A change of factors is a change of right: the session gets a new identifier (law 3). With the first factor, and with
every one that goes, all other sessions end: they were opened with less, or with what is not trusted any more.
"""

from __future__ import annotations

from datetime import timedelta

from doorward.core import totp
from doorward.core.factors import TOTP, is_required, new_recovery_codes, without_second
from doorward.errors import Conflict, Invalid, NotFound
from doorward.store import accounts, factors, kit_settings, sessions
from doorward.store.transaction import Transaction
from doorward.web import telling
from doorward.web.here import Here
from doorward.web.signing_in import hold_session, own_session
from doorward.web.typed_codes import opened, sealed

#: How long an offered secret waits to be confirmed.
OFFER_LIFE = timedelta(minutes=15)


def offer_totp(at: Here) -> None:
    """Make a new secret for an authenticator app. It counts for nothing until a code of it was typed."""
    with at.door.store.transaction(at.caller) as tx:
        factors.offer_totp(tx, at.caller.id, sealed(at, totp.new_secret(), at.caller.id))


def offered_secret(at: Here) -> str | None:
    """The secret that waits to be confirmed, in base32; None if there is none, or it waited too long."""
    kept = _offer(at)
    return opened(at, kept, at.caller.id) if kept is not None else None


def _offer(at: Here) -> str | None:
    with at.door.store.reading() as db:
        record = factors.totp(db, at.caller.id)
    if record is None or record.offered is None or record.offered_at is None:
        return None
    return record.offered if at.now - record.offered_at <= OFFER_LIFE else None


def confirm_totp(at: Here, typed: str) -> list[str]:
    """Let the offered secret count, if the typed code is of it. New recovery codes, if there were none.

    Errors:
        NotFound: no secret is offered. Invalid: the code is not right.
    """
    offer = _offer(at)
    secret = opened(at, offer, at.caller.id) if offer is not None else None
    if offer is None or secret is None:
        raise NotFound("There is no set-up under way. Begin again.")
    code = totp.read_code(typed)
    step = totp.matching_step(secret, code, at.now) if code is not None else None
    if step is None:
        raise Invalid({"code": "This is not the code that the app shows now. Check the clock of the device."})
    with at.door.store.transaction(at.caller) as tx:
        accounts.held(tx, at.caller.id)
        first = not factors.has_second(tx.db, at.caller.id)
        if not factors.confirm_totp(tx, at.caller.id, offer, step):
            raise Conflict
        return added(at, tx, TOTP, first=first)


def added(at: Here, tx: Transaction, kind: str, *, first: bool) -> list[str]:
    """What every new factor brings about. New recovery codes, to be shown once; none if there are some left.

    Arguments:
        kind: of `core.factors`.
        first: whether it is the account's first second factor.
    """
    ended = sessions.end_all(tx, at.caller.id, but=at.caller.session_id) if first else 0
    tx.journal("factor.added", on=f"account:{at.caller.id}", kind=kind, sessions_ended=ended)
    telling.tell(at, tx, at.caller.id, at.caller.name, telling.FACTOR_ADDED)
    codes = _make_codes(at, tx) if first or not factors.codes_left(tx.db, at.caller.id) else []
    _rotate(at, tx, (*_first(at), kind))
    return codes


def remove_totp(at: Here) -> None:
    """Forget the authenticator app.

    Errors:
        NotFound: there is none. Conflict: it is the last factor, and one is required of this account.
    """
    with at.door.store.transaction(at.caller) as tx:
        accounts.held(tx, at.caller.id)
        if not factors.remove_totp(tx, at.caller.id):
            raise NotFound
        removed(at, tx, TOTP)


def removed(at: Here, tx: Transaction, kind: str) -> None:
    """What every removed factor brings about. Raises Conflict if the account may not be without."""
    is_last = not factors.has_second(tx.db, at.caller.id)
    if is_last and is_required(kit_settings.second_factor_of(tx.db), at.caller.roles):
        raise Conflict("Your role asks for a second factor. Set up another one before you remove this one.")
    if is_last:
        factors.drop_codes(tx, at.caller.id)
    ended = sessions.end_all(tx, at.caller.id, but=at.caller.session_id)
    tx.journal("factor.removed", on=f"account:{at.caller.id}", kind=kind, was_last=is_last, sessions_ended=ended)
    telling.tell(at, tx, at.caller.id, at.caller.name, telling.FACTOR_REMOVED)
    _rotate(at, tx, _first(at) if is_last else None)


def new_codes(at: Here) -> list[str]:
    """A new set of recovery codes; the one before is dead.

    Errors:
        Conflict: there is no factor that they could stand in for.
    """
    with at.door.store.transaction(at.caller) as tx:
        accounts.held(tx, at.caller.id)
        if not factors.has_second(tx.db, at.caller.id):
            raise Conflict("Set up a second factor first.")
        return _make_codes(at, tx)


def _make_codes(at: Here, tx: Transaction) -> list[str]:
    codes = new_recovery_codes()
    factors.replace_codes(tx, at.caller.id, codes)
    tx.journal("factor.codes_made", on=f"account:{at.caller.id}", count=len(codes))
    return codes


def _first(at: Here) -> tuple[str, ...]:
    return without_second(at.session.factors.split("+") if at.session is not None else ())


def _rotate(at: Here, tx: Transaction, stands_for: tuple[str, ...] | None) -> None:
    assert at.session is not None  # nosec B101  # (the rule of the route let only sessions in)
    identifier = sessions.rotate(tx, at.session.id, stands_for)
    hold_session(at, own_session(tx, identifier), identifier)
