"""The contract of what keeps whole files. Whoever keeps them elsewhere adds a class here, and all of it must hold."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from doorward.store.file_bytes import FULL, SHELVES, ByteStore, Folder, new_key

DAY = 86_400


class Contract:
    """What every `ByteStore` promises. Subclasses say which one."""

    @pytest.fixture
    def kept(self, tmp_path: Path) -> ByteStore:
        raise NotImplementedError

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Path:
        """Where finished files lie that are to be kept: on the disk of the arrivals."""
        desk = tmp_path / "desk"
        desk.mkdir()
        return desk

    def finished(self, desk: Path, content: bytes) -> Path:
        path = desk / new_key()
        path.write_bytes(content)
        return path

    def test_what_is_kept_is_given_back_byte_for_byte_and_from_any_place(self, kept: ByteStore, desk: Path) -> None:
        key, content = new_key(), os.urandom(300_000)
        path = self.finished(desk, content)
        kept.keep(key, path)
        assert not path.exists()  # it was taken over
        assert kept.size(key) == len(content)
        file = kept.open(key)
        assert file is not None
        with file:
            assert file.read() == content
            file.seek(200_001)
            assert file.read(7) == content[200_001:200_008]

    def test_what_was_never_kept_is_not_there(self, kept: ByteStore) -> None:
        key = new_key()
        assert (kept.open(key), kept.size(key)) == (None, None)
        kept.delete(key)  # and nothing happens

    def test_a_key_names_one_file_and_a_variant_is_another(self, kept: ByteStore, desk: Path) -> None:
        key = new_key()
        kept.keep(key, self.finished(desk, b"first"))
        kept.keep(f"{key}{FULL}", self.finished(desk, b"picture"))
        kept.keep(key, self.finished(desk, b"second"))  # as after a kill in the middle: the later one counts
        assert (kept.size(key), kept.size(f"{key}{FULL}")) == (6, 7)
        kept.delete(key)
        assert (kept.size(key), kept.size(f"{key}{FULL}")) == (None, 7)

    def test_whoever_reads_reads_on_though_it_is_deleted(self, kept: ByteStore, desk: Path) -> None:
        key = new_key()
        kept.keep(key, self.finished(desk, b"x" * 100_000))
        file = kept.open(key)
        assert file is not None
        with file:
            assert file.read(10) == b"x" * 10
            kept.delete(key)
            assert len(file.read()) == 99_990

    def test_many_at_once_do_not_disturb_each_other(self, kept: ByteStore, desk: Path) -> None:
        keys = [new_key() for _ in range(24)]
        paths = [self.finished(desk, key.encode()) for key in keys]
        threads = [threading.Thread(target=kept.keep, args=one) for one in zip(keys, paths, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for key in keys:
            file = kept.open(key)
            assert file is not None
            with file:
                assert file.read() == key.encode()

    def test_the_shelves_together_have_every_key_and_only_old_ones(self, kept: ByteStore, desk: Path) -> None:
        keys = {new_key() for _ in range(40)}
        for key in keys:
            kept.keep(key, self.finished(desk, b"x"))
        newest = max(path.stat().st_mtime for path in [self.finished(desk, b"now")])
        by_shelf = [list(kept.older_than(newest + DAY, shelf)) for shelf in range(SHELVES)]
        assert sorted(key for shelf in by_shelf for key in shelf) == sorted(keys)
        assert [key for shelf in range(SHELVES) for key in kept.older_than(newest - DAY, shelf)] == []

    @pytest.mark.parametrize(
        "key", ["", "../a", "a" * 32 + "/..", "A" * 32, "a" * 33, "a" * 32 + ".exe", "/etc/passwd"]
    )
    def test_what_is_no_key_opens_nothing(self, kept: ByteStore, desk: Path, key: str) -> None:
        path = self.finished(desk, b"x")
        for ask in (lambda: kept.open(key), lambda: kept.size(key), lambda: kept.keep(key, path)):
            with pytest.raises(ValueError, match="not a key"):
                ask()
        with pytest.raises(ValueError, match="not a key"):
            kept.delete(key)
        assert path.exists()


class TestFolder(Contract):
    """A folder of this machine."""

    @pytest.fixture
    def kept(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "kept")

    def test_nobody_else_on_the_machine_reads_it(self, kept: Folder, desk: Path) -> None:
        key = new_key()
        os.chmod(path := self.finished(desk, b"x"), 0o600)
        kept.keep(key, path)
        found = list(kept.folder.rglob("*"))
        assert {one.stat().st_mode & 0o077 for one in found} == {0}
        assert kept.folder.stat().st_mode & 0o077 == 0
