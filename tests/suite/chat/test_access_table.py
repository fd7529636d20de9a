"""Who may do what in a room: the table, tried cell by cell with what really changes a room."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from doorward import Caller, Conflict, Forbidden, NotFound
from doorward.store.store import Store
from doorward_suite.chat import access
from doorward_suite.chat.access import MAY, VISITOR
from doorward_suite.chat.actions import calls, hanging, messages, people, rooms
from doorward_suite.chat.models import DIRECT, GROUP, MEMBER, MODERATOR, PRIVATE, PUBLIC

from .conftest import ADA, BEN, CLEO, MONA, SVEN, Told, say

_numbers = count()
KINDS = (PUBLIC, PRIVATE, DIRECT, GROUP)
OUTSIDE = "outside"

#: What is done in a room, and the act of the table that it is.
DEEDS: dict[str, tuple[str, Callable[[Caller, int, int], object]]] = {
    "read": (access.READ, lambda who, room, _said: _read(who, room)),
    "write": (access.POST, lambda who, room, _said: say(who, room)),
    "react": (access.REACT, lambda who, _room, said: hanging.react(who, said, "👍", on=True)),
    "pin": (access.PIN, lambda who, _room, said: hanging.pin(who, said, on=True)),
    "delete another's": (access.ERASE, lambda who, _room, said: messages.remove(who, said)),
    "bring in": (access.INVITE, lambda who, room, _said: people.invite(who, room, "sven")),
    "rename": (access.MANAGE, lambda who, room, _said: rooms.describe(who, room, f"N{next(_numbers)}", "", "all")),
    "switch previews": (access.PREVIEW, lambda who, room, _said: rooms.set_previews(who, room, on=True)),
    "archive": (access.ARCHIVE, lambda who, room, _said: rooms.archive(who, room, archived=True)),
    "give a role": (access.SEAT, lambda who, room, _said: people.set_role(who, room, CLEO.id, MEMBER)),
    "remove": (access.SEAT, lambda who, room, _said: people.remove(who, room, CLEO.id)),
    "join": (access.JOIN, lambda who, room, _said: people.join(who, room)),
    "leave": (access.LEAVE, lambda who, room, _said: people.leave(who, room)),
    "be in a call": (access.TALK, lambda who, room, _said: calls.enter(who, room, "page-of-somebody")),
    "mark as read": (access.SET, lambda who, room, said: hanging.read_to(who, room, said)),
    "keep a draft": (access.SET, lambda who, room, _said: hanging.keep_draft(who, room, "Not yet")),
    "be told less": (access.SET, lambda who, room, _said: people.set_notify(who, room, "none")),
}


def _read(who: Caller, room: int) -> None:
    from doorward import reading

    with reading() as db:
        access.seat_in(db, who, room)


def made(kind: str) -> tuple[int, int]:
    """A room of Mona's with Cleo in it, and a message of Cleo's."""
    if kind == DIRECT:
        room = rooms.write_to_people(CLEO, "mona")
    elif kind == GROUP:
        room = rooms.write_to_people(CLEO, "mona ben")
    else:
        room = rooms.make(MONA, kind, f"Room {kind} {next(_numbers)}")
        people.invite(MONA, room, "cleo")
    return room, say(CLEO, room)


def somebody(kind: str, role: str, room: int) -> Caller:
    """Somebody with this role in the room."""
    if role == MODERATOR:
        return MONA
    if role == MEMBER and kind in (DIRECT, GROUP):
        return MONA
    if role == MEMBER:
        people.invite(MONA, room, "ben")
        return BEN
    return BEN if role == VISITOR or kind != GROUP else SVEN


CELLS = [
    (kind, role, deed)
    for kind in KINDS
    for role in (MODERATOR, MEMBER, VISITOR)
    if (kind, role) in MAY
    for deed in DEEDS
]


@pytest.mark.parametrize(("kind", "role", "deed"), CELLS)
def test_each_cell_of_the_table_is_as_it_says(store: Store, kind: str, role: str, deed: str) -> None:
    act, do = DEEDS[deed]
    room, said = made(kind)
    who = somebody(kind, role, room)
    if act in MAY[kind, role]:
        if deed in ("rename", "leave") and kind == GROUP:
            do(who, room, said)
        else:
            do(who, room, said)
    else:
        with pytest.raises(Forbidden):
            do(who, room, said)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("kind", [PRIVATE, DIRECT, GROUP])
def test_for_a_stranger_there_is_no_such_room_and_for_an_administrator_neither(
    store: Store, kind: str, deed: str
) -> None:
    room, said = made(kind)
    for who in (SVEN, ADA, Caller()):
        with pytest.raises(NotFound):
            DEEDS[deed][1](who, room, said)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("kind", [PUBLIC, PRIVATE])
def test_for_somebody_who_was_removed_there_is_no_such_room_any_more(store: Store, kind: str, deed: str) -> None:
    room, said = made(kind)
    people.invite(MONA, room, "ben")
    say(BEN, room)
    people.remove(MONA, room, BEN.id)
    with pytest.raises(NotFound):
        DEEDS[deed][1](BEN, room, said)


@pytest.mark.parametrize("deed", DEEDS)
def test_in_an_archived_room_nothing_changes_but_that_it_is_opened_again_or_left(store: Store, deed: str) -> None:
    room, said = made(PRIVATE)
    people.set_role(MONA, room, CLEO.id, MODERATOR)
    rooms.archive(MONA, room, archived=True)
    act, do = DEEDS[deed]
    if act not in MAY[PRIVATE, MODERATOR]:
        return
    if deed == "archive":
        with pytest.raises(Conflict):
            do(MONA, room, said)
        rooms.archive(MONA, room, archived=False)
        say(MONA, room)
    elif act in access.IN_ARCHIVED:
        do(MONA, room, said)
    else:
        with pytest.raises(Forbidden, match="archived"):
            do(MONA, room, said)


def test_the_only_moderator_stays_one_and_of_a_room_that_is_left_the_longest_member_becomes_one(store: Store) -> None:
    room, _said = made(PRIVATE)
    with pytest.raises(Conflict):
        people.set_role(MONA, room, MONA.id, MEMBER)
    with pytest.raises(Conflict):
        people.remove(MONA, room, MONA.id)
    people.leave(MONA, room)
    people.invite(CLEO, room, "ben")
    with pytest.raises(NotFound):
        say(MONA, room)


def test_a_member_brings_nobody_back_whom_a_moderator_removed(store: Store) -> None:
    room, _said = made(PUBLIC)
    people.invite(MONA, room, "ben")
    people.remove(MONA, room, BEN.id)
    with pytest.raises(Forbidden):
        people.invite(CLEO, room, "ben")
    people.invite(MONA, room, "ben")
    say(BEN, room)


def test_who_is_out_hears_nothing_more(store: Store, told: Told) -> None:
    room, _said = made(PRIVATE)
    people.remove(MONA, room, CLEO.id)
    assert told.cut == [(f"chat.room:{room}.0", CLEO.id), (f"chat.here:{room}", CLEO.id)]
