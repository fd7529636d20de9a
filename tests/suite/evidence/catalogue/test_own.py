"""A catalogue of one's own: the template is read back as it was, and of a file with a wrong row comes nothing."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward import csv_table
from doorward.web.spreadsheets import Sheet, xlsx_table
from doorward_suite.evidence.catalogue import (
    Requirement,
    RequirementWording,
    Wording,
    WrongCatalogue,
    built_in,
    catalogue_json,
    catalogue_table,
    read_catalogue,
)
from doorward_suite.evidence.workbooks import Unreadable

HEADINGS = "family,family name,requirement,requirement title,objective,objective title"
GOOD = f"{HEADINGS}\nA,Access,A.1,Doors are locked,A.1-1,There is a lock\n,,,,,\nA,Access,A.1,,A.1-2,It is used\n"


def read(text: str, key: str = "our-rules", name: str = "Our rules") -> Any:
    return read_catalogue(io.BytesIO(text.encode()), key=key, name=name)


def problems(text: str, **names: str) -> list[str]:
    with pytest.raises(WrongCatalogue) as caught:
        read(text, **names)
    return [str(problem) for problem in caught.value.problems]


def test_a_table_with_the_needed_columns_is_a_catalogue() -> None:
    own = read(GOOD).catalogue
    assert (own.key, own.name) == ("our-rules", "Our rules")
    (family,) = own.families
    assert (family.code, family.number, family.name) == ("A", "A", "Access")
    (requirement,) = family.requirements
    assert (requirement.id, requirement.practice, requirement.title) == ("A.1", "A.1", "Doors are locked")
    assert [each.id for each in requirement.objectives] == ["A.1-1", "A.1-2"]
    assert not own.is_scored


def test_semicolons_and_a_byte_order_mark_are_as_good() -> None:
    assert read("\ufeff" + GOOD.replace(",", ";")).catalogue == read(GOOD).catalogue


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_template_is_read_back_as_it_was(kind: str) -> None:
    catalogue = built_in()
    wording = Wording({"3.1.1": RequirementWording("Its words.")}, {"3.1.1[a]": '=SUM("words")', "3.2.1[b]": "- words"})
    headings, rows = catalogue_table(catalogue, wording)
    files = {
        "csv": lambda: csv_table(headings, rows).encode(),
        "xlsx": lambda: xlsx_table([Sheet("Catalogue", headings, rows)]),
        "json": lambda: catalogue_json(catalogue, wording).encode(),
    }
    own = read_catalogue(io.BytesIO(files[kind]()), key="copy-of-it", name=catalogue.name)
    assert own.catalogue.families == catalogue.families
    assert own.catalogue.key == "copy-of-it"
    assert own.wording.requirements == wording.requirements
    assert own.wording.objectives == wording.objectives


def test_json_says_key_and_name_itself() -> None:
    document = json.loads(catalogue_json(built_in())) | {"key": "mine", "name": "Mine"}
    own = read(json.dumps(document), key="", name="")
    assert (own.catalogue.key, own.catalogue.name) == ("mine", "Mine")


def test_the_built_in_catalogue_cannot_be_replaced() -> None:
    assert any("built-in" in problem for problem in problems(catalogue_json(built_in()), key="", name=""))
    assert any("key" in problem for problem in problems(GOOD, key="Not A Key"))
    assert any("name" in problem for problem in problems(GOOD, name=" "))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,Access,A.2,T,A.2-1,O", "row 5: The family is 1 to 8 capital letters"),
        ("A,Access,../x,T,A.2-1,O", "row 5: The requirement has no number, or one with other signs"),
        ("A,Access,A..2,T,A.2-1,O", "row 5: The requirement has no number"),
        ("A,Access,A.2,T,A 2,O", "row 5: The objective has no number"),
        ("A,Access,A.2,,A.2-1,O", "row 5: The requirement title is empty."),
        ("A,Access,A.2,T,A.2-1,", "row 5: The objective title is empty."),
        ("B,,B.2,T,B.2-1,O", "row 5: The family name is empty."),
        ("A,Access,A.2,T,A.1-1,O", "row 5: A.1-1 stood in row 2 already."),
        ("A,Access,a.1,T,A.3-1,O", "row 5: a.1 and A.1 differ only in capital letters."),
        ("A,Another,A.1,,A.1-3,O", "row 5: The family name of A is another than in row 2."),
        ("B,Other,A.1,,A.1-3,O", "row 5: A.1 is in family A in row 2."),
        ("A,Access,A.1,Other title,A.1-3,O", "row 5: The requirement title of A.1 is another than in row 2."),
        (f"A,Access,A.2,{'t' * 201},A.2-1,O", "row 5: The requirement title is too long"),
        ("A,Access,A.2,T\u202e,A.2-1,O", "row 5: The requirement title has characters that cannot be shown"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_comes_of_the_file(row: str, said: str) -> None:
    assert read(GOOD).catalogue.objectives
    assert any(problem.startswith(said) for problem in problems(GOOD + row)), problems(GOOD + row)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("weight", "five", "The weight is a whole number from 0 to 100"),
        ("weight", "101", "The weight is a whole number"),
        ("weight", "-1", "The weight is a whole number"),
        ("partial weight", "3", "The partial weight is less than the weight."),
        ("partial weight", "3", "say in the column partial means"),
        ("poam", "always", "The column poam is empty, never or when partial."),
        ("kind", "other", "The kind is basic, derived or empty."),
        ("no score without", "perhaps", "The column no score without is yes, no or empty."),
        ("family number", "3 1", "The family number is"),
    ],
)
def test_wrong_rules_of_the_score_are_named(column: str, value: str, said: str) -> None:
    lines = GOOD.splitlines()
    text = "\n".join([f"{lines[0]},{column}", f"{lines[1]},{value}", f"{lines[3]},"])
    assert any(said in problem for problem in problems(text))


def test_weights_make_a_scored_catalogue() -> None:
    lines = GOOD.splitlines()
    head = f"{lines[0]},weight,partial weight,partial means,poam,kind,no score without,level 1,requirement text"
    text = "\n".join([head, f"{lines[1]},5,3,half of them,when partial,Basic,yes,A.L1,Official words"])
    own = read(text)
    assert own.catalogue.is_scored
    requirement: Requirement = own.catalogue.requirements[0]
    assert (requirement.weight, requirement.partial_weight, requirement.partial_means) == (5, 3, "half of them")
    assert (requirement.poam_when_partial, requirement.never_on_poam, requirement.basic) == (True, False, True)
    assert (requirement.no_score_without, requirement.level_1) == (True, "A.L1")
    assert own.wording.requirements["A.1"].text == "Official words"


def test_no_more_than_a_hundred_problems_are_listed() -> None:
    wrong = "\n".join("a,b,../,,,/" for _ in range(500))
    assert len(problems(f"{HEADINGS}\n{wrong}")) == 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The first row names the columns"),
        ("family,requirement", "not among them: family name, requirement title, objective, objective title"),
        (f"{HEADINGS},salary\n", "not known: salary"),
        (f"{HEADINGS},objective\n", "there twice"),
        (f'{HEADINGS}\n"a', "Line 2 of the CSV file cannot be read"),
        ("{", "begins like JSON and is none"),
        ("{" * 100_000, "begins like JSON and is none"),
        ('{"format": "other"}', 'does not say "format": "doorward-catalogue/1"'),
        ('{"format": "doorward-catalogue/1"}', 'no list "families"'),
        ('{"format": "doorward-catalogue/1", "families": [1]}', "family 1 is no object"),
        (
            '{"format": "doorward-catalogue/1", "families": [{"code": "A", "weight": 1}]}',
            "nobody knows the name 'weight'",
        ),
        ('{"format": "doorward-catalogue/1", "families": [{"code": [1]}]}', "Values are texts"),
        ('{"format": "doorward-catalogue/1", "families": [{"code": 1.5}]}', "Values are texts"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert said in str(caught.value)


def test_a_file_in_another_encoding_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unreadable, match="not UTF-8"):
        read_catalogue(io.BytesIO(GOOD.replace("Doors", "Türen").encode("latin-1")), key="k1", name="n")


def test_a_table_without_a_row_is_refused() -> None:
    assert problems(HEADINGS) == ["There is no objective in the file."]


def test_json_places_are_named_by_what_they_are_in() -> None:
    document = json.loads(catalogue_json(built_in())) | {"key": "mine"}
    document["families"][1]["requirements"][2]["objectives"][0]["title"] = ""
    assert problems(json.dumps(document)) == ["family 2, requirement 3, objective 1: The objective title is empty."]


@given(st.text(max_size=300))
@settings(deadline=None)
def test_no_text_is_more_than_a_refusal(text: str) -> None:
    for content in (text, f"{HEADINGS}\n{text}", '{"format": "doorward-catalogue/1", "families": [' + text):
        with suppress(Unreadable, WrongCatalogue):
            read_catalogue(io.BytesIO(content.encode("utf-8", "surrogatepass")), key="our-rules", name="Our rules")
