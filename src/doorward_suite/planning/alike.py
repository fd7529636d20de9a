"""Near-duplicates: signs of a text by which others that say nearly the same are found, and how alike two texts are.

The signs are bands of a MinHash over runs of letters (A. Broder, "On the resemblance and containment of documents",
1997): texts that are alike share a band with high probability, so they are found by an index and not by reading all.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from hashlib import blake2b

_RUN = 4
_BANDS, _ROWS = 12, 2
_ODD = [(2 * index + 1) * 0x9E3779B1 & 0xFFFFFFFF | 1 for index in range(_BANDS * _ROWS)]
#: From here on two texts are shown to the organiser as perhaps the same.
ALIKE = 0.5
_SHORTEST = 12


def plain(text: str) -> str:
    """The text without case, marks and signs."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", bare))


def _runs(text: str) -> frozenset[str]:
    folded = plain(text)
    return frozenset(folded[at : at + _RUN] for at in range(max(1, len(folded) - _RUN + 1)))


def bands(text: str) -> list[str]:
    """The signs of a text; none where it is too short to say anything by them."""
    if len(plain(text)) < _SHORTEST:
        return []
    hashes = [zlib.crc32(run.encode()) for run in _runs(text)]
    least = [min(_mixed(one, odd) for one in hashes) for odd in _ODD]
    rows = (least[at : at + _ROWS] for at in range(0, len(least), _ROWS))
    return [f"{index:02d}{blake2b(repr(row).encode(), digest_size=8).hexdigest()}" for index, row in enumerate(rows)]


def _mixed(value: int, odd: int) -> int:
    mixed = (value ^ odd) * odd & 0xFFFFFFFF
    return (mixed ^ mixed >> 15) * 0x85EBCA6B & 0xFFFFFFFF


def likeness(one: str, other: str) -> float:
    """How alike two texts are: the runs that both have of all that either has, 0 to 1."""
    first, second = _runs(one), _runs(other)
    return len(first & second) / len(first | second)
