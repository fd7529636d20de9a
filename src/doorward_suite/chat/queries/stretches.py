"""How PostgreSQL's index is asked for one stretch of numbers: each message is in it by the parts that it lies in, too.

GIN knows no order. Asked for words alone it brings all that have them, and the table is read for each. A part is a word
like others; and since GIN goes through both in the order of the table, it leaps over what lies in other parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: Parts of 32,768 numbers, and of 524,288, by their bits. The names are no words of a message: those have three signs.
_LEVELS = ((15, "near"), (19, "far"))
#: How many parts are asked for at once; a longer stretch is asked for by larger parts, or by none.
_MOST_PARTS = 16

_NAMES = ", ".join(f"'{name}' || CAST(message_id >> {bits} AS text)" for bits, name in _LEVELS)
#: What is in the index (migration `chat_0013`). A query uses the index only where it says the same.
INDEXED = f"(words || array_to_tsvector(ARRAY[{_NAMES}]))"
#: The index itself; and what is new waits for it on a short list (KiB), which every search reads.
INDEX = f"CREATE INDEX chat_search_words ON chat_search USING GIN ({INDEXED}) WITH (gin_pending_list_limit = 256)"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Numbers between `above` and `below`, neither of which is among them.

    Arguments:
        parts: in which parts all of them lie, for a tsquery; empty where they are too many to be named.
    """

    above: int
    below: int
    parts: str


def newest(above: int, below: int, length: int) -> Stretch:
    """The end of what lies between `above` and `below`: at least `length` numbers, or all, in whole parts."""
    last = below - 1
    for bits, name in _LEVELS:
        first = max(above + 1, below - length) >> bits
        if (last >> bits) - first < _MOST_PARTS:
            parts = " | ".join(f"{name}{part}" for part in range(first, (last >> bits) + 1))
            return Stretch(max(above, (first << bits) - 1), below, parts)
    return Stretch(above, below, "")


@dataclass(slots=True)
class Progress:
    """How often what is looked for was met so far, which says how far to look for a page of it.

    Arguments:
        read: through how many numbers was looked.
        candidates: how many of these the index names.
        hits: how many of those were what is looked for.
        page: how many are wanted.
        most: how many candidates one answer of the index has.
    """

    read: int
    candidates: int
    hits: Callable[[], int]
    page: int
    most: int

    def length(self) -> int:
        """Through how many numbers to look next: for a page of hits and some more, or for as many candidates as go."""
        for_all = self.most * self.read / max(self.candidates, 0.5)
        hits = self.hits()
        return int(min(for_all, 1.5 * self.page * self.read / hits) if hits else for_all)
