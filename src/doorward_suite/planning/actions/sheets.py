"""Tokens of participants: made by thousands in one act, revoked, replaced, and given to who registers by the link."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from doorward import (
    Caller,
    Conflict,
    Invalid,
    IssuedToken,
    Job,
    Limited,
    Transaction,
    issue_token_for,
    issue_tokens,
    replace_token,
    revoke_token,
    revoke_tokens,
    transaction,
)

from .. import access
from ..models import PARTICIPANTS, Participant, Sheet
from ..printing import Card, sheet_page
from .consultations import name_of

KIND = "planning.sheet"
MOST_TOKENS, LONGEST_DAYS = 5_000, 365
#: Sheets that one organiser makes within an hour, of the planner's own policy (5 an hour).
MOST_AN_HOUR = 5
#: After so many days tokens should be replaced, of the planner's own policy.
ROTATE_AFTER = timedelta(days=90)
_LINK_DAYS = 180
#: Who registers by a link, before organisers have to look at it: more than any town has.
MOST_BY_LINK = 200_000


def ask_for(actor: Caller, number: int, kind_id: int, count: int, days: int, base: str) -> str:
    """Ask for a sheet of tokens; gives the id of the job that makes it, whose owner gets the sheet to print.

    Arguments:
        kind_id: of the participants.
        count: 1 to 5,000.
        days: how long they work, 1 to 365.
        base: the address of the page where a token is entered, as participants reach this server.

    Errors:
        Invalid: with a sentence for each field. Limited: five sheets within an hour. NotFound, Forbidden.
    """
    problems = {
        "count": None if 1 <= count <= MOST_TOKENS else f"Make from 1 to {MOST_TOKENS} tokens at once.",
        "days": None if 1 <= days <= LONGEST_DAYS else f"Let them work from 1 to {LONGEST_DAYS} days.",
    }
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        kind = access.kind_in(tx.db, seat.consultation, kind_id)
        if wrong := {name: problem for name, problem in problems.items() if problem}:
            raise Invalid(wrong)
        if sheets_left(tx.db, actor, tx.now) < 1:
            raise Limited(3600, f"You have made {MOST_AN_HOUR} sheets within an hour. Make the next one later.")
        sheet = Sheet(
            consultation_id=number,
            kind_id=kind.id,
            count=count,
            days=days,
            made_by=actor.id,
            made_at=tx.now,
            ends_at=tx.now + timedelta(days=days),
        )
        tx.db.add(sheet)
        tx.db.flush()
        title = f"{count} tokens for {seat.consultation.title}: {kind.name}"
        sheet.job_id = tx.job(
            KIND, {"sheet": sheet.id, "consultation": number, "base": base}, title=title, owner=actor.id
        )
        tx.journal("planning.sheet_asked", on=name_of(number), sheet=sheet.id, count=count, days=days, kind=kind.id)
        return sheet.job_id


def sheets_left(db: Session, actor: Caller, at: datetime) -> int:
    """How many more sheets this account may make at this time."""
    made = select(func.count()).where(Sheet.made_by == actor.id, Sheet.made_at > at - timedelta(hours=1))
    return max(0, MOST_AN_HOUR - (db.scalar(made.where(Sheet.by_link.is_(False))) or 0))


def is_old(sheet: Sheet, at: datetime) -> bool:
    """Whether tokens of a sheet work still that should have been replaced."""
    over = sheet.revoked_at is not None or sheet.ends_at <= at
    return not over and not sheet.by_link and sheet.made_at < at - ROTATE_AFTER


def make(job: Job) -> None:
    """The job: the tokens, and a page to print. Who asked must organise the consultation still.

    The secrets are in that page alone. Where an attempt was killed, the next one ends what it had made and begins anew,
    so that no token works that stands on no sheet.
    """
    number, sheet_id = int(job.arguments["consultation"]), int(job.arguments["sheet"])
    with transaction(job.actor) as tx:
        seat = access.organiser_in(tx.db, job.actor, number)
        sheet = access.sheet_in(tx.db, seat, sheet_id)
        if sheet.revoked_at is not None:
            raise Conflict("This sheet was revoked before it was made.")
        revoke_tokens(tx, sheet.token_kind)
        tx.db.execute(delete(Participant).where(Participant.sheet_id == sheet.id))
        kind = access.kind_in(tx.db, seat.consultation, sheet.kind_id)
        names = [f"{kind.name[:60]} {index}" for index in range(1, sheet.count + 1)]
        made = issue_tokens(tx, names, kind=sheet.token_kind, scopes=[access.TAKE_PART], days=sheet.days)
        rows = [
            {"holder": f"token:{one.token_id}", "consultation_id": number, "kind_id": kind.id, "sheet_id": sheet.id}
            for one in made
        ]
        tx.db.execute(insert(PARTICIPANTS), rows)
        sheet.ends_at = tx.now + timedelta(days=sheet.days)
        title, ends_at = seat.consultation.title, sheet.ends_at
        tx.journal("planning.sheet_made", on=name_of(number), sheet=sheet.id, count=len(made))
    job.progress(0, len(made))
    file = job.file(f"tokens_{number}_{sheet_id}.html")
    cards = (Card(one.name, one.secret) for one in made)
    for done, part in enumerate(sheet_page(title, ends_at, job.arguments["base"], cards)):
        file.write(part.encode())
        job.progress(min(done, len(made)), len(made))


def revoke_sheet(actor: Caller, number: int, sheet_id: int) -> int:
    """End every token of a sheet, with the sessions of who holds one; gives how many ended. What they wrote stays."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        sheet = access.sheet_in(tx.db, seat, sheet_id)
        ended = revoke_tokens(tx, sheet.token_kind)
        sheet.revoked_at = sheet.revoked_at or tx.now
        tx.journal("planning.sheet_revoked", on=name_of(number), sheet=sheet_id, count=ended)
        return ended


def revoke_one(actor: Caller, number: int, sheet_id: int, token_id: int) -> None:
    """End one token, with the sessions of who holds it."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        sheet = access.sheet_in(tx.db, seat, sheet_id)
        revoke_token(tx, token_id, kind=sheet.token_kind)
        tx.journal("planning.token_revoked", on=name_of(number), token=token_id)


def replace_one(actor: Caller, number: int, sheet_id: int, token_id: int) -> IssuedToken:
    """Give somebody another secret for the rest of the time; the one before, and who is in by it, are out at once.

    Results:
        The token with its new secret, told only here.

    Errors:
        Conflict: it is revoked, or the sheet's time is over.
    """
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        sheet = access.sheet_in(tx.db, seat, sheet_id)
        days = min(sheet.days, LONGEST_DAYS) if sheet.by_link else (sheet.ends_at - tx.now).days
        if days < 1:
            raise Conflict("The time of this sheet is over. Make another.")
        made = replace_token(tx, token_id, kind=sheet.token_kind, days=days)
        tx.journal("planning.token_replaced", on=name_of(number), token=token_id)
        return made


def register(actor: Caller, code: str, kind_id: int) -> IssuedToken | None:
    """Take part by the link that an organiser has opened: with one's account, or with a token of one's own.

    Arguments:
        actor: anybody.
        code: of the consultation.
        kind_id: as whom one takes part.

    Results:
        The token, whose secret is told only here; None where one takes part with the account.

    Errors:
        NotFound: the link leads nowhere, or registering is closed. Invalid: no such kind. Conflict: too many.
    """
    with transaction(actor) as tx:
        consultation = access.with_link(tx.db, code)
        kinds = access.kinds_of(tx.db, consultation)
        kind = next((one for one in kinds if one.id == kind_id), None)
        if kind is None:
            raise Invalid({"kind": "Choose as whom you take part."})
        if actor.is_signed_in:
            if tx.db.get(Participant, (actor.holder, consultation.id)) is None:
                tx.db.add(
                    Participant(holder=actor.holder, consultation_id=consultation.id, kind_id=kind.id, sheet_id=None)
                )
                tx.journal("planning.registered", on=name_of(consultation.id), kind=kind.id)
            return None
        sheet = _sheet_of_link(tx, consultation.id, consultation.owner_id, kind.id)
        made = issue_token_for(
            tx,
            consultation.owner_id,
            f"{kind.name} {sheet.count}",
            kind=sheet.token_kind,
            scopes=[access.TAKE_PART],
            days=sheet.days,
        )
        tx.db.add(
            Participant(
                holder=f"token:{made.token_id}", consultation_id=consultation.id, kind_id=kind.id, sheet_id=sheet.id
            )
        )
        tx.journal("planning.registered", on=name_of(consultation.id), kind=kind.id, token=made.token_id)
        return made


def _sheet_of_link(tx: Transaction, number: int, owner_id: str, kind_id: int) -> Sheet:
    """Where the tokens of those who register for a kind are listed; it counts them, and is held."""
    query = select(Sheet).where(Sheet.consultation_id == number, Sheet.kind_id == kind_id, Sheet.by_link.is_(True))
    query = query.where(Sheet.revoked_at.is_(None)).with_for_update().execution_options(populate_existing=True)
    sheet = tx.db.scalars(query).first()
    if sheet is None:
        sheet = Sheet(
            consultation_id=number,
            kind_id=kind_id,
            by_link=True,
            count=0,
            days=_LINK_DAYS,
            made_by=owner_id,
            made_at=tx.now,
            ends_at=tx.now + timedelta(days=_LINK_DAYS),
        )
        tx.db.add(sheet)
    if sheet.count >= MOST_BY_LINK:
        raise Conflict("Nobody else can register by this link. Ask who sent it to you.")
    sheet.count += 1
    sheet.ends_at = tx.now + timedelta(days=_LINK_DAYS)
    tx.db.flush()
    return sheet
