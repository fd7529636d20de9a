"""Requests to be hidden: anybody asks, without an account, and a publisher decides.

What was written goes with the decision: it was told for this alone. The journal keeps that it was asked and decided,
and about whom.
"""

from __future__ import annotations

from sqlalchemy import func, select

from doorward import Caller, Conflict, Invalid, NotFound, one_line, problem_with, some_lines, transaction

from .. import access
from ..models import ASKERS, HIDDEN, HideRequest, Person
from . import settling

#: Requests about one person that wait: further ones say nothing new.
MOST_ABOUT_ONE = 5
#: That wait in all. Beyond it somebody plays with the form, and nobody could read them.
MOST_WAITING = 5_000
LONGEST_WORDS, LONGEST_CONTACT = 1_000, 200


def ask(actor: Caller, person_id: int, who: str, words: str, contact: str) -> None:
    """Ask that somebody be hidden. Where enough about this person waits already, nothing is added.

    Arguments:
        actor: anybody; of them nothing is kept but what they typed.
        person_id: somebody whom everybody may see.
        who: of `ASKERS`.
        words, contact: as typed; both may be empty.

    Errors:
        NotFound: everybody may see nobody of this number. Invalid: a field is wrong. Conflict: too many wait.
    """
    words, contact = some_lines(words), one_line(contact)
    problems = {
        "who": None if who in ASKERS else "Say who you are.",
        "words": _problem(words, LONGEST_WORDS, "Write at most 1,000 ordinary characters."),
        "contact": _problem(contact, LONGEST_CONTACT, "Write at most 200 ordinary characters."),
    }
    if wrong := {name: sentence for name, sentence in problems.items() if sentence}:
        raise Invalid(wrong)
    with transaction(actor) as tx:
        person = access.listed_person(tx.db, person_id)
        waiting = HideRequest.decided_at.is_(None)
        about = select(func.count()).where(HideRequest.person_id == person.id, waiting)
        if (tx.db.scalar(about) or 0) >= MOST_ABOUT_ONE:
            return
        everything = select(HideRequest.id).where(waiting).limit(MOST_WAITING)
        if len(tx.db.scalars(everything).all()) >= MOST_WAITING:
            raise Conflict("Too many requests wait to be read. Please come back later.")
        request = HideRequest(
            person_id=person.id, who=who, words=words, contact=contact, asked_at=tx.now, decided_at=None, hidden=False
        )
        tx.db.add(request)
        tx.db.flush()
        tx.journal("honors.hiding.asked", on=f"honors/people:{person.id}", person=person.id, request=request.id)


def _problem(text: str, longest: int, sentence: str) -> str | None:
    """One sentence whatever is wrong with a text, so that it is there in each language."""
    return sentence if text and problem_with(text, longest) else None


def decide(actor: Caller, number: int, *, hide: bool) -> None:
    """Hide whom a request is about, or leave them shown. All that waits about the same person is decided with it.

    Errors:
        Forbidden: the actor is no publisher. NotFound: there is no such request. Conflict: it is decided already.
    """
    access.may_publish(actor)
    with transaction(actor) as tx:
        request = tx.db.get(HideRequest, number) if 0 < number <= access.LARGEST else None
        if request is None:
            raise NotFound(access.NOT_THERE)
        if request.decided_at is not None:
            raise Conflict("Somebody has decided this already.")
        person = tx.db.get_one(Person, request.person_id)
        same = select(HideRequest).where(HideRequest.person_id == person.id, HideRequest.decided_at.is_(None))
        for one in tx.db.scalars(same).all():
            one.decided_at, one.hidden, one.words, one.contact = tx.now, hide, "", ""
        if hide and person.consent != HIDDEN:
            person.consent = HIDDEN
            settling.settle_person(tx, person)
            settling.turn(tx)
            tx.journal("honors.person.hidden", on=f"honors/people:{person.id}", person=person.id, consent=HIDDEN)
        event = "honors.hiding.granted" if hide else "honors.hiding.declined"
        tx.journal(event, on=f"honors/people:{person.id}", person=person.id, request=number)
