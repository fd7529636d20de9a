"""The journal as values: what an entry says, how it is sealed, and how a chain is checked.

A seal is SHA-256 over the entry and the seal before it, so that an entry cannot be changed, removed or moved
without breaking every seal after it (OWASP ASVS 16.4.2; NIST SP 800-171 3.3.8). The seals are also kept
outside the database, by position, so that not even a chain that was computed anew, or cut short, passes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest

#: The seal before the first entry.
GENESIS = "0" * 64

OK = "ok"
REFUSED = "refused"
FAILED = "failed"
OUTCOMES = (OK, REFUSED, FAILED)

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. Everything is text, exactly as stored, so that its seal can always be recomputed.

    Arguments:
        at: the time, UTC, ISO 8601 with microseconds.
        event: what happened, `area.verb`, such as `session.started`.
        outcome: one of `OUTCOMES`.
        who: the account's id; empty for a visitor or the host.
        who_name: the account's name at that time.
        address: the client's address.
        on: what it was done to, such as `poll:17`.
        details: a JSON object as canonical text. Never a password, token, session identifier or message body.
    """

    at: str
    event: str
    outcome: str
    who: str
    who_name: str
    address: str
    on: str
    details: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry in its place: its number from 1 on, and its seal."""

    seq: int
    entry: Entry
    seal: str

    def as_json(self) -> str:
        """The entry as one line of JSON, for export. The seal stands last."""
        return json.dumps({"seq": self.seq, **asdict(self.entry), "seal": self.seal}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the journal is not what was written."""

    seq: int
    reason: str


def clean(text: str, longest: int = _LONGEST) -> str:
    """Text that cannot forge an entry: control characters become visible (OWASP ASVS 16.4.1).

    Never longer than `longest` characters, also where control characters grew: columns have a size on PostgreSQL.
    """
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[:longest])
    fits = len(text) <= longest and len(shown) <= longest
    return shown if fits else f"{shown[: longest - 1]}…"


def canonical(details: Mapping[str, object]) -> str:
    """The details as JSON text with sorted keys, cleaned values, and no room for two spellings of one thing."""
    cleaned = {clean(key, 60): _cleaned(value) for key, value in details.items()}
    return json.dumps(cleaned, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _cleaned(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(item) for item in value]
    return clean(str(value))


def seal(seq: int, entry: Entry, previous: str) -> str:
    """The seal of `entry` at position `seq`, tied to the seal before it. 64 hexadecimal digits."""
    text = json.dumps([seq, previous, *asdict(entry).values()], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(entries: Iterable[Sealed], anchors: Iterable[str | None]) -> Break | None:
    """Walk the journal from its first entry; name the first that was changed, removed, reordered or cut off.

    Arguments:
        entries: all entries in the order of their numbers.
        anchors: the seals kept outside the database, from number 1 on; None where none was written.
    """
    previous = GENESIS
    for expected, (found, anchor) in enumerate(zip_longest(entries, anchors), start=1):
        broken = _break_at(expected, found, anchor, previous)
        if broken is not None:
            return broken
        previous = found.seal if found is not None else previous
    return None


def _break_at(expected: int, found: Sealed | None, anchor: str | None, previous: str) -> Break | None:
    if found is None:
        return Break(expected, "the journal was cut off here: this entry is gone") if anchor else None
    if found.seq != expected:
        return Break(expected, "this entry is missing")
    if found.seal != seal(found.seq, found.entry, previous):
        return Break(expected, "this entry was changed or moved: its seal does not fit")
    if anchor is not None and anchor != found.seal:
        return Break(expected, "this entry was replaced: its seal is not the one kept outside the database")
    return None


def numbered(entries: Iterable[Entry], last_seq: int, last_seal: str) -> Iterator[Sealed]:
    """Seal new entries behind the last one of the journal."""
    for seq, entry in enumerate(entries, start=last_seq + 1):
        last_seal = seal(seq, entry, last_seal)
        yield Sealed(seq, entry, last_seal)
