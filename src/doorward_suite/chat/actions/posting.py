"""Messages are written: one, or several that waited together."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from doorward import Caller, Conflict, Invalid, NotFound, Refused, Transaction, grouped, reading

from .. import access, live
from ..access import POST, Seat
from ..files import FILES, MOST_FILES
from ..models import DRAFTS, MESSAGES, PLACES, ROOMS, Attached, Message, Room
from ..queries.messages import Line, NewMessage, line_of
from . import previews
from .messages import index_messages, judged, keep_mentions, name_people, show_changed

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
#: How many messages one request brings.
MOST_AT_ONCE = 50
_SENT = "This was sent already, to another room."
# For every message, so they are built once, and go past the ORM.
_SENT_BEFORE = select(MESSAGES.c.id, MESSAGES.c.client_id).where(
    MESSAGES.c.author_id == bindparam("whose"), MESSAGES.c.client_id.in_(bindparam("clients", expanding=True))
)
_INSERT = insert(MESSAGES).returning(MESSAGES.c.id, sort_by_parameter_order=True)
#: What a new message has in the columns that say what became of it.
_UNTOUCHED = {
    "version": 1,
    "replies": 0,
    "edited_at": None,
    "deleted_at": None,
    "deleted_by": "",
    "pinned_at": None,
    "pinned_by": "",
}
_LAST = update(ROOMS).where(ROOMS.c.id == bindparam("in_room")).values(last_id=bindparam("last"))
_READ_TO = (
    update(PLACES)
    .where(PLACES.c.room_id == bindparam("in_room"), PLACES.c.account_id == bindparam("whose"))
    .values(read_to=bindparam("last"))
)
_FORGET_DRAFT = delete(DRAFTS).where(
    DRAFTS.c.account_id == bindparam("whose"),
    DRAFTS.c.room_id == bindparam("in_room"),
    DRAFTS.c.thread_id == bindparam("thread"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is sent.

    Arguments:
        text: Markdown.
        client_id: made by the sender; the same once more is the same message.
        thread: the message whose thread it goes into; 0 for the room itself.
        reply_to: the message that it answers.
        files: ids of files that arrived, as `sent_files` gave them; then the text may be empty.
        link: of which page there may be a preview, as `previews.link_in` gave it.
    """

    text: str
    client_id: str = ""
    thread: int = 0
    reply_to: int | None = None
    files: Sequence[str] = ()
    link: str = ""


def post(actor: Caller, room_id: int, draft: Draft) -> int:
    """Write a message into a room; gives its number. As `post_line`."""
    return post_line(actor, room_id, draft).message.id


def post_line(actor: Caller, room_id: int, draft: Draft) -> Line:
    """Write a message into a room; gives it as pages show it. What is sent twice is there once.

    Errors:
        NotFound: no such room or thread. Forbidden: the actor does not write here. Invalid: the text.
        Conflict: the same number was used in another room, or the thread's beginning was deleted.
    """
    (said,) = post_all(actor, [(room_id, draft)])
    if isinstance(said, Refused):
        raise said
    return said


def post_all(actor: Caller, wanted: Sequence[tuple[int, Draft]]) -> list[Line | Refused]:
    """Write several messages, in their order and in one transaction; what one is refused for holds up no other.

    Arguments:
        wanted: rooms, and what is written into each; at most `MOST_AT_ONCE`.

    Results:
        For each the message as pages show it, or why it was refused.
    """
    judged_ones = [_judged(draft) for _, draft in wanted[:MOST_AT_ONCE]]
    rooms: dict[int, list[int]] = {}
    for place, one in enumerate(judged_ones):
        if isinstance(one, Draft):
            rooms.setdefault(wanted[place][0], []).append(place)

    def work(tx: Transaction) -> dict[int, Line | Refused]:
        found: dict[int, Line | Refused] = {}
        for room_id in sorted(rooms):  # always in one order, so that no two who write wait for each other
            drafts = [judged_ones[place] for place in rooms[room_id]]
            said = _post(tx, room_id, [one for one in drafts if isinstance(one, Draft)])
            found.update(zip(rooms[room_id], said, strict=True))
        return found

    try:
        said = grouped(actor, work) if rooms else {}
    except IntegrityError:  # at this moment another page has used one of these numbers
        if len(wanted) == 1:
            return [Conflict(_SENT)]
        return [one for pair in wanted for one in post_all(actor, [pair])]
    return [said.get(place, one) for place, one in enumerate(judged_ones)]  # type: ignore[arg-type]


def _judged(draft: Draft) -> Draft | Refused:
    """What can be said of a message without looking anything up: with its number, and its text as it is kept."""
    client_id = draft.client_id or secrets.token_hex(16)
    if not _CLIENT_ID.fullmatch(client_id):
        return Invalid({"client_id": "Up to 40 letters, digits, hyphens and underscores."})
    if len(draft.files) > MOST_FILES:
        return Invalid({"file": f"A message carries at most {MOST_FILES} files."})
    try:
        text = "" if draft.files and not draft.text.strip() else judged(draft.text)
    except Invalid as problem:
        return problem
    return replace(draft, client_id=client_id, text=text)


@dataclass(slots=True)
class _New:
    """A message that is being written."""

    draft: Draft
    message: NewMessage
    named: dict[str, str]
    root: Message | None


def _post(tx: Transaction, room_id: int, drafts: Sequence[Draft]) -> list[Line | Refused]:
    """Messages into one room: all that may be refused comes first, and then what is written, together."""
    _room = access.hold_room(tx.db, room_id)
    try:
        seat = access.seat_in(tx.db, tx.actor, room_id, POST)
    except Refused as problem:
        return [problem] * len(drafts)
    known = _sent_before(tx, [one.client_id for one in drafts])
    found: dict[str, Line | Refused] = {}
    new: dict[str, _New] = {}
    for one in drafts:
        if one.client_id in known:
            there = known[one.client_id]
            found[one.client_id] = line_of(tx.db, there) if there.room_id == room_id else Conflict(_SENT)
        elif one.client_id not in new and one.client_id not in found:
            try:
                new[one.client_id] = _begun(tx, seat, one)
            except Refused as problem:
                found[one.client_id] = problem
    if new:
        found.update(zip(new, _write(tx, seat.room, list(new.values())), strict=True))
    return [found[one.client_id] for one in drafts]


def _sent_before(tx: Transaction, client_ids: Sequence[str]) -> dict[str, Message]:
    sent = tx.db.connection().execute(_SENT_BEFORE, {"whose": tx.actor.id, "clients": client_ids}).all()
    return {one.client_id: tx.db.get_one(Message, one.id) for one in sent}


def _begun(tx: Transaction, seat: Seat, draft: Draft) -> _New:
    """A message that may be written; nothing is written yet."""
    root = _root(tx, seat, draft.thread)
    if draft.reply_to is not None:
        access.message_in(tx.db, seat, draft.reply_to)
    message = NewMessage(
        room_id=seat.room.id,
        thread_id=draft.thread,
        reply_to=draft.reply_to,
        author_id=tx.actor.id,
        client_id=draft.client_id,
        text=draft.text,
        at=tx.now,
    )
    return _New(draft, message, name_people(tx, seat, message), root)


def _write(tx: Transaction, room: Room, new: Sequence[_New]) -> list[Line]:
    connection = tx.db.connection()
    numbers = connection.execute(_INSERT, [_row(one.message) for one in new]).scalars()
    for one, number in zip(new, numbers, strict=True):
        one.message.id = number
    # Nothing but its files hangs on a new message, and its author is who writes: nothing need be read back.
    lines = [Line(one.message, tx.actor.name, (), _attach(tx, one.message, one.draft.files)) for one in new]
    keep_mentions(tx, [(one.message, one.named) for one in new])
    for one, line in zip(new, lines, strict=True):
        if one.draft.link:
            previews.ask_for(tx, one.message, one.draft.link)
        live.tell_message(tx, room, line)
    index_messages(tx, room, lines)
    mine = {"in_room": room.id, "whose": tx.actor.id, "last": new[-1].message.id}
    connection.execute(_LAST, mine)
    set_committed_value(room, "last_id", mine["last"])
    connection.execute(_READ_TO, mine)
    for thread in {one.draft.thread for one in new}:
        connection.execute(_FORGET_DRAFT, {**mine, "thread": thread})
    live.tell_elsewhere(tx, room, [(one.message, frozenset(one.named.values())) for one in new])
    for root in {one.root.id: one.root for one in new if one.root is not None}.values():
        root.replies += sum(one.root is root for one in new)
        show_changed(tx, room, root)
    return lines


def _row(message: NewMessage) -> dict[str, object]:
    return {
        **_UNTOUCHED,
        "room_id": message.room_id,
        "thread_id": message.thread_id,
        "reply_to": message.reply_to,
        "author_id": message.author_id,
        "client_id": message.client_id,
        "text": message.text,
        "named": message.named,
        "calls": message.calls,
        "at": message.at,
    }


def _attach(tx: Transaction, message: NewMessage, file_ids: Sequence[str]) -> list[Attached]:
    if not file_ids:
        return []
    attached = []
    for number, file in enumerate(tx.take_files(FILES, file_ids), start=1):
        row = Attached(message_id=message.id, number=number, file_id=file.id, name=file.name[:255], size=file.size)
        row.notes, row.is_picture = "\n".join(file.notes), file.is_picture
        row.width, row.height = file.width, file.height
        tx.db.add(row)
        attached.append(row)
    tx.db.flush()
    return attached


def sent_before(actor: Caller, room_id: int, client_id: str) -> int | None:
    """The message that was sent with this number already, into this room."""
    if not client_id:
        return None
    sent = select(Message.id).where(Message.author_id == actor.id, Message.client_id == client_id)
    with reading() as db:
        return db.scalar(sent.where(Message.room_id == room_id))


def _root(tx: Transaction, seat: Seat, thread: int) -> Message | None:
    if not thread:
        return None
    root = access.message_in(tx.db, seat, thread)
    if root.thread_id:
        raise NotFound("There is no such thread.")
    if root.deleted_at is not None:
        raise Conflict("The message that this thread began with was deleted.")
    return root
