"""People are found without case and marks, by the beginnings of their names, and every sign means itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.store.store import Store
from doorward_suite.honors.actions import writing
from doorward_suite.honors.naming import folded, initials, is_found, pieces_of, terms_of
from doorward_suite.honors.queries import people

from .conftest import PUBLISHER, Made


def found(store: Store, typed: str) -> list[str]:
    with store.reading() as db:
        return [one.shown for one in people.find(db, typed).people]


@pytest.mark.parametrize("typed", ["nguyen van e", "NGUYỄN VĂN Ễ", "nguyễn", "ễ", "E van", "ngu v", "  Nguyen\tvan "])
def test_a_vietnamese_name_is_found_however_it_is_typed(store: Store, made: Made, typed: str) -> None:
    made.person("NGUYỄN VĂN Ễ")
    assert "NGUYỄN VĂN Ễ" in found(store, typed)


def test_words_are_found_by_their_beginnings_and_not_within(store: Store, made: Made) -> None:
    made.person("Đặng Thuỳ Trâm")
    assert found(store, "dang tram") == ["Đặng Thuỳ Trâm"]
    assert found(store, "ang") == []
    assert found(store, "dang trom") == []


@pytest.mark.parametrize(("name", "typed", "not_typed"), [("100% Ada", "100%", "100_"), ("a_b Cleo", "a_b", "axb")])
def test_percent_and_underscore_are_letters(store: Store, made: Made, name: str, typed: str, not_typed: str) -> None:
    made.person(name)
    assert found(store, typed) == [name]
    assert found(store, not_typed) == []
    assert name not in found(store, "%")
    assert name not in found(store, "_")


@pytest.mark.parametrize("typed", ["", " ", "'", '"', "\\", "a' & 'b", "NEAR(a b)", "*", "a:*", "x" * 5000, "\0"])
def test_whatever_is_typed_is_no_language_of_the_index(store: Store, made: Made, typed: str) -> None:
    made.person("Ada Lovelace")
    assert "Ada Lovelace" not in found(store, typed)


def test_names_without_spaces_are_found_by_each_sign(store: Store, made: Made) -> None:
    made.person("王小明")
    assert found(store, "小明") == ["王小明"]


def test_who_is_called_just_so_stands_first(store: Store, made: Made) -> None:
    made.person("Olga Petrovna Ivanova")
    made.person("Olga Ivanova")
    assert found(store, "olga ivanova") == ["Olga Ivanova", "Olga Petrovna Ivanova"]


def test_all_pages_together_give_everybody_once(store: Store, made: Made) -> None:
    names = {f"Quirin Nummer{number:02}" for number in range(23)}
    for name in sorted(names):
        made.person(name)
    seen: list[str] = []
    after = 0
    with store.reading() as db:
        while True:
            page = people.find(db, "quirin", after=after, count=5)
            seen += [one.shown for one in page.people]
            after = page.after
            if not after:
                break
    assert sorted(seen) == sorted(names)


def test_a_name_that_is_corrected_is_found_by_the_new_one_alone(store: Store, made: Made) -> None:
    number = made.person("Berta Falschname")
    writing.correct(PUBLISHER, "people", number, {"full_name": "Berta Richtigname"})
    assert found(store, "falschname") == []
    assert found(store, "richtigname") == ["Berta Richtigname"]


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once_and_every_word_finds_its_name(text: str) -> None:
    plain = folded(text)
    assert folded(plain) == plain
    assert is_found(terms_of(plain[:200]), plain)
    assert {term[:12] for term in terms_of(plain)} <= pieces_of(plain)


def test_initials_say_no_name() -> None:
    assert initials("Nguyễn Văn Ễ") == "N. V. Ễ."
