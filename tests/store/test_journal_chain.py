"""The chain of seals: whole whoever writes at once, and whole again after a crash."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from doorward.core.journal import GENESIS, seal
from doorward.store import journal
from doorward.store.seals import SealFile
from doorward.store.store import Store
from tests.store.records import (
    ADA,
    alter,
    broken,
    entries,
    in_threads,
    names,
    write_entries,
    write_from_a_process,
)

spawn = multiprocessing.get_context("spawn")


def test_an_empty_journal_is_whole(store: Store, seals: SealFile) -> None:
    assert broken(store, seals) is None


def test_each_seal_is_tied_to_the_one_before(store: Store, seals: SealFile) -> None:
    write_entries(store, 5)
    previous = GENESIS
    with store.reading() as db:
        for number, sealed in enumerate(journal.walk(db), start=1):
            assert sealed.seq == number
            assert sealed.seal == seal(number, sealed.entry, previous)
            previous = sealed.seal
    assert list(seals.seals())[-1] == previous


def test_threads_that_write_at_once_leave_one_chain(store: Store, seals: SealFile) -> None:
    def work(number: int) -> None:
        for turn in range(5):
            if turn % 2:
                store.grouped(ADA, lambda tx: tx.journal("test.grouped"))
            else:
                with store.transaction(ADA) as tx:
                    tx.journal("test.one")
                    tx.journal("test.two")

    assert in_threads(8, work) == []
    assert [seq for seq, _ in entries(store)] == list(range(1, 8 * 8 + 1))
    assert seals.length() == 64
    assert broken(store, seals) is None


def test_processes_that_write_at_once_leave_one_chain(
    store: Store, database: str, seals: SealFile, tmp_path: Path
) -> None:
    path = str(tmp_path / "journal.seals")
    writers = [spawn.Process(target=write_from_a_process, args=(database, path, f"p{n}", 15)) for n in range(2)]
    for writer in writers:
        writer.start()
    write_entries(store, 10)
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(names(store)) == 30
    assert [seq for seq, _ in entries(store)] == list(range(1, 41))
    assert None not in list(seals.seals())
    assert broken(store, seals) is None


def test_a_journal_that_grows_while_it_is_checked_is_not_called_broken(store: Store, seals: SealFile) -> None:
    write_entries(store, 3)
    with store.reading() as db:
        assert journal.length(db) == 3  # a page has looked at it before
        write_entries(store, 2)
        assert journal.verify(db, seals) is None
        growing = _GrowsWhileItIsRead(db, store)
        assert journal.verify(growing, seals) is None
    assert len(entries(store)) > 5


class _GrowsWhileItIsRead(Session):
    """A session for reading, during each query of which somebody else writes an entry."""

    def __init__(self, inner: Session, store: Store) -> None:
        self._inner, self._store = inner, store

    def __getattribute__(self, name: str) -> object:
        if name in ("_inner", "_store"):
            return object.__getattribute__(self, name)
        if name in ("scalars", "execute"):
            write_entries(self._store, 1)
        return getattr(self._inner, name)


# --- a crash between the commit and the seal -----------------------------------------------------------


def test_the_next_start_makes_up_for_seals_that_a_crash_left_out(
    store: Store, open_store: Callable[[str], Store], database: str, seals: SealFile
) -> None:
    write_entries(store, 3)
    _crash_before_sealing(store, 2)
    assert seals.length() == 3
    assert broken(store, seals) is None
    with store.reading() as db:
        assert journal.anchor_missing(db, seals) == 2
        assert journal.anchor_missing(db, seals) == 0
    assert seals.length() == 5
    alter(store, "UPDATE journal SET target = 'thing:x' WHERE seq = 5")
    assert _number(broken(store, seals)) == 5


def test_a_seal_that_is_missing_in_the_middle_is_vouched_for_by_those_behind_it(store: Store, seals: SealFile) -> None:
    write_entries(store, 2)
    _crash_before_sealing(store, 1)
    write_entries(store, 2)
    assert list(seals.seals())[2] is None
    assert broken(store, seals) is None
    alter(store, "UPDATE journal SET target = 'thing:x' WHERE seq = 3")
    assert _number(broken(store, seals)) == 3


def test_a_torn_place_at_the_end_of_the_file_is_made_up_for(store: Store, seals: SealFile) -> None:
    write_entries(store, 3)
    with seals.path.open("r+b") as file:
        file.truncate(2 * 32 + 7)
    assert seals.length() == 2
    assert broken(store, seals) is None
    with store.reading() as db:
        assert journal.anchor_missing(db, seals) == 1
    assert seals.path.stat().st_size == 3 * 32
    assert broken(store, seals) is None


def test_zeros_that_a_power_cut_left_at_the_end_are_made_up_for(store: Store, seals: SealFile) -> None:
    write_entries(store, 4)
    with seals.path.open("r+b") as file:
        file.seek(2 * 32)
        file.write(bytes(64))
    with store.reading() as db:
        assert journal.anchor_missing(db, seals) == 2
    assert None not in list(seals.seals())


def test_the_hole_of_a_crash_does_not_hide_a_cut(store: Store, seals: SealFile) -> None:
    write_entries(store, 5)
    _crash_before_sealing(store, 1)
    alter(store, "DELETE FROM journal WHERE seq > 3")
    alter(store, "UPDATE journal_head SET seq = 3, seal = (SELECT seal FROM journal WHERE seq = 3)")
    with store.reading() as db:
        journal.anchor_missing(db, seals)  # the next start
    assert _number(broken(store, seals)) == 4


def test_a_disk_that_takes_no_seals_does_not_make_a_committed_change_look_failed(
    store: Store, seals: SealFile, caplog: object
) -> None:
    assert store._seals is not None
    store._seals.close()  # every write to it fails from here on
    write_entries(store, 1)
    assert len(entries(store)) == 1
    with store.reading() as db:
        assert journal.anchor_missing(db, seals) == 1
    store._seals = None


def test_the_file_of_seals_is_for_its_owner_only(store: Store, seals: SealFile) -> None:
    assert seals.path.stat().st_mode & 0o777 == 0o600


def _crash_before_sealing(store: Store, count: int) -> None:
    """Commit entries as a server does that dies before it can write their seals."""
    kept, store._seals = store._seals, None
    write_entries(store, count)
    store._seals = kept


def _number(found: journal.Break | None) -> int | None:
    return found.seq if found else None
