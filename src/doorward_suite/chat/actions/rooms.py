"""Rooms are made, renamed, described, archived."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from doorward import (
    Caller,
    Conflict,
    Forbidden,
    Invalid,
    Transaction,
    find_account,
    one_line,
    problem_with,
    some_lines,
    transaction,
)

from .. import access, live
from ..access import name_of
from ..models import ALL, DIRECT, GROUP, JOINED, MEMBER, MODERATOR, PRIVATE, PUBLIC, Place, Room
from ..queries.rooms import MOST_IN_GROUP, public_key
from . import calls

LONGEST_NAME = 80
LONGEST_ABOUT = 1000
_TAKEN = "There is a public room of this name already."


def make(actor: Caller, kind: str, name: str, about: str = "", history: str = ALL) -> int:
    """Make a public or a private room; the actor moderates it. Gives its number.

    Arguments:
        kind: "public" or "private".
        history: "all" or "joined": what later members may read of what was said before. Public rooms show all.

    Errors:
        Invalid: the name, the description or a choice. Forbidden: the actor has no account.
    """
    _must_have_account(actor)
    if kind not in (PUBLIC, PRIVATE):
        raise Invalid({"kind": "Choose public or private."})
    name, about = _judged(name, about)
    history = _history(kind, history)
    try:
        with transaction(actor) as tx:
            key = public_key(name) if kind == PUBLIC else None
            if key and tx.db.scalar(select(Room.id).where(Room.key == key)) is not None:
                raise Invalid({"name": _TAKEN})
            room = _add(tx, kind, name=name, about=about, history=history, key=key)
            _seat(tx, room, actor.id, MODERATOR)
            return room.id
    except IntegrityError:
        raise Invalid({"name": _TAKEN}) from None


def write_to_people(actor: Caller, names: str) -> int:
    """The room in which the actor writes to these people alone: the one that there is, or a new one.

    Arguments:
        names: of accounts, with spaces or commas between them. One makes a direct room, more a group.

    Errors:
        Invalid: nobody, too many, or somebody whom there is no account of.
    """
    _must_have_account(actor)
    wanted = [one.removeprefix("@") for one in names.replace(",", " ").split()]
    if not 1 <= len(wanted) < MOST_IN_GROUP:
        raise Invalid({"names": f"Name 1 to {MOST_IN_GROUP - 1} people."})
    try:
        return _with(actor, wanted)
    except IntegrityError:  # the other wrote at the same moment: now their room is there
        return _with(actor, wanted)


def _with(actor: Caller, wanted: Sequence[str]) -> int:
    with transaction(actor) as tx:
        people = _found(tx, wanted)
        if len(people) > 1:
            group = _add(tx, GROUP)
            for account_id in [actor.id, *people]:
                _seat(tx, group, account_id, MEMBER)
            return group.id
        key = "direct:" + ":".join(sorted([actor.id, *people]))
        there = tx.db.scalar(select(Room.id).where(Room.key == key))
        if there is not None:
            return there
        direct = _add(tx, DIRECT, key=key)
        for account_id in [actor.id, *people]:
            _seat(tx, direct, account_id, MEMBER)
        return direct.id


def _found(tx: Transaction, wanted: Sequence[str]) -> list[str]:
    found = {name: find_account(tx.db, name) for name in wanted}
    for name, account_id in found.items():
        if account_id is None:
            raise Invalid({"names": f"There is no account {name[:40]} that may sign in."})
    people = [one for one in dict.fromkeys(found.values()) if one and one != tx.actor.id]
    if not people:
        raise Invalid({"names": "Name somebody else."})
    return people


def describe(actor: Caller, room_id: int, name: str, about: str, history: str) -> None:
    """Give a room another name and description, and say what later members may read.

    Errors:
        Forbidden: the actor does not manage it. Invalid: the name or the description.
    """
    try:
        with transaction(actor) as tx:
            access.hold_room(tx.db, room_id)
            seat = access.seat_in(tx.db, actor, room_id, access.MANAGE)
            room = seat.room
            if seat.room.kind == GROUP and not name.strip():
                room.name, room.about = "", some_lines(about)[:LONGEST_ABOUT]
            else:
                room.name, room.about = _judged(name, about)
            room.history = _history(room.kind, history)
            if room.kind == PUBLIC:
                room.key = public_key(room.name)
            tx.journal("chat.room_changed", on=name_of(room), history=room.history)
            live.tell_room(tx, room)
    except IntegrityError:
        raise Invalid({"name": _TAKEN}) from None


def set_previews(actor: Caller, room_id: int, *, on: bool) -> None:
    """Let links in a room have previews, or not. Those that are there stay, until somebody takes them away.

    Errors:
        NotFound: no such room. Forbidden: it is not the actor's to say.
    """
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        room = access.seat_in(tx.db, actor, room_id, access.PREVIEW).room
        if room.previews == on:
            return
        room.previews = on
        tx.journal("chat.previews_switched", on=name_of(room), to="on" if on else "off")


def archive(actor: Caller, room_id: int, *, archived: bool) -> None:
    """Close a room for good, so that it can only be read; or open it again."""
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        seat = access.seat_in(tx.db, actor, room_id, access.ARCHIVE)
        room = seat.room
        if archived == (room.archived_at is not None):
            raise Conflict("That is how it is already.")
        room.archived_at = tx.now if archived else None
        tx.journal("chat.room_archived" if archived else "chat.room_reopened", on=name_of(room))
        if archived:
            calls.close(tx, room)
            live.end_presence(tx, room)
        live.tell_room(tx, room)


def _add(
    tx: Transaction, kind: str, *, name: str = "", about: str = "", history: str = ALL, key: str | None = None
) -> Room:
    room = Room(kind=kind, key=key, name=name, about=about, history=history, made_by=tx.actor.id, made_at=tx.now)
    tx.db.add(room)
    tx.db.flush()
    tx.journal("chat.room_made", on=name_of(room), kind=kind)
    return room


def _seat(tx: Transaction, room: Room, account_id: str, role: str) -> None:
    tx.db.add(Place(room_id=room.id, account_id=account_id, role=role, joined_at=tx.now))
    live.tell_rooms(tx, account_id)


def _judged(name: str, about: str) -> tuple[str, str]:
    line, lines = one_line(name), some_lines(about)
    problems = {}
    if problem := problem_with(line, LONGEST_NAME, what="The name"):
        problems["name"] = problem
    if lines and (problem := problem_with(lines, LONGEST_ABOUT, what="The description")):
        problems["about"] = problem
    if problems:
        raise Invalid(problems)
    return line, lines


def _history(kind: str, history: str) -> str:
    if history not in (ALL, JOINED):
        raise Invalid({"history": "Choose what later members may read."})
    return ALL if kind == PUBLIC else history


def _must_have_account(actor: Caller) -> None:
    if not actor.is_signed_in:
        raise Forbidden("Only somebody with an account has rooms.")
