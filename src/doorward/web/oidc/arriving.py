"""Somebody comes back from a provider: the account that is linked with it is entered, or a new one is offered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from doorward.core.access import ADMIN
from doorward.core.factors import PROVIDER, PROVIDER_SECOND
from doorward.core.journal import REFUSED
from doorward.core.names import judge_name, name_key, skeleton
from doorward.core.problems import as_sentences
from doorward.core.providers import APPROVAL, settle_roles
from doorward.core.transport import address_group
from doorward.errors import Conflict, Invalid
from doorward.store import accounts, factors, identities, invitations, sessions
from doorward.store.accounts import ACTIVE, NO_PASSWORD, WAITING, NewAccount, join_roles, split_roles
from doorward.store.identity_models import Identity
from doorward.store.models import Account
from doorward.store.spent import spend
from doorward.store.transaction import Transaction
from doorward.web import pending
from doorward.web.here import Here
from doorward.web.oidc.flow import JOIN, Begun, Proved, journal_problem
from doorward.web.oidc.names import free_name
from doorward.web.oidc.notes import forget_note, leave_note, read_note
from doorward.web.oidc.problems import FlowLost, MayNotEnter, NoAccountHere, StillWaits
from doorward.web.signing_in import actor_of, start_session

NEWCOMER = "doorward_newcomer"
NEWCOMER_LIFE = timedelta(minutes=15)
CHOOSE_NAME = "/register/identity"
SECOND_STEP = "/login/factor"


def arrive(at: Here, begun: Begun, proved: Proved) -> str:
    """Enter the account that this identity opens. Where to go now, a path here.

    Accounts are known by issuer and subject alone: an e-mail address or a name that a provider says opens nothing
    (OIDC Core 5.7).

    Errors:
        NoAccountHere: there is none, and none may be made. MayNotEnter, StillWaits: it may not be entered.
    """
    with at.door.store.reading() as db:
        identity = identities.find(db, proved.provider.issuer, proved.subject)
        account = accounts.by_id(db, identity.account_id) if identity is not None else None
    if identity is None or account is None:
        return _offer_account(at, begun, proved)
    with at.door.store.transaction(actor_of(at, account)) as tx:
        now, held = accounts.held(tx, account.id), identities.find(tx.db, proved.provider.issuer, proved.subject)
        refusal = _why_not(now, held)
        if now is not None and held is not None and refusal is None:
            return enter(at, tx, now, held, proved, begun.wanted)
    journal_problem(at, proved.provider, "blocked" if isinstance(refusal, MayNotEnter) else "waits for approval")
    raise refusal or MayNotEnter


def _why_not(account: Account | None, identity: Identity | None) -> MayNotEnter | StillWaits | None:
    if account is None or identity is None or identity.account_id != account.id:
        return MayNotEnter()  # it was unlinked in this very moment
    if account.status == WAITING:
        return StillWaits()
    return None if account.status == ACTIVE else MayNotEnter()


def enter(at: Here, tx: Transaction, account: Account, identity: Identity, proved: Proved, wanted: str) -> str:
    """Settle the roles, and open a session; or begin the second step, where the account has a second factor."""
    identity.used_at = tx.now
    _settle(tx, account, identity, proved)
    tx.db.flush()
    on = f"account:{account.id}"
    if factors.has_second(tx.db, account.id) and not proved.strong:
        tx.journal("session.identity_accepted", on=on, provider=proved.provider.key)
        pending.begin(at, account, keep=False, first=pending.named_identity(identity.id, proved.sid))
        return SECOND_STEP if wanted == "/" else f"{SECOND_STEP}?{urlencode({'next': wanted})}"
    used = (PROVIDER, PROVIDER_SECOND) if proved.strong else (PROVIDER,)
    start_session(at, tx, account, keep=False, factors_used=used)
    assert at.session is not None  # nosec B101  # (it was opened a line above)
    identities.note_session(tx, at.session.id, identity.id, proved.sid)
    return wanted


def _settle(tx: Transaction, account: Account, identity: Identity, proved: Proved) -> None:
    """What the provider's groups give, the account has from now on; what they gave and give no more, it loses.

    Rights change only with new sessions, so the others end (law 3). The last administrator stays one.
    """
    held = split_roles(account.roles)
    others = identities.given_by_others(tx.db, identity)
    roles, given = settle_roles(held, split_roles(identity.roles), proved.roles, others)
    on = f"account:{account.id}"
    if ADMIN in held - roles and accounts.is_last_administrator(tx.db, account.id):
        roles, given = roles | {ADMIN}, given | {ADMIN}
        tx.journal("account.role_kept", on=on, outcome=REFUSED, role=ADMIN, reason="last administrator")
    identity.roles = join_roles(given)
    if roles == held:
        return
    account.roles = join_roles(roles)
    ended = sessions.end_all(tx, account.id)
    tx.journal(
        "account.roles_changed",
        on=on,
        name=account.name,
        roles=sorted(roles),
        by=f"provider:{proved.provider.key}",
        sessions_ended=ended,
    )


# -- people without an account -------------------------------------------------------------------------------


def _offer_account(at: Here, begun: Begun, proved: Proved) -> str:
    invited = begun.purpose == JOIN and proved.provider.lets_in_invited
    if not invited and not proved.provider.lets_in_new_people:
        journal_problem(at, proved.provider, "no account")
        raise NoAccountHere
    leave_note(
        at, NEWCOMER, NEWCOMER_LIFE, key=proved.provider.key, subject=proved.subject, roles=sorted(proved.roles),
        strong=proved.strong, sid=proved.sid, wished=proved.wished, wanted=begun.wanted,
        invitation=begun.invitation if invited else "", once=at.id,
    )  # fmt: skip
    return CHOOSE_NAME


class Newcomer:
    """Somebody whom a provider knows and we do not, and who chooses a name now.

    Arguments:
        note: what was left in the browser when the provider had proved who it is.
        proved: the same as then.
    """

    def __init__(self, at: Here, note: dict[str, Any]) -> None:
        self.wanted: str = note["wanted"]
        self.invitation: str = note["invitation"]
        self.once: str = note["once"]
        self.proved = Proved(
            provider=at.door.parts.providers.named(note["key"]),
            subject=note["subject"],
            roles=frozenset(note["roles"]),
            strong=note["strong"],
            sid=note["sid"],
            wished=note["wished"],
        )

    @property
    def needs_approval(self) -> bool:
        return not self.invitation and self.proved.provider.registration == APPROVAL


def newcomer_here(at: Here) -> Newcomer:
    """Who is about to make an account in this browser. Raises FlowLost if nobody is."""
    note = read_note(at, NEWCOMER, NEWCOMER_LIFE)
    if note is None:
        raise FlowLost
    return Newcomer(at, note)


def suggested_name(at: Here, newcomer: Newcomer) -> str:
    """A free name close to what the provider calls the person; empty if there is none."""
    return free_name(at.door.parts, newcomer.proved.wished)


def make_account(at: Here, name: str) -> str | None:
    """Make the account of who is about to, under this name, and enter it. Where to go now; None if it waits.

    Every try counts, and an account that was made counts once more, as where one registers with a password.

    Errors:
        Invalid: the name cannot be had. FlowLost: nobody is about to, or it was done before. Limited: too many.
    """
    newcomer = newcomer_here(at)
    address = address_group(at.client.address)
    at.door.limiter.take(at.door.limits.names_tried, address)
    made = at.door.limiter.take(at.door.limits.accounts_made, address)
    try:
        return _make(at, newcomer, name)
    except BaseException:
        at.door.limiter.give_back(made)
        raise


def _make(at: Here, newcomer: Newcomer, name: str) -> str | None:
    _must_be_free(at, name)
    new = NewAccount(name=name, name_key=name_key(name), skeleton=skeleton(name), password_hash=NO_PASSWORD)
    with at.door.store.transaction(at.caller) as tx:
        if not spend(tx, f"newcomer:{newcomer.once}", tx.now + NEWCOMER_LIFE):
            raise FlowLost
        try:
            account = accounts.add(tx, new, WAITING if newcomer.needs_approval else ACTIVE)
        except Conflict as taken:
            raise Invalid({"username": taken.message}) from None
        goes_to = _move_in(at, tx, newcomer, account)
    forget_note(at, NEWCOMER)
    return goes_to


def _move_in(at: Here, tx: Transaction, newcomer: Newcomer, account: Account) -> str | None:
    proved = newcomer.proved
    on, by = f"account:{account.id}", f"provider:{proved.provider.key}"
    if newcomer.invitation:
        invitation = invitations.use(tx, newcomer.invitation)
        if invitation is None:
            raise FlowLost("This invitation is used up or expired. Ask for another one.")
        account.roles = invitation.roles
        by = f"invitation:{invitation.id}"
    tx.journal("account.registered", on=on, name=account.name, waits=newcomer.needs_approval, by=by)
    identity = identities.link(tx, account.id, proved.provider.issuer, proved.subject)
    tx.journal("identity.linked", on=on, provider=proved.provider.key)
    if newcomer.needs_approval:
        return None
    return enter(at, tx, account, identity, proved, newcomer.wanted)


def _must_be_free(at: Here, name: str) -> None:
    if wrong := judge_name(name):
        raise Invalid({"username": as_sentences(wrong)})
    with at.door.store.reading() as db:
        if accounts.is_taken(db, name_key(name), skeleton(name)):
            raise Invalid({"username": "This name, or one that looks like it, is taken. Choose another."})
