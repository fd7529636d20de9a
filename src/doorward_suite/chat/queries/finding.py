"""Finding messages, in every room that one may read and in no other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from doorward import Caller, find_account

from .. import search
from ..access import LARGEST
from ..models import Attached, Message, Reaction, Room
from .index import candidates
from .messages import PAGE, Line, lines_of
from .rooms import keys_of_public, open_rooms, titles_of, visible_places

# Of hundreds of candidates most are none, so they are read past the ORM, and named as one value and not each by itself.
_SAID = (
    "SELECT m.id, m.text, f.name FROM chat_messages m LEFT JOIN chat_files f ON f.message_id = m.id "
    "WHERE m.id {among} ORDER BY m.id, f.number"
)
_SAID_SQLITE = text(_SAID.format(among="IN (SELECT value FROM json_each(:ids))"))
_SAID_POSTGRES = text(_SAID.format(among="= ANY(CAST(:ids AS bigint[]))"))
#: How many candidates are read for one page: whoever looks for what is rare among much gets the next page sooner.
_MOST_READ = 1_500


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, the newest first.

    Arguments:
        next: ask for what is before this number; 0 where there is nothing more.
    """

    lines: Sequence[tuple[Line, Room]] = ()
    next: int = 0


def find(
    db: Session, actor: Caller, asked: search.Asked, *, before: int = LARGEST, count: int = PAGE, room_id: int = 0
) -> Found:
    """Messages that somebody may read and that are looked for.

    Arguments:
        before: only those with a smaller number, from the page before.
        room_id: only of this room; 0 for all.
    """
    if asked.is_empty or asked.wrong or not actor.is_signed_in:
        return Found()
    rooms = _room_words(db, actor, asked.room, room_id)
    words = search.words_for(asked)
    if asked.author:
        author = find_account(db, asked.author)
        if author is None:
            return Found()
        words.append(search.author_word(author))
    above, below = _between(db, asked)
    found: list[tuple[Message, Room]] = []
    seen = 0
    below = min(below, before)
    asking = candidates(db, rooms, words, above=above, below=below, so_far=lambda: len(found))
    for ids in asking if rooms else ():
        seen += len(ids)
        for message, room in _readable(db, actor, asked, ids):
            found.append((message, room))
            if len(found) > count:
                return _page(db, found[:count], found[count - 1][0].id)
        if seen >= _MOST_READ:
            return _page(db, found, ids[-1])
    return _page(db, found, 0)


def _page(db: Session, found: Sequence[tuple[Message, Room]], further: int) -> Found:
    lines = lines_of(db, [message for message, _room in found])
    return Found([(line, room) for line, (_message, room) in zip(lines, found, strict=True)], further)


def _readable(db: Session, actor: Caller, asked: search.Asked, ids: Sequence[int]) -> list[tuple[Message, Room]]:
    """Of candidates those that may be read and that have what is looked for. This decides, whatever the index says."""
    if not asked.is_known:
        # Most candidates of long terms are none; so their texts are read alone first, which costs a tenth.
        ids = [number for number, said in _said_in(db, ids) if asked.is_in(said)]
    if not ids:
        return []
    query = open_rooms(select(Message, Room).join(Room, Room.id == Message.room_id), actor.id)
    query = query.where(Message.id.in_(ids), Message.deleted_at.is_(None))
    if "pin" in asked.has:
        query = query.where(Message.pinned_at.is_not(None))
    if "reply" in asked.has:
        query = query.where(Message.replies > 0)
    if asked.has & {"file", "image"}:
        files = select(Attached.message_id).where(Attached.message_id == Message.id)
        files = files.where(Attached.is_picture) if "image" in asked.has else files
        query = query.where(files.exists())
    if "reaction" in asked.has:
        query = query.where(select(Reaction.message_id).where(Reaction.message_id == Message.id).exists())
    rows = db.execute(query.order_by(Message.id.desc())).all()
    return [(message, room) for message, room in rows]


def _said_in(db: Session, ids: Sequence[int]) -> Iterable[tuple[int, str]]:
    """What messages are found by: their texts, with the names of their files."""
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.execute(_SAID_SQLITE, {"ids": json.dumps(ids)})
    else:
        rows = connection.execute(_SAID_POSTGRES, {"ids": list(ids)})
    texts: dict[int, str] = {}
    names: dict[int, list[str]] = {}
    for number, text_of, name in rows:
        texts[number] = text_of
        if name is not None:
            names.setdefault(number, []).append(name)
    return [(number, search.with_names(said, names.get(number, ()))) for number, said in texts.items()]


def _room_words(db: Session, actor: Caller, name: str, room_id: int) -> list[str]:
    """By which words what somebody may read is in the index: one of them stands at each such message."""
    places = visible_places(db, actor)
    if not name and not room_id:
        return [search.PUBLIC_WORD, *(search.room_word(one) for one in places)]
    if room_id:
        return [search.room_word(room_id)]
    wanted = search.folded(name)
    own = db.scalars(select(Room).where(Room.id.in_(places))).all()
    titles = titles_of(db, own, actor.id)
    matching = [one.id for one in own if search.folded(titles[one.id]) == wanted]
    matching += [one for one in keys_of_public(db, name) if one not in matching]
    return [search.room_word(one) for one in matching]


def _between(db: Session, asked: search.Asked) -> tuple[int, int]:
    """Between which numbers the days lie that are asked for."""
    above = _first_on(db, asked.after) - 1 if asked.after else 0
    below = _first_on(db, asked.before) if asked.before else LARGEST
    return above, below


def _first_on(db: Session, day: date) -> int:
    start = datetime.combine(day, time(), tzinfo=UTC)
    query = select(Message.id).where(Message.at >= start).order_by(Message.at, Message.id).limit(1)
    return db.scalar(query) or LARGEST
