"""All that chat stores about an account, for whoever exports it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Attached, Draft, Message, Place, Quiet, Reaction, Room


def everything_of(db: Session, account_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rooms somebody is in, all that they wrote, their reactions and drafts."""
    places = select(Room, Place).join(Place, Place.room_id == Room.id).where(Place.account_id == account_id)
    yield (
        "rooms",
        {
            "rooms": [
                {
                    "id": room.id,
                    "kind": room.kind,
                    "name": room.name,
                    "role": place.role,
                    "since": place.joined_at.isoformat(),
                }
                for room, place in db.execute(places).all()
            ]
        },
    )
    files = select(Attached).join(Message, Message.id == Attached.message_id).where(Message.author_id == account_id)
    sent = [{"message": one.message_id, "name": one.name, "size": one.size} for one in db.scalars(files)]
    yield "files", {"files": sent}
    yield "messages", {"messages": list(_messages(db, account_id))}
    reactions = select(Reaction).where(Reaction.account_id == account_id)
    quiet = db.get(Quiet, account_id)
    drafts = select(Draft).where(Draft.account_id == account_id)
    yield (
        "marks",
        {
            "reactions": [{"message": one.message_id, "emoji": one.emoji} for one in db.scalars(reactions)],
            "not_to_be_disturbed_until": quiet.until.isoformat() if quiet is not None else None,
            "drafts": [{"room": one.room_id, "text": one.text} for one in db.scalars(drafts)],
        },
    )


def _messages(db: Session, account_id: str) -> Iterator[dict[str, Any]]:
    wanted = select(Message.id, Message.room_id, Message.at, Message.text, Message.deleted_at)
    wanted = wanted.where(Message.author_id == account_id).order_by(Message.id)
    for row in db.execute(wanted.execution_options(yield_per=500)):
        yield {
            "id": row.id,
            "room": row.room_id,
            "at": row.at.isoformat(),
            "text": row.text,
            "deleted": row.deleted_at is not None,
        }
