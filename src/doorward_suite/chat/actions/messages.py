"""Messages are edited and deleted; and what of that writing them needs, too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Insert, delete, insert, literal, select

from doorward import (
    Caller,
    Conflict,
    Forbidden,
    Invalid,
    Transaction,
    find_account,
    grouped,
    problem_with,
)

from .. import access, live, marks
from ..access import CALL, ERASE, POST, REACT, Seat, name_of
from ..models import (
    MENTIONS_IN,
    PLACES,
    PREVIEWS,
    PUBLIC,
    REACTIONS,
    REMOVED,
    Attached,
    Earlier,
    Message,
    Place,
    Room,
)
from ..queries import index
from ..queries.index import Entry
from ..queries.messages import Line, NewMessage, line_of
from ..queries.rooms import how_many_in
from . import previews

LONGEST = 8_000
#: How many people one message may name.
MOST_NAMED = 20
#: Up to so many people, whoever is in the room may call all of them.
SMALL = 15
EVERYONE, HERE = "everyone", "here"
CALLS = (EVERYONE, HERE)


def name_people(tx: Transaction, seat: Seat, message: Message | NewMessage) -> dict[str, str]:
    """The people whom a text names and who may see it: name, case folded, and account. Others are not told of it."""
    found: dict[str, str] = {}
    message.calls = ""
    for name in marks.names_in(message.text)[:MOST_NAMED]:
        if name.casefold() in CALLS:
            message.calls = message.calls or name.casefold()
        elif (account_id := find_account(tx.db, name)) and _may_see(tx, seat, account_id):
            found[name.casefold()] = account_id
    if message.calls and not seat.may(CALL) and how_many_in(tx.db, seat.room.id, SMALL) > SMALL:
        raise Invalid({"text": f"In a room of more than {SMALL} people only moderators call @{message.calls}."})
    message.named = json.dumps(found, ensure_ascii=False) if found else ""
    return found


def _may_see(tx: Transaction, seat: Seat, account_id: str) -> bool:
    place = tx.db.get(Place, (seat.room.id, account_id))
    return place.role != REMOVED if place is not None else seat.room.kind == PUBLIC


def keep_mentions(tx: Transaction, found: Iterable[tuple[Message | NewMessage, dict[str, str]]]) -> None:
    """Remember whom messages name, each with its people as `name_people` gave them.

    Who calls everyone names all who are in the room. Who calls those who are here is heard by them alone.
    """
    found = list(found)
    rows = [
        {"account_id": one, "message_id": message.id}
        for message, named in found
        for one in set(named.values()) - {message.author_id}
    ]
    if rows:
        tx.db.execute(insert(MENTIONS_IN), rows)
    for message, named in found:
        if message.calls == EVERYONE:
            tx.db.execute(_everybody_in(message, [*named.values(), message.author_id]))


def _everybody_in(message: Message | NewMessage, but: Sequence[str]) -> Insert:
    """Names all who are in the room of a message, but for these."""
    there = select(PLACES.c.account_id, literal(message.id)).where(PLACES.c.room_id == message.room_id)
    there = there.where(PLACES.c.role != REMOVED, PLACES.c.account_id.not_in(but))
    return insert(MENTIONS_IN).from_select(["account_id", "message_id"], there)


def edit(actor: Caller, message_id: int, text: str, link: str = "") -> None:
    """Let a message of one's own say something else. What it said before can still be read.

    Arguments:
        link: of which page there may be a preview now, as `previews.link_in` gave it.

    Errors:
        NotFound: no such message. Forbidden: somebody else's. Conflict: it was deleted. Invalid: the text.
    """
    text = judged(text)

    def work(tx: Transaction) -> None:
        seat, message = access.message_for(tx.db, actor, message_id, POST, lock=True)
        if message.author_id != actor.id:
            raise Forbidden("Only who wrote a message edits it.")
        _must_be_there(message)
        if text == message.text:
            return
        tx.db.add(Earlier(message_id=message.id, version=message.version, text=message.text, until=tx.now))
        attached = files_of(tx, message)
        unindex(tx, seat.room, message, attached)
        had_link = "://" in message.text
        message.text, message.edited_at = text, tx.now
        if link or had_link:
            previews.ask_for(tx, message, link)
        index_message(tx, seat.room, message, attached)
        tx.db.execute(delete(MENTIONS_IN).where(MENTIONS_IN.c.message_id == message.id))
        keep_mentions(tx, [(message, name_people(tx, seat, message))])
        show_changed(tx, seat.room, message)

    grouped(actor, work)


def remove(actor: Caller, message_id: int) -> None:
    """Delete a message: one's own, or any as a moderator. That it was there, and who deleted it, stays to be seen.

    Errors:
        NotFound: no such message. Forbidden: somebody else's, and the actor does not moderate.
    """

    def work(tx: Transaction) -> None:
        seat, message = access.message_for(tx.db, actor, message_id, REACT, lock=True)
        own = message.author_id == actor.id
        if not own:
            access.must(seat, ERASE)
        if message.deleted_at is not None:
            return
        empty(tx, seat.room, message, actor.id)
        if not own:
            tx.journal("chat.message_deleted", on=f"{name_of(seat.room)}/message:{message.id}")
        show_changed(tx, seat.room, message)

    grouped(actor, work)


def empty(tx: Transaction, room: Room, message: Message, by: str) -> None:
    """Leave nothing of a message but that it was there."""
    attached = files_of(tx, message)
    unindex(tx, room, message, attached)
    message.text, message.named, message.calls = "", "", ""
    message.deleted_at, message.deleted_by = tx.now, by
    message.pinned_at, message.pinned_by = None, ""
    for file in attached:
        tx.drop_file(file.file_id)
        tx.db.delete(file)
    tx.db.execute(delete(PREVIEWS).where(PREVIEWS.c.message_id == message.id))
    tx.db.execute(delete(Earlier).where(Earlier.message_id == message.id))
    tx.db.execute(delete(REACTIONS).where(REACTIONS.c.message_id == message.id))
    tx.db.execute(delete(MENTIONS_IN).where(MENTIONS_IN.c.message_id == message.id))


def files_of(tx: Transaction, message: Message) -> Sequence[Attached]:
    """The files of a message, in their order."""
    query = select(Attached).where(Attached.message_id == message.id).order_by(Attached.number)
    return tx.db.scalars(query.execution_options(populate_existing=True)).all()


def index_message(tx: Transaction, room: Room, message: Message, files: Sequence[Attached] = ()) -> None:
    """Let a message be found, by what it says and what its files are called."""
    public, names = room.kind == PUBLIC, _names_of(files)
    index.put(tx.db.connection(), message.id, message.text, room.id, message.author_id, public=public, files=names)


def index_messages(tx: Transaction, room: Room, found: Sequence[Line]) -> None:
    """Let new messages of one room be found, each with its files."""
    public = room.kind == PUBLIC
    entries = [
        Entry(line.message.id, line.message.text, room.id, line.message.author_id, public, _names_of(line.files))
        for line in found
    ]
    index.put_all(tx.db.connection(), entries)


def unindex(tx: Transaction, room: Room, message: Message, files: Sequence[Attached]) -> None:
    """Let a message not be found any more; before its text or its files change."""
    public, names = room.kind == PUBLIC, _names_of(files)
    index.drop(tx.db.connection(), message.id, message.text, room.id, message.author_id, public=public, files=names)


def _names_of(files: Sequence[Attached]) -> list[tuple[str, bool]]:
    return [(one.name, one.is_picture) for one in files]


def _must_be_there(message: Message) -> None:
    if message.deleted_at is not None:
        raise Conflict("This message was deleted.")


def show_changed(tx: Transaction, room: Room, message: Message) -> None:
    """Let pages show what became of a message, which is held."""
    message.version += 1
    tx.db.flush()
    live.tell_changed(tx, room, line_of(tx.db, message))


def judged(text: str) -> str:
    """A text as it is kept: its line breaks as they are, without white space around it.

    Errors:
        Invalid: it is empty, too long, or has characters that cannot be shown.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    if problem := problem_with(kept if kept.strip() else "", LONGEST, what="The message"):
        raise Invalid({"text": problem})
    return kept
