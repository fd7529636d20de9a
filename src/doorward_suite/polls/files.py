"""By which ways files come into polls, and who may send by them."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Forbidden, Intake, NotFound, whole_number

from . import access


def _may_load(_db: Any, caller: Caller, about: str) -> None:
    """A poll comes in for whoever can have polls."""
    if about:
        raise NotFound
    if not caller.is_signed_in:
        raise Forbidden("Only somebody with an account can have polls.")


#: A poll from another installation: read at once, and not kept.
MOVES = Intake("polls.move", may_send=_may_load, types=(".json",), max_bytes="40MiB", per_account="400MiB")


def about(poll_id: int) -> str:
    """What a picture that is sent is about; the empty text is a poll that does not exist yet."""
    return f"poll:{poll_id}"


def _may_show(db: Any, caller: Caller, sent_about: str) -> None:
    """A picture is sent by who manages the poll."""
    if not sent_about:
        access.owner_to_be(caller)
        return
    number = whole_number(sent_about.removeprefix("poll:"))
    if number is None or sent_about != about(number):
        raise NotFound
    access.own_poll(db, caller, number)


#: Pictures to choose from: re-encoded, without what cameras write into them; the bytes that were sent are not kept.
PICTURES = Intake(
    "polls.picture",
    may_send=_may_show,
    types=(".png", ".jpg", ".jpeg", ".webp"),
    max_bytes="10MiB",
    pictures=True,
    picture_side=1280,
    per_account="2GiB",
    in_all="50GiB",
    scopes=("polls:write",),
)
INTAKES = (MOVES, PICTURES)
