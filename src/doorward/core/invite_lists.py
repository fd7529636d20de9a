"""A list of people to invite, as somebody typed it or a spreadsheet wrote it: read line by line, wrong lines by name.

The file is a stranger's: its size, encoding and cells are judged before anything is made of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from doorward.core.access import ADMIN
from doorward.core.roles import MEMBER_ROLE, judge_given

MOST_ROWS = 5_000
LARGEST = 1 << 20  # bytes
LIVES = ("1", "7", "30")
MOST_USES = 500
LONGEST_NOTE = 120

_COLUMNS = {"name": "name", "note": "name", "role": "role", "days": "days", "uses": "uses", "email": "email"}
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_HEADER = "The first line names the columns: name, role, days, uses, email. Only name is needed."


class UnreadableList(ValueError):
    """The list as a whole cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of the list.

    Arguments:
        line: its number in the file, for the person who mends it.
        name, role, days, uses, email: as they count, the defaults filled in.
        problems: a sentence for each column that is wrong.
    """

    line: int
    name: str
    role: str
    days: str
    uses: str
    email: str
    problems: dict[str, str] = field(default_factory=dict)


def decode(raw: bytes) -> str:
    """The text of an uploaded file.

    Errors:
        UnreadableList: too large, or not UTF-8.
    """
    if len(raw) > LARGEST:
        raise UnreadableList("The list is larger than 1 MiB. Split it.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableList(
            "The file is not UTF-8. Save it as “CSV UTF-8” in your spreadsheet, or paste its lines."
        ) from None


def read(text: str, roles: Collection[str]) -> list[Wanted]:
    """Every line of the list, those that are wrong with their problems.

    Arguments:
        text: with a first line that names the columns; commas, semicolons or tabs between them.
        roles: every role that there is here.

    Errors:
        UnreadableList: it cannot be read at all, is empty, or is longer than `MOST_ROWS`.
    """
    rows = _rows(text)
    columns = [_COLUMNS.get(cell.strip().casefold().replace("-", ""), "") for cell in rows[0][1]]
    unknown = [cell.strip() for cell, column in zip(rows[0][1], columns, strict=True) if not column and cell.strip()]
    if "name" not in columns:
        raise UnreadableList(_HEADER)
    if unknown:
        raise UnreadableList(f"There is no column {unknown[0][:40]!r}. {_HEADER}")
    if len(set(filter(None, columns))) != len([column for column in columns if column]):
        raise UnreadableList(f"A column is named twice. {_HEADER}")
    if len(rows) == 1:
        raise UnreadableList("Nobody is on the list: below the first line, write a line for each person.")
    if len(rows) - 1 > MOST_ROWS:
        raise UnreadableList(
            f"The list has {len(rows) - 1} lines. Invite at most {MOST_ROWS} people at once: split it."
        )
    first_with: dict[str, int] = {}
    return [_wanted(line, columns, cells, roles, first_with) for line, cells in rows[1:]]


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that are not empty, each with its number."""
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise UnreadableList("The list is larger than 1 MiB. Split it.")
    head = text.lstrip("\ufeff\r\n ").split("\n", 1)[0]
    lines = (f"{line}\n" for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
    reader = csv.reader(lines, delimiter=max(",;\t", key=head.count), strict=True)
    found = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
    except csv.Error:
        raise UnreadableList(
            f"Line {reader.line_num} cannot be read. Look for a quotation mark that is not closed."
        ) from None
    if not found:
        raise UnreadableList(f"The list is empty. {_HEADER}")
    return found


def _wanted(
    line: int, columns: list[str], cells: list[str], roles: Collection[str], first_with: dict[str, int]
) -> Wanted:
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
    wanted = Wanted(
        line,
        given.get("name", ""),
        given.get("role", "") or MEMBER_ROLE,
        given.get("days", "") or "7",
        given.get("uses", "") or "1",
        given.get("email", ""),
    )
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        wanted.problems["name"] = "This line has more cells than the first. Put a cell with a comma in quotation marks."
    elif not wanted.name:
        wanted.problems["name"] = "Write for whom it is."
    elif len(wanted.name) > LONGEST_NOTE or not wanted.name.isprintable():
        wanted.problems["name"] = f"Use at most {LONGEST_NOTE} printable characters."
    if problem := judge_given([wanted.role], roles):
        wanted.problems["role"] = problem
    if wanted.days not in LIVES:
        wanted.problems["days"] = f"Write {', '.join(LIVES[:-1])} or {LIVES[-1]}."
    if not _is_count(wanted.uses):
        wanted.problems["uses"] = f"Write a number from 1 to {MOST_USES}."
    elif wanted.role == ADMIN and int(wanted.uses) != 1:
        wanted.problems["uses"] = "An invitation for an administrator works once."
    if wanted.email:
        _judge_email(wanted, first_with)
    return wanted


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= MOST_USES


def _judge_email(wanted: Wanted, first_with: dict[str, int]) -> None:
    if not _EMAIL.fullmatch(wanted.email):
        wanted.problems["email"] = "Write an address such as ann@example.org, or leave it empty."
        return
    before = first_with.setdefault(wanted.email.casefold(), wanted.line)
    if before != wanted.line:
        wanted.problems["email"] = f"Line {before} has the same address."
