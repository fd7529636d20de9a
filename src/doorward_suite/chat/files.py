"""By which way files come into messages, and who may send by it."""

from __future__ import annotations

from typing import Any

from doorward import Caller, Intake, NotFound, whole_number

from .access import POST, seat_in

#: How many files one message carries.
MOST_FILES = 10


def about(room_id: int) -> str:
    """What a file that is sent to a room is about."""
    return f"room:{room_id}"


def _may_post(db: Any, caller: Caller, sent_about: str) -> None:
    """Files are sent to a room by who may write there."""
    number = whole_number(sent_about.removeprefix("room:"))
    if number is None or sent_about != about(number):
        raise NotFound
    seat_in(db, caller, number, POST)


#: Pictures are re-encoded, without what cameras write into them; everything else is a download.
FILES = Intake(
    "chat.file", may_send=_may_post, max_bytes="25MiB", pictures=True, per_account="5GiB", scopes=("chat:write",)
)
INTAKES = (FILES,)
