"""Reading a backup from its first byte to its last: is it whole, is it ours, and does the journal in it hold?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from doorward.core import backups as names
from doorward.core.backup_seal import BackupKey
from doorward.core.backups import About, read_about
from doorward.core.journal import Break, Entry, Sealed, first_break
from doorward.core.secrets import KeyRing
from doorward.errors import BackupRefused
from doorward.store import backup_sqlite, journal
from doorward.store.backup_archive import ArchiveReader, Member
from doorward.store.backup_streams import Source, is_encrypted, source_of
from doorward.store.private_files import create
from doorward.store.seals import SealFile

_JOURNAL = "journal"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was wrong with the records themselves when they were backed up.

    Arguments:
        what: "missing" or "changed".
        file: which file, by its name in the backup.
    """

    what: str
    file: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A backup that was read to its end and is as it was written.

    Arguments:
        about: what it says of itself.
        digest: the SHA-256 of the list of its members: one value that stands for all of it.
        encrypted: is it?
        signed: was it made with one of these keys, or is it encrypted? Else anybody can have made it.
        files: how many files of records are in it.
        problems: what was wrong with the records when it was made.
        broken: the first entry of the journal that does not hold; None where it was not looked at, or is whole.
    """

    about: About
    digest: str
    encrypted: bool
    signed: bool
    files: int
    problems: Sequence[Problem]
    broken: Break | None = None


def read_back(
    path: Path,
    key: BackupKey | None,
    keys: KeyRing,
    scratch: Path | None = None,
    told: Callable[[int], None] = lambda _count: None,
) -> ReadBack:
    """Read a backup in full.

    Arguments:
        path: its file.
        key: the operator's, where it is encrypted.
        keys: the server's own.
        scratch: an empty private folder, to open the database and to check the journal in; None to leave that out.
        told: told of every number of bytes that was read.

    Errors:
        BackupRefused: it is not whole, not one, or its database is damaged.
    """
    try:
        with path.open("rb") as file, ExitStack() as stack:
            taken = stack.enter_context(closing(_Taken(scratch))) if scratch is not None else None
            encrypted = is_encrypted(file)
            archive = ArchiveReader(Counted(source_of(file, key), told))
            about, files, problems = _walk(archive, taken)
            signed = encrypted or (bool(archive.code) and keys.mac_holds(names.SIGNING, archive.digest, archive.code))
            broken = taken.judge(about) if taken is not None else None
    except OSError as problem:
        raise BackupRefused(f"{path.name} cannot be read: {problem.strerror}.") from problem
    return ReadBack(about, archive.digest.hex(), encrypted, signed, files, problems, broken)


class Counted:
    """A source that tells how much was read from it."""

    def __init__(self, source: Source, told: Callable[[int], None]) -> None:
        self._source, self._told = source, told

    def read(self, count: int) -> bytes:
        given = self._source.read(count)
        self._told(len(given))
        return given


def _walk(archive: ArchiveReader, taken: _Taken | None) -> tuple[About, int, list[Problem]]:
    about, files, problems = None, 0, list[Problem]()
    for member in archive.members():
        if about is None:
            about = about_in(member)
        elif member.name == names.PROBLEMS:
            problems = problems_in(member)
        elif member.name.partition("/")[0] in about.places:
            files += 1
        elif taken is not None:
            taken.take(member)
    if about is None:
        raise BackupRefused("There is nothing in this backup.")
    return about, files, problems


def about_in(member: Member) -> About:
    """What the first member says.

    Errors:
        BackupRefused: it is not the one with which a backup begins.
    """
    if member.name != names.ABOUT:
        raise BackupRefused("This is no backup of Doorward.")
    return read_about(member.short())


def problems_in(member: Member) -> list[Problem]:
    """What was wrong with the records.

    Errors:
        BackupRefused: it cannot be read.
    """
    try:
        return [Problem(str(one["what"]), str(one["file"])) for one in json.loads(member.short())]
    except (ValueError, TypeError, KeyError):
        raise BackupRefused("The list of problems in this backup cannot be read.") from None


def written(problems: Iterable[Problem]) -> bytes:
    """The list as it stands in a backup."""
    return json.dumps([{"what": one.what, "file": one.file} for one in problems], indent=1).encode()


class _Taken:
    """What is taken out of a backup to be looked at: the database, the seals, the rows of the journal."""

    def __init__(self, scratch: Path) -> None:
        self._database, self._seals, self._rows = (scratch / name for name in (names.DATABASE, names.SEALS, _JOURNAL))
        self._open: BinaryIO | None = None

    def take(self, member: Member) -> None:
        table = member.name.split("/")[1] if member.name.startswith(f"{names.TABLES}/") else ""
        if member.name in (names.DATABASE, names.SEALS):
            with create(self._database if member.name == names.DATABASE else self._seals) as file:
                file.writelines(member.blocks())
        elif table == _JOURNAL:
            self._open = self._open or create(self._rows)
            self._open.writelines(member.blocks())

    def judge(self, about: About) -> Break | None:
        if not self._seals.exists():
            raise BackupRefused("The seals of the journal are missing in this backup.")
        with closing(SealFile(self._seals)) as seals:
            if about.database != "sqlite":
                return first_break(self._entries(about.tables.get(_JOURNAL, ())), seals.seals())
            if not self._database.exists():
                raise BackupRefused("The database is missing in this backup.")
            backup_sqlite.refuse_broken(self._database)
            with backup_sqlite.reading(self._database) as db:
                return journal.verify(db, seals)

    def _entries(self, columns: Sequence[str]) -> Iterator[Sealed]:
        if self._open is None:
            return
        self._open.seek(0)
        for row in rows_of(self._open, columns):
            fields = ("at", "event", "outcome", "who", "who_name", "address", "target", "details")
            yield Sealed(int(row["seq"]), Entry(*(row[name] for name in fields)), row["seal"])

    def close(self) -> None:
        if self._open is not None:
            self._open.close()


def rows_of(lines: Iterable[bytes], columns: Sequence[str]) -> Iterator[Mapping[str, str]]:
    r"""Rows as PostgreSQL's `COPY` writes them as text: tabs between columns, `\N` for nothing, escapes with `\`.

    Errors:
        BackupRefused: that is not what stands there.
    """
    for line in lines:
        values = line.removesuffix(b"\n").split(b"\t")
        if len(values) != len(columns):
            raise BackupRefused("A row of the journal in this backup cannot be read.")
        yield dict(zip(columns, map(_plain, values), strict=True))


def _plain(value: bytes) -> str:
    if value == rb"\N":
        return ""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), value).decode("utf-8", "replace")
