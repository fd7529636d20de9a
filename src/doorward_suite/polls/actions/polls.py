"""Polls: made, renamed, copied, put into the archive, deleted so that they can come back, and for good."""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, delete, select

from doorward import Caller, Conflict, Invalid, Transaction, grouped, new_code, one_line, problem_with

from .. import access, live, queries
from ..kinds import LONGEST_POLL_NAME
from ..models import ACTIVE, CLOSED, OPEN, TEMPLATE, Player, Poll, Proposal, Question, Seat, Suggestion
from . import pictures
from .drafting import forget_suggestions
from .questions import note, put
from .roster import leave_seats

LONGEST_NAME = LONGEST_POLL_NAME


def create_poll(actor: Caller, name: str) -> int:
    """Make a poll of the actor's own; gives its number."""
    checked, owner = checked_name(name), access.owner_to_be(actor)

    def work(tx: Transaction) -> int:
        return new_poll(tx, checked, owner).id

    return grouped(actor, work)


def rename_poll(actor: Caller, poll_id: int, name: str) -> None:
    checked = checked_name(name)

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        if poll.name == checked:
            return
        poll.name = checked
        tx.journal("poll.renamed", on=f"poll:{poll.id}")
        live.tell_name(tx, poll)

    grouped(actor, work)


def delete_poll(actor: Caller, poll_id: int) -> None:
    """Take a poll away: nobody can join, present or read it any more, and its streams end."""

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        poll.deleted_at = tx.now
        tx.journal("poll.deleted", on=f"poll:{poll.id}")
        live.end_streams(tx, poll.id)

    grouped(actor, work)


def new_poll(tx: Transaction, checked: str, owner: str, kind: str = ACTIVE) -> Poll:
    """A poll with a code that no other has; a template with one that nobody can type."""
    code = free_code(tx) if kind == ACTIVE else f"~{secrets.token_hex(5)}"
    poll = Poll(code=code, name=checked, owner_id=owner, status=kind, created_at=tx.now)
    tx.db.add(poll)
    tx.db.flush()
    tx.journal("poll.created" if kind == ACTIVE else "poll.template_kept", on=f"poll:{poll.id}")
    return poll


def copy_poll(actor: Caller, poll_id: int) -> int:
    """A new poll of the actor's with the same questions, as drafts, and no answers. Of a template: a session with it.

    Who votes is the same; the people on a roster are not copied.

    Results:
        The number of the new poll.
    """
    return _copied(actor, poll_id, ACTIVE)


def keep_as_template(actor: Caller, poll_id: int) -> int:
    """Keep a copy of a poll's questions as a template; the poll itself stays as it is. The number of the template."""
    return _copied(actor, poll_id, TEMPLATE)


def _copied(actor: Caller, poll_id: int, kind: str) -> int:
    owner = access.owner_to_be(actor)

    def work(tx: Transaction) -> int:
        old = access.own_poll(tx.db, actor, poll_id)
        again = old.status == ACTIVE and kind == ACTIVE
        poll = new_poll(tx, f"Copy of {old.name}"[:LONGEST_NAME] if again else old.name, owner, kind)
        poll.voters, poll.named = old.voters, old.named
        for question in queries.questions_of(tx.db, old.id):
            put(tx, poll, question.definition, "question.copied", pictures.share)
        return poll.id

    return grouped(actor, work)


def archive_poll(actor: Caller, poll_id: int) -> None:
    """Put a poll away: its questions are closed and nobody joins it; its results can be read and it can come back."""

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        if poll.archived_at is not None:
            return
        poll.archived_at = tx.now
        close_open_questions(tx, Question.poll_id == poll.id)
        tx.journal("poll.archived", on=f"poll:{poll.id}")
        live.end_streams(tx, poll.id)

    grouped(actor, work)


def restore_poll(actor: Caller, poll_id: int) -> None:
    """Take a poll out of the archive, or back from being deleted. One that is neither stays as it is."""

    def work(tx: Transaction) -> None:
        poll = access.poll_put_away(tx.db, actor, poll_id)
        if poll.deleted_at is None and poll.archived_at is None:
            return
        poll.archived_at, poll.deleted_at = None, None
        tx.journal("poll.restored", on=f"poll:{poll.id}")

    grouped(actor, work)


def erase_poll(actor: Caller, poll_id: int) -> None:
    """Erase a deleted poll for good, with its questions and every answer. Its number and code are not used again.

    Errors:
        NotFound: there is none. Conflict: it is not deleted, so that nothing is lost by one click.
    """

    def work(tx: Transaction) -> None:
        poll = access.poll_put_away(tx.db, actor, poll_id)
        if poll.deleted_at is None:
            raise Conflict("Delete this poll first; then it can be erased for good.")
        erase(tx, poll)

    grouped(actor, work)


def close_polls_of(tx: Transaction, owner_id: str) -> None:
    """The owner has left, and their polls stay: nobody presents them any more, so that nothing takes answers."""
    leave_seats(tx, owner_id)
    forget_suggestions(tx, owner_id)
    close_open_questions(tx, Poll.owner_id == owner_id)


def erase_polls_of(tx: Transaction, owner_id: str) -> None:
    """The owner has left, and their polls go, those deleted before too: questions, answers, tallies and names.

    Of each poll the number and the code stay, so that an old slide never leads into somebody else's poll.
    """
    leave_seats(tx, owner_id)
    forget_suggestions(tx, owner_id)
    for poll in tx.db.scalars(select(Poll).where(Poll.owner_id == owner_id).with_for_update()).all():
        erase(tx, poll)


def close_open_questions(tx: Transaction, which: ColumnElement[bool]) -> None:
    """Take no more answers to whatever is open of these questions."""
    still_open = select(Question).join(Poll, Question.poll_id == Poll.id).where(which, Question.status == OPEN)
    still_open = still_open.order_by(Question.id).with_for_update(of=Question)
    for question in tx.db.scalars(still_open.execution_options(populate_existing=True)).all():
        question.status, question.closed_at = CLOSED, tx.now
        note(tx, question, "question.closed")


def erase(tx: Transaction, poll: Poll) -> None:
    """Nothing but the number and the code stays, so that an old slide never leads into somebody else's poll."""
    pictures.drop_of_poll(tx, poll.id)
    tx.db.execute(delete(Question).where(Question.poll_id == poll.id))
    for gone in (Seat, Player, Proposal, Suggestion):
        tx.db.execute(delete(gone).where(gone.poll_id == poll.id))
    poll.name, poll.owner_id, poll.deleted_at = "", "", poll.deleted_at or tx.now
    tx.journal("poll.erased", on=f"poll:{poll.id}")
    live.end_streams(tx, poll.id)


def checked_name(name: str) -> str:
    line = one_line(name)
    if problem := problem_with(line, LONGEST_NAME, what="The name"):
        raise Invalid({"name": problem})
    return line


def free_code(tx: Transaction) -> str:
    # Of millions of codes the second try is rare; what slips in between, the unique constraint catches.
    while True:
        code = new_code()
        if tx.db.scalar(select(Poll.id).where(Poll.code == code)) is None:
            return code
