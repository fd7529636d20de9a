"""Bring the database to the schema that this version needs: at start, once, under a lock.

The kit and each app have migrations of their own, as branches of one Alembic history. The heads are declared
beside them, so that an up-to-date database is recognised with one query and Alembic is not even imported:
a second start is fast.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError, InterfaceError

from doorward.errors import StartRefused

if TYPE_CHECKING:
    from alembic.config import Config

_POSTGRES_LOCK = 0x600D_0001


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of the kit or of one app.

    Arguments:
        folder: the folder of the revision files.
        head: the newest revision in it.
    """

    folder: Path
    head: str


KIT = Migrations(Path(__file__).parent / "migrations" / "versions", head="kit_0010")


def migrate(engine: Engine, apps: Sequence[Migrations] = ()) -> bool:
    """Upgrade the database if it is behind. Safe when several processes start at once.

    Arguments:
        engine: the database.
        apps: the migrations of the apps that run on it.

    Results:
        True if something was upgraded.

    Errors:
        StartRefused: the database is of a newer version than this program, or cannot be used at all.
    """
    try:
        return _brought_up(engine, [KIT, *apps])
    except (DatabaseError, InterfaceError) as problem:
        raise StartRefused(
            f"The database cannot be used: {str(problem.orig).strip()}.\n"
            "See that it is running and complete, and that this user may write it; or restore a backup."
        ) from problem


def _brought_up(engine: Engine, sources: Sequence[Migrations]) -> bool:
    if _is_current(engine, sources):
        return False
    with _lock(engine):
        if _is_current(engine, sources):
            return False
        _upgrade(engine, sources)
    return True


def _is_current(engine: Engine, sources: Sequence[Migrations]) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
    return {source.head for source in sources} <= found


def is_current(engine: Engine, apps: Sequence[Migrations] = ()) -> bool:
    """Has the database exactly the schema that this version of the kit and these apps need?"""
    return _is_current(engine, [KIT, *apps])


def unknown(revisions: Collection[str], apps: Sequence[Migrations] = ()) -> list[str]:
    """Those of these revisions that neither the kit nor one of these apps has: of a newer version, or another app."""
    from alembic.script import ScriptDirectory

    known = {one.revision for one in ScriptDirectory.from_config(alembic_config([KIT, *apps])).walk_revisions()}
    return sorted(set(revisions) - known)


def migrate_to(engine: Engine, revisions: Collection[str], apps: Sequence[Migrations] = ()) -> None:
    """Bring an empty database to these revisions and no further, so that rows of that time fit in."""
    from alembic import command

    config = alembic_config([KIT, *apps])
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        for revision in sorted(revisions):
            command.upgrade(config, revision)


def _upgrade(engine: Engine, sources: Sequence[Migrations]) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config(sources)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "heads")
        except CommandError as problem:
            raise StartRefused(
                f"The database does not fit this version of Doorward ({problem}). "
                "Start the newer version, or restore a backup made by this one."
            ) from problem


def alembic_config(sources: Sequence[Migrations]) -> Config:
    """Alembic's configuration for these migrations, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(source.folder) for source in sources))
    return config


@contextmanager
def _lock(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _POSTGRES_LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _POSTGRES_LOCK})
        return
    descriptor = os.open(_lock_path(engine), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_path(engine: Engine) -> Path:
    database = engine.url.database
    if not database or database == ":memory:":
        return Path(tempfile.gettempdir()) / f"doorward-migrate-{os.getpid()}.lock"
    return Path(f"{database}.migrate.lock")
