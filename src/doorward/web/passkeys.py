"""Passkeys: registered, removed, and used to sign in, as a second factor, or to confirm who one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doorward.core import passkeys as core
from doorward.core.factors import PASSKEY
from doorward.core.journal import clean
from doorward.core.passkeys import LONGEST_NAME, MOST, Proved, Unproved
from doorward.errors import Conflict, Invalid, NotFound, Refused
from doorward.store import accounts, factors, passkeys
from doorward.store.factor_models import Passkey
from doorward.store.models import Account
from doorward.store.transaction import Transaction
from doorward.web import challenges, enrolling
from doorward.web.challenges import REGISTER, must_have_place, new_challenge, use_challenge
from doorward.web.here import Here

Options = dict[str, Any]


class WrongPasskey(Refused):
    """The one answer to a passkey that proves nothing, whatever the reason. The journal says which it was."""

    code = "wrong_passkey"
    status = 401
    default = "That did not work with this passkey. Try again, or use another way."


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer of a browser, and the ticket of the challenge that it answers. Nothing of it is believed yet."""

    ticket: str
    answer: str

    @property
    def credential_id(self) -> str | None:
        return core.credential_id(self.answer)


# -- registering ----------------------------------------------------------------------------------------------


def registration_options(at: Here) -> Options:
    """What the browser is asked to make a passkey, with the ticket to send back.

    Errors:
        Invalid: passkeys cannot be used under this address.
    """
    place = must_have_place(at)
    challenge, ticket = new_challenge(at, REGISTER, at.caller.id)
    with at.door.store.reading() as db:
        have = _named(passkeys.of_account(db, at.caller.id))
    options = core.creation_options(
        place, challenge, owner=at.caller.id, name=at.caller.name, site=at.door.settings.site_name, have=have
    )
    return {"publicKey": options, "ticket": ticket}


def register(at: Here, claim: Claim, name: str) -> list[str]:
    """Add the passkey that the browser has made. New recovery codes, if there were none.

    Errors:
        Invalid: it is not the answer to our challenge. Conflict: there are too many, or it is there already.
    """
    place = must_have_place(at)
    try:
        challenge = use_challenge(at, claim.ticket, REGISTER, at.caller.id)
        made = core.check_creation(claim.answer, place, challenge)
    except Unproved as problem:
        _journal_refused(at, str(problem))
        raise Invalid({"passkey": "That did not work. Begin again."}) from problem
    with at.door.store.transaction(at.caller) as tx:
        accounts.held(tx, at.caller.id)
        first = not factors.has_second(tx.db, at.caller.id)
        passkeys.add(tx, at.caller.id, made, rp_id=place.rp_id, name=_clean_name(name), most=MOST)
        return enrolling.added(at, tx, PASSKEY, first=first)


def remove(at: Here, passkey_id: int) -> str:
    """Forget one's own passkey. Its name.

    Errors:
        NotFound: there is no such one. Conflict: it is the last factor, and one is required of this account.
    """
    with at.door.store.transaction(at.caller) as tx:
        accounts.held(tx, at.caller.id)
        name = passkeys.remove(tx, at.caller.id, passkey_id)
        if name is None:
            raise NotFound
        enrolling.removed(at, tx, PASSKEY)
    return name


def _clean_name(name: str) -> str:
    return clean(" ".join(name.split()), LONGEST_NAME) or "Passkey"


def _journal_refused(at: Here, reason: str) -> None:
    from doorward.core.journal import FAILED

    with at.door.store.transaction(at.caller) as tx:
        tx.journal("factor.not_added", on=f"account:{at.caller.id}", outcome=FAILED, reason=reason)


# -- using ----------------------------------------------------------------------------------------------------


def use_options(at: Here, purpose: str, account_id: str = "") -> Options:
    """What the browser is asked to use a passkey, with the ticket to send back.

    Arguments:
        purpose: of `web.challenges`.
        account_id: whose passkeys may answer; empty where the person chooses one, which then must verify the person.

    Errors:
        Invalid: passkeys cannot be used under this address, or the account has none here.
    """
    place = must_have_place(at)
    allow: list[tuple[str, str]] = []
    if account_id:
        with at.door.store.reading() as db:
            allow = _named([one for one in passkeys.of_account(db, account_id) if one.rp_id == place.rp_id])
        if not allow:
            raise Invalid({"passkey": "This account has no passkey for this address."})
    challenge, ticket = new_challenge(at, purpose, account_id)
    options = core.request_options(place, challenge, allow=allow, verified=not account_id)
    return {"publicKey": options, "ticket": ticket}


def _named(found: Any) -> list[tuple[str, str]]:
    return [(one.credential_id, one.transports) for one in found]


def owner_of(at: Here, claim: Claim) -> tuple[Passkey | None, Account | None]:
    """The passkey that a claim names, and the account it belongs to. Nothing is proved by it."""
    wanted = claim.credential_id
    with at.door.store.reading() as db:
        passkey = passkeys.by_credential(db, wanted) if wanted is not None else None
        # Looked for in any case, so that nobody's passkey costs what somebody's does.
        return passkey, accounts.by_id(db, passkey.account_id if passkey is not None else "")


def check(at: Here, claim: Claim, passkey: Passkey | None, purpose: str, *, owner: str = "") -> Proved:
    """What the claim proves. The challenge is used up by it, whosever the passkey is or is not.

    Arguments:
        passkey: from `owner_of`; None for one that cannot be used.
        purpose: what the challenge must have been given out for.
        owner: the account that was named when it was given out; without one the person must have been verified.

    Errors:
        Unproved: nothing.
    """
    challenge = use_challenge(at, claim.ticket, purpose, owner)
    if passkey is None:
        raise Unproved("unknown passkey")
    place = challenges.place_here(at)
    if place is None or place.rp_id != passkey.rp_id or (owner and passkey.account_id != owner):
        raise Unproved("passkey of another place or account")
    known = core.Known(
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        owner=passkey.account_id,
        sign_count=passkey.sign_count,
        backup_eligible=passkey.backup_eligible,
    )
    return core.check_use(claim.answer, place, challenge, known, verified=not owner)


def note_use(tx: Transaction, passkey: Passkey, proved: Proved) -> None:
    """Note the use, with the counter, in the transaction of what it is used for.

    Errors:
        Conflict: it was removed, or used elsewhere, at the same moment.
    """
    if not passkeys.note_use(tx, passkey.id, proved.sign_count, backed_up=proved.backed_up):
        raise Conflict
