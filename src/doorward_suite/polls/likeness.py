"""Whether two proposals ask much the same, by the words that they share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import combinations

from .words import key_of

#: Two of three words in common, of those that both have together.
_MUCH = 0.6
_SMALL = frozenset(
    ("a", "an", "the", "of", "to", "in", "on", "is", "are", "do", "does", "we", "you", "i", "it", "and", "or", "for")
)


def text_key(text: str) -> str:
    """The same for texts that differ in capitals, spaces and signs only."""
    return hashlib.sha256(" ".join(_words(text)).encode()).hexdigest()


def much_alike(texts: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """Pairs of texts that say much the same, by their numbers.

    Arguments:
        texts: number and text of each; the work grows with the square of how many there are, so hand in few.
    """
    words = [(number, frozenset(_words(text)) - _SMALL) for number, text in texts]
    return [
        (one, other) for (one, a), (other, b) in combinations(words, 2) if a | b and len(a & b) / len(a | b) >= _MUCH
    ]


def _words(text: str) -> list[str]:
    return [key_of(word) for word in re.findall(r"\w+", text)] or [text]
