"""Messages are written, edited and deleted."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from doorward import (
    Caller,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Transaction,
    find_account,
    grouped,
    problem_with,
    reading,
)

from .. import access, live, marks
from ..access import CALL, ERASE, POST, REACT, Seat, name_of
from ..files import FILES, MOST_FILES
from ..models import (
    DRAFTS,
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
from ..queries.messages import Line, line_of
from ..queries.rooms import how_many_in
from . import previews

LONGEST = 8_000
#: How many people one message may name.
MOST_NAMED = 20
#: Up to so many people, whoever is in the room may call all of them.
SMALL = 15
CALLS = ("everyone", "here")
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
    return _New(draft, message, _name_people(tx, seat, message), root)


def _write(tx: Transaction, room: Room, new: Sequence[_New]) -> None:
    tx.db.add_all([one.message for one in new])
    tx.db.flush()
    for one in new:
        message = one.message
        _keep_mentions(tx, message, one.named)
        # Nothing but its files hangs on a new message, and its author is who writes: nothing need be read back.
        attached = _attach(tx, message, one.draft.files) if one.draft.files else []
        one.line = Line(message, tx.actor.name, (), attached)
        index_message(tx, room, message, attached)
        if one.draft.link:
            previews.ask_for(tx, message, one.draft.link)
        live.tell_message(tx, room, one.line)
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


def _name_people(tx: Transaction, seat: Seat, message: Message) -> dict[str, str]:
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


def _keep_mentions(tx: Transaction, message: Message, named: dict[str, str]) -> None:
    rows = [{"account_id": one, "message_id": message.id} for one in set(named.values()) - {message.author_id}]
    if rows:
        tx.db.execute(insert(MENTIONS_IN), rows)


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
        _keep_mentions(tx, message, _name_people(tx, seat, message))
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
