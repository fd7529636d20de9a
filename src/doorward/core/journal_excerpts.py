"""A part of the journal as a file, and how whoever receives it checks it, without the server and its database.

Each line is an entry with its seal and the seal of the entry before it, so that its own can be computed again. What
that shows: no entry was changed since it was sealed, and none was moved; entries that follow each other are joined.
What it does not show by itself: that nobody computed all seals anew, nor that no entry was left out. The first is
shown by holding the file against the journal that it is from, or against a seal that was noted when it was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from itertools import chain
from typing import Any

from doorward.core.journal import GENESIS, OUTCOMES, Entry, Sealed, seal

FORMAT = "doorward-journal-excerpt/1"
#: Characters of one line: an entry is far shorter.
LONGEST_LINE = 1 << 20

_NAMES = tuple(one.name for one in fields(Entry))
_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Joined:
    """A sealed entry with the seal of the entry before it."""

    sealed: Sealed
    previous: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking a file.

    Arguments:
        count: how many entries hold, up to the first that does not.
        first, last: the numbers of the first and the last of them; 0 where there is none.
        last_seal: of the last; it ties all that was written before it.
        gaps: how often entries are left out between two.
        line: where it is broken; 0 if it is whole.
        reason: why; empty if it is whole.
    """

    count: int = 0
    first: int = 0
    last: int = 0
    last_seal: str = ""
    gaps: int = 0
    line: int = 0
    reason: str = ""


def excerpt_lines(about: str, entries: Iterable[Joined]) -> Iterator[str]:
    """The lines of an excerpt: what it is, the entries, and how many there were.

    Arguments:
        about: what its entries are about, such as `assessment:1`.
        entries: in the order of their numbers.
    """
    yield json.dumps({"format": FORMAT, "about": about}, ensure_ascii=False)
    count, last_seal = 0, GENESIS
    for one in entries:
        count, last_seal = count + 1, one.sealed.seal
        said = {"seq": one.sealed.seq, **asdict(one.sealed.entry), "previous": one.previous, "seal": one.sealed.seal}
        yield json.dumps(said, ensure_ascii=False)
    yield json.dumps({"entries": count, "last_seal": last_seal})


def check_lines(lines: Iterable[str]) -> tuple[Checked, list[Sealed]]:
    """Check the lines of an excerpt, or of a whole journal as `doorward journal export` writes it.

    Results:
        What came of it; and the entries that hold, for whoever has the journal itself.
    """
    reading = iter(lines)
    first = next(reading, "")
    found: list[Sealed] = []
    try:
        head = _object(first)
        if head.get("format") == FORMAT:
            checked = _walk(enumerate(reading, start=2), found, excerpt=True)
        elif "format" in head:
            raise _Broken("this is no excerpt of a journal, or of a newer kind")
        else:
            checked = _walk(enumerate(chain([first], reading), start=1), found, excerpt=False)
    except _Broken as wrong:
        checked = Checked(line=1, reason=str(wrong))
    return checked, found


class _Broken(Exception):
    """A line that does not hold; says why."""


def _walk(lines: Iterator[tuple[int, str]], found: list[Sealed], *, excerpt: bool) -> Checked:
    before: Sealed | None = None
    gaps, ended, number = 0, False, 1
    for number, line in lines:
        try:
            if ended:
                raise _Broken("something stands behind the end of the excerpt")
            said = _object(line)
            if excerpt and "seq" not in said:
                ended = _judge_end(said, found)
                continue
            joined = _joined(said, before, excerpt=excerpt)
            gaps += _judge(joined, before)
        except _Broken as wrong:
            return _so_far(found, gaps, number, str(wrong))
        before = joined.sealed
        found.append(before)
    if excerpt and not ended:
        return _so_far(found, gaps, number + 1, "the excerpt was cut off: its last line is gone")
    return _so_far(found, gaps, 0, "")


def _so_far(found: list[Sealed], gaps: int, line: int, reason: str) -> Checked:
    if not found:
        return Checked(line=line, reason=reason)
    return Checked(len(found), found[0].seq, found[-1].seq, found[-1].seal, gaps, line, reason)


def _object(line: str) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise _Broken("this line is longer than any entry")
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _Broken("this line is no entry")
    return said


def _joined(said: dict[str, Any], before: Sealed | None, *, excerpt: bool) -> Joined:
    named = {"seq", "seal", *_NAMES} | ({"previous"} if excerpt else set())
    seq = said.get("seq")
    texts = [said.get(name) for name in sorted(named - {"seq"})]
    if said.keys() != named or type(seq) is not int or seq < 1 or not all(isinstance(one, str) for one in texts):
        raise _Broken("this line is no entry")
    entry = Entry(**{name: said[name] for name in _NAMES})
    previous = said["previous"] if excerpt else before.seal if before is not None else GENESIS
    if entry.outcome not in OUTCOMES or not _is_seal(said["seal"]) or not _is_seal(previous):
        raise _Broken("this line is no entry")
    return Joined(Sealed(seq, entry, said["seal"]), previous)


def _is_seal(text: str) -> bool:
    return len(text) == len(GENESIS) and set(text) <= _DIGITS


def _judge(one: Joined, before: Sealed | None) -> int:
    """1 if entries are left out before this one, 0 if not."""
    last = before.seq if before is not None else 0
    follows = one.sealed.seq == last + 1
    if one.sealed.seq <= last:
        raise _Broken("this entry stands in the wrong place, or twice")
    if follows and one.previous != (before.seal if before is not None else GENESIS):
        raise _Broken("this entry does not follow the one before it: their seals do not join")
    if one.sealed.seal != _seal_of(one):
        raise _Broken("this entry was changed: its seal does not fit")
    return 0 if follows else 1


def _seal_of(one: Joined) -> str:
    return seal(one.sealed.seq, one.sealed.entry, one.previous)


def _judge_end(said: dict[str, Any], found: list[Sealed]) -> bool:
    last_seal = found[-1].seal if found else GENESIS
    if said != {"entries": len(found), "last_seal": last_seal}:
        raise _Broken("an entry is missing, or one too many: the last line counts otherwise")
    return True
