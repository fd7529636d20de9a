"""SQLite in a backup: a copy of one moment while others write, and what shows that a copy is sound.

`VACUUM INTO` reads in one transaction (SQLite's documentation, "VACUUM with an INTO clause"), so that writers go on
and none of their later changes is in the copy; and it copies no free pages, so that what was deleted is not in it
either (OWASP ASVS 14.2.4).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from doorward.errors import BackupRefused
from doorward.store.private_files import create

_BUSY_SECONDS = 30


def copy(engine: Engine, target: Path) -> None:
    """Copy the database of `engine`, as it is at one moment, into a new file that only this user may read.

    Errors:
        BackupRefused: there is no room, or the database cannot be read.
    """
    source = engine.url.database
    if not source or source == ":memory:":
        raise BackupRefused("A database in memory has nothing to back up.")
    create(target).close()  # SQLite fills an empty file, and would make its own readable for others
    try:
        with closing(sqlite3.connect(source, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as problem:
        raise BackupRefused(f"The database could not be copied: {problem}.") from problem


@contextmanager
def reading(path: Path) -> Iterator[Session]:
    """A session for reading a copy that nobody else uses; nothing is written beside it."""
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    )
    try:
        with Session(engine) as db:
            db.execute(text("PRAGMA trusted_schema=OFF"))
            yield db
    finally:
        engine.dispose()


def refuse_broken(path: Path) -> None:
    """Raise `BackupRefused` if the database in this file is damaged."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            found = connection.execute("PRAGMA integrity_check(3)").fetchall()
    except sqlite3.Error as problem:
        raise BackupRefused(f"The database in it is damaged: {problem}.") from problem
    if found != [("ok",)]:
        raise BackupRefused(f"The database in it is damaged: {found[0][0]}")
