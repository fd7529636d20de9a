"""An excerpt of the journal is checked by whoever has nothing but the file, and every change of it is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.journal import GENESIS, Entry, Sealed, numbered
from doorward.core.journal_excerpts import Joined, check_lines, excerpt_lines

ENTRIES = list(
    numbered(
        (
            Entry(f"2026-01-01T00:00:{n:02}.000000Z", "poll.opened", "ok", "id", "ada", "::1", f"poll:{n}", "{}")
            for n in range(9)
        ),
        0,
        GENESIS,
    )
)


def joined(*seqs: int) -> list[Joined]:
    return [Joined(ENTRIES[seq - 1], ENTRIES[seq - 2].seal if seq > 1 else GENESIS) for seq in seqs]


def lines(*seqs: int) -> list[str]:
    return list(excerpt_lines("poll", joined(*seqs)))


def test_an_excerpt_with_gaps_holds_and_says_what_it_has() -> None:
    checked, found = check_lines(lines(2, 3, 6, 9))
    assert (checked.count, checked.first, checked.last, checked.gaps) == (4, 2, 9, 3)
    assert (checked.reason, checked.last_seal) == ("", ENTRIES[8].seal)
    assert [one.seq for one in found] == [2, 3, 6, 9]
    assert check_lines(lines())[0].reason == ""
    assert check_lines(lines(1, 2))[0].gaps == 0


def test_a_whole_journal_as_it_is_exported_holds_too() -> None:
    checked, _found = check_lines([one.as_json() for one in ENTRIES])
    assert (checked.count, checked.gaps, checked.reason) == (9, 0, "")
    assert "was changed" in check_lines([one.as_json() for one in ENTRIES[1:]])[0].reason


def swapped(given: list[str]) -> list[str]:
    return [given[0], given[2], given[1], *given[3:]]


def sealed_anew(given: list[str]) -> list[str]:
    """One entry that follows another is sealed again behind a seal that never was."""
    forged = next(iter(numbered([ENTRIES[2].entry], 2, "ab" * 32)))
    return [
        given[0],
        given[1],
        list(excerpt_lines("", [Joined(forged, "ab" * 32)]))[1],
        *given[3:],
    ]


CHANGES: dict[str, Callable[[list[str]], list[str]]] = {
    "an entry is gone": lambda given: [*given[:2], *given[3:]],
    "the last entry is gone": lambda given: [*given[:-2], given[-1]],
    "the end is gone": lambda given: given[:-1],
    "the last two are gone": lambda given: given[:-2],
    "the head is gone": lambda given: given[1:],
    "two are swapped": swapped,
    "one stands twice": lambda given: [*given[:2], given[1], *given[2:]],
    "something stands behind it": lambda given: [*given, given[1]],
    "one was sealed anew": sealed_anew,
    "a word was changed": lambda given: [line.replace('"ada"', '"bob"') for line in given],
    "a seal was changed": lambda given: [line.replace(ENTRIES[5].seal, "0" * 64) for line in given],
    "a name more": lambda given: [line.replace('{"seq"', '{"more": "", "seq"') for line in given],
    "no number": lambda given: [line.replace('{"seq": 2', '{"seq": true') for line in given],
    "a number as text": lambda given: [line.replace('{"seq": 2', '{"seq": "2"') for line in given],
    "no JSON": lambda given: [given[0], "{" * 5000, *given[1:]],
    "another kind": lambda given: [line.replace("excerpt/1", "excerpt/2") for line in given],
    "nothing": lambda given: [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found(change: str) -> None:
    given = lines(2, 3, 6, 9)
    assert check_lines(given)[0].reason == ""
    checked, _found = check_lines(CHANGES[change](given))
    assert checked.reason
    assert checked.line > 0


@given(st.data())
def test_a_changed_character_is_found_wherever_it_is(data: st.DataObject) -> None:
    given = lines(2, 3, 6, 9)
    number = data.draw(st.integers(1, len(given) - 1))
    place = data.draw(st.integers(0, len(given[number]) - 1))
    put = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    changed = given[number][:place] + put + given[number][place + 1 :]
    same = False
    with suppress(ValueError):
        same = json.loads(changed) == json.loads(given[number])
    reason = check_lines([*given[:number], changed, *given[number + 1 :]])[0].reason
    assert bool(reason) != same


@given(st.lists(st.text(max_size=80), max_size=6))
def test_no_file_breaks_the_check(texts: list[str]) -> None:
    checked, found = check_lines(texts)
    assert checked.reason
    assert found == []


def test_the_entries_that_hold_are_given_to_be_compared() -> None:
    given = lines(2, 3)
    given[2] = given[2].replace('"ada"', '"bob"')
    checked, found = check_lines(given)
    assert (checked.line, found) == (3, [Sealed(2, ENTRIES[1].entry, ENTRIES[1].seal)])
