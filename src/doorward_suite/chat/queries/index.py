"""The index of messages, on both databases: the same words go in, and the same candidates come out.

On SQLite it is an FTS5 table without content, whose words are written in hexadecimal, so that every sign is kept as it
is; the newest come first without sorting. On PostgreSQL it is a tsvector with GIN, which cannot give the newest first,
and finds all that there are: so what is frequent is looked for among the newest messages themselves, as many as it
takes, and the index is asked for what is rare, one stretch of numbers after the other (`stretches`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from ..search import words_of
from .stretches import INDEXED, Progress, newest

#: How many candidates are fetched first, a page and a few more; each further part is larger, up to the most.
BATCH = 60
_MOST_AT_ONCE = 480
#: How many of the newest messages PostgreSQL reads without its index at first, and at most at once.
_WINDOW = 2_000
_WIDEST_WINDOW = 4_000
#: As many are read without it where that promises a page: it costs a fraction of what the index does for what stands in
#: a hundredth of a million messages. Where it promises none, what was read is read in vain; so no more.
_MOST_WITHOUT_INDEX = 8_000
#: How many the index is asked for at once: it looks for all of them anyway.
_AT_ONCE_POSTGRES = 1_500
#: Through how many numbers the index looks at first: what is a page there is found without going through all.
_FIRST_STRETCH = 2**17

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
    "AND message_id > :above ORDER BY message_id DESC LIMIT :window) SELECT count(*) AS read, min(message_id) AS last, "
    "array_agg(message_id ORDER BY message_id DESC) FILTER (WHERE words @@ CAST(:words AS tsquery)) AS found "
    "FROM newest"
)
# The parts come first: GIN goes through its conditions in their order, and leaps with the first.
_FIND_POSTGRES = (
    "WITH found AS MATERIALIZED (SELECT message_id FROM chat_search WHERE {parts}{indexed} @@ CAST(:words AS tsquery)) "
    "SELECT message_id FROM found WHERE message_id > :above AND message_id < :below "
    "ORDER BY message_id DESC LIMIT :count"
)
_FIND_ALL_POSTGRES = text(_FIND_POSTGRES.format(indexed=INDEXED, parts=""))
_FIND_IN_PARTS_POSTGRES = text(
    _FIND_POSTGRES.format(indexed=INDEXED, parts=f"{INDEXED} @@ CAST(:parts AS tsquery) AND ")
)


#: Of each file of a message its name, and whether it is a picture.
Files = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, as it is found.

    Arguments:
        said: its text.
        public: whether its room is.
    """

    message_id: int
    said: str
    room_id: int
    author_id: str
    public: bool
    files: Files = ()


def put(
    db: Connection, message_id: int, said: str, room_id: int, author_id: str, *, public: bool, files: Files = ()
) -> None:
    """Let a message be found by what it says, and by its files. It is not in the index yet."""
    put_all(db, [Entry(message_id, said, room_id, author_id, public, files)])


def put_all(db: Connection, entries: Sequence[Entry]) -> None:
    """Let messages be found that are not in the index yet: one statement, however many they are."""
    found = [
        (one.message_id, words_of(one.said, one.room_id, one.author_id, public=one.public, files=one.files))
        for one in entries
    ]
    if _is_sqlite(db):
        db.execute(
            _PUT_SQLITE, [{"id": number, "words": " ".join(sorted(map(_hex, words)))} for number, words in found]
        )
    else:
        db.execute(_PUT_POSTGRES, [{"id": number, "words": sorted(words)} for number, words in found])


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
    db: Session,
    any_of: Sequence[str],
    all_of: Sequence[str],
    *,
    above: int,
    below: int,
    so_far: Callable[[], int] = lambda: BATCH,
) -> Iterator[list[int]]:
    """Numbers of messages that have one of these words and all of those, the newest first, in parts.

    Arguments:
        above, below: only numbers between these.
        so_far: how many of what was given out were what is looked for.
    """
    connection = db.connection()
    asked: dict[str, str | int] = {"above": above, "below": below}
    if _is_sqlite(connection):
        asked |= {"words": _sqlite_query(any_of, all_of), "count": BATCH}
        yield from _by_index(connection, asked)
    else:
        asked |= {"words": _postgres_query(any_of, all_of), "count": _AT_ONCE_POSTGRES}
        progress = Progress(0, 0, so_far, BATCH, _AT_ONCE_POSTGRES)
        rest = yield from _among_newest(connection, asked, progress)
        yield from _by_stretches(connection, asked, above, rest, progress)


def _by_index(connection: Connection, asked: Mapping[str, str | int]) -> Iterator[list[int]]:
    """What SQLite's index has, the newest first."""
    below, count = asked["below"], int(asked["count"])
    while True:
        found = list(connection.execute(_FIND_SQLITE, {**asked, "below": below, "count": count}).scalars())
        yield from _in_parts(found)
        if len(found) < count:
            return
        below, count = found[-1], max(count, min(2 * count, _MOST_AT_ONCE))


def _by_stretches(
    connection: Connection, asked: Mapping[str, str | int], above: int, below: int, progress: Progress
) -> Iterator[list[int]]:
    """What PostgreSQL's index has below a number, one stretch after the other, the newest first."""
    length = min(progress.length(), _FIRST_STRETCH)
    while below > above + 1:
        here = newest(above, below, length)
        bounds = {**asked, "above": here.above, "below": below}
        if not here.parts or (
            here.above == 0 and progress.read < below
        ):  # most of all there are: naming parts costs more
            found = list(connection.execute(_FIND_ALL_POSTGRES, bounds).scalars())
        else:
            found = list(connection.execute(_FIND_IN_PARTS_POSTGRES, {**bounds, "parts": here.parts}).scalars())
        yield from _in_parts(found)
        is_all = len(found) < int(asked["count"])
        last = here.above + 1 if is_all else found[-1]
        progress.read, progress.candidates = progress.read + below - last, progress.candidates + len(found)
        length = max(2 * length, progress.length()) if is_all else length
        below = last


def _in_parts(found: list[int]) -> Iterator[list[int]]:
    """A page and a few more first: most searches want no more, and each that is given out is read."""
    at, size = 0, BATCH
    while part := found[at : at + size]:
        yield part
        at, size = at + size, min(2 * size, _MOST_AT_ONCE)


def _among_newest(
    connection: Connection, asked: Mapping[str, str | int], progress: Progress
) -> Generator[list[int], None, int]:
    """What is found by reading the newest messages themselves, for as long as that promises a page soon.

    Results:
        Below which number the index is to be asked; 0 where everything was read.
    """
    below, window = asked["below"], _WINDOW
    while True:
        read = connection.execute(_NEWEST_POSTGRES, {**asked, "below": below, "window": window}).one()
        found = list(read.found or ())
        yield from _in_parts(found)
        if read.read < window:
            return 0
        below = read.last
        progress.read, progress.candidates = progress.read + window, progress.candidates + len(found)
        promised = progress.hits() * _MOST_WITHOUT_INDEX >= BATCH * progress.read
        if progress.read >= _MOST_WITHOUT_INDEX or not promised:
            return int(below)
        window = min(2 * window, _WIDEST_WINDOW)


def _is_sqlite(db: Connection) -> bool:
    return db.dialect.name == "sqlite"


@lru_cache(maxsize=32_768)
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
