"""The connection to the database: SQLite as one durable file, or PostgreSQL."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DataError

from doorward.errors import BadRequest, SettingsError
from doorward.store.busy import patiently

#: The execution option of a connection that is going to write. SQLite then takes its write lock at once, so that
#: a transaction that has read cannot fail later because another one wrote in between.
WRITES = "doorward_writes"

#: How our connections are called in PostgreSQL, so that a restore sees whether a server runs.
APPLICATION = "doorward"

_BUSY_MILLISECONDS = 10_000

_log = logging.getLogger("doorward.store")


def open_engine(url: str, *, connections: int = 20) -> Engine:
    """An engine for `url`; nothing is connected yet.

    Arguments:
        url: `sqlite:///path` or `postgresql+psycopg://…`.
        connections: how many connections may be open at once: one for each working thread.

    Errors:
        SettingsError: the URL is not one of a database we support.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError("database_url is not a database address, such as sqlite:////srv/doorward.sqlite3") from None
    if parsed.get_backend_name() == "sqlite":
        return _watched(_sqlite(url, connections))
    if parsed.get_backend_name() == "postgresql":
        return _watched(_postgresql(parsed, connections))
    raise SettingsError(f"database_url names {parsed.get_backend_name()!r}; Doorward runs on sqlite or postgresql")


def _watched(engine: Engine) -> Engine:
    event.listen(engine, "handle_error", _refuse_what_it_cannot_hold)
    return engine


def _refuse_what_it_cannot_hold(context: ExceptionContext) -> None:
    """A NUL in a text, a number of forty digits, half a character: somebody sent that, and nothing is broken."""
    unheld = isinstance(context.original_exception, OverflowError | UnicodeEncodeError)
    if unheld or isinstance(context.sqlalchemy_exception, DataError):
        _log.warning("refused what the database cannot hold: %s", type(context.original_exception).__name__)
        raise BadRequest("Something that was sent cannot be stored: a character or a number out of range.")


def _postgresql(url: URL, connections: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=5,
        pool_pre_ping=True,
        hide_parameters=True,  # hashes and names shall not enter the log with an error
        connect_args={"application_name": APPLICATION},
    )


def _sqlite(url: str, connections: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=10,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": _BUSY_MILLISECONDS / 1000},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _leave_nothing_open)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    patiently(lambda: connection.execute("PRAGMA journal_mode=WAL"), _BUSY_MILLISECONDS / 1000)
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "synchronous=FULL",  # what is acknowledged is on disk (law 10)
        "trusted_schema=OFF",
        "cache_size=-16000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # A plain BEGIN opens nothing yet and so cannot fail. Every request reads: past SQLAlchemy it costs a tenth.
    plain = connection.connection.driver_connection
    if plain is not None:
        plain.execute("BEGIN")


def _leave_nothing_open(connection: sqlite3.Connection | None, _record: Any) -> None:
    # SQLAlchemy takes a COMMIT that failed for the end of the transaction. Where SQLite does not, the write lock
    # would stay with a connection that nobody uses.
    if connection is not None and connection.in_transaction:
        connection.rollback()
