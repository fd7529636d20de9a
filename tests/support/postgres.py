"""A PostgreSQL database of its own for a test module."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

DEFAULT = "postgresql+psycopg://postgres@127.0.0.1:5432/test"


def server_url() -> URL:
    """Where the tests' PostgreSQL is; its role must be allowed to create databases."""
    return make_url(os.environ.get("TEST_POSTGRES_URL", DEFAULT))


def why_missing() -> str | None:
    """Why there is no PostgreSQL for the tests, or None."""
    try:
        with _server() as connection:
            allowed = connection.scalar(
                text("select rolcreatedb or rolsuper from pg_roles where rolname = current_user")
            )
    except SQLAlchemyError as error:
        return f"{server_url()!r} does not answer ({type(error.__cause__).__name__}); see TEST_POSTGRES_URL"
    return None if allowed else f"the role of {server_url()!r} may not create databases"


@contextmanager
def database(like: str = "") -> Iterator[str]:
    """A new database: gives its URL, for `DOORWARD_DATABASE_URL`, and drops it afterwards.

    Arguments:
        like: the URL of one that nobody is connected to, of which it is a copy; empty for an empty one.
    """
    name = f"doorward_test_{secrets.token_hex(6)}"
    template = make_url(like).database if like else "template0"
    with _server() as connection:
        connection.execute(text(f"create database {name} template {template} encoding 'UTF8'"))
    try:
        yield server_url().set(database=name).render_as_string(hide_password=False)
    finally:
        with _server() as connection:
            connection.execute(text(f"drop database if exists {name} with (force)"))


@contextmanager
def _server() -> Iterator[Connection]:
    engine = create_engine(server_url(), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
