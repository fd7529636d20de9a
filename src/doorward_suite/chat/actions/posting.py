"""Messages are written: one, or several that waited together."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from doorward import Caller, Conflict, Invalid, NotFound, Refused, Transaction, grouped, reading

from .. import access, live
from ..access import POST, Seat
from ..files import FILES, MOST_FILES
from ..models import DRAFTS, PLACES, Attached, Message, Room
from ..queries.messages import Line, line_of
from . import previews
from .messages import index_messages, judged, keep_mentions, name_people, show_changed

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
#: How many messages one request brings.
MOST_AT_ONCE = 50
_SENT = "This was sent already, to another room."
# For every message, so they are built once.
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
    message: Message
    named: dict[str, str]
    root: Message | None
    line: Line | None = None


def _post(tx: Transaction, room_id: int, drafts: Sequence[Draft]) -> list[Line | Refused]:
    """Messages into one room: all that may be refused comes first, and then what is written, together."""
    access.hold_room(tx.db, room_id)
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
        _write(tx, seat.room, list(new.values()))
    found |= {number: one.line for number, one in new.items() if one.line is not None}
    return [found[one.client_id] for one in drafts]


def _sent_before(tx: Transaction, client_ids: Sequence[str]) -> dict[str, Message]:
    sent = select(Message).where(Message.author_id == tx.actor.id)
    sent = sent.where(Message.client_id == client_ids[0] if len(client_ids) == 1 else Message.client_id.in_(client_ids))
    return {one.client_id: one for one in tx.db.scalars(sent)}


def _begun(tx: Transaction, seat: Seat, draft: Draft) -> _New:
    """A message that may be written; nothing is written yet."""
    root = _root(tx, seat, draft.thread)
    if draft.reply_to is not None:
        access.message_in(tx.db, seat, draft.reply_to)
    message = Message(
        room_id=seat.room.id,
        thread_id=draft.thread,
        reply_to=draft.reply_to,
        author_id=tx.actor.id,
        client_id=draft.client_id,
        text=draft.text,
        at=tx.now,
    )
    return _New(draft, message, name_people(tx, seat, message), root)


def _write(tx: Transaction, room: Room, new: Sequence[_New]) -> None:
    tx.db.add_all([one.message for one in new])
    tx.db.flush()
    for one in new:
        message = one.message
        keep_mentions(tx, message, one.named)
        # Nothing but its files hangs on a new message, and its author is who writes: nothing need be read back.
        attached = _attach(tx, message, one.draft.files) if one.draft.files else []
        one.line = Line(message, tx.actor.name, (), attached)
        if one.draft.link:
            previews.ask_for(tx, message, one.draft.link)
        live.tell_message(tx, room, one.line)
    index_messages(tx, room, [(line.message, line.files) for one in new if (line := one.line) is not None])
    last = max(one.message.id for one in new)
    room.last_id = last
    mine = {"in_room": room.id, "whose": tx.actor.id}
    tx.db.execute(_READ_TO, {**mine, "last": last})
    for thread in {one.draft.thread for one in new}:
        tx.db.execute(_FORGET_DRAFT, {**mine, "thread": thread})
    live.tell_elsewhere(tx, room, [(one.message, frozenset(one.named.values())) for one in new])
    for root in {one.root.id: one.root for one in new if one.root is not None}.values():
        root.replies += sum(one.root is root for one in new)
        show_changed(tx, room, root)


def _attach(tx: Transaction, message: Message, file_ids: Sequence[str]) -> list[Attached]:
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
