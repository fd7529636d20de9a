"""What only a run of `prove` does, and only to its own temporary records: let time pass, and read everything."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, inspect, select, text
from sqlalchemy.orm import Session

from doorward.core.jobs import RUNNING
from doorward.core.uploads import Intake
from doorward.store import journal
from doorward.store.file_models import FileUsage
from doorward.store.invitation_models import Invitation
from doorward.store.job_models import JobRecord
from doorward.store.mail_models import MailCode
from doorward.store.models import Account, OneTimeCode, Record, SessionRecord
from doorward.store.seals import SealFile
from doorward.store.tokens import secrets_of
from doorward.store.transaction import Transaction


def age_sessions(
    tx: Transaction,
    account_id: str,
    *,
    idle: timedelta = timedelta(0),
    old: timedelta = timedelta(0),
    stale: timedelta = timedelta(0),
) -> int:
    """Let the sessions of an account look older than they are. How many there were.

    Arguments:
        account_id: whose.
        idle: by how much longer ago they were used.
        old: by how much longer ago they were opened.
        stale: by how much longer ago the person proved who they are.
    """
    found = tx.db.scalars(select(SessionRecord).where(SessionRecord.account_id == account_id)).all()
    for session in found:
        session.seen_at -= idle
        session.created_at -= old
        session.confirmed_at -= stale
    return len(found)


def age_password(tx: Transaction, account_id: str, age: timedelta) -> None:
    """Let the password of an account look older than it is, by so much."""
    account = tx.db.get(Account, account_id)
    if account is not None:
        account.password_changed_at -= age


def age_token(tx: Transaction, number: int, age: timedelta) -> None:
    """Let every secret of a token look older than it is, by so much."""
    for secret in secrets_of(tx.db, number):
        secret.created_at -= age
        if secret.expires_at is not None:
            secret.expires_at -= age


def use_up(tx: Transaction, intake: Intake, holder: str, left: int) -> int:
    """Let a holder look as if only so many bytes were left of what it may have in an intake.

    Results:
        by how much its use was raised.
    """
    row = tx.db.get(FileUsage, (intake.name, holder))
    if row is None:
        row = FileUsage(intake=intake.name, holder=holder, stored=0, files=1)
        tx.db.add(row)
    raised = intake.per_account - left - row.stored
    row.stored += raised
    return raised


def use_less(tx: Transaction, intake: Intake, holder: str, size: int) -> None:
    """Undo that."""
    row = tx.db.get(FileUsage, (intake.name, holder))
    if row is not None:
        row.stored -= size


def open_doors(db: Session) -> dict[str, int]:
    """How many sessions there are, and codes and links that work once."""
    codes = sum(db.scalar(select(func.count()).select_from(kind)) or 0 for kind in (OneTimeCode, MailCode))
    return {"sessions": db.scalar(select(func.count()).select_from(SessionRecord)) or 0, "codes and links": codes}


def is_something_done(db: Session) -> bool:
    """Is a background job being done just now?"""
    return db.scalar(select(JobRecord.id).where(JobRecord.state == RUNNING).limit(1)) is not None


def age_codes(tx: Transaction, age: timedelta) -> None:
    """Let all links and codes that are there look older than they are, by so much."""
    kept = [*tx.db.scalars(select(OneTimeCode)), *tx.db.scalars(select(Invitation)), *tx.db.scalars(select(MailCode))]
    for one in kept:
        one.created_at -= age
        if one.expires_at is not None:
            one.expires_at -= age


def stored_texts(db: Session) -> Iterator[tuple[str, str]]:
    """Every stored value, as text, with its table and column. For small databases only."""
    tables = inspect(db.connection())
    for table in sorted(_tables(db)):
        columns = [column["name"] for column in tables.get_columns(table)]
        for row in db.execute(text(f'SELECT * FROM "{table}"')):  # nosec B608  # (names from the schema itself)
            for column, value in zip(columns, row, strict=True):
                if value is not None:
                    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    yield f"{table}.{column}", shown


def _tables(db: Session) -> set[str]:
    """Every table that holds rows. A virtual one of SQLite only shows what its own tables beside it hold."""
    names = set(inspect(db.connection()).get_table_names())
    if db.get_bind().dialect.name != "sqlite":
        return names
    virtual = text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'")
    return names - set(db.scalars(virtual))


def app_records(db: Session) -> list[tuple[str, ...]]:
    """Every row of the tables that are the apps' and not the kit's. For small databases only."""
    kit = {one.local_table.name for one in Record.registry.mappers if one.class_.__module__.startswith("doorward.")}  # type: ignore[attr-defined]
    names = _tables(db) - kit - {"alembic_version"}
    return sorted(
        (name, *map(str, row))
        for name in names
        for row in db.execute(text(f'SELECT * FROM "{name}"'))  # nosec B608  # (names from the schema itself)
    )


#: What somebody who can write the database would do to the journal: what it is, and how. Each on a copy.
_FORGERIES: dict[str, str] = {
    "an entry is changed": "UPDATE journal SET outcome = 'ok', details = '{}', who_name = 'nobody' WHERE seq = :middle",
    "an entry is removed": "DELETE FROM journal WHERE seq = :middle",
    "the last entries are cut off": "DELETE FROM journal WHERE seq > :middle",
    "two entries change places": (
        "UPDATE journal SET details = (SELECT details FROM journal WHERE seq = :middle + 1) || ' ' WHERE seq = :middle"
    ),
    "an entry's time is changed": "UPDATE journal SET at = '2001-01-01T00:00:00.000000Z' WHERE seq = :middle",
    "the whole journal is emptied": "DELETE FROM journal WHERE seq > 0",
}


def found_forgeries(engine: Engine, seals: SealFile) -> dict[str, bool]:
    """Forge the journal in copies of the database, and say of each forgery whether checking the journal finds it.

    Arguments:
        engine: of a SQLite database; of others nothing is tried.
        seals: the file of seals beside it.
    """
    source = engine.url.database
    if engine.dialect.name != "sqlite" or not source:
        return {}
    return {what: _is_found(Path(source), statement, seals) for what, statement in _FORGERIES.items()}


def _is_found(source: Path, statement: str, seals: SealFile) -> bool:
    with tempfile.TemporaryDirectory(prefix="doorward-forged-") as folder:
        copy = Path(folder) / "copy.sqlite3"
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(copy)) as forged:
            original.backup(forged)
            middle = forged.execute("SELECT max(seq) / 2 FROM journal").fetchone()[0]
            forged.execute(statement, {"middle": middle})
            forged.commit()
        engine = create_engine(f"sqlite:///{copy}")
        try:
            with Session(engine) as db:
                return journal.verify(db, seals) is not None
        finally:
            engine.dispose()
