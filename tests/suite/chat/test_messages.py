"""Messages: there once, in order, edited with what they said before, deleted with a trace; threads, marks, unread."""

from __future__ import annotations

import threading

import pytest

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound, reading
from doorward.store.store import Store, using
from doorward.testing import Clock
from doorward_suite.chat import access
from doorward_suite.chat.actions import hanging, leaving, messages, people, rooms
from doorward_suite.chat.models import Message
from doorward_suite.chat.queries import messages as queries
from doorward_suite.chat.queries import personal
from doorward_suite.chat.queries import rooms as room_queries

from .conftest import BEN, CLEO, MONA, SVEN, Told, private_room, say


def page_of(who: Caller, room: int, thread: int = 0) -> queries.Page:
    with reading() as db:
        return queries.newest(db, access.seat_in(db, who, room), thread)


def texts(page: queries.Page) -> list[str]:
    return [line.message.text for line in page.lines]


def unread(who: Caller, room: int) -> int:
    with reading() as db:
        return next(line.unread for line in room_queries.rooms_of(db, who) if line.room.id == room)


def stored(message_id: int) -> Message:
    with reading() as db:
        return db.get_one(Message, message_id)


def test_what_is_sent_twice_is_there_once(store: Store, told: Told) -> None:
    room = private_room()
    one = say(MONA, room, "Hello", client_id="abc")
    assert say(MONA, room, "Hello", client_id="abc") == one
    assert texts(page_of(MONA, room)) == ["Hello"]
    assert len([event for event in told.events if event.type == "message"]) == 1
    with pytest.raises(Conflict):
        say(MONA, private_room(), "Hello", client_id="abc")
    people.invite(MONA, room, "ben")
    assert say(BEN, room, "Another's", client_id="abc") != one


def test_many_who_write_at_once_are_all_there_and_in_the_order_of_their_numbers(store: Store, told: Told) -> None:
    room = private_room(BEN, CLEO)

    def write(who: Caller) -> None:
        with using(store):
            for number in range(8):
                say(who, room, f"{who.name} {number}", client_id=f"{who.name}{number}")
                say(who, room, f"{who.name} {number}", client_id=f"{who.name}{number}")

    threads = [threading.Thread(target=write, args=(who,)) for who in (MONA, BEN, CLEO, MONA)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    shown = page_of(MONA, room)
    assert len(shown.lines) == 24
    for who in (MONA, BEN, CLEO):
        assert [t for t in texts(shown) if t.startswith(who.name)] == [f"{who.name} {n}" for n in range(8)]
    assert len([event for event in told.events if event.type == "message"]) == 24


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 8_001, "a\x00b", "broken \ud83d"])
def test_what_cannot_be_shown_is_not_taken(store: Store, text: str) -> None:
    with pytest.raises(Invalid):
        say(MONA, private_room(), text)


def test_pages_of_fifty_go_both_ways_without_a_gap(store: Store) -> None:
    room = private_room()
    sent = [say(MONA, room, str(number)) for number in range(130)]
    with reading() as db:
        seat = access.seat_in(db, MONA, room)
        last = queries.newest(db, seat)
        middle = queries.before(db, seat, last.first)
        first = queries.before(db, seat, middle.first)
        assert [len(one.lines) for one in (first, middle, last)] == [30, 50, 50]
        assert (first.older, first.newer, last.older, last.newer) == (False, True, True, False)
        seen = [line.message.id for one in (first, middle, last) for line in one.lines]
        assert seen == sent
        again = queries.after(db, seat, first.last)
        assert [line.message.id for line in again.lines] == sent[30:80]
        around = queries.around(db, seat, sent[60])
        assert [line.message.id for line in around.lines] == sent[35:85]
        assert around.older
        assert around.newer


def test_a_day_is_found_by_its_first_message(store: Store, clock: Clock) -> None:
    room = private_room()
    say(MONA, room, "before")
    clock.forward(days=2)
    wanted = say(MONA, room, "on that day")
    with reading() as db:
        seat = access.seat_in(db, MONA, room)
        assert queries.first_of_day(db, seat, clock().date()) == wanted
        clock.forward(days=2)
        assert queries.first_of_day(db, seat, clock().date()) == 0


def test_an_edit_keeps_what_was_said_before_and_only_its_author_makes_it(store: Store, told: Told) -> None:
    room = private_room(BEN)
    one = say(MONA, room, "Helo")
    with pytest.raises(Forbidden):
        messages.edit(BEN, one, "Hello")
    messages.edit(MONA, one, "Hello")
    messages.edit(MONA, one, "Hello")
    with reading() as db:
        assert [was.text for was in queries.earlier_of(db, stored(one))] == ["Helo"]
    assert stored(one).text == "Hello"
    assert stored(one).edited_at is not None
    assert [event.type for event in told.on(f"chat.room:{room}.0")] == ["message", "changed"]


def test_deleting_erases_the_words_and_leaves_a_trace(store: Store) -> None:
    room = private_room(BEN)
    one, two = say(BEN, room, "A secret"), say(MONA, room, "Mine")
    messages.edit(BEN, one, "A worse secret")
    hanging.react(MONA, one, "👀", on=True)
    with pytest.raises(Forbidden):
        messages.remove(BEN, two)
    messages.remove(MONA, one)
    gone = stored(one)
    assert (gone.text, gone.deleted_by) == ("", MONA.id)
    with reading() as db:
        assert queries.earlier_of(db, gone) == []
        line = queries.line_of(db, gone)
    assert (line.as_json()["body"], line.reactions) == ([], ())
    for change in (
        lambda: messages.edit(BEN, one, "Again"),
        lambda: hanging.react(BEN, one, "👀", on=True),
        lambda: hanging.pin(MONA, one, on=True),
        lambda: say(BEN, room, "In its thread", thread=one),
    ):
        with pytest.raises(Conflict):
            change()


def test_a_thread_stands_beside_the_room(store: Store) -> None:
    room, other = private_room(BEN), private_room()
    root = say(MONA, room, "What shall we do?")
    reply = say(BEN, room, "Sleep", thread=root)
    assert texts(page_of(MONA, room)) == ["What shall we do?"]
    assert texts(page_of(MONA, room, root)) == ["Sleep"]
    assert stored(root).replies == 1
    with pytest.raises(NotFound):
        say(BEN, room, "deeper", thread=reply)
    with pytest.raises(NotFound):
        say(MONA, other, "elsewhere", thread=root)
    with pytest.raises(NotFound):
        say(MONA, other, "an answer to what is elsewhere", reply_to=root)


def test_reactions_are_counted_once_for_each_person_and_only_emoji_are(store: Store) -> None:
    room = private_room(BEN)
    one = say(MONA, room)
    for who in (MONA, BEN, BEN):
        hanging.react(who, one, "👍", on=True)
    hanging.react(BEN, one, "🎉", on=True)
    hanging.react(BEN, one, "🎉", on=False)
    with reading() as db:
        assert [(mark.emoji, set(mark.by)) for mark in queries.line_of(db, stored(one)).reactions] == [
            ("👍", {MONA.id, BEN.id})
        ]
    for good in ("❤️", "👨‍👩‍👧", "🏳️‍🌈", "🇮🇹", "👍🏽", "1️⃣"):
        hanging.react(MONA, one, good, on=True)
    for bad in ("", "x", "<b>", "👍 yes", "👍" * 13, "\u200d", "1"):
        with pytest.raises(Invalid):
            hanging.react(MONA, one, bad, on=True)


def test_mentions_reach_only_those_who_may_see_the_message(store: Store, told: Told) -> None:
    room = private_room(BEN)
    say(MONA, room, "@ben, @BEN. @sven and @nobody-at-all: look; mail@ben.example `@cleo`")
    assert [event.data["called"] for event in told.on("chat.me:id-ben") if event.type == "news"] == [True]
    assert [event for event in told.on("chat.me:id-sven") if event.type == "news"] == []
    with reading() as db:
        assert len(queries.mentions_of(db, BEN.id, 2**62)) >= 1
        assert queries.mentions_of(db, SVEN.id, 2**62) == []
    people.remove(MONA, room, BEN.id)
    with reading() as db:
        assert [room_ for _line, room_ in queries.mentions_of(db, BEN.id, 2**62) if room_.id == room] == []


def test_calling_everyone_is_for_moderators_where_there_are_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    room = private_room(BEN)
    say(BEN, room, "@everyone, lunch")
    monkeypatch.setattr(messages, "SMALL", 1)
    say(MONA, room, "@here too")
    with pytest.raises(Invalid):
        say(BEN, room, "@everyone again")
    with pytest.raises(Invalid):
        messages.edit(BEN, say(BEN, room, "lunch"), "@here")


def test_who_calls_everyone_is_found_later_by_all_in_the_room_and_who_calls_those_here_is_heard_by_them_alone(
    store: Store, told: Told
) -> None:
    room = private_room(BEN, CLEO)

    def named(who: Caller) -> list[str]:
        with reading() as db:
            return [line.message.text for line, one in queries.mentions_of(db, who.id, 2**62) if one.id == room]

    people.remove(MONA, room, CLEO.id)
    people.invite(MONA, room, "sven")
    people.set_notify(SVEN, room, "mentions")
    all_of_us = say(MONA, room, "@everyone and @ben: the pier is closed")
    say(MONA, room, "@here, quick")
    assert (named(BEN), named(SVEN)) == (["@everyone and @ben: the pier is closed"],) * 2
    assert (named(MONA), named(CLEO)) == ([], [])
    assert [event.data["called"] for event in told.on("chat.me:id-sven") if event.type == "news"] == [True, True]
    assert [event for event in told.on("chat.me:id-cleo") if event.type == "news" and event.data["room"] == room] == []
    messages.edit(MONA, all_of_us, "the pier is open")
    assert (named(BEN), named(SVEN)) == ([], [])


def test_unread_is_what_others_wrote_since_one_looked(store: Store) -> None:
    room = private_room(BEN)
    first = say(MONA, room)
    say(MONA, room)
    assert (unread(BEN, room), unread(MONA, room)) == (2, 0)
    hanging.read_to(BEN, room, first)
    assert unread(BEN, room) == 1
    hanging.read_to(BEN, room, 0)
    assert unread(BEN, room) == 1
    hanging.read_to(BEN, room, 2**60)
    assert unread(BEN, room) == 0
    say(MONA, room)
    assert unread(BEN, room) == 1, "nobody has read what is not written yet"


def test_a_draft_is_kept_for_its_author_until_it_is_sent(store: Store) -> None:
    room = private_room(BEN)

    def draft(who: Caller) -> str:
        with reading() as db:
            return room_queries.draft_in(db, access.seat_in(db, who, room))

    hanging.keep_draft(BEN, room, "Not ye")
    hanging.keep_draft(BEN, room, "Not yet")
    assert (draft(BEN), draft(MONA)) == ("Not yet", "")
    say(BEN, room, "Now")
    assert draft(BEN) == ""


def test_who_comes_late_reads_what_the_room_says(store: Store, told: Told) -> None:
    open_room, closed = private_room(), private_room(history="joined")
    for room in (open_room, closed):
        root = say(MONA, room, "Before")
        people.invite(MONA, room, "ben")
        say(MONA, room, "After")
        expected = ["Before", "After"] if room == open_room else ["After"]
        assert texts(page_of(BEN, room)) == expected
        assert texts(page_of(MONA, room)) == ["Before", "After"]
        assert unread(BEN, room) == 1
    with pytest.raises(NotFound):
        hanging.react(BEN, root, "👍", on=True)
    with pytest.raises(NotFound):
        say(BEN, closed, "to what was before", reply_to=root)
    messages.edit(MONA, root, "Nobody who came later may read this")
    changed = [event.data for event in told.on(f"chat.room:{closed}.1") if event.type == "changed"]
    assert [sorted(data) for data in changed] == [["id", "version"]]


def test_the_stream_of_before_is_closed_to_who_came_later(store: Store, told: Told) -> None:
    from doorward_suite.chat.live import may_listen_in_room

    room = private_room(history="joined")
    assert may_listen_in_room(MONA, f"{room}.0")
    people.invite(MONA, room, "ben")
    assert (f"chat.room:{room}.0", None) in told.cut
    assert not may_listen_in_room(BEN, f"{room}.0")
    assert may_listen_in_room(BEN, f"{room}.1")
    assert not may_listen_in_room(SVEN, f"{room}.1")
    assert not may_listen_in_room(BEN, f"{room}.x")


def test_two_who_write_to_each_other_have_one_room(store: Store) -> None:
    room = rooms.write_to_people(BEN, "cleo")
    assert rooms.write_to_people(CLEO, "@Ben") == room
    assert rooms.write_to_people(CLEO, "ben, mona") != room
    for names in ("", "cleo", "nobody-here", " ".join(f"p{n}" for n in range(11))):
        with pytest.raises(Invalid):
            rooms.write_to_people(CLEO, names)


def test_a_public_name_is_taken_however_it_is_written(store: Store) -> None:
    rooms.make(MONA, "public", "Straße")
    for name in ("STRASSE", "straße"):
        with pytest.raises(Invalid):
            rooms.make(BEN, "public", name)
    rooms.make(BEN, "private", "Straße")


def test_who_deletes_their_account_is_out_and_erased_if_they_want(store: Store) -> None:
    room = private_room(BEN, CLEO)
    one = say(CLEO, room, "A secret of Cleo's")
    hanging.react(CLEO, say(MONA, room), "👍", on=True)
    with reading() as db:
        assert "A secret of Cleo's" in str(dict(personal.everything_of(db, CLEO.id)))
    with store.transaction() as tx:
        leaving.let_go(tx, CLEO.id)
    assert stored(one).text == "A secret of Cleo's"
    with pytest.raises(NotFound):
        say(CLEO, room)
    for _twice in range(2):
        with store.transaction() as tx:
            leaving.erase(tx, CLEO.id)
    assert stored(one).text == ""
    with reading() as db:
        found = str(dict(personal.everything_of(db, CLEO.id)))
    assert "secret" not in found
    assert "👍" not in found
