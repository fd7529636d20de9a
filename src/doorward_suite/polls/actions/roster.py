"""Who votes: chosen for a poll; people put on its roster, their codes replaced, revoked, and taken by a browser."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from doorward import Caller, Conflict, Invalid, NotFound, Transaction, grouped, one_line, problem_with

from .. import access, live, queries
from ..models import EVERYBODY, OPEN, ROSTER, WAYS_TO_VOTE, Poll, Seat
from ..respondents import Coming
from ..seats import LONGEST_NAME, MOST_AT_ONCE, MOST_SEATS, Claim, code_hash, fresh_code, read_seat_code

_WRONG_CODE = "This code is not one of this poll. Look at it once more: twelve letters and digits."
#: Who comes in with a code, for the journal: the seat stands in the entry, and no address beside it.
_HOLDER = Caller(name="(holder of a code)")
_TOLD = "People were told who votes. Close the questions and clear their answers before you change it."
_TAKEN = "Somebody has come in with this code already. If that was not you, ask for a new one."


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one person. Nobody can ask for the code again."""

    number: int
    name: str
    code: str = field(repr=False)


def set_voters(actor: Caller, poll_id: int, voters: str, named: bool) -> None:
    """Say who votes in a poll, and whether the presenter sees who answered what.

    Errors:
        Conflict: a question is open, or has answers: they were given to something else that people were told.
    """
    if voters not in WAYS_TO_VOTE:
        raise Invalid({"voters": "Choose who votes."})
    named = named and voters != EVERYBODY

    def work(tx: Transaction) -> None:
        there = access.questions_to_arrange(tx.db, actor, poll_id)
        poll = access.own_poll(tx.db, actor, poll_id)
        if (poll.voters, poll.named) == (voters, named):
            return
        found = queries.tallies_of(tx.db, [one.id for one in there])
        if any(one.status == OPEN or found[one.id].respondents for one in there):
            raise Conflict(_TOLD)
        poll.voters, poll.named = voters, named
        tx.journal("poll.voters_set", on=f"poll:{poll.id}", voters=voters, named=named)
        live.end_streams(tx, poll.id)

    grouped(actor, work)


def add_people(actor: Caller, poll_id: int, names: str) -> list[Slip]:
    """Put people on the roster, each with a code of their own.

    Arguments:
        names: one a line, at most `MOST_AT_ONCE`; two of the same name are two people.

    Results:
        The slips to print, in the order of the names: the codes are told only here.
    """
    # Codes and hashes come first: what changes records may run in another thread, which knows of no request.
    coded = [(name, code := fresh_code(), code_hash(poll_id, code)) for name in _checked_names(names)]

    def work(tx: Transaction) -> list[Slip]:
        poll = _locked(tx, access.own_poll(tx.db, actor, poll_id).id)
        if poll.voters != ROSTER:
            raise Conflict("This poll does not vote by a roster. Choose that first.")
        last = _last_seat(tx, poll.id)
        if last + len(coded) > MOST_SEATS:
            raise Conflict(f"A roster has at most {MOST_SEATS} people.")
        for number, (name, _code, hashed) in enumerate(coded, start=last + 1):
            tx.db.add(Seat(poll_id=poll.id, number=number, name=name, code_hash=hashed, era=1))
        tx.journal("poll.roster_added", on=f"poll:{poll.id}", count=len(coded), first=last + 1)
        return [Slip(number, name, code) for number, (name, code, _hashed) in enumerate(coded, start=last + 1)]

    return grouped(actor, work)


def _checked_names(names: str) -> list[str]:
    lines = [line for line in map(one_line, names.splitlines()) if line]
    wrong = [said for line in lines if (said := problem_with(line, LONGEST_NAME, what=f"“{line[:20]}”"))]
    if wrong:
        raise Invalid({"names": wrong[0]})
    if not 1 <= len(lines) <= MOST_AT_ONCE:
        raise Invalid({"names": f"Give 1 to {MOST_AT_ONCE} names, one a line."})
    return lines


def replace_code(actor: Caller, poll_id: int, number: int) -> Slip:
    """Give one person another code. The one before, and the browser that came by it, are out at once."""

    code = fresh_code()
    hashed = code_hash(poll_id, code)

    def work(tx: Transaction) -> Slip:
        seat = access.own_seat(tx.db, actor, poll_id, number)
        if seat.account_id is not None:
            raise Conflict("Who comes with an account has no code.")
        seat.code_hash, seat.era, seat.taken, seat.revoked_at = hashed, seat.era + 1, False, None
        tx.journal("poll.code_replaced", on=f"poll:{poll_id}", seat=number)
        live.end_stream_of(tx, seat)
        return Slip(seat.number, seat.name, code)

    return grouped(actor, work)


def revoke_seat(actor: Caller, poll_id: int, number: int) -> None:
    """Take somebody's right to vote away. Votes that they have cast stay: nothing says which those are."""

    def work(tx: Transaction) -> None:
        seat = access.own_seat(tx.db, actor, poll_id, number)
        if seat.revoked_at is None:
            seat.revoked_at = tx.now
            tx.journal("poll.seat_revoked", on=f"poll:{poll_id}", seat=number)
            live.end_stream_of(tx, seat)

    grouped(actor, work)


def take_seat(poll_id: int, typed: str) -> Claim:
    """Come in with a code: it works once, and the browser that brings it keeps the seat.

    Arguments:
        typed: the code as it was typed or scanned.

    Errors:
        Invalid: it is none of this poll's, was used, or has ended.
    """
    code = read_seat_code(typed)
    hashed = code_hash(poll_id, code or "")

    def work(tx: Transaction) -> Claim:
        by_code = select(Seat).where(Seat.poll_id == poll_id, Seat.code_hash == hashed)
        seat = tx.db.scalar(by_code.with_for_update().execution_options(populate_existing=True))
        if code is None or seat is None:
            raise Invalid({"seat": _WRONG_CODE})
        if seat.revoked_at is not None:
            raise Invalid({"seat": access.CODE_ENDED})
        if seat.taken:
            raise Invalid({"seat": _TAKEN})
        seat.taken = True
        tx.journal("poll.seat_taken", on=f"poll:{poll_id}", seat=seat.number)
        return Claim(seat.number, seat.era)

    return grouped(_HOLDER, work)


def seat_to_vote(tx: Transaction, poll_id: int, coming: Coming) -> int | None:
    """The number of the voter's seat; an account that votes for the first time gets one. None where everybody votes."""
    poll = tx.db.get(Poll, poll_id)
    if poll is None or poll.deleted_at is not None:
        raise NotFound(access.NO_SUCH_CODE)
    if poll.voters == EVERYBODY:
        return None
    seat = access.seat_here(tx.db, poll, coming)
    if seat is None:
        _locked(tx, poll.id)
        seat = access.seat_here(tx.db, poll, coming) or _seat_of_account(tx, poll, coming)
    return seat.number


def _seat_of_account(tx: Transaction, poll: Poll, coming: Coming) -> Seat:
    number = _last_seat(tx, poll.id) + 1
    name = coming.name[:LONGEST_NAME]
    seat = Seat(poll_id=poll.id, number=number, name=name, account_id=coming.account_id, era=1, taken=True)
    tx.db.add(seat)
    tx.db.flush()
    return seat


def _locked(tx: Transaction, poll_id: int) -> Poll:
    """The poll, while its seats are numbered one after the other."""
    query = select(Poll).where(Poll.id == poll_id).with_for_update()
    return tx.db.scalars(query.execution_options(populate_existing=True)).one()


def _last_seat(tx: Transaction, poll_id: int) -> int:
    return tx.db.scalar(select(func.max(Seat.number)).where(Seat.poll_id == poll_id)) or 0


def leave_seats(tx: Transaction, account_id: str) -> None:
    """An account is closed: its seats stay as votes of nobody, without its name and its id."""
    for seat in tx.db.scalars(select(Seat).where(Seat.account_id == account_id).with_for_update()).all():
        seat.name, seat.account_id, seat.revoked_at = "", None, seat.revoked_at or tx.now
