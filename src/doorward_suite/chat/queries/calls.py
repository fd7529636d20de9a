"""Which call is on in a room, and who is in it. What is on follows from when its people were last heard of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import account_names

from ..models import Call, CallSeat

#: The most people in a call: each sends to each other, and more is too much for a phone.
MOST_IN_CALL = 6
#: Whoever was not heard of for so long is out, whatever became of their browser. Pages say every ten seconds.
HEARD_WITHIN = timedelta(seconds=35)
#: So long it rings.
RINGS_FOR = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Talking:
    """A call that is on.

    Arguments:
        people: who is in it, who came first before others.
        names: of these accounts.
    """

    call: Call
    people: tuple[CallSeat, ...]
    names: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """For pages."""
        return {
            "call": self.call.id,
            "room": self.call.room_id,
            "begun": self.call.begun_at.isoformat(),
            "people": [
                {"account": one.account_id, "name": self.names[one.account_id], "page": one.page} for one in self.people
            ],
        }


def call_in(db: Session, room_id: int, now: datetime) -> Talking | None:
    """The call that is on in a room."""
    call = open_call(db, room_id)
    people = present(db, call, now) if call else ()
    if call is None or not people:
        return None
    return Talking(call, tuple(people), dict(account_names(db, [one.account_id for one in people])))


def open_call(db: Session, room_id: int) -> Call | None:
    """The call of a room that was not seen to be over; perhaps nobody is in it any more."""
    return db.scalars(select(Call).where(Call.room_id == room_id, Call.ended_at.is_(None))).one_or_none()


def present(db: Session, call: Call, now: datetime) -> Sequence[CallSeat]:
    """Who is in a call and was heard of lately."""
    query = select(CallSeat).where(CallSeat.call_id == call.id, CallSeat.left_at.is_(None))
    query = query.where(CallSeat.seen_at > now - HEARD_WITHIN)
    return db.scalars(query.order_by(CallSeat.joined_at, CallSeat.account_id)).all()
