"""By which ways files come in to honors, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Intake, NotFound, whole_number

from .access import may_edit, record_to_edit
from .models import Person


def _may_import(_db: Any, caller: Caller, about: str) -> None:
    """Results are sent by whoever may edit the honors."""
    if about:
        raise NotFound
    may_edit(caller)


#: Results, and configurations of the honor roll: read, and not kept.
RESULTS = Intake(
    "honors.results",
    may_send=_may_import,
    types=(".csv", ".xlsx", ".json"),
    max_bytes="25MiB",
    per_account="500MiB",
)


def about(person: int) -> str:
    """What a photo is about."""
    return f"person:{person}"


def _may_show(db: Any, caller: Caller, sent_about: str) -> None:
    """A photo of somebody is sent by whoever may edit the honors."""
    number = whole_number(sent_about.removeprefix("person:"))
    if number is None or sent_about != about(number):
        raise NotFound
    record_to_edit(db, caller, Person, number)


#: Photos of people: re-encoded, without what cameras write into them; the bytes that were sent are not kept.
PHOTOS = Intake(
    "honors.photo",
    may_send=_may_show,
    types=(".png", ".jpg", ".jpeg", ".webp"),
    max_bytes="15MiB",
    pictures=True,
    picture_side=1024,
    per_account="5GiB",
)
INTAKES = (RESULTS, PHOTOS)
