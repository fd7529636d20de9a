"""The index of messages, on both databases: the same words go in, and the same candidates come out.

On SQLite it is an FTS5 table without content, whose words are written in hexadecimal, so that every sign is kept as it
is; the newest come first without sorting. On PostgreSQL it is a tsvector with GIN, which cannot give the newest first:
so the last few thousand messages are read directly, and the index is asked for what is rare among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from ..search import words_of

#: How many candidates are fetched first, a page and a few more; each further part is larger, up to the most.
BATCH = 60
_MOST_AT_ONCE = 480
#: How many of the newest messages PostgreSQL reads without its index.
_WINDOW = 2_000

_PUT_SQLITE = text("INSERT INTO chat_search (rowid, words) VALUES (:id, :words)")
_DROP_SQLITE = text("INSERT INTO chat_search (chat_search, rowid, words) VALUES ('delete', :id, :words)")
_PUT_POSTGRES = text(
    "INSERT INTO chat_search (message_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[])))"
    " ON CONFLICT (message_id) DO UPDATE SET words = excluded.words"
)
_DROP_POSTGRES = text("DELETE FROM chat_search WHERE message_id = :id")

_FIND_SQLITE = text(
    "SELECT rowid FROM chat_search WHERE chat_search MATCH :words AND rowid > :above AND rowid < :below "
    "ORDER BY rowid DESC LIMIT :count"
)
_NEWEST_POSTGRES = text(
    "WITH newest AS MATERIALIZED (SELECT message_id, words FROM chat_search WHERE message_id < :below "
    "AND message_id > :above ORDER BY message_id DESC LIMIT :window) SELECT message_id, words @@ "
    "CAST(:words AS tsquery) AS found FROM newest ORDER BY message_id DESC"
)
_FIND_POSTGRES = text(
    "WITH found AS MATERIALIZED (SELECT message_id FROM chat_search WHERE words @@ CAST(:words AS tsquery)) "
    "SELECT message_id FROM found WHERE message_id > :above AND message_id < :below "
    "ORDER BY message_id DESC LIMIT :count"
)


#: Of each file of a message its name, and whether it is a picture.
Files = Sequence[tuple[str, bool]]


def put(
    db: Connection, message_id: int, said: str, room_id: int, author_id: str, *, public: bool, files: Files = ()
) -> None:
    """Let a message be found by what it says, and by its files. It is not in the index yet."""
    words = words_of(said, room_id, author_id, public=public, files=files)
    if _is_sqlite(db):
        db.execute(_PUT_SQLITE, {"id": message_id, "words": " ".join(sorted(map(_hex, words)))})
    else:
        db.execute(_PUT_POSTGRES, {"id": message_id, "words": sorted(words)})


def drop(
    db: Connection, message_id: int, said: str, room_id: int, author_id: str, *, public: bool, files: Files = ()
) -> None:
    """Let a message not be found any more; with what it said and had until now: the index does not keep that."""
    if _is_sqlite(db):
        words = words_of(said, room_id, author_id, public=public, files=files)
        db.execute(_DROP_SQLITE, {"id": message_id, "words": " ".join(sorted(map(_hex, words)))})
    else:
        db.execute(_DROP_POSTGRES, {"id": message_id})


def candidates(
    db: Session, any_of: Sequence[str], all_of: Sequence[str], *, above: int, below: int
) -> Iterator[list[int]]:
    """Numbers of messages that have one of these words and all of those, the newest first, in parts.

    Arguments:
        above, below: only numbers between these.
    """
    connection = db.connection()
    sqlite = _is_sqlite(connection)
    words = _sqlite_query(any_of, all_of) if sqlite else _postgres_query(any_of, all_of)
    asked: dict[str, str | int] = {"words": words, "above": above, "below": below, "count": BATCH}
    if not sqlite:
        newest = connection.execute(_NEWEST_POSTGRES, {**asked, "window": _WINDOW}).all()
        yield [row.message_id for row in newest if row.found]
        if len(newest) < _WINDOW:
            return
        asked["below"] = newest[-1].message_id
    find = _FIND_SQLITE if sqlite else _FIND_POSTGRES
    while True:
        found = list(connection.execute(find, asked).scalars())
        if found:
            yield found
        if len(found) < int(asked["count"]):
            return
        asked |= {"below": found[-1], "count": min(2 * int(asked["count"]), _MOST_AT_ONCE)}


def _is_sqlite(db: Connection) -> bool:
    return db.dialect.name == "sqlite"


def _hex(word: str) -> str:
    """A word as letters and digits that stand for it alone: FTS5 would cut and fold others."""
    return "x".join(f"{ord(sign):x}" for sign in word)


def _sqlite_query(any_of: Sequence[str], all_of: Sequence[str]) -> str:
    either = " OR ".join(f'"{_hex(word)}"' for word in any_of)
    return " AND ".join([*(f'"{_hex(word)}"' for word in all_of), f"({either})"])


def _postgres_query(any_of: Sequence[str], all_of: Sequence[str]) -> str:
    either = " | ".join(map(_quoted, any_of))
    return " & ".join([*map(_quoted, all_of), f"({either})"])


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
