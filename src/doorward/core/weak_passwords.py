"""How much of a password is more than a list would guess.

A password is split into parts: common words, runs on the keyboard, repeated characters, words of the context
(the name of its owner and of the site), and the rest. A part of the first kinds is worth a few characters
however long it is, and every other character is worth one. What is worth less than eight characters falls to
the lists that attackers try first. So `Passw0rd2024!!!!` is refused, and four words in a row are fine.

NIST SP 800-63B-4 asks to compare the whole password with a list and forbids rules of composition. This is such
a list, written as a grammar: it asks for no kind of character, and a listed word inside a longer password is
no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

#: The shortest password that NIST accepts at all; what a password is worth may not fall below it.
FLOOR = 8

CONTEXT, COMMON, RUN = "context", "common", "run"

#: A common word is one of some 90,000 (16 bits), worth three random characters of the kind that people type.
_WORTH = {CONTEXT: 0, COMMON: 3, RUN: 1}

_SHORTEST = {CONTEXT: 3, COMMON: 4, RUN: 3}
_LONGEST_WORD = 24
_DISGUISES = str.maketrans("@4301!$57", "aaeoiisst")

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "qwertzuiop", "yxcvbnm",
    "azertyuiop", "qsdfghjklm", "wxcvbn",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm",
    "!@#$%^&*()",
)  # fmt: skip

#: Phrases that stand in lists of stolen passwords, because they were examples of good ones, or everybody knows them.
_PHRASES = frozenset(
    {
        "correcthorsebatterystaple",
        "thequickbrownfoxjumpsoverthelazydog",
        "thequickbrownfox",
        "tobeornottobethatisthequestion",
        "maytheforcebewithyou",
        "iloveyousomuch",
        "iamyourfather",
        "opensesameopensesame",
        "loremipsumdolorsitamet",
    }
)


def parts_of(password: str, context: Sequence[str]) -> list[tuple[str, int]]:
    """The parts of a password in order, each a kind (or "" for the rest) and a number of characters.

    Arguments:
        password: any text.
        context: words that belong to its owner or the site; those under three letters do not count.
    """
    plain = password.casefold()
    known = [word.casefold() for word in context]
    found, place = [], 0
    while place < len(plain):
        kind, length = _longest_at(plain, place, known)
        found.append((kind, length))
        place += length
    return found


def worth_of(parts: Sequence[tuple[str, int]]) -> int:
    """How many random characters the parts are worth."""
    return sum(_WORTH.get(kind, length) for kind, length in parts)


def is_common(password: str) -> bool:
    """Whether the whole password, in any case and disguise, is on the list, or a phrase that everybody has heard."""
    plain = password.casefold()
    return plain in _words() or _undisguised(plain) in _words() or "".join(plain.split()) in _PHRASES


def unit_of(password: str) -> int:
    """The length of the shortest unit whose repetition is the password: 3 for abcabcabc, its own length if none."""
    return (password + password).find(password, 1)


def _longest_at(plain: str, place: int, context: Sequence[str]) -> tuple[str, int]:
    candidates = [
        (CONTEXT, max((len(word) for word in context if plain.startswith(word, place)), default=0)),
        (COMMON, _word_at(plain, place)),
        (RUN, max(_run_at(plain, place), _same_at(plain, place))),
    ]
    fitting = [(kind, length) for kind, length in candidates if length >= _SHORTEST[kind]]
    # Of two readings of one length the one that is worth less: a row of keys is one also where it is a listed word.
    return max(fitting, key=lambda part: (part[1], -_WORTH[part[0]]), default=("", 1))


def _word_at(plain: str, place: int) -> int:
    return max(_listed_lengths(plain[place : place + _LONGEST_WORD]), default=0)


def _listed_lengths(piece: str) -> Iterator[int]:
    words, undisguised = _words(), _undisguised(piece)
    for length in range(_SHORTEST[COMMON], len(piece) + 1):
        if piece[:length] in words or undisguised[:length] in words:
            yield length


def _undisguised(plain: str) -> str:
    """Letters for the digits and signs that stand for them: p@ssw0rd."""
    return plain.translate(_DISGUISES)


def _run_at(plain: str, place: int) -> int:
    return max(_run_in(following, plain, place) for following in _following())


def _run_in(following: dict[str, str], plain: str, place: int) -> int:
    end = place + 1
    while end < len(plain) and following.get(plain[end - 1]) == plain[end]:
        end += 1
    return end - place


def _same_at(plain: str, place: int) -> int:
    end = place + 1
    while end < len(plain) and plain[end] == plain[place]:
        end += 1
    return end - place


@cache
def _following() -> list[dict[str, str]]:
    """For each row and direction, which key comes after which."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    return [dict(pairwise(row)) for row in rows]


@cache
def _words() -> frozenset[str]:
    """Some 90,000 leaked passwords, words and names, from the frequency lists of zxcvbn. Read when first needed."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for words in FREQUENCY_LISTS.values() for word in words)
