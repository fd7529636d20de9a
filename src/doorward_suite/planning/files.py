"""By which ways files come in, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Intake, NotFound, whole_number

from . import access
from .phases import CONTRIBUTE

#: How many files one contribution carries.
MOST_FILES = 5
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def about(number: int) -> str:
    """What a file that is sent to a consultation is about."""
    return f"consultation:{number}"


def _number(sent_about: str) -> int:
    number = whole_number(sent_about.removeprefix("consultation:"))
    if number is None or sent_about != about(number):
        raise NotFound
    return number


def _may_attach(db: Any, caller: Caller, sent_about: str) -> None:
    """Files are sent by who may contribute there now."""
    access.participant_in(db, caller, _number(sent_about), CONTRIBUTE)


def _may_draw(db: Any, caller: Caller, sent_about: str) -> None:
    """The plan is sent by organisers."""
    access.organiser_in(db, caller, _number(sent_about))


#: Beside contributions. Pictures are re-encoded, without what cameras write into them.
ATTACHMENTS = Intake(
    "planning.file",
    may_send=_may_attach,
    types=(*_PICTURES, ".pdf", ".txt"),
    max_bytes="10MiB",
    pictures=True,
    per_account="100MiB",
    in_all="20GiB",
    scopes=(access.TAKE_PART,),
)
#: The picture of the plan that places are shown on: re-encoded, never as it was sent; of a document, a page of it.
PLANS = Intake(
    "planning.plan",
    may_send=_may_draw,
    types=(*_PICTURES, ".pdf"),
    max_bytes="20MiB",
    pictures=True,
    picture_side=4000,
    pdf_pages=True,
)
INTAKES = (ATTACHMENTS, PLANS)
