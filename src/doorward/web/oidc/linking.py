"""One's own identities at providers: linked and unlinked on the account page, and used to confirm who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.core.access import Rule, judge
from doorward.errors import Conflict, NotFound
from doorward.store import accounts, factors, identities, sessions
from doorward.store.accounts import ACTIVE
from doorward.web.here import Here
from doorward.web.oidc.flow import Begun, Proved, journal_problem
from doorward.web.oidc.notes import forget_note, leave_note, read_note
from doorward.web.oidc.problems import AlreadyLinked, FlowLost, SomebodyElse
from doorward.web.signing_in import hold_session, own_session

#: Says in this browser that the provider has just proved again who is there, and the second factor is still asked for.
CONFIRMED = "doorward_confirmed"
CONFIRMED_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class IdentityState:
    """One provider, for the account page.

    Arguments:
        id: the number of the identity that is linked; None where none is.
        may_go: whether it may be unlinked: not where it is the last way in.
    """

    key: str
    name: str
    id: int | None
    linked: datetime | None
    used: datetime | None
    may_go: bool


def identity_states(at: Here) -> tuple[IdentityState, ...]:
    """Every provider that is set up, and whether the caller's account is linked with it."""
    providers = at.door.parts.providers
    if not providers:
        return ()
    with at.door.store.reading() as db:
        account = accounts.by_id(db, at.caller.id)
        mine = {identity.issuer: identity for identity in identities.of_account(db, at.caller.id)}
    has_password = account is not None and accounts.has_password(account)
    ways = [issuer for issuer in mine if issuer in providers.issuers]
    return tuple(
        IdentityState(
            key=provider.key,
            name=provider.name,
            id=found.id if (found := mine.get(provider.issuer)) is not None else None,
            linked=found.created_at if found is not None else None,
            used=found.used_at if found is not None else None,
            may_go=has_password or len(ways) > 1,
        )
        for provider in providers.listed
    )


def has_password(at: Here) -> bool:
    """Has the caller's account a password?"""
    return at.session is not None and at.session.has_password


def link(at: Here, begun: Begun, proved: Proved) -> None:
    """Let this identity open the caller's account from now on.

    Errors:
        FlowLost: somebody else, or nobody, is signed in now, or it was too long ago.
        AlreadyLinked: it opens an account already, or this account has one at the provider.
    """
    _must_be_who_left(at, begun, proved)
    if judge(Rule(fresh=True), at.caller, at.now, at.door.settings.fresh_for) is not None:
        raise FlowLost
    provider = proved.provider
    try:
        with at.door.store.transaction(at.caller) as tx:
            account = accounts.held(tx, at.caller.id)
            if account is None or account.status != ACTIVE:
                raise NotFound
            identities.link(tx, account.id, provider.issuer, proved.subject)
            tx.journal("identity.linked", on=f"account:{account.id}", provider=provider.key)
    except Conflict as taken:
        journal_problem(at, provider, "linked already")
        raise AlreadyLinked from taken


def unlink(at: Here, identity_id: int) -> str:
    """Take an identity from the caller's account: the sessions that were opened with it end. The provider's name.

    What its groups gave stays with the account no longer. It may not be the last way in: passkeys do not count, since
    one that asks for nothing but a touch opens no session by itself.

    Errors:
        NotFound: it is not the caller's. Conflict: without it nobody could enter the account any more, or it gives
        the role of the last administrator.
    """
    providers = at.door.parts.providers
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)
        mine = {identity.id: identity for identity in identities.of_account(tx.db, at.caller.id)}
        identity = mine.get(identity_id)
        if account is None or identity is None or at.session is None:
            raise NotFound
        if not accounts.has_password(account) and not identities.others_open(tx.db, identity, providers.issuers):
            raise Conflict("This is the only way into your account. Set a password, or link another provider, first.")
        given = accounts.split_roles(identity.roles) - identities.given_by_others(tx.db, identity)
        if "admin" in given and accounts.is_last_administrator(tx.db, account.id):
            raise Conflict("You are the last administrator by this. Make another one first.")
        account.roles = accounts.join_roles(accounts.split_roles(account.roles) - given)
        provider = providers.of_issuer(identity.issuer)
        name = provider.name if provider is not None else identity.issuer
        tx.db.delete(identity)
        ended = sessions.end_all(tx, account.id, but=at.session.id)
        on = f"account:{account.id}"
        tx.journal("identity.unlinked", on=on, provider=name, roles_taken=sorted(given), sessions_ended=ended)
        identifier = sessions.rotate(tx, at.session.id)
        found = own_session(tx, identifier)
    hold_session(at, found, identifier)
    return name


def confirm(at: Here, begun: Begun, proved: Proved) -> bool:
    """The provider has asked again who is there. False where the account's own second factor is asked for now.

    Errors:
        FlowLost: somebody else, or nobody, is signed in now. SomebodyElse: the provider named another person.
    """
    from doorward.web.confirming import renew_session

    _must_be_who_left(at, begun, proved)
    with at.door.store.reading() as db:
        identity = identities.find(db, proved.provider.issuer, proved.subject)
        account = accounts.by_id(db, at.caller.id)
        has_second = factors.has_second(db, at.caller.id)
    if account is None or identity is None or identity.account_id != account.id:
        journal_problem(at, proved.provider, "somebody else")
        raise SomebodyElse
    if has_second and not proved.strong:
        leave_note(at, CONFIRMED, CONFIRMED_LIFE, identity=identity.id)
        return False
    renew_session(at, account)
    return True


def provider_confirmed(at: Here) -> bool:
    """Has a provider proved in this session, minutes ago, who is there?"""
    note = read_note(at, CONFIRMED, CONFIRMED_LIFE)
    if note is None or not at.caller.is_signed_in:
        return False
    with at.door.store.reading() as db:
        return identities.is_of(db, note["identity"], at.caller.id)


def forget_confirmation(at: Here) -> None:
    """It was used: the next time the provider is asked again."""
    forget_note(at, CONFIRMED)


def _must_be_who_left(at: Here, begun: Begun, proved: Proved) -> None:
    # The note is bound to the session's identifier already; this says it once more where it matters.
    if not at.caller.is_signed_in or at.caller.id != begun.account_id:
        journal_problem(at, proved.provider, "another account came back")
        raise FlowLost
