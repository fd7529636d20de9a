"""The pages are complete in English and in Vietnamese, and those for everybody have addresses of their own in each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from flask import Flask

from doorward.store.store import using
from doorward.testing import Browser
from doorward.web import script_words
from doorward_suite.honors import access
from doorward_suite.honors.actions import asking, writing
from doorward_suite.honors.importing.columns import MEANINGS
from doorward_suite.honors.kinds import KINDS
from doorward_suite.honors.languages import LANGUAGES, best_of, catalogue, catalogue_file, day_in, said

from .conftest import EDITOR, Made

SOURCE = Path(asking.__file__).parents[1]
KIT = SOURCE.parents[1] / "doorward/web/templates/doorward"
OF_KIT = [KIT / f"{name}.html" for name in ("base", "error", "_jobs", "_uploads")]
TEMPLATES = [*sorted((SOURCE / "templates/honors").rglob("*.html")), *OF_KIT]
DRAWN = [SOURCE / "papers/layouts.py", SOURCE / "views/papers.py", SOURCE / "views/admin.py"]
#: What speaks to programs and to the person at the keyboard of the server, in English.
NOT_ON_PAGES = ("commands.py", "examples.py", "api.py", "__init__.py")
#: Of the kit what its refusals say, and how it calls them: no template of ours holds them.
OF_REFUSALS = 60
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.fixture
def acting(app: Flask) -> Iterator[None]:
    with using(app.extensions["doorward"].store):
        yield


@cache
def texts() -> set[str]:
    """Every text that a template for everybody shows, and that is drawn."""
    shown = [one for path in TEMPLATES for one in extract_from_file("jinja2.ext:babel_extract", path)]
    words = {"say": None, "translated": None}
    shown += [one for path in DRAWN for one in extract_from_file("python", path, keywords=words)]
    return {str(message) for _, message, _, _ in shown} | labels() | {*script_words.UPLOADS, *script_words.JOBS}


def labels() -> set[str]:
    """What kinds, fields and meanings of columns are called."""
    found = {name for kind in KINDS.values() for name in (kind.one, kind.many)}
    found |= {text for kind in KINDS.values() for field in kind.fields for text in (field.label, field.hint) if text}
    found |= {KINDS[other].many.lower() for needs in writing._NEEDED_BY.values() for other, _ in needs}
    return found | {KINDS[key].many.lower() for key in writing.MOST} | {one.label for one in MEANINGS}


def skeleton(text: str) -> str:
    """A text with what stands in it taken out."""
    return re.sub(r"%\(\w+\)s", "\0", text)


@cache
def sentences() -> set[str]:
    """Every sentence in the code of the app that a page may show, as skeletons: refusals, and why a row is wrong."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if path.name in NOT_ON_PAGES or "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        plain = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [str(one.value) if isinstance(one, ast.Constant) else "\0" for one in node.values]
                found.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | plain:
                found.add(node.value)
    found -= set(access.ROLES.values())  # the kit's page of people shows them
    return {text for text in found if text.endswith(".") and re.search(r"\w\w+ \w|\0 \w", text)}


@pytest.mark.parametrize("language", OTHERS)
def test_each_text_of_the_pages_is_in_the_catalogue(language: str) -> None:
    assert len(texts()) > 80
    assert sorted(text for text in texts() if text not in catalogue(language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_each_sentence_of_the_code_is_in_the_catalogue(language: str) -> None:
    there = {skeleton(text) for text in catalogue(language)}
    assert len(sentences()) > 60
    assert sorted(sentences() - there) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_entry_of_the_catalogue_is_doubtful_left_over_or_loses_what_stands_in_it(language: str) -> None:
    with catalogue_file(language).open("rb") as file:
        entries = [one for one in read_po(file, locale=language, abort_invalid=True) if one.id]
    assert not [one.id for one in entries if one.fuzzy or not one.string]
    for one in entries:
        given, said_out = (set(re.findall(r"%\(\w+\)s", str(text))) for text in (one.id, one.string))
        # How the kit calls kinds of files is English, and says less than that it is another kind.
        assert said_out <= given if str(one.id).startswith("This is called") else said_out == given, one.id
    left = [one.id for one in entries if one.id not in texts() and skeleton(str(one.id)) not in sentences()]
    assert len(left) <= OF_REFUSALS, left


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_anything_that_is_not_to_be_translated(template: Path) -> None:
    """What stands between tags, or in an attribute that is read, goes through `_`."""
    source = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    said_out = re.sub(r"<[^>]*>", " ", source)
    assert not re.findall(r"[^\W\d_]{2,}", unescape(said_out))
    assert not re.findall(r'(?:aria-label|placeholder|title|alt|content)="([A-Z][^"]*)"', source)


class Seen(HTMLParser):
    """The texts of a page, and what attributes say aloud."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._skipped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("style", "script")
        self.texts |= {
            value or "" for name, value in attrs if name in ("aria-label", "placeholder", "alt", "data-label")
        }

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._skipped and data.strip():
            self.texts.add(" ".join(data.split()))


@pytest.fixture(scope="module")
def filled(app: Flask, roll: Made) -> list[str]:
    """Addresses of each page for everybody, below /honors/, with something on it, and of refusals."""
    with using(app.extensions["doorward"].store):
        form = {"name": "Olympiad", "name_vi": "Thi học sinh giỏi", "about": "Of it.", "about_vi": "Giới thiệu."}
        writing.correct(EDITOR, "competitions", roll.competition, form)
        edition = {
            "competition": str(roll.competition),
            "year": "2027",
            "name": "Olympiad 2027",
            "held_on": "2027-03-05",
        }
        writing.add(EDITOR, "editions", {**edition, "name_vi": "Kỳ thi 2027"})
        person = roll.person("Nguyễn Văn Ễ")
        team = roll.team("Đội tuyển", person)
        roll.award(team, kind="teams")
    return [
        *(
            "",
            "?view=cards&year=2025",
            "?year=1999",
            "search",
            "search?q=nguyen",
            "search?q=nobodyhere",
            "fame",
            "teams",
        ),
        *(f"people/{person}", f"teams/{team}", "competitions", f"competitions/{roll.competition}"),
        "verify/a1-00000000000000000000",
        *(f"people/{person}/hiding", "hiding", "people/999999", "teams/999999", "competitions/999999"),
    ]


def test_a_page_in_vietnamese_has_no_text_left_in_english(app: Flask, filled: list[str]) -> None:
    english = set(catalogue("vi")) - set(catalogue("vi").values())
    for path in filled:
        answer = Browser(app).get(f"/honors/vi/{path}")
        page = answer.get_data(as_text=True)
        assert '<html lang="vi">' in page, path
        assert Seen(page).texts & english == set(), path
        title = re.search("<title>([^·<]+) ·", page)
        assert title
        assert unescape(title[1]).strip() not in english
        described = re.search('name="description" content="([^"]+)"', page)
        assert answer.status_code == 404 or (described and unescape(described[1]) not in english)


def test_what_people_wrote_in_a_language_is_shown_in_it(app: Flask, roll: Made, filled: list[str]) -> None:
    vietnamese, english = (
        Browser(app).get(f"/honors/{language}/competitions/{roll.competition}").get_data(as_text=True)
        for language in ("vi", "en")
    )
    for text in ("Thi học sinh giỏi", "Giới thiệu.", "Vàng", "Toán học", "5 tháng 3, 2027"):
        assert text in vietnamese
        assert text not in english
    for text in ("Of it.", "Gold", "Mathematics", "5 March 2027"):
        assert text in english
        assert text not in vietnamese


def test_what_is_wrong_in_a_form_is_said_in_vietnamese(app: Flask, filled: list[str]) -> None:
    form = next(path for path in filled if path.endswith("/hiding"))
    answer = Browser(app).post(f"/honors/vi/{form}", {"who": "x", "words": "w" * 2_000, "contact": "c" * 300})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert Seen(page).texts & set(catalogue("vi")) - set(catalogue("vi").values()) == set()
    assert "Hãy cho biết bạn là ai." in page
    sent = Browser(app).post(f"/honors/vi/{form}", {"who": "self"})
    assert sent.headers["Location"] == "/honors/vi/hiding"


def test_an_address_without_a_language_is_in_the_one_of_the_browser(app: Flask, filled: list[str]) -> None:
    for header, language in (("vi-VN,vi;q=0.9,en;q=0.5", "vi"), ("de,en;q=0.5", "en"), ("fr", "en")):
        answer = Browser(app).get("/honors/", headers={"Accept-Language": header})
        assert f'<html lang="{language}">' in answer.get_data(as_text=True), header
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        fixed = Browser(app).get("/honors/en/", headers={"Accept-Language": header})
        assert '<html lang="en">' in fixed.get_data(as_text=True)
        assert "Accept-Language" not in fixed.headers["Vary"]


def test_each_page_names_itself_in_each_language_and_links_stay_in_it(app: Flask, filled: list[str]) -> None:
    for path in [path for path in filled if "999999" not in path and "verify" not in path]:
        page = Browser(app).get(f"/honors/vi/{path}").get_data(as_text=True)
        found = dict(re.findall(r'rel="alternate" hreflang="(\w\w)" href="([^"]+)"', page))
        assert set(found) == set(LANGUAGES)
        canonical = re.search(r'rel="canonical" href="([^"]+)"', page)
        assert canonical
        assert canonical[1] == found["vi"]
        assert Browser(app).get(unescape(found["en"])).status_code == 200
        inside = re.findall(r'href="(/honors/[^"]*)"', page)
        assert inside
        assert not [href for href in inside if not re.match(r"/honors/(vi/|en/.*chosen|static/|$)", href)]


def test_only_who_switches_by_hand_gets_a_cookie_and_it_is_remembered(app: Flask, filled: list[str]) -> None:
    browser = Browser(app)
    page = browser.get("/honors/search?q=nguyen").get_data(as_text=True)
    switch = re.search(r'href="(/honors/vi/[^"]*chosen=1)"', page)
    assert switch
    answer = browser.get(unescape(switch[1]))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/honors/vi/search?q=nguyen")
    assert "honors_language" in answer.headers["Set-Cookie"]
    remembered = browser.get("/honors/fame")
    assert '<html lang="vi">' in remembered.get_data(as_text=True)
    assert "no-store" in remembered.headers["Cache-Control"]
    assert '<html lang="en">' in browser.get("/honors/en/fame").get_data(as_text=True)


@pytest.mark.parametrize("odd", ["lang=xx", "endpoint=x", "_external=1", "_anchor=x", "_method=POST", "self=1"])
def test_odd_names_in_an_address_break_nothing(app: Flask, odd: str) -> None:
    assert Browser(app).get(f"/honors/en/?{odd}").status_code == 200
    assert Browser(app).get(f"/honors/vi/?chosen=1&{odd}").headers["Location"] == "/honors/vi/"


def test_a_language_that_is_not_here_has_no_address(app: Flask) -> None:
    assert Browser(app).get("/honors/xx/").status_code == 404
    assert Browser(app).get("/honors/vi/admin/").status_code == 404


def test_languages_on_plain_values() -> None:
    from datetime import date

    assert best_of(["VI-vn"]) == "vi"
    assert best_of([]) == "en"
    assert said("vi", "Not in the catalogue") == "Not in the catalogue"
    assert said("vi", "%(count)s awards", count=3) == "3 giải thưởng"
    assert said("vi", "Year is a number from 1900 to 2200.") == "Năm là một số từ 1900 đến 2200."
    assert said("vi", "The same award stands in row 7.") == "Giải thưởng này đã có ở dòng 7."
    assert said("vi", "Not even % or %s of it.") == "Not even % or %s of it."
    assert said("vi", "3 of 4.") == "3 trên 4."
    assert day_in("en", date(2026, 3, 5)) == "5 March 2026"
