"""What participants do: contribute, comment, support, report, put dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from doorward import (
    Caller,
    Conflict,
    Forbidden,
    Invalid,
    Transaction,
    grouped,
    one_line,
    problem_with,
    some_lines,
    transaction,
)

from .. import access, alike, live
from ..files import ATTACHMENTS, MOST_FILES
from ..mercator import is_on_map
from ..models import (
    PLACES,
    SHOWN,
    WAITING,
    Attachment,
    Band,
    Comment,
    Consultation,
    Contribution,
    Dots,
    Report,
    Support,
)
from ..phases import COMMENT, CONTRIBUTE, DOT, REPORT, SUPPORT
from .consultations import name_of
from .sorting import propose

LONGEST_TEXT, LONGEST_COMMENT, LONGEST_REASON = 4_000, 1_500, 300
#: What one holder contributes to one consultation, and how many comments a contribution takes.
MOST_OF_ONE, MOST_COMMENTS = 100, 1_000
_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A contribution as it was sent.

    Arguments:
        text, category: what, and of which sort.
        question: the number of the question that it answers; None for none.
        place: across and down on the plan, 0 to 10,000 each; None for none.
        at: longitude and latitude on the map, in parts of degrees (`models.PARTS`); None for none.
        files: as `sent_files` gave them.
    """

    text: str
    category: str
    question: int | None = None
    place: tuple[int, int] | None = None
    at: tuple[int, int] | None = None
    files: Sequence[str] = ()


def contribute(actor: Caller, number: int, draft: Draft) -> int:
    """Contribute something; gives its number. Where the organiser moderates, it waits.

    Errors:
        NotFound, Forbidden: no participant here. Conflict: not in this phase. Invalid: a field is wrong.
    """
    text = some_lines(draft.text)
    with transaction(actor) as tx:
        seat, participant = access.participant_in(tx.db, actor, number, CONTRIBUTE)
        if problems := _problems(tx, seat.consultation, text, draft):
            raise Invalid(problems)
        mine = select(func.count()).where(Contribution.holder == actor.holder, Contribution.consultation_id == number)
        if (tx.db.scalar(mine) or 0) >= MOST_OF_ONE:
            raise Conflict(f"You have contributed {MOST_OF_ONE} times. That is as much as one can.")
        made = Contribution(
            consultation_id=number,
            holder=actor.holder,
            kind_id=participant.kind_id,
            question_id=draft.question,
            category=draft.category,
            text=text,
            x=draft.place[0] if draft.place else None,
            y=draft.place[1] if draft.place else None,
            lon=draft.at[0] if draft.at else None,
            lat=draft.at[1] if draft.at else None,
            phase=seat.phase,
            state=WAITING if seat.consultation.moderated else SHOWN,
            created_at=tx.now,
        )
        tx.db.add(made)
        tx.db.flush()
        for file in tx.take_files(ATTACHMENTS, list(draft.files)) if draft.files else ():
            tx.db.add(Attachment(contribution_id=made.id, file_id=file.id, name=file.name, is_picture=file.is_picture))
        note_signs(tx, made)
        propose(tx, made)
        tx.journal("planning.contributed", on=name_of(number), contribution=made.id)
        return made.id


def _problems(tx: Transaction, consultation: Consultation, text: str, draft: Draft) -> dict[str, str]:
    known = {question.id for question in access.questions_of(tx.db, consultation)}
    found = {
        "text": problem_with(text, LONGEST_TEXT, what="Your contribution"),
        "category": None if draft.category in consultation.category_names else "Choose a category.",
        "question": None if draft.question is None or draft.question in known else "Choose one of the questions.",
        "place": _problem_with_place(consultation, draft),
        "file": None if len(draft.files) <= MOST_FILES else f"Send at most {MOST_FILES} files.",
    }
    return {name: problem for name, problem in found.items() if problem}


def _problem_with_place(consultation: Consultation, draft: Draft) -> str | None:
    if draft.place is not None and not (consultation.has_plan and all(0 <= one <= PLACES for one in draft.place)):
        return "Choose a place on the plan."
    if draft.at is not None and not (consultation.has_map and is_on_map(*draft.at)):
        return "Choose a place on the map."
    return None


def note_signs(tx: Transaction, made: Contribution) -> None:
    """Note the signs of a contribution, and which one before says nearly the same: a proposal for the organiser."""
    signs = alike.bands(made.text)
    if not signs:
        return
    near = select(Band.contribution_id).where(Band.consultation_id == made.consultation_id, Band.band.in_(signs))
    near = near.group_by(Band.contribution_id).order_by(func.count().desc(), Band.contribution_id).limit(_CANDIDATES)
    others = tx.db.scalars(select(Contribution).where(Contribution.id.in_(list(tx.db.scalars(near))))).all()
    likest = max(others, key=lambda one: alike.likeness(one.text, made.text), default=None)
    if likest is not None and alike.likeness(likest.text, made.text) >= alike.ALIKE:
        made.like_id = likest.like_id if likest.is_grouped and likest.like_id else likest.id
    # Of many that say the same, the first few signs find the group as well as all of them would.
    crowded = len(others) >= _CANDIDATES and made.like_id is not None
    if not crowded:
        rows = [{"consultation_id": made.consultation_id, "band": one, "contribution_id": made.id} for one in signs]
        tx.db.execute(insert(Band), rows)


def comment(actor: Caller, number: int, contribution_id: int, text: str) -> None:
    """Say something about a contribution. Organisers may at any time; what they say is shown as theirs.

    Errors:
        NotFound. Conflict: not in this phase, or not shown. Invalid: the text.
    """
    checked = some_lines(text)
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number)
        as_organiser = seat.organises
        kind_id = None
        if not as_organiser:
            kind_id = access.participant_in(tx.db, actor, number, COMMENT)[1].kind_id
        about = access.shown_contribution(tx.db, seat, contribution_id)
        if problem := problem_with(checked, LONGEST_COMMENT, what="Your comment"):
            raise Invalid({"comment": problem})
        if about.comments >= MOST_COMMENTS:
            raise Conflict("This contribution takes no more comments.")
        waits = seat.consultation.moderated and not as_organiser
        made = Comment(
            consultation_id=number,
            contribution_id=about.id,
            holder=actor.holder,
            kind_id=kind_id,
            text=checked,
            state=WAITING if waits else SHOWN,
            created_at=tx.now,
        )
        tx.db.add(made)
        about.comments += 1
        tx.journal("planning.commented", on=name_of(number), contribution=about.id)


def support(actor: Caller, number: int, contribution_id: int, *, on: bool) -> None:
    """Support a contribution, or take that back. Each holder counts once; nobody supports what they wrote."""
    with transaction(actor) as tx:
        seat, _ = access.participant_in(tx.db, actor, number, SUPPORT)
        about = access.shown_contribution(tx.db, seat, contribution_id)
        if about.holder == actor.holder:
            raise Forbidden("This is your own contribution.")
        there = tx.db.get(Support, (about.id, actor.holder))
        if on and there is None:
            tx.db.add(Support(contribution_id=about.id, holder=actor.holder))
            about.supports += 1
        elif not on and there is not None:
            tx.db.delete(there)
            about.supports -= 1
        else:
            return
        tx.journal("planning.supported" if on else "planning.unsupported", on=name_of(number), contribution=about.id)


def report(actor: Caller, number: int, contribution_id: int, words: str) -> None:
    """Tell the organisers that something should be looked at. Once for each holder; further ones say nothing new."""
    line = one_line(words)
    with transaction(actor) as tx:
        seat, _ = access.participant_in(tx.db, actor, number, REPORT)
        about = access.shown_contribution(tx.db, seat, contribution_id)
        if line and (problem := problem_with(line, LONGEST_REASON, what="What you write")):
            raise Invalid({"words": problem})
        if tx.db.get(Report, (about.id, actor.holder)) is not None:
            return
        tx.db.add(Report(contribution_id=about.id, holder=actor.holder, words=line))
        about.reports += 1
        tx.journal("planning.reported", on=name_of(number), contribution=about.id)


def put_dots(actor: Caller, number: int, contribution_id: int, count: int) -> None:
    """Put so many of one's dots on a contribution, in the place of those that one had put on it.

    Arguments:
        count: 0 takes them back.

    Errors:
        NotFound, Forbidden. Conflict: not in this phase, or one has not that many. Invalid: no such number.
    """

    def work(tx: Transaction) -> None:
        seat, participant = access.participant_in(tx.db, actor, number, DOT, at=tx.now)
        access.hold(tx.db, participant)
        about = access.shown_contribution(tx.db, seat, contribution_id)
        if not 0 <= count <= seat.consultation.dots:
            raise Invalid({"dots": f"Put from 0 to {seat.consultation.dots} dots."})
        mine = {
            one.contribution_id: one
            for one in tx.db.scalars(select(Dots).where(Dots.consultation_id == number, Dots.holder == actor.holder))
        }
        there = mine.get(about.id)
        before = there.count if there is not None else 0
        if sum(one.count for one in mine.values()) - before + count > seat.consultation.dots:
            raise Conflict("You have not that many dots left.")
        if count == before:
            return
        if there is None:
            row = Dots(consultation_id=number, holder=actor.holder, contribution_id=about.id, count=count)
            tx.db.add(row)
        elif count == 0:
            tx.db.delete(there)
        else:
            there.count = count
        changed = update(Contribution).where(Contribution.id == about.id)
        tx.db.execute(changed.values(dots=Contribution.dots + count - before))
        tx.db.refresh(about)
        tx.journal("planning.dotted", on=name_of(number), contribution=about.id)
        live.tell_dots(tx, about)

    grouped(actor, work)
