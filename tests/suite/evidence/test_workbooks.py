"""A workbook of a stranger is judged before it is read: bombs, macros, links and entities are refused in words."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward_suite.evidence import workbooks
from doorward_suite.evidence.workbooks import Unreadable, read_workbook
from tests.support.nist_workbooks import spoiled, workbook


def small() -> io.BytesIO:
    return workbook(["Identifier", "Text"], [["3.1.1", "Words"], [None, None], ["3.1.2", None]], readme=False)


#: One file for all, since no two have the same length: they carry the time at which they were made.
SMALL = small().getvalue()


def test_rows_come_with_the_numbers_that_the_spreadsheet_shows() -> None:
    (page,) = read_workbook(small())
    assert page.rows == ((1, ("Identifier", "Text")), (2, ("3.1.1", "Words")), (4, ("3.1.2",)))


def test_a_file_without_harm_passes_the_same_way() -> None:
    assert read_workbook(spoiled(small(), lambda _, content: content))


def inserted(name: str, before: bytes, what: bytes) -> io.BytesIO:
    def change(part: str, content: bytes) -> bytes:
        return content.replace(before, what + before, 1) if part == name else content

    return spoiled(small(), change)


BOMB = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_entities_are_refused() -> None:
    with pytest.raises(Unreadable, match="entities"):
        read_workbook(inserted("xl/workbook.xml", b"<workbook", BOMB))


def test_entities_are_refused_far_behind_a_long_comment() -> None:
    comment = b"<!--" + b"x" * (workbooks._PIECE - 12) + b"-->"
    with pytest.raises(Unreadable, match="entities"):
        read_workbook(inserted("xl/workbook.xml", b"<workbook", comment + BOMB))


@pytest.mark.parametrize(
    "start",
    [
        b"\xff\xfe<\0",
        b"\xfe\xff\0<",
        b'<?xml version="1.0" encoding="cp037"?>',
        b"<\0?\0",
        b"<?xml encoding='UTF-16'?>",
    ],
)
def test_entities_cannot_hide_in_another_encoding(start: bytes) -> None:
    with pytest.raises(Unreadable, match="unusual encoding"):
        read_workbook(spoiled(small(), lambda name, content: start + content if name == "xl/workbook.xml" else content))


def test_a_bomb_is_refused_by_what_it_would_unpack_to() -> None:
    zeros = b"\0" * (workbooks.LARGEST_UNPACKED + 1)
    file = spoiled(small(), lambda _, content: content, {"xl/media/zeros.bin": zeros})
    assert len(file.getvalue()) < 200_000
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_workbook(file)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    content = b"<?xml version='1.0'?><a>" + b"x" * 5_000_000 + b"</a>"
    file = bytearray(spoiled(small(), lambda _, part: part, {"xl/extra.xml": content}).getvalue())
    real, claimed = len(content).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert real in file
    with pytest.raises(Unreadable):
        read_workbook(io.BytesIO(bytes(file.replace(real, claimed))))


def test_too_many_parts_are_refused() -> None:
    many = {f"xl/media/{number}.txt": b"" for number in range(workbooks.MOST_PARTS)}
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_workbook(spoiled(small(), lambda _, content: content, many))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "other files"),
        ("XL/VBAPROJECT.BIN", "macros"),
    ],
)
def test_macros_and_links_to_other_files_are_refused(part: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_workbook(spoiled(small(), lambda _, content: content, {part: b"<a/>"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(Unreadable, match="two parts of one name"):
        read_workbook(spoiled(small(), lambda _, content: content, {"xl/workbook.xml": b"<workbook/>"}))


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Unreadable, match="larger than 10 MB"):
        read_workbook(io.BytesIO(b"PK" + b"\0" * workbooks.LARGEST))


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    with pytest.raises(Unreadable, match="more than 3 rows"):
        read_workbook(small())


def test_a_row_that_claims_to_be_the_last_of_a_million_is_refused() -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b'<row r="4"', b'<row r="1048576"') if "sheet1" in name else content

    changed = spoiled(small(), change)
    assert b"1048576" in zipfile.ZipFile(changed).read("xl/worksheets/sheet1.xml")
    changed.seek(0)
    with pytest.raises(Unreadable, match="more than 10,000 rows"):
        read_workbook(changed)


def test_an_encrypted_workbook_is_refused_with_what_to_do() -> None:
    file = bytearray(small().getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = file.find(mark)
        while place >= 0:
            file[place + at] |= 1
            place = file.find(mark, place + 4)
    with pytest.raises(Unreadable, match="without a password"):
        read_workbook(io.BytesIO(bytes(file)))


@pytest.mark.parametrize("content", [b"", b"PK", b"Identifier;Text", b"%PDF-1.7", b"\xd0\xcf\x11\xe0" + b"\0" * 512])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match="no XLSX workbook"):
        read_workbook(io.BytesIO(content))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(Unreadable, match="no XLSX workbook"):
        read_workbook(file)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_workbook_is_read_or_refused_and_never_breaks(data: st.DataObject) -> None:
    file = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(file) - 1))
        file[place] = data.draw(st.integers(0, 255))
    try:
        pages = read_workbook(io.BytesIO(bytes(file)))
    except Unreadable:
        return
    assert all(isinstance(cell, str) for page in pages for _, cells in page.rows for cell in cells)
