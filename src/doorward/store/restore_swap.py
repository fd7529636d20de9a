"""The last step of a restore: what was staged takes the place of what is there, and the old is kept aside.

It is more than one rename, and on PostgreSQL a transaction too. So what is going to be done is written down first, as
a whole, in one file. From then on the restore counts: whoever opens the data folder next finishes it before anything
else. Every step can be done again: it looks whether it was done. A kill at any moment therefore leaves the old state,
or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg import sql
from sqlalchemy import Connection, text

from doorward.errors import BackupRefused, StartRefused
from doorward.settings import Settings
from doorward.store import in_use
from doorward.store.engine import APPLICATION, open_engine
from doorward.store.private_files import make_folders, sync_folder, write_whole

#: How often it is looked whether a server has let go of the database, and the seconds between.
_LOOKS, _BETWEEN_LOOKS = 6, 0.2

_PLAN = "restore.pending.json"
_PATIENCE = "10s"


@dataclass(frozen=True, slots=True)
class Schemas:
    """What is done in PostgreSQL: tables move from one schema to another.

    Arguments:
        live: where the server looks for its tables.
        staged: where those of the backup are.
        aside: where those of before go; made with the move, so that it tells whether that was done.
    """

    live: str
    staged: str
    aside: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is going to be done.

    Arguments:
        moves: what is renamed, in order: from where, to where. What is at its place already, or nowhere, is left out.
        staging: folders that are of no use afterwards.
        schemas: on PostgreSQL.
    """

    moves: tuple[tuple[str, str], ...]
    staging: tuple[str, ...]
    schemas: Schemas | None = None


def commit(data: Path, plan: Plan, database_url: str) -> None:
    """Write the plan down, and carry it out. From the moment it is on disk the restore counts."""
    refuse_impossible(plan)
    write_whole(data / _PLAN, json.dumps(asdict(plan), indent=1).encode())
    finish(data, database_url)


def is_pending(data: Path) -> bool:
    """Was a restore begun to be put in place, and not finished?"""
    return (data / _PLAN).exists()


def finish(data: Path, database_url: str) -> None:
    """Carry out what was written down. Whoever calls this has the data folder to itself.

    Errors:
        BackupRefused: something is in the way; it is tried again whenever the data folder is opened.
    """
    plan = _read(data)
    try:
        if plan.schemas is not None:
            _move_tables(plan.schemas, database_url)
        for source, target in plan.moves:
            _move(Path(source), Path(target))
        for folder in plan.staging:
            shutil.rmtree(folder, ignore_errors=True)
        (data / _PLAN).unlink()
        sync_folder(data)
    except OSError as problem:
        raise BackupRefused(
            f"A restore could not be finished ({problem.strerror}: {problem.filename}). Mend that; it is finished at "
            "the next start. Everything is still there."
        ) from problem


def ready_for_use(settings: Settings) -> in_use.Lock:
    """Use a data folder beside others; a restore that was begun to be put in place is finished first.

    Errors:
        StartRefused: a backup is being restored just now, or what was begun cannot be finished.
    """
    lock = in_use.share(settings.data)
    while is_pending(settings.data):
        lock.release()
        try:
            own = in_use.alone(settings.data)
            try:
                if is_pending(settings.data):
                    finish(settings.data, settings.database_url)
            finally:
                own.release()
        except BackupRefused as problem:
            raise StartRefused(problem.message) from problem
        lock = in_use.share(settings.data)
    return lock


def refuse_impossible(plan: Plan) -> None:
    """Raise `BackupRefused` where a rename could not work: across disks, or of a disk's own folder."""
    for source, target in ((Path(source), Path(target)) for source, target in plan.moves):
        if not source.exists():
            continue
        if source.is_mount() or source.stat().st_dev != _nearest(target.parent).stat().st_dev:
            raise BackupRefused(
                f"{source} lies on a disk of its own, so that it cannot be renamed. Let it lie in the data folder, or "
                "restore into a new data folder with --data and bring that to its place by hand."
            )


def _nearest(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _read(data: Path) -> Plan:
    try:
        found = json.loads((data / _PLAN).read_text("utf-8"))
        moves = tuple((str(source), str(target)) for source, target in found["moves"])
        return Plan(moves, tuple(found["staging"]), Schemas(**found["schemas"]) if found["schemas"] else None)
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise BackupRefused(f"{data / _PLAN} says that a restore waits, but cannot be read.") from problem


def _move(source: Path, target: Path) -> None:
    if target.exists() or not source.exists():
        return
    make_folders(target.parent)
    os.rename(source, target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def _move_tables(schemas: Schemas, database_url: str) -> None:
    """In one transaction, so that it was done or was not. The new schema beside them tells which."""
    with connected(database_url) as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        if not _exists(connection, schemas.aside):
            _run(connection, "CREATE SCHEMA {}", schemas.aside)
            staged = _tables(connection, schemas.staged)
            for name in _tables(connection, schemas.live):
                if name in staged:
                    _run(connection, "ALTER TABLE {}.{} SET SCHEMA {}", schemas.live, name, schemas.aside)
            for name in staged:
                _run(connection, "ALTER TABLE {}.{} SET SCHEMA {}", schemas.staged, name, schemas.live)
    with connected(database_url) as connection:
        drop_schemas(connection, schemas.staged)


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    """A transaction on the database, past everything that the server has open."""
    engine = open_engine(database_url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def drop_schemas(connection: Connection, beginning: str) -> None:
    """Let go of schemas whose names begin so, which were made for restores, with whatever is in them."""
    query = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :beginning)")
    for name in connection.execute(query, {"beginning": beginning}).scalars().all():
        _run(connection, "DROP SCHEMA {} CASCADE", name)


def refuse_others(connection: Connection) -> None:
    """Raise `BackupRefused` if other processes of Doorward use this database, with whatever data folder.

    One that has just ended may be listed for a moment longer: only who is still there after a second counts.
    """
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :ours "
        "AND pid <> pg_backend_pid()"
    )
    for _ in range(_LOOKS):
        if not connection.execute(text(query), {"ours": APPLICATION}).scalar_one():
            return
        time.sleep(_BETWEEN_LOOKS)
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))  # it shows one moment to a whole transaction
    raise BackupRefused("A server of Doorward is connected to this database. Stop it first.")


def _exists(connection: Connection, schema: str) -> bool:
    query = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    return connection.execute(query, {"name": schema}).first() is not None


def _tables(connection: Connection, schema: str) -> list[str]:
    query = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname = :schema ORDER BY c.relname"
    )
    return list(connection.execute(text(query), {"schema": schema}).scalars())


def _run(connection: Connection, statement: str, *names: str) -> None:
    composed = sql.SQL(statement).format(*map(sql.Identifier, names))
    connection.exec_driver_sql(composed.as_string(None))
