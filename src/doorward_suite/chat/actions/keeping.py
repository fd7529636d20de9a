"""How long a room keeps its messages, and how much: set by its moderators, and told in the room."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from doorward import Caller, Invalid, Transaction, transaction

from .. import access, live
from ..access import KEEP, name_of
from ..models import Message, Room
from ..queries.messages import line_of
from . import messages

KIND = "chat.keeping"
EVERY = timedelta(days=1)
MOST_DAYS = 36_500
#: A tebibyte.
MOST_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a room keeps; 0 is no limit. What is pinned is always kept.

    Arguments:
        days: messages that are no older.
        mib: so many MiB of texts and files together.
        files_mib: so many MiB of files.
    """

    days: int = 0
    mib: int = 0
    files_mib: int = 0


def limits_of(room: Room) -> Limits:
    """What a room keeps now."""
    return Limits(room.keep_days, room.keep_mib, room.keep_files_mib)


def judged(typed: Mapping[str, str]) -> Limits:
    """The limits as somebody typed them: `days`, `mib` and `files_mib`; what is empty is none.

    Errors:
        Invalid: one is no such number.
    """
    found, problems = {}, {}
    for name, most in (("days", MOST_DAYS), ("mib", MOST_MIB), ("files_mib", MOST_MIB)):
        text = typed.get(name, "") or "0"
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if not 0 <= number <= most:
            problems[name] = f"Write a number up to {most}, or 0 for no limit."
        found[name] = number
    if problems:
        raise Invalid(problems)
    return Limits(**found)


def set_limits(actor: Caller, room_id: int, limits: Limits) -> None:
    """Say what a room keeps. What is beyond it is erased within a day.

    Errors:
        NotFound: no such room. Forbidden: the actor does not moderate it.
    """
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        room = access.seat_in(tx.db, actor, room_id, KEEP).room
        if limits_of(room) == limits:
            return
        room.keep_days, room.keep_mib, room.keep_files_mib = limits.days, limits.mib, limits.files_mib
        on = name_of(room)
        tx.journal("chat.keeping_set", on=on, days=limits.days, mib=limits.mib, files_mib=limits.files_mib)
        server_says(tx, room, f"A moderator has set what is kept here: {_in_words(limits)}.")


def _in_words(limits: Limits) -> str:
    said = [
        f"messages for {limits.days} days" if limits.days else "",
        f"{limits.mib} MiB of messages and files" if limits.mib else "",
        f"{limits.files_mib} MiB of files" if limits.files_mib else "",
    ]
    return f"{', '.join(filter(None, said))}, and what is pinned" if any(said) else "everything"


def server_says(tx: Transaction, room: Room, text: str, once: str = "") -> None:
    """Let the server say something in a room, which is held. Its author is no account, and it is never unread.

    Arguments:
        once: what it is told by, so that it is not said twice; up to 40 signs.
    """
    message = Message(room_id=room.id, author_id="", client_id=once or secrets.token_hex(16), text=text, at=tx.now)
    tx.db.add(message)
    tx.db.flush()
    messages.index_message(tx, room, message)
    room.last_id = message.id
    live.tell_quietly(tx, room, line_of(tx.db, message))
