"""PostgreSQL in a backup: every table as rows, read in one snapshot, and put into a schema that migrations have made.

The server that makes the backup needs no program of PostgreSQL (`pg_dump` is often missing in containers, or of another
version): rows go through `COPY`, in one transaction of the level REPEATABLE READ, which sees one moment (PostgreSQL's
documentation, 13.2.2). Tables, indexes and constraints are made by the migrations, up to the revisions of the backup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from doorward.core.backups import TABLES, is_table
from doorward.errors import BackupRefused
from doorward.store.backup_archive import ArchiveWriter

#: Rows are gathered up to this many bytes; each such part is a member of the backup.
_PART = 4 << 20
_REVISIONS = "alembic_version"
#: The journal is read in its order, so that its chain can be checked while it is read back.
_ORDER = {"journal": "seq"}

_TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
    SELECT s.relname, t.relname, a.attname
    FROM pg_class s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace
    ORDER BY t.relname, a.attname
"""
_FOREIGN_KEYS = """
    SELECT t.relname, k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace
    ORDER BY t.relname, k.conname
"""

_SIZE = """
    SELECT coalesce(sum(pg_table_size(oid)), 0) FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
"""

Tables = Mapping[str, Sequence[str]]
Sequences = Mapping[str, tuple[int, bool]]


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment, however long it is read from and whatever others write."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(connection) as db:
        yield db


def tables(db: Session) -> dict[str, tuple[str, ...]]:
    """Every table of this database's own schema but the list of revisions, with its columns.

    Errors:
        BackupRefused: one is called as no table here is.
    """
    found = {name: tuple(columns) for name, columns in db.execute(text(_TABLES)) if name != _REVISIONS}
    for name in found:
        if not is_table(name):
            raise BackupRefused(f"The database holds a table {name!r}, which no app here can have made.")
    return found


def sequences(db: Session) -> dict[str, tuple[int, bool]]:
    """How far numbers were given out, by `table.column`. Not of the snapshot, but never less than in it."""
    given = {}
    raw = _raw(db.connection())
    for sequence, table, column in db.execute(text(_SEQUENCES)).all():
        query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(sequence))
        last, used = cast(tuple[int, bool], raw.execute(query).fetchone())
        given[f"{table}.{column}"] = (last, used)
    return given


def size(db: Session) -> int:
    """About how many bytes the rows are."""
    return int(db.execute(text(_SIZE)).scalar_one())


def write_rows(db: Session, writer: ArchiveWriter, wanted: Tables) -> None:
    """Put every row of these tables into a backup, in parts that are cut between rows."""
    raw = _raw(db.connection())
    for table, columns in wanted.items():
        query = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT").format(
            _names(columns),
            sql.Identifier(table),
            sql.SQL("ORDER BY {}").format(sql.Identifier(_ORDER[table])) if table in _ORDER else sql.SQL(""),
        )
        for number, part in enumerate(_parts(raw, query), start=1):
            writer.add_bytes(f"{TABLES}/{table}/{number:08}", part)


def _parts(raw: psycopg.Connection[Any], query: sql.Composed) -> Iterator[bytes]:
    waiting = bytearray()
    with raw.cursor() as cursor, cursor.copy(query) as rows:
        for row in rows:
            waiting += row
            if len(waiting) >= _PART:
                yield bytes(waiting)
                waiting.clear()
    if waiting:
        yield bytes(waiting)


class Loader:
    """Fills tables that migrations have just made, and nobody else sees, with the rows of a backup.

    Arguments:
        connection: in a transaction, in the schema that is filled.
        wanted: the tables of the backup with their columns.

    Errors:
        BackupRefused: the backup has tables or columns that no migration here makes.
    """

    def __init__(self, connection: Connection, wanted: Tables) -> None:
        self._connection = connection
        self._raw = _raw(connection)
        self._wanted = wanted
        with Session(connection) as db:
            there = tables(db)
        for name, columns in wanted.items():
            unknown = set(columns) - set(there.get(name, ()))
            if name not in there or unknown:
                raise BackupRefused(
                    f"The backup holds a table {name!r} that no app here makes so. Name the app of it with --app."
                )
        self._foreign_keys = [tuple(row) for row in connection.execute(text(_FOREIGN_KEYS))]
        for table, name, _ in self._foreign_keys:
            self._run("ALTER TABLE {} DROP CONSTRAINT {}", table, name)
        for name in there:  # what the migrations themselves have put there stands in the backup too
            self._run("DELETE FROM {}", name)

    def load(self, table: str, part: bytes) -> None:
        """Put a part of a table's rows in."""
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(self._wanted[table]))
        try:
            with self._raw.cursor() as cursor, cursor.copy(query) as rows:
                rows.write(part)
        except psycopg.Error as problem:
            raise BackupRefused(f"The rows of {table} do not fit: {str(problem).splitlines()[0]}") from problem

    def finish(self, given: Sequences) -> None:
        """All rows are there: let numbers go on where they stopped, and tie the tables together again."""
        for place, (last, used) in given.items():
            table, _, column = place.partition(".")
            query = "SELECT setval(pg_get_serial_sequence(quote_ident(:table), :column), :last, :used)"
            self._connection.execute(text(query), {"table": table, "column": column, "last": last, "used": used})
        try:
            for table, name, definition in self._foreign_keys:
                self._run("ALTER TABLE {} ADD CONSTRAINT {} ", table, name, then=definition)
        except psycopg.Error as problem:
            raise BackupRefused(f"The rows do not fit together: {str(problem).splitlines()[0]}") from problem

    def _run(self, statement: LiteralString, *names: str, then: str = "") -> None:
        """Run a statement with these names in it. `then` is what PostgreSQL itself wrote of a constraint of ours."""
        named = sql.SQL(statement).format(*map(sql.Identifier, names))
        self._raw.execute(named + sql.SQL(then))


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
