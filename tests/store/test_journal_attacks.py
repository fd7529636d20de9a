"""Somebody who can write the database, but not the file of seals, cannot change the journal unnoticed.

Each test first shows that the journal is whole, so that what is found is found because of the attack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from doorward.core.journal import Entry, Sealed, numbered
from doorward.store import journal
from doorward.store.models import JournalEntry, JournalHead
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.store.transaction import _row
from tests.store.records import alter, broken, write_entries

COUNT = 8


@pytest.fixture
def victim(store: Store, seals: SealFile) -> Store:
    """A store with a journal that is whole."""
    write_entries(store, COUNT)
    assert broken(store, seals) is None
    return store


def first_broken(store: Store, seals: SealFile) -> int | None:
    found = broken(store, seals)
    return found.seq if found else None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01T00:00:00.000000Z"),
        ("event", "session.ended"),
        ("outcome", "refused"),
        ("who", "somebody-else"),
        ("who_name", "Mallory"),
        ("address", "203.0.113.9"),
        ("target", "thing:99"),
        ("details", "{}"),
        ("seal", "0" * 64),
    ],
)
def test_a_changed_field_is_named(victim: Store, seals: SealFile, column: str, value: str) -> None:
    alter(victim, f'UPDATE journal SET "{column}" = :value WHERE seq = 4', value=value)
    assert first_broken(victim, seals) == 4


def test_a_changed_entry_with_a_seal_computed_anew_is_named(victim: Store, seals: SealFile) -> None:
    recompute(victim, lambda entries: [replace(e, who_name="Mallory") if n == 4 else e for n, e in entries], only=4)
    assert first_broken(victim, seals) == 4


def test_an_entry_removed_in_the_middle_is_named(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal WHERE seq = 5")
    assert first_broken(victim, seals) == 5


def test_an_entry_removed_with_the_gap_closed_is_named(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal WHERE seq = 5")
    for seq in range(6, COUNT + 1):
        alter(victim, f"UPDATE journal SET seq = {seq - 1} WHERE seq = {seq}")
    alter(victim, f"UPDATE journal_head SET seq = {COUNT - 1}")
    assert first_broken(victim, seals) == 5


def test_the_first_entry_removed_is_named(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal WHERE seq = 1")
    assert first_broken(victim, seals) == 1


def test_two_entries_that_changed_places_are_named(victim: Store, seals: SealFile) -> None:
    for old, new in ((3, 1003), (6, 3), (1003, 6)):
        alter(victim, f"UPDATE journal SET seq = {new} WHERE seq = {old}")
    assert first_broken(victim, seals) == 3


def test_the_last_entries_cut_off_are_named(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal WHERE seq > 6")
    assert first_broken(victim, seals) == 7


def test_a_cut_with_the_head_put_back_is_named(victim: Store, seals: SealFile) -> None:
    cut(victim, after=6)
    assert first_broken(victim, seals) == 7


def test_a_cut_is_still_named_when_new_entries_have_grown_over_it(victim: Store, seals: SealFile) -> None:
    cut(victim, after=6)
    write_entries(victim, 5)
    with victim.reading() as db:
        journal.anchor_missing(db, seals)  # and the server was started again
        assert journal.length(db) > COUNT
    assert first_broken(victim, seals) == 7


def test_a_journal_that_was_emptied_is_named(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal")
    alter(victim, "UPDATE journal_head SET seq = 0, seal = :genesis", genesis="0" * 64)
    assert first_broken(victim, seals) == 1
    write_entries(victim, COUNT + 2, event="test.other")
    assert first_broken(victim, seals) == 1


def test_a_chain_that_was_wholly_computed_anew_is_named(victim: Store, seals: SealFile) -> None:
    recompute(victim, lambda entries: [replace(e, who_name="Mallory") if n == 3 else e for n, e in entries])
    with victim.reading() as db:
        assert journal.first_break(journal.walk(db), []) is None  # in itself it is flawless
    assert first_broken(victim, seals) == 3


def test_an_entry_slipped_in_with_the_chain_computed_anew_is_named(victim: Store, seals: SealFile) -> None:
    recompute(victim, lambda entries: [e for n, e in entries for e in ([e, e] if n == 2 else [e])])
    assert first_broken(victim, seals) == 3


def test_a_head_that_was_moved_is_noticed(victim: Store, seals: SealFile) -> None:
    alter(victim, "UPDATE journal_head SET seq = 3, seal = (SELECT seal FROM journal WHERE seq = 3)")
    assert first_broken(victim, seals) is not None


def test_a_head_that_is_gone_is_noticed(victim: Store, seals: SealFile) -> None:
    alter(victim, "DELETE FROM journal_head")
    assert first_broken(victim, seals) is not None


def cut(store: Store, after: int) -> None:
    alter(store, f"DELETE FROM journal WHERE seq > {after}")
    alter(store, f"UPDATE journal_head SET seq = {after}, seal = (SELECT seal FROM journal WHERE seq = {after})")


def recompute(store: Store, change: Callable[[list[tuple[int, Entry]]], list[Entry]], only: int | None = None) -> None:
    """Write the journal anew as `change` says, every seal rightly computed: an attacker who has read this source.

    Arguments:
        only: write back only this entry.
    """
    with Session(store.engine) as db:
        before = [(found.seq, found.entry) for found in journal.walk(db)]
        after: list[Sealed] = list(numbered(change(before), 0, "0" * 64))
        if only is not None:
            after = [after[only - 1]]
            db.execute(delete(JournalEntry).where(JournalEntry.seq == only))
        else:
            db.execute(delete(JournalEntry))
            db.execute(update(JournalHead).values(seq=after[-1].seq, seal=after[-1].seal))
        db.connection().execute(insert(JournalEntry), [_row(sealed) for sealed in after])
        db.commit()
