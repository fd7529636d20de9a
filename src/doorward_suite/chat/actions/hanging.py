"""What hangs on messages and rooms: reactions, pins, how far one has read, drafts."""

from __future__ import annotations

import unicodedata

from sqlalchemy import func, select, update

from doorward import Caller, Conflict, Invalid, Transaction, grouped

from .. import access, live
from ..access import name_of
from ..models import LONGEST_EMOJI, PLACES, REACTIONS, Draft, Message, Reaction, Room
from ..queries.messages import line_of
from .messages import LONGEST

#: How many kinds of marks one message carries, and how many of a kind.
MOST_KINDS = 20
MOST_PINS = 100
_JOINER = "\u200d"


def react(actor: Caller, message_id: int, emoji: str, *, on: bool) -> None:
    """Put one's mark on a message, or take it away. The same twice changes nothing.

    Errors:
        Invalid: not an emoji. Conflict: the message was deleted, or carries too many kinds.
    """
    emoji = judged_emoji(emoji)

    def work(tx: Transaction) -> None:
        seat, message = access.message_for(tx.db, actor, message_id, access.REACT, lock=True)
        if message.deleted_at is not None:
            raise Conflict("This message was deleted.")
        there = tx.db.get(Reaction, (message.id, emoji, actor.id))
        if on == (there is not None):
            return
        if there is not None:
            tx.db.delete(there)
        else:
            _must_have_room(tx, message, emoji)
            tx.db.add(Reaction(message_id=message.id, emoji=emoji, account_id=actor.id, at=tx.now))
        _show(tx, seat.room, message)

    grouped(actor, work)


def _must_have_room(tx: Transaction, message: Message, emoji: str) -> None:
    kinds = set(tx.db.scalars(select(REACTIONS.c.emoji).where(REACTIONS.c.message_id == message.id).distinct()))
    if emoji not in kinds and len(kinds) >= MOST_KINDS:
        raise Conflict(f"A message carries at most {MOST_KINDS} kinds of reactions.")


def judged_emoji(text: str) -> str:
    """One emoji, or what is written like one.

    Errors:
        Invalid: it is none.
    """
    emoji = text.strip()
    keycap = emoji.endswith("\u20e3") and len(emoji) <= 3 and emoji[0] in "0123456789#*"
    if len(emoji) > LONGEST_EMOJI or not (keycap or _is_one_sign(emoji)):
        raise Invalid({"emoji": "Choose an emoji."})
    return emoji


def _is_one_sign(emoji: str) -> bool:
    """One symbol, with what changes it; or several that are joined to one; or the two letters of a flag."""
    signs = [at for at, sign in enumerate(emoji) if _is_symbol(sign)]
    if not signs or not all(_is_symbol(sign) or _changes(sign) for sign in emoji):
        return False
    begun = [emoji[at] for at in signs if at == 0 or emoji[at - 1] != _JOINER]
    return len(begun) == 1 or (len(begun) == 2 and all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in begun))


def _is_symbol(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sm") and (sign >= "\u2190" or sign in "©®")


def _changes(sign: str) -> bool:
    """Joiners, variation selectors, colours of skin, and the letters of which flags of regions are made."""
    return (
        sign in (_JOINER, "\ufe0f", "\ufe0e")
        or "\U000e0020" <= sign <= "\U000e007f"
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
    )


def pin(actor: Caller, message_id: int, *, on: bool) -> None:
    """Pin a message to its room, or take the pin out.

    Errors:
        Conflict: the message was deleted, or the room has too many pins.
    """

    def work(tx: Transaction) -> None:
        seat, message = access.message_for(tx.db, actor, message_id, access.PIN, lock=True)
        if message.deleted_at is not None:
            raise Conflict("This message was deleted.")
        if on == (message.pinned_at is not None):
            return
        pins = select(func.count()).where(Message.room_id == seat.room.id, Message.pinned_at.is_not(None))
        if on and (tx.db.scalar(pins) or 0) >= MOST_PINS:
            raise Conflict(f"A room has at most {MOST_PINS} pins. Take one out first.")
        message.pinned_at, message.pinned_by = (tx.now, actor.id) if on else (None, "")
        tx.journal("chat.pinned" if on else "chat.unpinned", on=f"{name_of(seat.room)}/message:{message.id}")
        _show(tx, seat.room, message)

    grouped(actor, work)


def _show(tx: Transaction, room: Room, message: Message) -> None:
    message.version += 1
    tx.db.flush()
    live.tell_changed(tx, room, line_of(tx.db, message))


def read_to(actor: Caller, room_id: int, message_id: int) -> None:
    """Say that one has read up to this message. It never goes back."""

    def work(tx: Transaction) -> None:
        seat = access.seat_in(tx.db, actor, room_id, access.SET)
        mark = min(message_id, seat.room.last_id)
        mine = (PLACES.c.room_id == room_id) & (PLACES.c.account_id == actor.id) & (PLACES.c.read_to < mark)
        if tx.db.execute(update(PLACES).where(mine).values(read_to=mark)).rowcount:  # type: ignore[attr-defined]
            live.tell_read(tx, seat.room, actor.id, mark)

    grouped(actor, work)


def keep_draft(actor: Caller, room_id: int, text: str, thread: int = 0) -> None:
    """Keep what one has begun to write; an empty text keeps nothing."""
    if len(text) > LONGEST:
        raise Invalid({"text": f"At most {LONGEST} characters are kept."})

    def work(tx: Transaction) -> None:
        seat = access.seat_in(tx.db, actor, room_id, access.SET)
        if thread:
            access.message_in(tx.db, seat, thread)
        there = tx.db.get(Draft, (actor.id, room_id, thread), populate_existing=True)
        if not text.strip():
            if there is not None:
                tx.db.delete(there)
        elif there is not None:
            there.text = text
        else:
            tx.db.add(Draft(account_id=actor.id, room_id=room_id, thread_id=thread, text=text))

    grouped(actor, work)
