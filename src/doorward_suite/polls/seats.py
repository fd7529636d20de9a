"""Seats: who may vote where not everybody may, and which of them have voted, as values."""

from __future__ import annotations

from dataclasses import dataclass

from doorward import keyed_hash, new_code, read_code

#: Twelve of the letters that cannot be mistaken: nobody guesses one, however many tries there are.
CODE_LENGTH = 12
MOST_SEATS = 5_000
MOST_AT_ONCE = 500
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Claim:
    """The seat that a browser says it has: signed in its cookie, and worth what the record of the seat says.

    Arguments:
        number: of the seat, within its poll.
        era: of the code that it came by.
    """

    number: int
    era: int


def fresh_code() -> str:
    return new_code(length=CODE_LENGTH)


def in_groups(code: str) -> str:
    """A code as it is printed: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def read_seat_code(typed: str) -> str | None:
    """The code that somebody meant; None if it is none."""
    return read_code(typed, length=CODE_LENGTH)


def code_hash(poll_id: int, code: str) -> str:
    """What is stored of a code: without the server's key nobody can try codes against it."""
    return keyed_hash("polls.seat", f"{poll_id}:{code}")


def person_with(number: int) -> str:
    """Who somebody with a seat of the roster is, for the names of their answers."""
    return f"seat:{number}"


def person_of(account_id: str) -> str:
    """The same of an account."""
    return f"account:{account_id}"


def secret_name(poll_id: int, person: str, era: int, key: str) -> str:
    """Under which name somebody's answers are kept: made of the browser's own random value, which is stored nowhere."""
    return keyed_hash("polls.ballot", f"{poll_id}:{person}:{era}:{key}")


def open_name(poll_id: int, person: str) -> str:
    """The same in a poll that is named: whoever has the server's key can compute it, and the presenter's page does."""
    return keyed_hash("polls.named", f"{poll_id}:{person}")


def has_voted(seats: bytes, number: int) -> bool:
    """Whether a seat is among those that have voted."""
    place, bit = divmod(number, 8)
    return place < len(seats) and bool(seats[place] & 1 << bit)


def with_vote(seats: bytes, number: int) -> bytes:
    """Those that have voted, and this one."""
    place, bit = divmod(number, 8)
    longer = bytearray(seats.ljust(place + 1, b"\0"))
    longer[place] |= 1 << bit
    return bytes(longer)
