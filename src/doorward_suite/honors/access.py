"""What everybody may see of honors, and who may change it. The only place that fetches a record for somebody."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import Session

from doorward import Caller, Forbidden, NotFound, Record

from .models import FULL, Award, Competition, Edition, Person, Team

#: Adds and corrects. What becomes public of it, a publisher decides.
EDITOR = "honors-editor"
#: Decides what is public: under which name somebody is shown, and which editions are.
PUBLISHER = "honors-publisher"
ROLES = {
    EDITOR: "May add, correct, delete and restore what is in the honors, without deciding what is public.",
    PUBLISHER: "May do what an editor may, and decides what of the honors is public and under which names.",
}
#: Who enters the administration of honors.
STAFF = ("admin", EDITOR, PUBLISHER)
#: What is public, for the routes that show it.
PUBLISHED = "awards of published editions, with people under the name that they agreed to"

#: The largest number that a database keeps: beyond it nothing is there.
LARGEST = 2**63 - 1
NOT_THERE = "There is nothing here."

T = TypeVar("T", bound=Record)


def may_edit(actor: Caller) -> None:
    """Refuse whoever has no role here. The host, at the keyboard of the server, has all of them."""
    if not ((actor.is_signed_in or actor.is_admin) and actor.scopes is None and actor.roles & set(STAFF)):
        raise Forbidden("Only editors and publishers of the honors may do this.")


def may_publish(actor: Caller) -> None:
    """Refuse whoever may not decide what is public."""
    may_edit(actor)
    if not actor.roles & {"admin", PUBLISHER}:
        raise Forbidden("What is public, a publisher decides.")


def record_to_edit(db: Session, actor: Caller, model: type[T], number: int) -> T:
    """A record for the administration, deleted ones too, so that they can be restored."""
    may_edit(actor)
    found = db.get(model, number) if 0 < number <= LARGEST else None
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def listed_person(db: Session, number: int) -> Person:
    """Somebody whom everybody may see. Who is hidden, deleted or never was: the same NotFound."""
    found = db.get(Person, number) if 0 < number <= LARGEST else None
    if found is None or not found.listed:
        raise NotFound("There is nobody here.")
    return found


def has_public_photo(person: Person) -> bool:
    """Whether everybody may see the photo of somebody: agreed to, and only beside the full name.

    A face beside initials would tell what the initials hide.
    """
    return bool(person.listed and person.consent == FULL and person.photo_id and person.photo_agreed)


def live_competition(db: Session, number: int) -> Competition:
    """A competition that everybody may see."""
    found = db.get(Competition, number) if 0 < number <= LARGEST else None
    if found is None or found.deleted_at is not None:
        raise NotFound("There is no such competition.")
    return found


def listed_team(db: Session, number: int) -> Team:
    """A team of an edition that is published."""
    found = db.get(Team, number) if 0 < number <= LARGEST else None
    edition = db.get(Edition, found.edition_id) if found is not None else None
    if found is None or found.deleted_at is not None or edition is None or not is_public(edition):
        raise NotFound("There is no such team.")
    return found


def listed_award(db: Session, number: int) -> Award:
    """An award that everybody may see. What is not, and what never was: the same NotFound."""
    found = db.get(Award, number) if 0 < number <= LARGEST else None
    if found is None or not found.listed:
        raise NotFound(NOT_THERE)
    return found


def is_public(edition: Edition) -> bool:
    """Whether what was awarded in an edition may be seen."""
    return edition.published and edition.deleted_at is None


def award_to_edit(db: Session, actor: Caller, number: int) -> Award:
    """An award for the administration."""
    return record_to_edit(db, actor, Award, number)
