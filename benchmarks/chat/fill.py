"""A room with very many messages, put in past every rule and in bulk, as chat itself would have written them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import insert, text, update

from doorward.store.store import Store
from doorward_suite.chat import search
from doorward_suite.chat.models import MESSAGES, ROOMS
from doorward_suite.chat.queries import stretches

_AT_ONCE = 20_000
#: How many different texts there are. The index gets an entry for each message all the same.
_DISTINCT = 10_000
#: Words by how often they are said: few are in every other message, most in few.
_SYLLABLES = ("ka", "lo", "mi", "re", "tu", "sha", "ven", "dor", "hel", "pin", "gra", "ost")
_COMMON = ("the", "door", "we", "today", "build", "is", "ready", "harbour", "ok", "team")


def words() -> list[str]:
    """The vocabulary, the most frequent first."""
    rare = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES]
    return [*_COMMON, *random.Random(7).sample(rare, len(rare))]


def fill(store: Store, room_id: int, authors: Sequence[str], count: int, now: datetime) -> None:
    """Put so many messages into a room, the last of them a second ago.

    Arguments:
        authors: accounts that take turns.
    """
    sqlite = store.is_sqlite
    with store.transaction() as tx:
        if sqlite:  # larger pieces before they are merged; the index is the same in the end
            tx.db.execute(text("INSERT INTO chat_search (chat_search, rank) VALUES ('hashsize', 134217728)"))
        else:  # an index is built much faster than it is filled
            tx.db.execute(text("DROP INDEX chat_search_words"))
        first = int(tx.db.scalar(text("SELECT coalesce(max(id), 0) FROM chat_messages")) or 0) + 1
    texts = _texts(count)
    for begin in range(first, first + count, _AT_ONCE):
        numbers = range(begin, min(begin + _AT_ONCE, first + count))
        said = [next(texts) for _ in numbers]
        rows = [
            _row(number, room_id, authors[number % len(authors)], one, now - timedelta(seconds=first + count - number))
            for number, one in zip(numbers, said, strict=True)
        ]
        with store.transaction() as tx:
            tx.db.execute(insert(MESSAGES), rows)
            _index(tx.db.connection(), rows, sqlite=sqlite)
            tx.db.execute(update(ROOMS).where(ROOMS.c.id == room_id).values(last_id=numbers[-1]))
    with store.transaction() as tx:
        if sqlite:
            tx.db.execute(text("INSERT INTO chat_search (chat_search, rank) VALUES ('hashsize', 1048576)"))
        else:
            tx.db.execute(
                text("SELECT setval(pg_get_serial_sequence('chat_messages', 'id'), :last)"), {"last": first + count}
            )
    if not sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET maintenance_work_mem = '512MB'"))
            connection.execute(text(stretches.INDEX))
            connection.execute(text("VACUUM ANALYZE"))


def _texts(count: int) -> Iterator[str]:
    choose = random.Random(11)
    vocabulary = words()
    weights = [1 / (place + 1) for place in range(len(vocabulary))]
    pool = [" ".join(choose.choices(vocabulary, weights, k=3 + number % 6)) for number in range(_DISTINCT)]
    for number in range(count):
        yield choose.choice(pool) + (" needle" if number % 50_000 == 17 else "")


def _row(number: int, room_id: int, author: str, said: str, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "room_id": room_id,
        "thread_id": 0,
        "reply_to": None,
        "author_id": author,
        "client_id": f"fill-{number}",
        "text": said,
        "named": "",
        "calls": "",
        "at": at,
        "version": 1,
        "replies": 0,
        "edited_at": None,
        "deleted_at": None,
        "deleted_by": "",
        "pinned_at": None,
        "pinned_by": "",
    }


def _index(connection: Any, rows: Sequence[dict[str, Any]], *, sqlite: bool) -> None:
    """The same words as `queries.index.put` writes, many messages at once."""
    if sqlite:
        given = [(row["id"], _in_sqlite(row["text"], row["room_id"], row["author_id"])) for row in rows]
        connection.exec_driver_sql("INSERT INTO chat_search (rowid, words) VALUES (?, ?)", given)
        return
    with connection.connection.cursor().copy("COPY chat_search (message_id, words) FROM STDIN") as out:
        for row in rows:
            out.write_row((row["id"], _in_postgres(row["text"], row["room_id"], row["author_id"])))


@cache
def _in_sqlite(said: str, room_id: int, author_id: str) -> str:
    found = search.words_of(said, room_id, author_id, public=False)
    return " ".join(sorted("x".join(f"{ord(sign):x}" for sign in word) for word in found))


@cache
def _in_postgres(said: str, room_id: int, author_id: str) -> str:
    found = search.words_of(said, room_id, author_id, public=False)
    return " ".join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in sorted(found))
