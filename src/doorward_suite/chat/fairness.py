"""Who gives how much when there is too much of something: whoever has the most, first. Plain values."""

from __future__ import annotations

from collections.abc import Mapping


def too_much(sizes: Mapping[str, int], limit: int) -> dict[str, int]:
    """How much each has to give until all together have no more than the limit.

    The heaviest gives until they have no more than the second, then both give, and so on: in the end nobody who gave
    has more than another who gave, and who has little gives nothing.

    Arguments:
        sizes: what each has, at least 0.
        limit: of all together; below 0 it is 0.
    """
    left, most = max(limit, 0), 0
    lightest_first = sorted(sizes.values())
    for place, size in enumerate(lightest_first):
        others = len(lightest_first) - place
        if size * others > left:
            most = left // others
            return {who: size - most for who, size in sizes.items() if size > most}
        left -= size
    return {}
