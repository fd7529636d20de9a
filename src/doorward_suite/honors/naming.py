"""Names: how they are folded so that they are found, by which pieces they are in the index, and how they are shortened.

A name is found by the beginnings of its words, without case and marks. In scripts that are written without spaces each
sign may be such a beginning.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: How long a query may be, of how many terms, and how long a beginning in the index.
LONGEST_QUERY = 200
MOST_TERMS = 8
LONGEST_PIECE = 12

#: Letters that are written with a stroke, and that Unicode takes for letters of their own.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
#: Where scripts without spaces between words stand: Thai to Myanmar, Khmer, kana, Chinese characters.
_WITHOUT_SPACES = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The text without case and marks, each run of white space one space: "NGUYỄN  VĂN Ễ" is "nguyen van e".

    `folded(folded(x)) == folded(x)`; every other sign, `%` and `_` among them, stays what it is.
    """
    text = " ".join(text.split())
    for _ in range(2):  # folding can bring forth marks, and what can be taken apart further
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not _is_dropped(sign))
        text = text.casefold()
    return " ".join(text.translate(_STROKES).split())


def _is_dropped(sign: str) -> bool:
    """Marks; and control characters, which no name has and no database of ours keeps."""
    kind = unicodedata.category(sign)
    return kind[0] == "M" or kind in ("Cc", "Cs")


def pieces_of(plain: str) -> set[str]:
    """By which pieces a folded name is in the index: every beginning of every word of it."""
    return {start[:size] for start in _starts(plain) for size in range(1, min(len(start), LONGEST_PIECE) + 1)}


def _starts(plain: str) -> list[str]:
    found = []
    for word in plain.split():
        found += [word[at:] for at, sign in enumerate(word) if at == 0 or _stands_alone(sign)]
    return found


def _stands_alone(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in _WITHOUT_SPACES)


def terms_of(typed: str) -> tuple[str, ...]:
    """The words that somebody looks for, folded, each once, not too many."""
    return tuple(dict.fromkeys(folded(typed[:LONGEST_QUERY]).split()))[:MOST_TERMS]


def is_found(terms: tuple[str, ...], plain: str) -> bool:
    """Whether each term begins some word of a folded name. This decides, whatever an index says."""
    starts = _starts(plain)
    return all(any(start.startswith(term) for start in starts) for term in terms)


def initials(name: str) -> str:
    """The shortest that a name can be said: "Nguyễn Văn Ễ" is "N. V. Ễ."."""
    return " ".join(f"{word[0]}." for word in unicodedata.normalize("NFC", name).split())
