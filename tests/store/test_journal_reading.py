"""Reading the journal: filters and pages, export, and text that tries to look like an entry."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from doorward.core.access import Caller
from doorward.core.journal import clean
from doorward.store import journal
from doorward.store.journal import Filter
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import ADA, broken, do

BOB = Caller(account_id="b" * 25, name="Bob")


@pytest.fixture
def written(store: Store, clock: Clock) -> Store:
    """Ten entries, one an hour from noon of the first of January on."""
    for number in range(10):
        actor = ADA if number % 2 else BOB
        event = ("session.started", "session.ended", "sessions.swept", "poll.created")[number % 4]
        with store.transaction(actor) as tx:
            tx.journal(event, on=f"thing:{number}", outcome="refused" if number in (2, 6) else "ok")
        clock.forward(hours=3)
    return store


def found(store: Store, count: int = 50, **wanted: object) -> list[int]:
    with store.reading() as db:
        return [sealed.seq for sealed in journal.page(db, Filter(**wanted), count)]  # type: ignore[arg-type]


def test_the_newest_come_first_and_page_by_page(written: Store) -> None:
    assert found(written, count=4) == [10, 9, 8, 7]
    assert found(written, count=4, before=7) == [6, 5, 4, 3]
    assert found(written, count=4, before=3) == [2, 1]
    assert found(written, before=1) == []


@pytest.mark.parametrize(("before", "count"), [(2**80, 10), (-(2**80), 0), (0, 0)])
def test_a_number_that_no_database_knows_is_only_a_place(written: Store, before: int, count: int) -> None:
    assert len(found(written, before=before)) == count


def test_each_filter_finds_what_it_names(written: Store) -> None:
    assert found(written, who=ADA.id) == [10, 8, 6, 4, 2]
    assert found(written, outcome="refused") == [7, 3]
    assert found(written, event="session.ended") == [10, 6, 2]
    assert found(written, event="session") == [10, 9, 6, 5, 2, 1]
    assert found(written, event="session", count=3) == [10, 9, 6]
    assert found(written, event="sess") == []
    assert found(written, event="%") == []
    assert found(written, event="session", who=ADA.id, before=9) == [6, 2]


def test_times_may_be_given_by_their_beginnings(written: Store) -> None:
    assert found(written, until="2026-01-01") == [4, 3, 2, 1]
    assert found(written, since="2026-01-02") == [10, 9, 8, 7, 6, 5]
    assert found(written, since="2026-01-01T15", until="2026-01-01T18:00") == [3, 2]


def test_the_events_that_occur_are_listed_once_each(written: Store) -> None:
    with written.reading() as db:
        assert journal.event_names(db) == ["poll.created", "session.ended", "session.started", "sessions.swept"]


def test_every_entry_can_be_written_out_as_a_line_of_json(written: Store) -> None:
    with written.reading() as db:
        lines = [sealed.as_json() for sealed in journal.walk(db)]
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 11))
    assert all("\n" not in line for line in lines)
    first = json.loads(lines[0])
    assert list(first) == ["seq", "at", "event", "outcome", "who", "who_name", "address", "on", "details", "seal"]
    assert (first["who_name"], first["on"]) == ("Bob", "thing:0")


NASTY = 'x\n{"seq": 99}\r\u2028\u2029\x00\x1b[2K\u202egnihton\udc80\x85'


def test_control_characters_cannot_forge_an_entry(store: Store, seals: SealFile) -> None:
    def nasty(tx: object) -> None:
        tx.journal(f"test.{NASTY}", on=NASTY, note=NASTY, **{NASTY: [NASTY, {NASTY: NASTY}]})  # type: ignore[attr-defined]

    with store.transaction(replace(ADA, name=NASTY, address=NASTY)) as tx:
        nasty(tx)
    with store.reading() as db:
        (sealed,) = journal.walk(db)
    fields = [sealed.entry.event, sealed.entry.who_name, sealed.entry.address, sealed.entry.on, sealed.entry.details]
    assert all(text.isprintable() for text in fields)
    assert len(sealed.as_json().splitlines()) == 1
    assert sealed.as_json().isprintable()
    assert broken(store, seals) is None


def test_text_of_any_length_fits_its_column(store: Store, seals: SealFile) -> None:
    long = NASTY * 1000
    with store.transaction(replace(ADA, name=long, address=long)) as tx:
        tx.journal(long, on=long, note=long)
    assert broken(store, seals) is None


@pytest.mark.parametrize("text", ["x" * 200, "\x00" * 200, "\x00" * 10, "x" * 10, "x" * 9 + "\n"])
def test_cleaned_text_never_grows_beyond_its_bound(text: str) -> None:
    assert len(clean(text, 10)) <= 10


def test_a_setting_that_the_database_gives_the_text_back_as_sealed(store: Store, seals: SealFile) -> None:
    words = "Ünï\u0301cödé 日本 🗳️ 'quoted\" \\back %_"
    do(store, lambda tx: tx.journal("test.words", on=words, words=words, number=1.5, yes=True, none=None))
    assert broken(store, seals) is None
