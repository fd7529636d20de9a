"""The index of names, on both databases: the same pieces go in, and the same candidates come out.

Only names that somebody agreed to are in it. What comes out of it is a candidate; `Person.listed` and the name decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from ..naming import LONGEST_PIECE, pieces_of

_PUT_SQLITE = text("INSERT INTO honors_search (rowid, words) VALUES (:id, :words)")
_DROP_SQLITE = text("INSERT INTO honors_search (honors_search, rowid, words) VALUES ('delete', :id, :words)")
_PUT_POSTGRES = text(
    "INSERT INTO honors_search (person_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
)
_DROP_POSTGRES = text("DELETE FROM honors_search WHERE person_id = :id")
_FIND_SQLITE = text(
    "SELECT rowid FROM honors_search WHERE honors_search MATCH :words AND rowid > :above ORDER BY rowid LIMIT :count"
)
_FIND_POSTGRES = text(
    "WITH found AS MATERIALIZED (SELECT person_id FROM honors_search WHERE words @@ CAST(:words AS tsquery)) "
    "SELECT person_id FROM found WHERE person_id > :above ORDER BY person_id LIMIT :count"
)


def put(db: Connection, names: Iterable[tuple[int, str]]) -> None:
    """Let people be found by these names, which are folded and not in the index yet.

    Arguments:
        names: a person's number and name, each.
    """
    sqlite = _is_sqlite(db)
    rows = [{"id": number, "words": _words(name, sqlite=sqlite)} for number, name in names if name]
    if rows:
        db.execute(_PUT_SQLITE if sqlite else _PUT_POSTGRES, rows)


def drop(db: Connection, names: Iterable[tuple[int, str]]) -> None:
    """Let people not be found any more by these names, by which they are now."""
    sqlite = _is_sqlite(db)
    rows = [{"id": number, "words": _words(name, sqlite=sqlite)} for number, name in names if name]
    if rows:
        db.execute(_DROP_SQLITE if sqlite else _DROP_POSTGRES, rows)


def candidates(db: Session, terms: Sequence[str], *, above: int, count: int) -> list[int]:
    """Numbers of people of whose name each term begins some word, in their order.

    Arguments:
        above: only numbers beyond this.
        count: the most that are given.
    """
    connection = db.connection()
    pieces = [term[:LONGEST_PIECE] for term in terms]
    if _is_sqlite(connection):
        asked = {"words": " AND ".join(f'"{_hex(piece)}"' for piece in pieces)}
        return list(connection.execute(_FIND_SQLITE, {**asked, "above": above, "count": count}).scalars())
    asked = {"words": " & ".join(map(_quoted, pieces))}
    return list(connection.execute(_FIND_POSTGRES, {**asked, "above": above, "count": count}).scalars())


def _words(name: str, *, sqlite: bool) -> str | list[str]:
    pieces = sorted(pieces_of(name))
    return " ".join(map(_hex, pieces)) if sqlite else pieces


def _is_sqlite(db: Connection) -> bool:
    return db.dialect.name == "sqlite"


def _hex(piece: str) -> str:
    """A piece as letters and digits that stand for it alone: FTS5 would cut and fold others."""
    return "x".join(f"{ord(sign):x}" for sign in piece)


def _quoted(piece: str) -> str:
    escaped = piece.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
