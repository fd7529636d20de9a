"""Previews of links: asked for with the message, fetched by a job after it, shown when they are there.

Off, unless the operator names hosts (`link_previews`) and somebody switches them on for the room. Of a page nothing is
kept but three short texts. There are no pictures: whoever reads a message asks nothing of another server, and nothing
of theirs is decoded here.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

from doorward import (
    Caller,
    Forbidden,
    Job,
    Outbound,
    OutboundFailed,
    OutboundRefused,
    Transaction,
    fetch,
    grouped,
    may_fetch,
    reading,
    transaction,
)

from .. import access, linked, live, marks
from ..access import ERASE, REACT
from ..models import ASKED, NONE, PREVIEWS, THERE, Message, Preview, Room
from ..queries.messages import NewMessage, line_of

KIND = "chat.preview"
OUTBOUND = Outbound(
    "chat.previews",
    hosts=lambda settings: settings.link_previews,
    schemes=("https", "http"),
    types=("text/html", "application/xhtml+xml"),
    redirects=3,
    max_bytes="512KiB",
    seconds=5,
)
#: Of how many links in an hour the server fetches a preview for one person.
MOST_AN_HOUR = 60
_LONGEST_ADDRESS = 2_000


def link_in(text: str) -> str:
    """The first link of a text that may be fetched here, or an empty text. For views: it asks the running door."""
    if "://" not in text:
        return ""
    address = next(iter(marks.links_in(text)), "")
    return address if len(address) <= _LONGEST_ADDRESS and may_fetch(OUTBOUND, address) else ""


def may_be() -> bool:
    """Whether the operator lets there be previews at all. For views: it asks the running door."""
    return may_fetch(OUTBOUND)


def ask_for(tx: Transaction, message: Message | NewMessage, address: str) -> None:
    """Let a preview be fetched once the message is there. One of another address goes; of the same one stays as it is.

    Arguments:
        address: as `link_in` gave it; empty for none.
    """
    there = tx.db.get(Preview, message.id) if message.edited_at is not None else None
    if there is not None:
        if there.address == address:
            return
        tx.db.delete(there)
        tx.db.flush()
    room = tx.db.get(Room, message.room_id)  # held by whoever writes, so nothing is asked for it
    if room is None or not room.previews:
        return
    lately = PREVIEWS.c.asked_at > tx.now - timedelta(hours=1)
    mine = select(func.count()).where(PREVIEWS.c.asked_by == message.author_id, lately)
    if not address or (tx.db.scalar(mine) or 0) >= MOST_AN_HOUR:
        return
    tx.db.add(Preview(message_id=message.id, asked_by=message.author_id, asked_at=tx.now, address=address))
    tx.job(KIND, {"message": message.id}, title="A preview of a link", owner=message.author_id)


def look(job: Job) -> None:
    """The job. What may not be fetched is refused by the outbound, which writes it into the journal."""
    number = int(job.arguments["message"])
    with reading() as db:
        asked, message = db.get(Preview, number), db.get(Message, number)
        wanted = message is not None and db.get_one(Room, message.room_id).previews
        address = asked.address if wanted and asked is not None and asked.state == ASKED else ""
    if not address:
        return
    said = _said_at(address)
    with transaction(job.actor) as tx:
        room_id = tx.db.scalar(select(Message.room_id).where(Message.id == number))
        room = access.hold_room(tx.db, room_id or 0)
        asked = tx.db.get(Preview, number, populate_existing=True)
        if room is None or asked is None or (asked.address, asked.state) != (address, ASKED):
            return  # it was deleted, edited or taken away meanwhile
        # Whose page it is says its address, and not the page: that could call itself anything.
        asked.site, asked.title, asked.about = urlsplit(address).hostname or "", said.title, said.about
        asked.state = THERE if said.title else NONE
        if said.title:
            _show(tx, room, number)


def _said_at(address: str) -> linked.Said:
    try:
        answer = fetch(OUTBOUND, address)
    except (OutboundRefused, OutboundFailed):
        return linked.Said()
    return linked.read(answer.text) if answer.ok else linked.Said()


def _show(tx: Transaction, room: Room, number: int) -> None:
    message = tx.db.get_one(Message, number, populate_existing=True)
    message.version += 1
    tx.db.flush()
    live.tell_changed(tx, room, line_of(tx.db, message))


def take_away(actor: Caller, message_id: int) -> None:
    """Take the preview from a message: one's own, or any as a moderator. It does not come back by itself.

    Errors:
        NotFound: no such message. Forbidden: somebody else's, and the actor does not moderate.
    """

    def work(tx: Transaction) -> None:
        seat, message = access.message_for(tx.db, actor, message_id, REACT, lock=True)
        if message.author_id != actor.id and not seat.may(ERASE):
            raise Forbidden("Only who wrote a message takes its preview away.")
        asked = tx.db.get(Preview, message.id)
        if asked is not None and asked.state != NONE:
            asked.state, asked.site, asked.title, asked.about = NONE, "", "", ""
            _show(tx, seat.room, message.id)

    grouped(actor, work)
