"""Whoever has not agreed to be shown appears nowhere: on no page, in no search, not in the map, in no number."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from pypdf import PdfReader
from werkzeug.test import TestResponse

from doorward.store.store import using
from doorward.testing import Browser
from doorward_suite.honors.actions import writing

from .conftest import EDITOR, PUBLISHER, Made

SECRET = "Zoë Verborgen"
#: What somebody types who suspects a name.
GUESSES = ("Zoë Verborgen", "zoe", "verborgen", "z", "ZOE VERBORGEN")


@pytest.fixture
def acting(app: Flask) -> Iterator[None]:
    with using(app.extensions["doorward"].store):
        yield


def everything_public(app: Flask, *more: str) -> dict[str, str]:
    """Every page that a visitor reaches by links, in both forms of the roll, the map, and what they look for."""
    visitor = Browser(app)
    waiting = [
        "/honors/",
        "/honors/?view=cards",
        "/honors/sitemap.xml",
        "/honors/sitemap-0.xml",
        "/honors/?school=Lycée+Nord",
        *more,
    ]
    waiting += [f"/honors/search?q={guess}" for guess in GUESSES]
    read: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        if path in read:
            continue
        answer = visitor.get(path)
        read[path] = text_of(answer) if answer.status_code == 200 else ""
        waiting += [
            one.replace("&amp;", "&")
            for one in re.findall(r'href="(/honors/[^"]*)"', read[path])
            if "/static/" not in one
        ]
    return read


def text_of(answer: TestResponse) -> str:
    """What somebody reads in an answer; of pictures nothing, since they are drawn from the same as the documents."""
    if answer.mimetype == "application/pdf":
        return PdfReader(io.BytesIO(answer.get_data())).pages[0].extract_text()
    return "" if answer.mimetype.startswith("image/") else answer.get_data(as_text=True)


def mentions(read: dict[str, str], number: int) -> set[str]:
    """The pages that say the name, outside of what was typed, or lead to the person."""
    said = {path for path, text in read.items() if "Verborgen" in text and "/search" not in path}
    return said | {path for path, text in read.items() if re.search(rf"/honors/(?:en/|vi/)?people/{number}\b", text)}


@pytest.mark.usefixtures("acting")
def test_who_has_not_agreed_is_on_no_page_and_who_agreed_is_on_many(app: Flask, roll: Made) -> None:
    number = roll.person(SECRET, "hidden")
    team = roll.team("The quiet ones", number)
    roll.award(team, kind="teams")
    assert mentions(everything_public(app), number) == set()
    assert Browser(app).get(f"/honors/people/{number}").status_code == 404
    # What was refused is there: with consent the same pages are full of it.
    writing.set_consent(PUBLISHER, number, "full")
    found = mentions(everything_public(app), number)
    assert {
        "/honors/",
        "/honors/?view=cards",
        "/honors/fame",
        "/honors/sitemap-0.xml",
        f"/honors/teams/{team}",
    } <= found
    assert {f"/honors/search?q={guess}" for guess in GUESSES} <= found
    writing.set_consent(PUBLISHER, number, "hidden")
    assert mentions(everything_public(app), number) == set()


@pytest.mark.usefixtures("acting")
def test_who_agreed_to_the_short_name_is_not_found_by_the_full_one(app: Flask, roll: Made) -> None:
    number = roll.person("Quentin Ausführlich", "short", short="Quentin A.")
    visitor = Browser(app)
    page = visitor.get(f"/honors/people/{number}").get_data(as_text=True)
    assert "Quentin A." in page
    assert "Ausf" not in page
    assert f"/honors/people/{number}" in visitor.get("/honors/search?q=quentin").get_data(as_text=True)
    assert f"/honors/people/{number}" not in visitor.get("/honors/search?q=ausfuhr").get_data(as_text=True)


@pytest.mark.usefixtures("acting")
def test_without_a_short_name_only_the_initials_are_shown(app: Flask, roll: Made) -> None:
    number = roll.person("Nguyễn Văn Ễ", "short")
    page = Browser(app).get(f"/honors/people/{number}").get_data(as_text=True)
    assert "N. V. Ễ." in page
    assert "Nguy" not in page


@pytest.mark.usefixtures("acting")
@pytest.mark.parametrize("how", ["person deleted", "award deleted", "edition withdrawn", "edition not published"])
def test_what_is_deleted_or_not_published_shows_nobody(app: Flask, roll: Made, how: str) -> None:
    edition = roll.new_edition("2024", published=how != "edition not published")
    number = roll.person(SECRET, awarded=False)
    award = roll.award(number, edition=edition)
    if how != "edition not published":
        assert Browser(app).get(f"/honors/people/{number}").status_code == 200
    if how == "person deleted":
        writing.delete(EDITOR, "people", number)
    if how == "award deleted":
        writing.delete(EDITOR, "awards", award)
    if how == "edition withdrawn":
        writing.publish(PUBLISHER, edition, published=False)
    assert mentions(everything_public(app, f"/honors/people/{number}"), number) == set()


@pytest.mark.usefixtures("acting")
def test_a_hidden_person_and_nobody_get_the_same_answer(app: Flask, roll: Made) -> None:
    number = roll.person(SECRET, "hidden")
    texts = []
    for path in (f"/honors/people/{number}", "/honors/people/99999999"):
        answer = Browser(app).get(path)
        assert answer.status_code == 404
        texts.append(re.sub(r"[\w-]{22,}|\d{4,}", "", answer.get_data(as_text=True)).replace(str(number), ""))
    assert texts[0] == texts[1]
