"""Whom an entry of the journal concerns, where there are many: their numbers in short, and whether one is among them.

What an import has brought mostly has numbers that follow each other, so that a thousand people are two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as [first, last] of each run of them, in order, each number once."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def is_among(number: int, told: Sequence[Sequence[int]]) -> bool:
    """Whether a number is in one of the runs that `ranges` has made."""
    return any(first <= number <= last for first, last in told)
