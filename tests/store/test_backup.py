"""A backup is one moment of a server that goes on working, whole, read back, and there as a whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from doorward.core.backups import read_about
from doorward.core.journal import FAILED, Entry
from doorward.core.secrets import KeyRing
from doorward.errors import BackupRefused
from doorward.settings import Settings
from doorward.store import backup as backup_module
from doorward.store import backup_archive, in_use, journal
from doorward.store.backup import MARK, Backups, last_mark
from doorward.store.backup_check import read_back, rows_of
from doorward.store.journal import Filter
from doorward.store.places import Place
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import ADA, add_account, do, entries
from tests.support.backups import KEPT, a_key, backups_of, forge, keep, looked_into, place_in, settings_in


def last_entry(store: Store) -> Entry:
    with store.reading() as db:
        return journal.page(db, Filter(), 1)[0].entry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def backups(store: Store, seals: SealFile, settings: Settings) -> Backups:
    return backups_of(store, seals, settings)


def test_it_holds_records_seals_and_files_and_is_read_back(
    store: Store, backups: Backups, settings: Settings, folder: Path, tmp_path: Path, clock: Clock
) -> None:
    store.places.append(place_in(tmp_path / "kept"))
    add_account(store, "Bob")
    do(store, lambda tx: keep(tx, tmp_path / "kept", "ab/one", b"evidence"))
    made = backups.make(folder, None)
    assert made.path == folder / "doorward-20260101-120000.tar"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.size == made.path.stat().st_size
    found = looked_into(made.path)
    assert found["files/ab/one"] == b"evidence"
    about = read_about(found["backup.json"])
    assert about.made_at == clock.now
    assert about.entries == len(entries(store)) - 1  # that it was made is written down after it
    assert len(found["journal.seals"]) == 32 * about.entries
    assert ("database.sqlite3" in found) is store.is_sqlite
    assert any(name.startswith("tables/accounts/") for name in found) is not store.is_sqlite
    assert made.found.signed
    assert made.found.files == 1
    assert made.found.broken is None
    assert list(folder.iterdir()) == [made.path]
    assert not list(tmp_path.glob(".backup-*"))


def test_it_leaves_a_mark_and_an_entry(store: Store, backups: Backups, folder: Path, tmp_path: Path) -> None:
    assert last_mark(tmp_path) is None
    made = backups.make(folder / "mine.backup", a_key(), ADA)
    mark = last_mark(tmp_path)
    assert mark is not None
    assert (mark.at, mark.file, mark.encrypted) == ("2026-01-01T12:00:00+00:00", "mine.backup", True)
    assert stat.S_IMODE((tmp_path / MARK).stat().st_mode) == 0o600
    entry = last_entry(store)
    assert (entry.event, entry.on, entry.who_name) == ("backup.made", "backup:mine.backup", "Ada")
    assert json.loads(entry.details)["sums"] == made.found.digest
    for damaged in ("", "[]", "{", '{"file": 1}'):
        (tmp_path / MARK).write_text(damaged)
        assert last_mark(tmp_path) is None


def test_only_an_encrypted_one_holds_what_is_the_hosts(backups: Backups, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "doorward.toml").write_text('smtp_url = "smtps://u:a-secret@mail.example.org"\n')
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "authority.pem").write_text("PRIVATE")
    plain = backups.make(folder / "plain.tar", None)
    assert not [name for name in looked_into(plain.path) if name.startswith("host/")]
    keys = (tmp_path / "secrets.toml").read_bytes()
    assert b"a-secret" not in plain.path.read_bytes()
    assert keys not in plain.path.read_bytes()
    key = a_key()
    sealed = backups.make(folder / "sealed.backup", key)
    found = looked_into(sealed.path, key)
    assert found["host/secrets.toml"] == keys
    assert found["host/tls/authority.pem"] == b"PRIVATE"
    assert b"a-secret" in found["host/doorward.toml"]
    assert b"a-secret" not in sealed.path.read_bytes()
    assert b"Bob" not in sealed.path.read_bytes()


def test_under_load_it_is_one_moment_and_holds_whatever_was_acknowledged_before(
    store: Store, backups: Backups, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    """Writers in groups and alone, each with a file; entry, file and row of one change are in it together or not."""
    kept = tmp_path / "kept"
    store.places.append(place_in(kept))
    stop, acknowledged, lock = threading.Event(), [0], threading.Lock()
    enough = threading.Event()

    def write(who: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            content = f"{who} {number}".encode()
            if who % 2:
                store.grouped(ADA, lambda tx, c=content, n=number: keep(tx, kept, f"{who}/{n}", c))  # type: ignore[misc]
            else:
                do(store, lambda tx, c=content, n=number: keep(tx, kept, f"{who}/{n}", c))  # type: ignore[misc]
            with lock:
                acknowledged[0] += 1
                if acknowledged[0] >= 60:
                    enough.set()

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert enough.wait(60)
        before = acknowledged[0]
        made = backups.make(folder / "load.tar", None)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert acknowledged[0] >= before
    assert made.found.problems == []
    assert made.found.broken is None
    assert made.found.files == made.found.about.entries >= before
    names = {name for name in looked_into(made.path) if name.startswith("files/")}
    for who in range(4):  # of each writer, all up to one moment: none is missing in between
        numbers = sorted(int(name.split("/")[2]) for name in names if name.startswith(f"files/{who}/"))
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(entries(store)) > made.found.about.entries


@contextmanager
def no_room_after(monkeypatch: pytest.MonkeyPatch, writes: int, number: int = errno.ENOSPC) -> Iterator[None]:
    """The disk is full once so many pieces of the backup were written."""
    real, count = backup_archive.ArchiveWriter._put, [0]

    def put(self: backup_archive.ArchiveWriter, *rest: object) -> str:
        count[0] += 1
        if count[0] > writes:
            raise OSError(number, os.strerror(number))
        return real(self, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(backup_archive.ArchiveWriter, "_put", put)
        yield


@pytest.mark.parametrize("writes", [0, 1, 3])
def test_a_full_disk_is_said_and_leaves_nothing(
    store: Store, backups: Backups, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    with no_room_after(monkeypatch, writes), pytest.raises(BackupRefused, match="no room left"):
        backups.make(folder, None)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.glob(".backup-*"))
    assert last_mark(tmp_path) is None
    entry = last_entry(store)
    assert (entry.event, entry.outcome) == ("backup.made", FAILED)
    assert backups.make(folder, None).path.exists()  # and then there is room again


def test_a_disk_without_room_is_noticed_before_anything_is_written(
    backups: Backups, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = backup_module.shutil.disk_usage(folder)
    monkeypatch.setattr(backup_module.shutil, "disk_usage", lambda _path: usage._replace(free=1))
    with pytest.raises(BackupRefused, match="no room for the backup"):
        backups.make(folder, None)
    assert list(folder.iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(backups: Backups, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="There is no folder"):
        backups.make(tmp_path / "nowhere" / "x.tar", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupRefused):
        backups.make(tmp_path / "file" / "x.tar", None)


def test_a_backup_never_takes_the_place_of_a_file_or_link(backups: Backups, folder: Path, tmp_path: Path) -> None:
    made = backups.make(folder, None)
    content = made.path.read_bytes()
    with pytest.raises(BackupRefused, match="is there already"):
        backups.make(made.path, None)
    assert made.path.read_bytes() == content
    assert backups.make(folder, None).path.name == "doorward-20260101-120001.tar"  # the clock stands still
    (folder / "link.tar").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupRefused, match="is there already"):
        backups.make(folder / "link.tar", None)
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_read_back_otherwise_than_written_is_no_backup(
    backups: Backups, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that loses a bit: the file is changed between writing and reading back."""
    real = backup_module.read_back

    def on_a_bad_disk(path: Path, *rest: object) -> object:
        with path.open("r+b") as file:
            file.seek(2000)
            file.write(b"?")
        return real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(backup_module, "read_back", on_a_bad_disk)
    for key in (None, a_key()):
        with pytest.raises(BackupRefused):
            backups.make(folder, key)
    assert list(folder.iterdir()) == []


def test_there_is_one_at_a_time(backups: Backups, folder: Path, tmp_path: Path) -> None:
    with closing(_Held(in_use.one_backup(tmp_path))), pytest.raises(BackupRefused, match="Another backup"):
        backups.make(folder, None)
    assert backups.make(folder, None).path.exists()


class _Held:
    def __init__(self, lock: in_use.Lock) -> None:
        self.close = lock.release


def test_whoever_is_told_can_end_it_and_nothing_is_left(backups: Backups, folder: Path, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def told(done: int, of: int) -> None:
        assert 0 <= done <= of
        if done > of / 2:  # in the middle of reading back
            raise Enough

    with pytest.raises(Enough):
        backups.make(folder, a_key(), told=told)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.glob(".backup-*"))


def test_a_killed_ones_copy_of_the_database_goes_with_the_next(backups: Backups, folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".backup-0123").mkdir()
    (tmp_path / ".backup-0123" / "database.sqlite3").write_text("all records")
    backups.make(folder, None)
    assert not list(tmp_path.glob(".backup-*"))


def test_files_that_are_gone_or_changed_are_told_and_the_rest_is_saved(
    store: Store, backups: Backups, folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    store.places.append(place_in(kept))
    for path in ("a", "b", "c"):
        do(store, lambda tx, p=path: keep(tx, kept, p, p.encode() * 9))  # type: ignore[misc]
    (kept / "a").unlink()
    (kept / "b").write_bytes(b"other")
    made = backups.make(folder, None)
    assert [(one.what, one.file) for one in made.found.problems] == [("missing", "files/a"), ("changed", "files/b")]
    assert looked_into(made.path)["files/c"] == b"ccccccccc"


def test_while_it_is_made_nothing_of_a_place_is_deleted(
    store: Store, backups: Backups, folder: Path, tmp_path: Path
) -> None:
    said: list[str] = []

    @contextmanager
    def holding() -> Iterator[None]:
        said.append("held")
        yield
        said.append("let go")

    def named(_db: object) -> Iterator[object]:
        said.append("read")
        return iter(())

    store.places.append(Place("files", tmp_path, named, holding))  # type: ignore[arg-type]
    backups.make(folder, None)
    assert said == ["held", "read", "read", "let go"]


def test_a_broken_journal_is_saved_as_it_is_and_said(
    store: Store, backups: Backups, folder: Path, tmp_path: Path
) -> None:
    for name in ("Bob", "Cleo", "Dora"):
        do(store, lambda tx, n=name: tx.journal("account.created", name=n))  # type: ignore[misc]
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET details = '{}' WHERE seq = 2"))
    made = backups.make(folder, None)
    assert made.found.broken is not None
    assert made.found.broken.seq == 2
    mark = last_mark(tmp_path)
    assert mark is not None
    assert mark.broken


def test_changed_by_somebody_without_our_keys_it_is_not_ours(
    backups: Backups, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    """Hashes alone can be made anew by anybody; the code under the server's keys cannot."""
    made = backups.make(folder, None)
    keys = KeyRing(settings.secret_keys)
    assert read_back(made.path, None, keys).signed
    assert read_back(made.path, None, KeyRing(["another key of another server, 12345", *settings.secret_keys])).signed
    assert not read_back(made.path, None, KeyRing(["another key of another server, 12345"])).signed
    forged = tmp_path / "forged.tar"
    forged.write_bytes(forge(made.path, lambda found: found | {"backup.json": found["backup.json"] + b" "}, None))
    assert not read_back(forged, None, keys).signed


def test_what_was_deleted_is_not_in_it(store: Store, backups: Backups, folder: Path) -> None:
    """Free pages of the database are not copied."""
    note = "erase me, please " * 100
    do(store, lambda tx: tx.db.execute(text("INSERT INTO kit_settings VALUES ('x', :note, 0)"), {"note": note}))
    do(store, lambda tx: tx.db.execute(text("DELETE FROM kit_settings")))
    made = backups.make(folder, None)
    assert b"erase me, please" not in made.path.read_bytes()


def test_rows_as_postgresql_writes_them_are_read() -> None:
    lines = [b"1\ta\\tb\\\\n\\n\\r\\b\\f\\v\t\\N\n", "2\tä\t\n".encode()]
    found = list(rows_of(lines, ("seq", "a", "b")))
    assert found == [{"seq": "1", "a": "a\tb\\n\n\r\b\f\v", "b": ""}, {"seq": "2", "a": "ä", "b": ""}]
    with pytest.raises(BackupRefused):
        list(rows_of([b"1\n"], ("seq", "a")))


def test_files_are_named_by_what_rows_say(store: Store, tmp_path: Path) -> None:
    """The place of these tests is one like any other."""
    do(store, lambda tx: keep(tx, tmp_path, "x/y", b"abc"))
    with store.reading() as db:
        (found,) = place_in(tmp_path).named(db)
    assert (found.path, found.sha256, found.size) == ("x/y", hashlib.sha256(b"abc").hexdigest(), 3)
    assert last_entry(store).event == KEPT
