"""The built-in catalogue is NIST SP 800-171 Rev. 2: its numbers, its weights, and no sentence of NIST's."""

from __future__ import annotations

from collections import Counter

import pytest

from doorward_suite.evidence.catalogue import built_in, read_number

OBJECTIVES = "AC 70, AT 9, AU 29, CM 44, IA 25, IR 14, MA 10, MP 15, PE 16, PS 4, RA 9, CA 14, SC 41, SI 20"
REQUIREMENTS = "AC 22, AT 3, AU 9, CM 9, IA 11, IR 3, MA 6, MP 9, PE 6, PS 2, RA 3, CA 4, SC 16, SI 7"

#: DoD assessment methodology 1.2.1, section 5 d): the lists of the text, typed apart from the table of annex A.
BASIC_5 = """3.1.1 3.1.2 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.6.1 3.6.2 3.7.2 3.8.3 3.9.2 3.10.1 3.10.2 3.12.1
    3.12.3 3.13.1 3.13.2 3.14.1 3.14.2 3.14.3"""
DERIVED_5 = """3.1.12 3.1.13 3.1.16 3.1.17 3.1.18 3.3.5 3.4.5 3.4.6 3.4.7 3.4.8 3.5.10 3.7.5 3.8.7 3.11.2 3.13.5 3.13.6
    3.13.15 3.14.4 3.14.6"""
BASIC_3 = "3.3.2 3.7.1 3.8.1 3.8.2 3.9.1 3.11.1 3.12.2"
DERIVED_3 = "3.1.5 3.1.19 3.7.4 3.8.8 3.13.8 3.14.5 3.14.7"
IN_PART = "3.5.3 3.13.11"
LEVEL_1 = """3.1.1 3.1.2 3.1.20 3.1.22 3.5.1 3.5.2 3.8.3 3.10.1 3.10.3 3.10.4 3.10.5 3.13.1 3.13.5 3.14.1 3.14.2 3.14.4
    3.14.5"""
NEVER_ON_POAM = "3.1.20 3.1.22 3.10.3 3.10.4 3.10.5 3.12.4"


def test_there_are_14_families_110_requirements_and_320_objectives() -> None:
    catalogue = built_in()
    assert (len(catalogue.families), len(catalogue.requirements), len(catalogue.objectives)) == (14, 110, 320)
    for counted, attribute in ((OBJECTIVES, "objectives"), (REQUIREMENTS, "requirements")):
        counts = {f"{family.code} {len(getattr(family, attribute))}" for family in catalogue.families}
        assert counts == set(counted.split(", "))


def test_numbers_are_whole_unique_and_in_the_order_of_the_standard() -> None:
    catalogue = built_in()
    for family in catalogue.families:
        numbers = [requirement.id for requirement in family.requirements]
        assert numbers == [f"{family.number}.{place}" for place in range(1, len(numbers) + 1)]
    for requirement in catalogue.requirements:
        letters = [objective.letters for objective in requirement.objectives]
        assert letters == list("abcdefghijklmnopqrstuvwxyz"[: len(letters)])
        assert all(objective.requirement == requirement.id for objective in requirement.objectives)
        assert requirement.practice == f"{requirement.family}.L2-{requirement.id}"
    assert len(catalogue.requirement_by_id) == 110
    assert len(catalogue.objective_by_id) == 320
    assert [catalogue.place[objective.id] for objective in catalogue.objectives] == list(range(320))
    assert [family.number for family in catalogue.families] == [f"3.{number}" for number in range(1, 15)]


def test_weights_are_those_of_the_methodology() -> None:
    catalogue = built_in()
    weights = {requirement.id: requirement.weight for requirement in catalogue.requirements}
    five = {*BASIC_5.split(), *DERIVED_5.split(), *IN_PART.split()}
    three = {*BASIC_3.split(), *DERIVED_3.split()}
    for number, weight in weights.items():
        expected = 5 if number in five else 3 if number in three else None if number == "3.12.4" else 1
        assert weight == expected, number
    assert Counter(weights.values()) == {5: 44, 3: 14, 1: 51, None: 1}
    assert 110 - sum(weight or 0 for weight in weights.values()) == -203


def test_basic_and_derived_are_told_apart() -> None:
    catalogue = built_in()
    for number in (*BASIC_5.split(), *BASIC_3.split(), "3.12.4"):
        assert catalogue.requirement_by_id[number].basic, number
    for number in (*DERIVED_5.split(), *DERIVED_3.split(), *IN_PART.split()):
        assert not catalogue.requirement_by_id[number].basic, number
    assert sum(requirement.basic for requirement in catalogue.requirements) == 31


def test_two_requirements_can_be_met_in_part() -> None:
    partial = {each.id: (each.weight, each.partial_weight) for each in built_in().requirements if each.can_be_partial}
    assert partial == {"3.5.3": (5, 3), "3.13.11": (5, 3)}
    assert all(each.partial_means for each in built_in().requirements if each.can_be_partial)


def test_only_the_system_security_plan_has_no_weight_and_no_score_goes_without_it() -> None:
    assert [each.id for each in built_in().requirements if each.weight is None] == ["3.12.4"]
    assert [each.id for each in built_in().requirements if each.no_score_without] == ["3.12.4"]


def test_level_1_is_the_fifteen_practices_of_the_far_clause_in_seventeen_requirements() -> None:
    practices = {each.id: each.level_1 for each in built_in().requirements if each.level_1}
    assert list(practices) == LEVEL_1.split()
    romans = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"]
    assert list(dict.fromkeys(name.rpartition(".")[2] for name in practices.values() if name)) == romans
    for number, name in practices.items():
        assert name is not None
        assert name.startswith(f"{built_in().requirement_by_id[number].family}.L1-b.1.")


def test_the_six_that_no_poam_may_hold_are_marked() -> None:
    assert [each.id for each in built_in().requirements if each.never_on_poam] == sorted(
        NEVER_ON_POAM.split(), key=lambda number: [int(part) for part in number.split(".")]
    )
    assert [each.id for each in built_in().requirements if each.poam_when_partial] == ["3.13.11"]


def test_titles_are_short_different_and_there() -> None:
    catalogue = built_in()
    titles = [requirement.title for requirement in catalogue.requirements]
    assert len(set(titles)) == 110
    assert all(10 <= len(title) <= 80 and title == title.strip() for title in titles)
    for requirement in catalogue.requirements:
        inner = [objective.title for objective in requirement.objectives]
        assert len(set(inner)) == len(inner), requirement.id
        assert all(2 <= len(title.split()) <= 12 and not title.endswith(".") for title in inner), requirement.id


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("3.1.1", "3.1.1"),
        ("3.1.1[a]\t ", "3.1.1[a]"),
        (" 3.1.16[a] ", "3.1.16[a]"),
        ("3.12.4.[h]", "3.12.4[h]"),
        ("03.01.01.a", "3.1.1[a]"),
        ("AC.L2-3.1.1", "3.1.1"),
        ("sc.l2-3.13.4[A]", "3.13.4[a]"),
        ("3.1.1 [b]", "3.1.1[b]"),
        ("3.10.1.", "3.10.1"),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str) -> None:
    assert read_number(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "3",
        "3.1",
        "4.1.1",
        "3.1.1[ab]",
        "3.1.1[",
        "3.1.1a",
        "3.1.1]a[",
        "../3.1.1",
        "3.1.0",
        "٣.1.1",
        "3.1.1" + " " * 99,
    ],
)
def test_what_is_no_number_is_not_read_as_one(written: str) -> None:
    assert read_number(written) is None


def test_the_only_objective_of_a_requirement_is_found_with_and_without_its_letter() -> None:
    catalogue = built_in()
    lettered = catalogue.objective("3.13.4[a]")
    assert lettered is not None
    assert catalogue.objective("3.13.4") == lettered
    assert catalogue.objective("3.1.1") is None, "3.1.1 has six objectives"
    assert catalogue.objective("3.1.1[g]") is None
    assert catalogue.requirement("AC.L2-3.1.1") is catalogue.requirement_by_id["3.1.1"]
    assert catalogue.requirement("3.15.1") is None
    assert catalogue.family(" ac ") is catalogue.families[0]
    assert catalogue.family("XX") is None
