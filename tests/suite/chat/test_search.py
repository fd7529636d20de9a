"""Search: the same answers on both databases, those of a naive scan, and only of rooms that one may read."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from doorward import Caller, reading
from doorward.store.store import Store, using
from doorward.testing import Clock
from doorward_suite.chat import search
from doorward_suite.chat.actions import hanging, leaving, messages, people, rooms
from doorward_suite.chat.queries import finding, index, stretches
from doorward_suite.chat.search import Asked, folded, read

from .conftest import BEN, CLEO, MONA, SVEN, private_room, say


def found(who: Caller, typed: str, room: int = 0, **more: int) -> list[str]:
    """The texts that somebody finds, the oldest first."""
    with reading() as db:
        answer = finding.find(db, who, read(typed), room_id=room, **more)
    return [line.message.text for line, _room in answer.lines][::-1]


SAID = [
    "Straße nach Łódź",
    "ÉTÉ à la plage",
    "Καλημέρα κόσμε",
    "Привет, Ёлка",
    "नमस्ते दुनिया",
    "今日は天気がいい",
    "مرحبا بالعالم",
    "C++ costs 100% of a'b \\ _x_",
    "see https://harbour.example/plan?a=1",
    "`code` here",
    "two  words\nover lines",
    "İstanbul ve ﬁne",
]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("strasse", [0]),
        ("STRASSE lodz", [0]),
        ("été", [1]),
        ("ete", [1]),
        ("καλημερα", [2]),
        ("ΚΌΣΜΕ", [2]),
        ("елка", [3]),
        ("दुनिया", [4]),
        ("天", [5]),
        ("天気", [5]),
        ("天気が", [5]),
        ("天気がいい", [5]),
        ("بالعالم", [6]),
        ("C++", [7]),
        ("++", [7]),
        ("+", [7]),
        ("%", [7]),
        ("100%", [7]),
        ("_", [7]),
        ("a'b", [7]),
        ("\\", [7]),
        ("arbou", [8]),
        ("lan?a", [8]),
        ('"two words"', [10]),
        ('"words over"', [10]),
        ('"words two"', []),
        ("words two", [10]),
        ('"o w"', [10]),
        ("istanbul", [11]),
        ("fine", [11]),
        ("has:link", [8]),
        ("has:code", [9]),
        ("nowhere", []),
        ("strasse nowhere", []),
        ("' OR 1", []),
        ('"*" AND', []),
        ("NOT plage", []),
    ],
)
def test_a_term_is_found_wherever_it_stands_in_any_script(store: Store, typed: str, texts: list[int]) -> None:
    room = _a_room_of_scripts(store)
    assert found(MONA, typed, room) == [SAID[number] for number in texts]


_made: dict[int, int] = {}


def _a_room_of_scripts(store: Store) -> int:
    if id(store) not in _made:
        room = private_room()
        for text in SAID:
            say(MONA, room, text)
        _made[id(store)] = room
    return _made[id(store)]


def test_only_what_one_may_read_is_found(store: Store) -> None:
    closed, public = private_room(BEN), rooms.make(MONA, "public", "Squirrels of the park")
    direct = rooms.write_to_people(MONA, "ben")
    for room in (closed, public, direct):
        say(MONA, room, f"xylophone in {room}")
    everywhere = [f"xylophone in {room}" for room in (closed, public, direct)]
    assert found(BEN, "xylophone") == everywhere
    assert found(SVEN, "xylophone") == [everywhere[1]]
    assert found(Caller(), "xylophone") == []
    people.remove(MONA, closed, BEN.id)
    assert found(BEN, "xylophone") == everywhere[1:]
    people.join(SVEN, public)
    people.remove(MONA, public, SVEN.id)
    assert found(SVEN, "xylophone") == []
    assert found(SVEN, "in:Squirrels xylophone") == []


def test_who_comes_late_finds_nothing_of_before(store: Store) -> None:
    room = private_room(history="joined")
    say(MONA, room, "quagmire before")
    people.invite(MONA, room, "ben")
    say(MONA, room, "quagmire after")
    assert found(BEN, "quagmire") == ["quagmire after"]
    assert found(MONA, "quagmire") == ["quagmire before", "quagmire after"]


def test_what_was_edited_is_found_as_it_is_and_what_was_deleted_no_more(store: Store) -> None:
    room = private_room(BEN)
    one, two = say(MONA, room, "walrus"), say(BEN, room, "walrus too")
    messages.edit(MONA, one, "penguin")
    assert found(MONA, "walrus", room) == ["walrus too"]
    assert found(MONA, "penguin", room) == ["penguin"]
    messages.remove(MONA, two)
    assert found(MONA, "walrus", room) == []
    say(CLEO, rooms.write_to_people(CLEO, "mona"), "a walrus of Cleo's")
    with store.transaction() as tx:
        leaving.erase(tx, CLEO.id)
    assert found(MONA, '"walrus of"') == []


def test_filters_say_who_where_when_and_what(store: Store, clock: Clock) -> None:
    harbour, other = private_room(BEN), private_room(BEN)
    rooms.describe(MONA, harbour, "The Härbour", "", "all")
    rooms.describe(MONA, other, "Elsewhere", "", "all")
    clock.forward(days=40)
    day = clock().date()
    first = say(MONA, harbour, "gannet of Mona")
    clock.forward(days=2)
    second = say(BEN, harbour, "gannet of Ben")
    say(BEN, other, "gannet elsewhere")
    say(MONA, harbour, "in its thread", thread=first)
    hanging.pin(MONA, first, on=True)
    hanging.react(MONA, second, "👍", on=True)
    assert found(MONA, "gannet from:ben") == ["gannet of Ben", "gannet elsewhere"]
    assert found(MONA, "gannet from:@BEN in:elsewhere") == ["gannet elsewhere"]
    assert found(MONA, 'gannet in:"the harbour"') == ["gannet of Mona", "gannet of Ben"]
    assert found(MONA, "gannet has:pin") == ["gannet of Mona"]
    assert found(MONA, "gannet has:reply") == ["gannet of Mona"]
    assert found(MONA, "gannet has:reaction") == ["gannet of Ben"]
    assert found(MONA, f"gannet before:{day + timedelta(days=1)}") == ["gannet of Mona"]
    assert found(MONA, f"gannet after:{day + timedelta(days=1)}") == ["gannet of Ben", "gannet elsewhere"]
    assert found(MONA, f"gannet before:{day}") == []
    for nobody in ("gannet from:nobody-here", "gannet in:nowhere", "gannet from:sven"):
        assert found(MONA, nobody) == []


def test_pages_go_on_where_the_last_one_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    room = private_room()
    sent = [say(MONA, room, f"osprey {number}{' and eagle' if number % 3 == 0 else ''}") for number in range(40)]
    # All at once; part by part among the newest messages; and by the index, as of a word that is rare among many.
    for batch, most, window in ((200, 4000, 20_000), (7, 4000, 10**9), (5, 10, 10**9), (7, 4000, 0), (3, 10, 0)):
        monkeypatch.setattr(index, "BATCH", batch)
        monkeypatch.setattr(index, "_WINDOW", batch)
        monkeypatch.setattr(index, "_WIDEST_WINDOW", 2 * batch)
        monkeypatch.setattr(index, "_AT_ONCE_POSTGRES", 2 * batch)
        monkeypatch.setattr(index, "_MOST_WITHOUT_INDEX", window)
        monkeypatch.setattr(finding, "_MOST_READ", most)
        seen: list[int] = []
        before = 2**62
        while True:
            with reading() as db:
                page = finding.find(db, MONA, read("osprey eagle"), before=before, count=4)
            seen += [line.message.id for line, _room in page.lines]
            if not page.next:
                break
            before = page.next
        assert seen == [one for number, one in enumerate(sent) if number % 3 == 0][::-1]


def test_nothing_is_missed_where_numbers_go_from_one_part_into_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, sent = private_room(), []
    for start in (2**15 - 3, 2**15 * 3 - 2, 2**19 - 4, 2**19 * 20 - 3, 2**40):
        _next_number(store, start)
        sent += [say(MONA, room, f"osprey {number}") for number in range(7)]
        assert sent[-7] == start
    monkeypatch.setattr(index, "_WINDOW", 3)  # so that the rest is left to the index
    monkeypatch.setattr(index, "_MOST_WITHOUT_INDEX", 0)
    for at_once in (2, 5, 1_500):
        monkeypatch.setattr(index, "_AT_ONCE_POSTGRES", at_once)
        monkeypatch.setattr(index, "_FIRST_STRETCH", at_once)
        for first, last in ((0, len(sent)), (9, 20), (3, 4)):
            with reading() as db:
                asked = {"above": sent[first - 1] if first else 0, "below": sent[last] if last < len(sent) else 2**62}
                found = [
                    one for part in index.candidates(db, ["public", f"room{room}"], ["osp"], **asked) for one in part
                ]
            assert found == sent[first:last][::-1]


def _next_number(store: Store, number: int) -> None:
    """Let the next message have this number, as if so many had been written."""
    with store.transaction() as tx:
        if store.is_sqlite:
            tx.db.execute(
                text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'chat_messages'"), {"last": number - 1}
            )
            tx.db.execute(
                text(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT 'chat_messages', :last "
                    "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'chat_messages')"
                ),
                {"last": number - 1},
            )
        else:
            tx.db.execute(text("SELECT setval('chat_messages_id_seq', :last)"), {"last": number - 1})


@given(st.integers(0, 2**45), st.integers(2, 2**45), st.integers(0, 2**46))
def test_a_stretch_is_the_end_of_what_is_asked_for_and_names_all_its_parts(above: int, count: int, length: int) -> None:
    below = above + count
    found = stretches.newest(above, below, length)
    assert above <= found.above < found.below == below
    assert found.above == above or below - found.above > length
    for number in (found.above + 1, (found.above + below) // 2, below - 1):
        if found.parts and number > found.above:
            assert {f"near{number >> 15}", f"far{number >> 19}"} & set(found.parts.split(" | "))


_ALPHABET = "aáAbBßéeE ıİΣσς天気한글ёе'\"%_*()+-:\\\n👍\u0301"


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
@given(
    st.lists(st.text(_ALPHABET, min_size=1, max_size=14), min_size=1, max_size=4),
    st.lists(st.text(_ALPHABET, min_size=1, max_size=5), min_size=1, max_size=2),
)
def test_what_is_found_is_what_a_naive_scan_finds(opened: Store, said: list[str], looked: list[str]) -> None:
    with using(opened):
        room = private_room()
        kept = []
        for text in said:
            if text.strip() and folded(text):
                kept.append(messages.judged(text))
                say(MONA, room, text)
        terms = tuple(term for term in map(folded, looked) if term)
        asked = Asked(terms)
        with reading() as db:
            answer = finding.find(db, MONA, asked, room_id=room)
        expected = [text for text in kept if terms and all(term in folded(text) for term in terms)]
        assert [line.message.text for line, _room in answer.lines][::-1] == expected


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=30))
def test_folding_twice_is_folding_once_and_leaves_no_marks(text: str) -> None:
    plain = folded(text)
    assert folded(plain) == plain
    assert not any(unicodedata.category(sign).startswith("M") for sign in plain)


@given(st.text())
def test_grams_are_all_short_runs_of_signs(text: str) -> None:
    plain = folded(text)
    runs = {plain[at : at + size] for size in (1, 2, 3) for at in range(len(plain) - size + 1)}
    assert search.grams(plain) == {run for run in runs if len(run) == 3 or " " not in run}


def test_what_is_typed_is_understood_or_said_to_be_wrong() -> None:
    asked = read('Hello "two Words" from:@Ana in:"My Room" has:link before:2026-02-01 http://x.example/')
    assert asked.terms == ("hello", "two words", "http://x.example/")
    assert (asked.author, asked.room, asked.has) == ("Ana", "My Room", frozenset({"link"}))
    assert (asked.before, asked.after) == (date(2026, 2, 1), None)
    assert read("").is_empty
    assert read("  \u0301 ").is_empty
    assert "has:gold" in read("has:gold").wrong
    assert "before:" in read("before:yesterday").wrong
    assert len(read(" ".join(f"w{n}" for n in range(40))).terms) == search.MOST_TERMS
