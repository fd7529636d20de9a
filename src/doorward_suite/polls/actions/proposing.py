"""Questions from the audience: proposed, wanted, let through, refused, merged, taken up."""

from __future__ import annotations

from sqlalchemy import func, insert, select, update

from doorward import Caller, Conflict, Invalid, NotFound, Transaction, grouped, one_line, problem_with

from .. import access, live, queries
from ..checking import UNSURE
from ..defining import define
from ..kinds import SHORT, Draft
from ..likeness import text_key
from ..models import MERGED, REFUSED, SHOWN, USED, WAITING, Poll, Proposal, Support
from ..quiz import is_listed, read_list
from .checking import ask_for
from .questions import put

LONGEST = 200
MOST_EACH = 5
MOST_OF_A_POLL = 2_000


def let_propose(actor: Caller, poll_id: int, on: bool) -> None:
    """Let the audience propose questions, or no longer. What was proposed stays."""

    def work(tx: Transaction) -> None:
        poll = access.poll_to_present(tx.db, actor, poll_id)
        if poll.proposals is not on:
            poll.proposals = on
            tx.journal("poll.proposals_on" if on else "poll.proposals_off", on=f"poll:{poll.id}")

    grouped(actor, work)


def propose(poll_id: int, author: str, typed: str, *, can_check: bool = False) -> str:
    """Propose a question. Whoever proposes it wants it.

    Arguments:
        can_check: whether there is an AI service that could look at it, where the poll wants that.

    Results:
        `SHOWN`, or `WAITING` where it has a word of the operator's list, or is to be checked: then it is looked at
        first. What has a listed word is for the presenter alone, and is not sent to anybody.

    Errors:
        Invalid: no text. Conflict: too many, or proposed already.
    """
    text = one_line(typed)
    if problem := problem_with(text, LONGEST, what="The question"):
        raise Invalid({"text": problem})

    def work(tx: Transaction) -> str:
        poll = _taking(tx, poll_id)
        here = select(func.count()).select_from(Proposal).where(Proposal.poll_id == poll_id)
        if (tx.db.scalar(here.where(Proposal.author == author)) or 0) >= MOST_EACH:
            raise Conflict(f"Everybody proposes at most {MOST_EACH} questions. Give your vote to those of others.")
        if (tx.db.scalar(here) or 0) >= MOST_OF_A_POLL:
            raise Conflict("So much was proposed that nothing more can be.")
        key = text_key(text)
        if tx.db.scalar(select(Proposal.id).where(Proposal.poll_id == poll_id, Proposal.text_key == key)) is not None:
            raise Conflict("This was proposed already. If you find it below, give it your vote.")
        listed = is_listed(text, read_list(queries.listed_words(tx.db)))
        status = WAITING if listed or poll.checked else SHOWN
        verdict = UNSURE if poll.checked and not listed else ""
        made = Proposal(
            poll_id=poll_id, author=author, text=text, text_key=key, status=status, votes=1, verdict=verdict
        )
        tx.db.add(made)
        tx.db.flush()
        if verdict and can_check:
            ask_for(tx, made)
        tx.db.add(Support(proposal_id=made.id, supporter=author))
        live.tell_proposal(tx, made)
        return status

    return grouped(Caller(), work)


def support(poll_id: int, proposal_id: int, supporter: str, wanted: bool) -> None:
    """Want a proposal to be asked, or no longer; a second time changes nothing."""

    def work(tx: Transaction) -> None:
        _taking(tx, poll_id)
        found = _locked(tx, poll_id, proposal_id)
        if found.status != SHOWN:
            raise NotFound("There is no such proposal.")
        own = tx.db.get(Support, (found.id, supporter))
        if wanted and own is None:
            tx.db.add(Support(proposal_id=found.id, supporter=supporter))
            found.votes += 1
        elif not wanted and own is not None:
            tx.db.delete(own)
            found.votes -= 1
        else:
            return
        live.tell_proposal(tx, found, SHOWN)

    grouped(Caller(), work)


def _taking(tx: Transaction, poll_id: int) -> Poll:
    """One proposal after the other; and only while the poll takes any."""
    poll = tx.db.scalar(select(Poll).where(Poll.id == poll_id).with_for_update())
    if poll is None or poll.deleted_at is not None or poll.archived_at is not None or not poll.proposals:
        raise Conflict("This poll takes no proposals.")
    return poll


def _locked(tx: Transaction, poll_id: int, proposal_id: int) -> Proposal:
    query = select(Proposal).where(Proposal.id == min(proposal_id, 2**63 - 1), Proposal.poll_id == poll_id)
    found = tx.db.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


def decide(actor: Caller, poll_id: int, proposal_id: int, status: str) -> None:
    """Let a proposal through, or refuse it."""
    if status not in (SHOWN, REFUSED):
        raise Invalid({"status": "Say shown or refused."})

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        found = _locked(tx, poll.id, proposal_id)
        if found.status in (MERGED, USED):
            raise Conflict("This proposal was merged or taken up already.")
        if found.status != status:
            before, found.status = found.status, status
            tx.journal(f"proposal.{status}", on=f"poll:{poll.id}", proposal=found.id)
            live.tell_proposal(tx, found, before)

    grouped(actor, work)


def take_up(actor: Caller, poll_id: int, proposal_id: int) -> int:
    """Make a question of a proposal: a short answer, as a draft. Its number."""

    def work(tx: Transaction) -> int:
        poll = access.own_poll(tx.db, actor, poll_id)
        found = _locked(tx, poll.id, proposal_id)
        if found.status in (MERGED, USED):
            raise Conflict("This proposal was merged or taken up already.")
        made = put(tx, poll, define(Draft(SHORT, found.text)), "question.proposed")
        before, found.status = found.status, USED
        live.tell_proposal(tx, found, before)
        return made.id

    return grouped(actor, work)


def merge(actor: Caller, poll_id: int, proposal_id: int, into_id: int) -> None:
    """Put one proposal into another that asks the same. Whoever wanted both counts once."""

    def work(tx: Transaction) -> None:
        poll = access.poll_to_present(tx.db, actor, poll_id)
        gone, kept = _locked(tx, poll.id, proposal_id), _locked(tx, poll.id, into_id)
        if gone.id == kept.id or gone.status not in (SHOWN, WAITING) or kept.status != SHOWN:
            raise Conflict("These two cannot be merged.")
        already = select(Support.supporter).where(Support.proposal_id == kept.id)
        new = select(Support.supporter).where(Support.proposal_id == gone.id, Support.supporter.not_in(already))
        moved = tx.db.scalars(new).all()
        if moved:
            tx.db.execute(insert(Support), [{"proposal_id": kept.id, "supporter": one} for one in moved])
        tx.db.execute(update(Proposal).where(Proposal.id == kept.id).values(votes=Proposal.votes + len(moved)))
        before, gone.status = gone.status, MERGED
        tx.db.refresh(kept)
        live.tell_proposal(tx, gone, before)
        live.tell_proposal(tx, kept, SHOWN)
        tx.journal("proposal.merged", on=f"poll:{poll.id}", proposal=gone.id, into=kept.id)

    grouped(actor, work)
