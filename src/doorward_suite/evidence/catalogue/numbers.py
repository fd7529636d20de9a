"""The numbers of requirements and objectives, read as people and workbooks write them."""

from __future__ import annotations

import re

#: NIST's workbook has "3.1.1[a]\t " and "3.12.4.[h]"; CMMC writes "AC.L2-3.1.1[a]"; older tools "03.01.01.a".
_WRITTEN = re.compile(
    r"(?:[a-z]{2}\.l2-)?0*3\.0*(?P<family>[1-9]\d?)\.0*(?P<requirement>[1-9]\d?)\.?(?:\[(?P<letter>[a-z])\]|(?<=\.)(?P<bare>[a-z]))?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 40


def read_number(written: str) -> str | None:
    """The id as the catalogue has it, such as "3.1.1" or "3.1.1[a]"; None where the text is no number of SP 800-171.

    Arguments:
        written: what stands in a cell, an address or a file name. White space anywhere in it counts for nothing.
    """
    if len(written) > _LONGEST:
        return None
    found = _WRITTEN.fullmatch("".join(written.split()).removesuffix("."))
    if not found:
        return None
    letter = (found["letter"] or found["bare"] or "").lower()
    return f"3.{found['family']}.{found['requirement']}" + (f"[{letter}]" if letter else "")
