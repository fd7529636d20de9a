"""What looks alike: the skeleton of Unicode Technical Standard 39, section 4.

The data are Unicode's `confusables.txt`, as the package confusable-homoglyphs (MIT) carries them: for each
character or sequence those it looks like. All that look alike form a class with one representative; two texts
look alike if the texts of their representatives are the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

#: Beyond Unicode's list: in most typefaces these are hard to tell apart in a name.
_MORE = {"w": "vv"}

#: The data wrap sequences that are written from right to left in these marks.
_MARKS = str.maketrans("", "", "\u200e\u200f")


def skeleton(text: str) -> str:
    """The text that stands for all that look like it. Compare it, never show it.

    Case does not count, and since a capital I looks like a small l, neither does the difference of i and l:
    `paypal`, `PayPaI`, `paypa1` and `раураl` in Cyrillic letters have one skeleton. The price: one common first
    name in a hundred meets another that a reader could tell apart (maria, marla); whoever comes second adds a
    letter or a surname.
    """
    as_seen = _representatives(unicodedata.normalize("NFKD", text))
    without_case = _representatives(unicodedata.normalize("NFKD", as_seen.casefold()))
    return unicodedata.normalize("NFD", without_case).casefold().replace("i", "l")


def _representatives(text: str) -> str:
    table = _table()
    return "".join(table.get(letter, letter) for letter in text)


@cache
def _table() -> dict[str, str]:
    """For each character its representative. Built when first needed."""
    table = {letter: _representative(alike) for alike in _classes() for letter in alike if len(letter) == 1}
    table |= {letter: _MORE.get(text, text) for letter, text in table.items()} | _MORE
    return {letter: _in_full(text, table) for letter, text in table.items()}


def _in_full(text: str, table: dict[str, str]) -> str:
    """A representative may be a sequence (rn for m), whose letters have representatives of their own."""
    return text if len(text) == 1 else "".join(table.get(letter, letter) for letter in text)


def _representative(alike: Iterable[str]) -> str:
    """A sequence before a letter (so that m and rn meet), then plain letters, then the lowest code."""
    return min(alike, key=lambda text: (len(text) == 1, not text.isascii(), not text.isalpha(), len(text), text))


def _classes() -> list[set[str]]:
    """The sets of texts that look alike: whatever is connected in the data."""
    pairs, left, found = _pairs(), set(_pairs()), []
    while left:
        alike, waiting = set[str](), [left.pop()]
        while waiting:
            text = waiting.pop()
            alike.add(text)
            waiting += pairs[text] - alike
        left -= alike
        found.append(alike)
    return found


@cache
def _pairs() -> dict[str, set[str]]:
    from confusable_homoglyphs.confusables import confusables_data

    pairs: dict[str, set[str]] = {}
    for text, others in confusables_data.items():
        for other in others:
            one, two = text.translate(_MARKS), other["c"].translate(_MARKS)
            pairs.setdefault(one, set()).add(two)
            pairs.setdefault(two, set()).add(one)
    return pairs
