"""Text is text as a whole: no control stands in it, however it is written; a formula is one behind blanks too."""

from __future__ import annotations

import io
import tempfile

import pytest

from doorward.core.file_kinds import KINDS
from doorward.core.looking import text
from doorward.core.looking.findings import Findings
from doorward.errors import FileRefused

#: What stands in no text. Tab, line feed, form feed, carriage return and escape do; so do all above 127.
CONTROLS = [*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F]
ALLOWED = [number for number in range(0x100) if number not in CONTROLS]
MEBI = 1024 * 1024


def look(content: bytes, extension: str = ".txt") -> Findings:
    found = Findings(tempfile.TemporaryFile)
    text.look(io.BytesIO(content), KINDS[extension], found)
    return found


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_a_control_is_found_and_what_is_none_is_taken(coding: str) -> None:
    for number in CONTROLS:
        with pytest.raises(FileRefused, match="stand in no text"):
            look(f"before {chr(number)} after".encode(coding))
    assert look("".join(f"{chr(number)}é€😀 " for number in ALLOWED).encode(coding)).notes == []


@pytest.mark.parametrize("place", [0, MEBI - 1, MEBI, 3 * MEBI - 1])
def test_a_control_is_found_wherever_it_stands(place: int) -> None:
    content = bytearray(b"x" * 3 * MEBI)
    assert look(bytes(content)).notes == []
    content[place] = 1
    with pytest.raises(FileRefused):
        look(bytes(content))


@pytest.mark.parametrize("cell", ["=1+1", "  =1+1", "\t=1+1", "\u00a0=1+1", "+1+cmd", "-A1", "@SUM(A1)", "\ufeff=1+1"])
def test_a_cell_that_is_computed_is_told(cell: str) -> None:
    assert look(f"a,b\n1,{cell}\n".encode(), ".csv").notes


@pytest.mark.parametrize("cell", ["", " ", "-1.5", "+49 (0)30 123", "- 3 %", "a=1", "x@example.org"])
def test_a_cell_that_is_a_number_or_a_word_is_not(cell: str) -> None:
    assert look(f"a,b\n1,{cell}\n".encode(), ".csv").notes == []
