"""Photos of people: an editor adds one, and nobody outside sees it before a publisher said who agreed to it.

For a minor that is a parent or guardian. Another photo needs another word: with it, what was agreed to before is void.
"""

from __future__ import annotations

from doorward import Caller, Conflict, Invalid, Transaction, transaction

from .. import access
from ..files import PHOTOS
from ..models import AGREED, Person
from . import settling


def put(actor: Caller, number: int, file_ids: list[str]) -> None:
    """Take a photo that was sent. The one before is deleted.

    Errors:
        Invalid: it is not one file. NotFound, Forbidden: as of `access.record_to_edit`.
    """
    if len(file_ids) != 1:
        raise Invalid({"photo": "Choose one picture."})
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, number)
        [sent] = tx.take_files(PHOTOS, file_ids)
        _drop(tx, person)
        person.photo_id = sent.id
        _changed(tx, person, "honors.photo.added")


def agree(actor: Caller, number: int, who: str) -> None:
    """Say who agreed that the photo is shown; empty for nobody.

    Errors:
        Forbidden: the actor is no publisher. Conflict: there is no photo. Invalid: it is none of `AGREED`.
    """
    access.may_publish(actor)
    if who and who not in AGREED:
        raise Invalid({"agreed": "Choose who agreed to the photo."})
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, number)
        if not person.photo_id:
            raise Conflict("There is no photo.")
        person.photo_agreed = who
        _changed(tx, person, "honors.photo.agreed" if who else "honors.photo.withdrawn", who=who)


def remove(actor: Caller, number: int) -> None:
    """Delete somebody's photo for good."""
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, number)
        if person.photo_id:
            _drop(tx, person)
            _changed(tx, person, "honors.photo.removed")


def _drop(tx: Transaction, person: Person) -> None:
    if person.photo_id:
        tx.drop_file(person.photo_id)
    person.photo_id, person.photo_agreed = "", ""


def _changed(tx: Transaction, person: Person, event: str, who: str = "") -> None:
    number = person.id
    tx.db.flush()
    settling.turn(tx)
    tx.journal(event, on=f"honors/people:{number}", person=number, agreed=who)
