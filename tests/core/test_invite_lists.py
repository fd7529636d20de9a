"""Lists of people to invite: read as spreadsheets write them, wrong lines named, hostile files a sentence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.invite_lists import LARGEST, MOST_ROWS, UnreadableList, decode, read

ROLES = ("admin", "member", "organiser")


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_reads_whatever_spreadsheet_wrote_it(sign: str, end: str) -> None:
    lines = ["Name,Role,Days,Uses,E-Mail", "Ann Lee,organiser,30,25,ann@example.org", ",,,,", '"Bo",,,,']
    rows = read("\ufeff" + end.join(lines).replace(",", sign) + end, ROLES)
    assert [(r.line, r.name, r.role, r.days, r.uses, r.email, r.problems) for r in rows] == [
        (2, "Ann Lee", "organiser", "30", "25", "ann@example.org", {}),
        (4, "Bo", "member", "7", "1", "", {}),
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",member,7,1,", "name"),
        ("x" * 121 + ",,,,", "name"),
        ("a\x00b,,,,", "name"),
        ("Ann,owner,,,", "role"),
        ("Ann,,8,,", "days"),
        ("Ann,,-1,,", "days"),
        ("Ann,,,0,", "uses"),
        ("Ann,,,501,", "uses"),
        ("Ann,,,1e3,", "uses"),
        ("Ann,,,٣,", "uses"),
        ("Ann,,," + "9" * 5000 + ",", "uses"),
        ("Ann,admin,,2,", "uses"),
        ("Ann,,,,not an address", "email"),
        ("Ann,,,,a@b.example\u2028Bcc: x", "email"),
        ("Lee, Ann,member,7,1,ann@example.org", "name"),
    ],
)
def test_a_wrong_line_says_where_and_what_to_do(line: str, column: str) -> None:
    ok, wrong = read(f"name,role,days,uses,email\nBo,,,,\n{line}", ROLES)
    assert ok.problems == {}
    assert (wrong.line, column in wrong.problems) == (3, True)
    assert wrong.problems[column].endswith((".", "empty."))


def test_the_same_address_twice_is_said_with_its_line() -> None:
    rows = read("name,email\nA,a@example.org\nB,A@Example.org", ROLES)
    assert rows[1].problems == {"email": "Line 2 has the same address."}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("Ann\nBo", "names the columns"),
        ("name,shoe size\nAnn,40", "There is no column 'shoe size'"),
        ("name,note\nAnn,x", "named twice"),
        ("name", "Nobody is on the list"),
        ('name\n"Ann\nBo', "quotation mark"),
        ("name\n" + "Ann\n" * (MOST_ROWS + 1), "Invite at most 5000"),
        ("name\n" + "x" * LARGEST, "larger than 1 MiB"),
        ("name\n" + "x" * 200_000, "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UnreadableList, match=said):
        read(text, ROLES)


@pytest.mark.parametrize("raw", ["Jörg".encode("latin-1"), "Jörg".encode("utf-16"), b"\xff\xfe\x00", b"PK\x03\x04\x9c"])
def test_a_file_of_another_encoding_says_how_to_save_it(raw: bytes) -> None:
    with pytest.raises(UnreadableList, match="CSV UTF-8"):
        decode(b"name\n" + raw)


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnreadableList, match="1 MiB"):
        decode(b"x" * (LARGEST + 1))


@given(st.text(max_size=300))
def test_no_text_is_more_than_a_sentence(text: str) -> None:
    with suppress(UnreadableList):
        assert read(text, ROLES)
