"""An AI service proposes categories and drafts summaries; nothing counts until an organiser has accepted it."""

from __future__ import annotations

from sqlalchemy import delete, select

from doorward import Caller, Conflict, Invalid, Job, Transaction, ask_ai, problem_with, reading, some_lines, transaction

from .. import access, asking, live
from ..models import HIDDEN, SORT, SUM, Contribution, Help
from ..queries import helping as queries
from .consultations import LONGEST_ABOUT, name_of

KIND = "planning.help"
#: So many that were asked for before are kept, of each sort, for a consultation.
_KEPT = 5
_NONE = "There is nothing to send: no contribution is shown, or each has a proposal already."


def ask_for(actor: Caller, number: int, what: str, category: str) -> None:
    """Ask for proposals of categories, or for a summary.

    Arguments:
        what: `SORT` or `SUM`.
        category: of which contributions alone; empty for all.

    Errors:
        Invalid: no such category. Conflict: there is nothing to send. NotFound, Forbidden: as of `access.organiser_in`.
    """
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number)
        if category and category not in seat.consultation.category_names:
            raise Invalid({"category": "Choose a category."})
        if not queries.texts_for(tx.db, number, what, category):
            raise Conflict(_NONE)
        row = Help(consultation_id=number, asked_by=actor.id, what=what, category=category, job_id="", count=0, text="")
        tx.db.add(row)
        tx.db.flush()
        title = "Categories from the AI service" if what == SORT else "A summary from the AI service"
        row.job_id = tx.job(KIND, {"help": row.id}, title=title, owner=actor.id)
        _keep_few(tx, number, what)
        tx.journal("planning.help_asked", on=name_of(number), what=what)


def _keep_few(tx: Transaction, number: int, what: str) -> None:
    these = (Help.consultation_id == number, Help.what == what)
    newest = list(tx.db.scalars(select(Help.id).where(*these).order_by(Help.id.desc()).limit(_KEPT)))
    tx.db.execute(delete(Help).where(*these, Help.id < newest[-1]))


def help_out(job: Job) -> None:
    """The job. Who asked must organise the consultation still."""
    with reading() as db:
        row = queries.asked_for(db, job.actor, int(job.arguments["help"]))
        number, what, category = row.consultation_id, row.what, row.category
        categories = access.organiser_in(db, job.actor, number).consultation.category_names
        texts = queries.texts_for(db, number, what, category)
    if what == SORT:
        _sort(job, number, categories, texts)
    else:
        _sum_up(job, [text for _id, text in texts])


def _sort(job: Job, number: int, categories: list[str], texts: list[tuple[int, str]]) -> None:
    """Portion by portion; what was proposed before a portion fails stays proposed."""
    done = 0
    job.progress(0, len(texts))
    for portion in asking.batches(texts):
        value = ask_ai(
            "planning.sort",
            asking.SORT_TASK,
            asking.to_sort(categories, [text for _id, text in portion]),
            asking.moves_of(len(categories)),
        )
        moves = asking.moves(value, categories, len(portion))
        _propose(job, number, {portion[place][0]: name for place, name in moves.items()})
        done += len(portion)
        job.progress(done, len(texts))


def _propose(job: Job, number: int, moves: dict[int, str]) -> None:
    with transaction(job.actor) as tx:
        seat = access.organiser_in(tx.db, job.actor, number)
        query = select(Contribution).where(Contribution.consultation_id == number, Contribution.id.in_(moves))
        query = query.order_by(Contribution.id).with_for_update().execution_options(populate_existing=True)
        count = 0
        for one in tx.db.scalars(query).all():
            name = moves[one.id]
            # What a rule proposes, and what somebody did meanwhile, stays.
            if one.proposed or one.state == HIDDEN or name == one.category:
                continue
            if name in seat.consultation.category_names:
                one.proposed, one.proposed_by_ai = name, True
                count += 1
        row = queries.asked_for(tx.db, job.actor, int(job.arguments["help"]))
        row.count += count
        tx.journal("planning.categories_proposed", on=name_of(number), contributions=count)


def _sum_up(job: Job, texts: list[str]) -> None:
    data, count = asking.to_sum(texts)
    value = ask_ai("planning.sum", asking.SUM_TASK, data, asking.SUMMARY, most_tokens=3_000)
    text = asking.summary(value)
    with transaction(job.actor) as tx:
        row = queries.asked_for(tx.db, job.actor, int(job.arguments["help"]))
        row.text, row.count = text, count


def accept_summary(actor: Caller, number: int, typed: str) -> None:
    """Put a summary above the results: what an organiser has read, and may have changed.

    Errors:
        Invalid: no text, or one that cannot be shown. NotFound, Forbidden: as of `access.organiser_in`.
    """
    text = some_lines(typed)
    if problem := problem_with(text, LONGEST_ABOUT, what="The summary"):
        raise Invalid({"summary": problem})
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        if seat.consultation.summary != text:
            seat.consultation.summary = text
            tx.journal("planning.summary_changed", on=name_of(number))
            live.tell_changed(tx, number)


def forget(tx: Transaction, account_id: str) -> None:
    """Somebody has left: what they asked for goes. What was accepted is the consultation's."""
    tx.db.execute(delete(Help).where(Help.asked_by == account_id))


__all__ = ["KIND", "SORT", "SUM", "accept_summary", "ask_for", "forget", "help_out"]
