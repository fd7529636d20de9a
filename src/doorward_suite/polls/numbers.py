"""Numbers as people type them: with a point or a comma, kept as whole steps of the smallest decimal."""

from __future__ import annotations

import re
from decimal import Decimal

from .kinds import LARGEST_NUMBER

#: Digits of our own alphabet only, few enough that no number takes long to read.
_NUMBER = re.compile(r"[+\u2212-]?[0-9]{1,12}(?:[.,][0-9]{1,6})?")


def read_steps(text: str, decimals: int) -> int | None:
    """What somebody typed, in steps of the last decimal: "12,5" with one decimal is 125.

    Results:
        None where it is no number, too large, or has more decimals than allowed; noughts at its end do not count.
    """
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    steps = Decimal(plain.replace(",", ".").replace("\u2212", "-")).scaleb(decimals)
    if steps != int(steps) or abs(steps) > LARGEST_NUMBER * 10**decimals:
        return None
    return int(steps)
