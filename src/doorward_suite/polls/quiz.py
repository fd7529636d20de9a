"""Quizzes, as values: whether an answer is right, what it is worth, and which nicknames are let through."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable

from doorward import Invalid, one_line, problem_with

from .kinds import NUMBER, Definition

#: A right answer is worth this much at once, and half of it when the time is over.
MOST_POINTS = 1_000
#: Where no timer runs, the points stop falling after so many seconds.
USUAL_SECONDS = 20
LONGEST_NICKNAME = 24
LONGEST_LIST = 20_000
#: Listed words that are this long are found inside others too; shorter ones only alone: half of all names have them.
_FOUND_INSIDE = 4


def is_right(definition: Definition, stored: str) -> bool:
    """Whether a stored answer is right: all that is right, and nothing else."""
    value = json.loads(stored)
    if definition.kind == NUMBER:
        return definition.as_text(value) in definition.right
    return isinstance(value, list) and set(value) == set(definition.right)


def points_for(definition: Definition, stored: str, seconds: float, allowed: float | None = None) -> int:
    """What an answer is worth: nothing where it is wrong.

    Arguments:
        seconds: since the question was opened, by the server's clock.
        allowed: how many the timer gave; None where none runs.
    """
    if not is_right(definition, stored):
        return 0
    gone = min(1.0, max(0.0, seconds) / (allowed or USUAL_SECONDS))
    return round(MOST_POINTS * (1 - gone / 2))


def read_nickname(typed: str, listed: Iterable[str]) -> str:
    """A nickname that may stand on the big screen.

    Errors:
        Invalid: too long, nothing to read, or with a word on the operator's list.
    """
    line = one_line(typed)
    if problem := problem_with(line, LONGEST_NICKNAME, what="The nickname"):
        raise Invalid({"nickname": problem})
    if is_listed(line, listed):
        raise Invalid({"nickname": "Choose another nickname."})
    return line


def nickname_key(nickname: str) -> str:
    """What two nicknames are told apart by."""
    return _folded(nickname)[: 2 * LONGEST_NICKNAME] or nickname


def read_list(typed: str) -> list[str]:
    """The operator's list: one word or phrase a line, each once."""
    return list(dict.fromkeys(line for line in map(one_line, typed[:LONGEST_LIST].splitlines()) if line))


def is_listed(text: str, listed: Iterable[str]) -> bool:
    """Whether a text has a word of the list: whatever its capitals, accents, and what stands between its letters."""
    alone = {_folded(word) for word in re.findall(r"\w+", text)}
    together = _folded(text)
    for word in map(_folded, listed):
        if word and (word in alone or word == together or (len(word) >= _FOUND_INSIDE and word in together)):
            return True
    return False


def _folded(text: str) -> str:
    """Letters and digits only, small, without accents; what looks like a letter and is a digit is that letter."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain.translate(_LOOK_LIKE) if letter.isalnum())


_LOOK_LIKE = str.maketrans("013457@$", "oieastas")
