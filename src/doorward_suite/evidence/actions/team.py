"""Who is in an assessment: members with a role, and guests with a token that ends."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select, update

from doorward import (
    Caller,
    Conflict,
    Invalid,
    IssuedToken,
    NotFound,
    Transaction,
    find_account,
    issue_tokens,
    revoke_token,
    transaction,
)

from .. import access
from ..models import PROGRESS, Assessment, Entry, Member

#: What a guest's token opens: reading, and nothing else.
GUEST_SCOPE = "evidence:read"
LONGEST_STAY = 365
_LAST_LEAD = "This is the only lead. Make somebody else a lead first."


def add_member(actor: Caller, number: int, name: str, role: str) -> None:
    """Give somebody with an account a place, or another role.

    Arguments:
        name: of the account.
        role: one of `access.ROLES`.

    Errors:
        Invalid: there is no such account or role. Conflict: the only lead would be none any more.
    """
    if role not in access.ROLES:
        raise Invalid({"role": "Choose one of the roles."})
    with transaction(actor) as tx:
        hold_team(tx, number)
        access.seat_in(tx.db, actor, number, access.MANAGE)
        account_id = find_account(tx.db, name)
        if account_id is None:
            raise Invalid({"name": "There is no account of this name that may sign in."})
        seat(tx, number, account_id, role)


def seat(tx: Transaction, number: int, account_id: str, role: str) -> None:
    """Put somebody on a place, whatever they had before. The team is held already."""
    holder = f"account:{account_id}"
    member = tx.db.get(Member, (number, holder), populate_existing=True)
    if member is not None and member.role == role:
        return
    if member is not None:
        _keep_a_lead(tx, member, role)
        member.role = role
    else:
        tx.db.add(Member(assessment_id=number, holder=holder, role=role, added_by=tx.actor.id, added_at=tx.now))
    tx.journal("assessment.member_seated", on=f"assessment:{number}", account=account_id, role=role)


def remove_member(actor: Caller, number: int, account_id: str) -> None:
    """Take somebody's place away. What they did stays; what was theirs to do is nobody's now."""
    with transaction(actor) as tx:
        hold_team(tx, number)
        seat_of_actor = access.seat_in(tx.db, actor, number, access.MANAGE)
        member = access.member_in(tx.db, seat_of_actor, account_id)
        _keep_a_lead(tx, member, "")
        tx.db.delete(member)
        unassign(tx, account_id, number)
        owned = update(Entry).where(Entry.owner_id == account_id, Entry.assessment_id == number)
        tx.db.execute(owned.where(Entry.closed_at.is_(None)).values(owner_id=""))
        tx.journal("assessment.member_removed", on=f"assessment:{number}", account=account_id)


def unassign(tx: Transaction, account_id: str, number: int | None = None) -> None:
    """Leave what is assigned to somebody to nobody: in one assessment, or in all."""
    theirs = select(PROGRESS.c.id).where(PROGRESS.c.assignee == account_id)
    theirs = theirs if number is None else theirs.where(PROGRESS.c.assessment_id == number)
    held = tx.db.scalars(theirs.order_by(PROGRESS.c.id).with_for_update()).all()
    if held:
        free = update(PROGRESS).where(PROGRESS.c.id.in_(held))
        tx.db.execute(free.values(assignee="", due_on=None, reminded_at=None))


def hold_team(tx: Transaction, number: int) -> None:
    """Of two leads who send each other away at once, one must see what the other did. Other work goes on meanwhile.

    Before anything else is held, or two could wait for each other.
    """
    if 0 < number <= access.LARGEST:
        tx.db.execute(select(Assessment.id).where(Assessment.id == number).with_for_update(key_share=True))


def _keep_a_lead(tx: Transaction, member: Member, role: str) -> None:
    if member.role != access.LEAD or role == access.LEAD:
        return
    others = select(Member.holder).where(
        Member.assessment_id == member.assessment_id, Member.role == access.LEAD, Member.holder != member.holder
    )
    if tx.db.scalar(others.limit(1)) is None:
        raise Conflict(_LAST_LEAD)


def invite_guest(actor: Caller, number: int, name: str, days: int) -> IssuedToken:
    """Let somebody without an account read this assessment, and nothing else, until a date.

    Arguments:
        name: of the person, or of whom they come from.
        days: how long, 1 to 365.

    Results:
        The token, whose secret is told only here. They sign in with it at `/login/token`.

    Errors:
        Invalid: the name or the days. Forbidden: the actor is no lead, or came by a token. Limited: too many at once.
    """
    with transaction(actor) as tx:
        access.seat_in(tx.db, actor, number, access.MANAGE)
        if not 1 <= days <= LONGEST_STAY:
            raise Invalid({"days": f"Choose from 1 to {LONGEST_STAY} days."})
        guest = _issued(tx, number, name, days)
        ends_at = tx.now + timedelta(days=days)
        tx.db.add(
            Member(
                assessment_id=number,
                holder=f"token:{guest.token_id}",
                role=access.ASSESSOR,
                name=guest.name,
                added_by=actor.id,
                added_at=tx.now,
                ends_at=ends_at,
            )
        )
        tx.journal("assessment.guest_invited", on=f"assessment:{number}", token=guest.token_id, days=days)
        return guest


def _issued(tx: Transaction, number: int, name: str, days: int) -> IssuedToken:
    try:
        return issue_tokens(tx, [name], kind=guests_of(number), scopes=[GUEST_SCOPE], days=days)[0]
    except Invalid as wrong:
        raise Invalid({"guest": wrong.fields.get("names", wrong.message).removeprefix("Name 1: ")}) from wrong


def guests_of(number: int) -> str:
    """The kind of the tokens that the guests of an assessment hold."""
    return f"evidence:{number}:guests"


def remove_guest(actor: Caller, number: int, token_id: int) -> None:
    """Send a guest away: token, sessions and streams end with the commit."""
    with transaction(actor) as tx:
        seat_of_actor = access.seat_in(tx.db, actor, number, access.MANAGE)
        guest = access.guest_in(tx.db, seat_of_actor, token_id)
        tx.db.delete(guest)
        with suppress(NotFound):  # what has been dead for long is not kept
            revoke_token(tx, token_id, kind=guests_of(number))
        tx.journal("assessment.guest_removed", on=f"assessment:{number}", token=token_id)
