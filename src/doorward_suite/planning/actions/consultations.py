"""Consultations are begun, described, given kinds and questions, shared with other organisers, and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, select

from doorward import (
    Caller,
    Conflict,
    Invalid,
    Transaction,
    find_account,
    new_code,
    one_line,
    problem_with,
    revoke_tokens,
    some_lines,
    transaction,
    whole_number,
)

from .. import access, live
from ..files import PLANS
from ..models import CATEGORIES, PLAN, Consultation, Contribution, Kind, Organiser, Participant, Question, Sheet
from ..phases import PHASES, problems_with

LONGEST_TITLE, LONGEST_ABOUT, LONGEST_NAME, LONGEST_QUESTION = 120, 10_000, 60, 300
MOST_KINDS, MOST_QUESTIONS, MOST_CATEGORIES, MOST_DOTS, MOST_ORGANISERS = 20, 30, 12, 50, 30
_FIRST_KINDS = ("Resident", "Business", "Authority")


def begin(actor: Caller, title: str) -> int:
    """Begin a consultation that collects from today; gives its number. The actor organises it.

    Errors:
        Forbidden: the actor is no organiser. Invalid: the title.
    """
    access.must_begin(actor)
    checked = _line(title, LONGEST_TITLE, "title", "The title")
    with transaction(actor) as tx:
        return new_consultation(tx, checked).id


def new_consultation(tx: Transaction, title: str) -> Consultation:
    """A consultation of the actor's, with a code that no other has and kinds to begin with."""
    today = tx.now.date()
    made = Consultation(
        owner_id=tx.actor.id,
        title=title,
        about="",
        collect_on=today,
        discuss_on=today + timedelta(days=28),
        prioritise_on=today + timedelta(days=42),
        results_on=today + timedelta(days=56),
        categories="\n".join(CATEGORIES),
        code=_free_code(tx),
        created_at=tx.now,
    )
    tx.db.add(made)
    tx.db.flush()
    tx.db.add(Organiser(consultation_id=made.id, account_id=tx.actor.id))
    tx.db.add_all(Kind(consultation_id=made.id, name=name) for name in _FIRST_KINDS)
    tx.journal("planning.begun", on=name_of(made.id))
    return made


def name_of(number: int) -> str:
    """How the journal calls a consultation."""
    return f"consultation:{number}"


def _free_code(tx: Transaction) -> str:
    while True:
        code = new_code()
        if tx.db.scalar(select(Consultation.id).where(Consultation.code == code)) is None:
            return code


def settle(actor: Caller, number: int, form: Mapping[str, str]) -> None:
    """Say what a consultation is: title, description, days, categories, how it is run.

    Arguments:
        form: as it was sent: title, about, summary, a day for each phase, categories (one a line), dots, and the
            switches moderated, open_link and published.

    Errors:
        Invalid: with a sentence for each field that is wrong. NotFound, Forbidden: as of `access.organiser_in`.
    """
    fields, problems = _read(form)
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        if problems:
            raise Invalid(problems)
        was_public, was_open = seat.consultation.published, seat.consultation.open_link
        for name, value in fields.items():
            setattr(seat.consultation, name, value)
        tx.journal("planning.settled", on=name_of(number))
        live.tell_changed(tx, number)
        if was_public and not seat.consultation.published:
            live.end_results(tx, number)
        if seat.consultation.published != was_public:
            tx.journal(
                "planning.results_published" if not was_public else "planning.results_hidden", on=name_of(number)
            )
        if seat.consultation.open_link != was_open:
            tx.journal("planning.link_opened" if not was_open else "planning.link_closed", on=name_of(number))


def _read(form: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """The fields of the form, checked, and what is wrong with them."""
    title, about = one_line(form.get("title", "")), some_lines(form.get("about", ""))
    summary = some_lines(form.get("summary", ""))
    categories = list(dict.fromkeys(filter(None, (one_line(one) for one in form.get("categories", "").split("\n")))))
    dots = whole_number(form.get("dots", "").strip())
    days, wrong_days = _days(form)
    problems = {
        "title": problem_with(title, LONGEST_TITLE, what="The title"),
        "about": problem_with(about, LONGEST_ABOUT, what="The description") if about else None,
        "summary": problem_with(summary, LONGEST_ABOUT, what="The summary") if summary else None,
        "categories": _problem_with_categories(categories),
        "dots": None if dots is not None and 1 <= dots <= MOST_DOTS else f"Give everybody from 1 to {MOST_DOTS} dots.",
        **(wrong_days or problems_with(days)),
    }
    fields: dict[str, object] = {"title": title, "about": about, "summary": summary, "dots": dots}
    fields["categories"] = "\n".join(categories)
    fields |= {f"{phase}_on": day for phase, day in zip(PHASES, days, strict=True)}
    fields |= {name: form.get(name) == "1" for name in ("moderated", "open_link", "published")}
    return fields, {name: problem for name, problem in problems.items() if problem}


def _problem_with_categories(categories: list[str]) -> str | None:
    if not 1 <= len(categories) <= MOST_CATEGORIES:
        return f"Name from 1 to {MOST_CATEGORIES} categories, one a line."
    return next(filter(None, (problem_with(one, LONGEST_NAME, what="A category") for one in categories)), None)


def _days(form: Mapping[str, str]) -> tuple[list[date | None], dict[str, str]]:
    days: list[date | None] = []
    wrong: dict[str, str] = {}
    for phase in PHASES:
        typed = form.get(phase, "").strip()
        try:
            day = date.fromisoformat(typed) if typed else None
        except ValueError:
            day, wrong[phase] = None, "Write the day as 2026-05-31."
        if day is not None and not 2000 <= day.year <= 2100:
            day, wrong[phase] = None, "Choose a day of this century."
        days.append(day)
    return days, wrong


def _line(text: str, longest: int, field: str, what: str) -> str:
    line = one_line(text)
    if problem := problem_with(line, longest, what=what):
        raise Invalid({field: problem})
    return line


def add_kind(actor: Caller, number: int, name: str) -> int:
    """Add a kind of participant; gives its number."""
    checked = _line(name, LONGEST_NAME, "kind", "The name")
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        names = list(tx.db.scalars(select(Kind.name).where(Kind.consultation_id == number)))
        if len(names) >= MOST_KINDS or checked in names:
            raise Invalid({"kind": "There is one of this name, or there are enough kinds."})
        kind = Kind(consultation_id=seat.consultation.id, name=checked)
        tx.db.add(kind)
        tx.db.flush()
        tx.journal("planning.kind_added", on=name_of(number), kind=kind.id)
        return kind.id


def remove_kind(actor: Caller, number: int, kind_id: int) -> None:
    """Take a kind away that nobody is of.

    Errors:
        Conflict: somebody is, or a sheet was made for it, or it is the last.
    """
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        kind = access.kind_in(tx.db, seat.consultation, kind_id)
        of_it = (
            select(Sheet.id).where(Sheet.consultation_id == number, Sheet.kind_id == kind.id),
            select(Participant.holder).where(Participant.consultation_id == number, Participant.kind_id == kind.id),
            select(Contribution.id).where(Contribution.consultation_id == number, Contribution.kind_id == kind.id),
        )
        if any(tx.db.scalar(one.limit(1)) is not None for one in of_it):
            raise Conflict("There are participants of this kind, or tokens for it: it stays.")
        if tx.db.scalar(select(func.count()).where(Kind.consultation_id == number)) == 1:
            raise Conflict("One kind of participant must be left.")
        tx.db.delete(kind)
        tx.journal("planning.kind_removed", on=name_of(number), kind=kind_id)


def ask(actor: Caller, number: int, text: str) -> int:
    """Add a question that contributions may answer; gives its number."""
    checked = _line(text, LONGEST_QUESTION, "question", "The question")
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        if (tx.db.scalar(select(func.count()).where(Question.consultation_id == number)) or 0) >= MOST_QUESTIONS:
            raise Invalid({"question": f"Ask at most {MOST_QUESTIONS} questions."})
        question = Question(consultation_id=seat.consultation.id, text=checked)
        tx.db.add(question)
        tx.db.flush()
        tx.journal("planning.question_asked", on=name_of(number), question=question.id)
        live.tell_changed(tx, number)
        return question.id


def drop_question(actor: Caller, number: int, question_id: int) -> None:
    """Take a question away. What was contributed to it stays, as an answer to none."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        tx.db.delete(access.question_in(tx.db, seat.consultation, question_id))
        tx.journal("planning.question_dropped", on=name_of(number), question=question_id)


def add_organiser(actor: Caller, number: int, name: str) -> None:
    """Let another account organise this consultation too.

    Errors:
        Invalid: there is no such account.
    """
    with transaction(actor) as tx:
        access.organiser_in(tx.db, actor, number, lock=True)
        account_id = find_account(tx.db, name)
        if account_id is None:
            raise Invalid({"organiser": "There is no account of this name that may sign in."})
        if tx.db.get(Organiser, (number, account_id)) is not None:
            return
        if (tx.db.scalar(select(func.count()).where(Organiser.consultation_id == number)) or 0) >= MOST_ORGANISERS:
            raise Invalid({"organiser": "There are enough organisers."})
        tx.db.add(Organiser(consultation_id=number, account_id=account_id))
        tx.journal("planning.organiser_added", on=name_of(number), account=account_id)


def remove_organiser(actor: Caller, number: int, account_id: str) -> None:
    """Let an account organise this no more. One organiser stays."""
    with transaction(actor) as tx:
        access.organiser_in(tx.db, actor, number, lock=True)
        there = list(tx.db.scalars(select(Organiser).where(Organiser.consultation_id == number)))
        leaving = next((one for one in there if one.account_id == account_id), None)
        if leaving is None:
            return
        if len(there) == 1:
            raise Conflict("You are the only organiser. Add somebody else first.")
        tx.db.delete(leaving)
        live.end_streams(tx, number)
        tx.journal("planning.organiser_removed", on=name_of(number), account=account_id)


def draw(actor: Caller, number: int, title: str, files: list[str]) -> None:
    """Put a picture of the plan into the consultation, in the place of the one before; pins stay where they are.

    Arguments:
        title: what it shows, for those who cannot see it.
        files: as `sent_files` gave them; one.
    """
    checked = _line(title, LONGEST_TITLE, "plan_title", "The title of the plan")
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        if len(files) != 1:
            raise Invalid({"plan": "Choose one picture."})
        taken = tx.take_files(PLANS, files)[0]
        if seat.consultation.plan_file:
            tx.drop_file(seat.consultation.plan_file)
        seat.consultation.plan_file, seat.consultation.plan_title = taken.id, checked
        seat.consultation.plan_width, seat.consultation.plan_height = taken.width, taken.height
        seat.consultation.shows = PLAN
        tx.journal("planning.plan_drawn", on=name_of(number), sha256=taken.sha256)


def delete(actor: Caller, number: int) -> None:
    """Take a consultation away: nobody reads it any more, and every token of it ends, with its session."""
    with transaction(actor) as tx:
        seat = access.organiser_in(tx.db, actor, number, lock=True)
        for sheet in tx.db.scalars(select(Sheet).where(Sheet.consultation_id == number)):
            revoke_tokens(tx, sheet.token_kind)
        seat.consultation.deleted_at = tx.now
        live.end_streams(tx, number)
        tx.journal("planning.deleted", on=name_of(number))
