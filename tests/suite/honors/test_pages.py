"""The pages for everybody as caches and search engines get them, and who enters the administration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask

from doorward.store.store import using
from doorward.testing import Browser, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.honors.actions import writing

from .conftest import EDITOR, PUBLISHER, Made, create_app


@pytest.fixture(scope="module")
def paths(app: Flask, roll: Made) -> list[str]:
    """Every public page, with something on it."""
    with using(app.extensions["doorward"].store):
        person = roll.person("Ada Lovelace")
        team = roll.team("The engine", person)
        roll.award(team, kind="teams")
    return [
        *("/honors/", "/honors/?view=cards&year=2025", "/honors/search?q=ada", "/honors/fame", "/honors/teams"),
        *(f"/honors/people/{person}", f"/honors/teams/{team}", "/honors/competitions"),
        *(f"/honors/competitions/{roll.competition}", "/honors/sitemap.xml", "/honors/sitemap-0.xml"),
    ]


@pytest.fixture
def acting(app: Flask) -> Iterator[None]:
    with using(app.extensions["doorward"].store):
        yield


def test_visitors_get_no_cookie_no_token_and_no_script_and_may_keep_each_page(app: Flask, paths: list[str]) -> None:
    for path in paths:
        answer = Browser(app).get(path)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers, path
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Cookie" in answer.headers["Vary"]
        assert answer.headers["ETag"]
        assert answer.headers["Last-Modified"]
        text = answer.get_data(as_text=True)
        assert not re.search(r"csrf|<script|nonce", text), path


@pytest.mark.usefixtures("acting")
def test_a_kept_page_holds_until_something_changes(app: Flask, paths: list[str], roll: Made) -> None:
    for path in paths:
        mark = Browser(app).get(path).headers["ETag"]
        again = Browser(app).get(path, headers={"If-None-Match": mark})
        assert (again.status_code, again.get_data()) == (304, b""), path
        assert again.headers["ETag"] == mark
    mark = Browser(app).get("/honors/").headers["ETag"]
    roll.person("Somebody new")
    assert Browser(app).get("/honors/", headers={"If-None-Match": mark}).status_code == 200


@pytest.mark.usefixtures("acting")
def test_a_kept_page_of_somebody_who_hides_is_not_confirmed(app: Flask, roll: Made) -> None:
    number = roll.person("Shy Person")
    mark = Browser(app).get(f"/honors/people/{number}").headers["ETag"]
    writing.set_consent(PUBLISHER, number, "hidden")
    again = Browser(app).get(f"/honors/people/{number}", headers={"If-None-Match": mark})
    assert again.status_code == 404


def test_who_is_signed_in_gets_a_page_that_no_cache_keeps(app: Flask, paths: list[str]) -> None:
    browser = signed_in(app, "nora")
    for path in paths:
        answer = browser.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "ETag" not in answer.headers


def test_each_page_has_a_title_a_description_and_an_address_of_its_own(app: Flask, paths: list[str]) -> None:
    pages = [Browser(app).get(path).get_data(as_text=True) for path in paths if not path.endswith(".xml")]
    for what in (r"<title>([^<]+)", r'name="description" content="([^"]+)"', r'rel="canonical" href="([^"]+)"'):
        found = [re.search(what, page) for page in pages]
        assert all(found), what
        assert len({one[1] for one in found if one}) == len(pages), what


@pytest.mark.usefixtures("acting")
def test_the_map_names_every_page_and_nobody_who_is_hidden(app: Flask, roll: Made) -> None:
    shown, hidden = roll.person("Shown"), roll.person("Hidden", "hidden")
    maps = ElementTree.fromstring(Browser(app).get("/honors/sitemap.xml").get_data())
    parts = [one.text or "" for one in maps.findall(".//{*}loc")]
    assert parts[0].endswith("/honors/sitemap-0.xml")
    named: list[str] = []
    for part in parts:
        found = ElementTree.fromstring(Browser(app).get(urlsplit(part).path).get_data())
        named += [urlsplit(one.text or "").path for one in found.findall(".//{*}loc")]
    for language in ("en", "vi"):
        assert f"/honors/{language}/people/{shown}" in named
        assert f"/honors/{language}/people/{hidden}" not in named
    assert {Browser(app).get(path).status_code for path in named} == {200}


def administration(made: Made, person: int) -> list[tuple[str, str, dict[str, str]]]:
    one = f"/honors/admin/people/{person}"
    return [
        ("GET", "/honors/admin/", {}),
        ("GET", "/honors/admin/people", {}),
        ("GET", one, {}),
        ("POST", "/honors/admin/people", {"full_name": "Eve"}),
        ("POST", one, {"full_name": "Eve"}),
        ("POST", f"{one}/awards", {"edition": str(made.edition), "medal": str(made.gold)}),
        ("POST", f"{one}/consent", {"consent": "hidden"}),
        ("POST", f"/honors/admin/editions/{made.edition}/publication", {"published": "yes"}),
        ("POST", f"{one}/deletion", {}),
        ("POST", f"{one}/restoration", {}),
    ]


@pytest.mark.usefixtures("acting")
def test_only_editors_and_publishers_enter_the_administration(app: Flask, roll: Made) -> None:
    person = roll.person("Ada")
    member, editor = signed_in(app, "mem"), signed_in(app, "edi", "honors-editor")
    publisher, admin = signed_in(app, "pub", "honors-publisher"), signed_in(app, "adm", "admin")
    for method, path, form in administration(roll, person):

        def send(who: Browser, method: str = method, path: str = path, form: dict[str, str] = form) -> int:
            return (who.get(path) if method == "GET" else who.post(path, form)).status_code

        assert send(Browser(app)) in (303, 401)
        assert send(member) == 403, path
        publishing = path.endswith(("/consent", "/publication"))
        assert send(editor) == (403 if publishing else 200 if method == "GET" else 303), path
        assert send(publisher) < 400, path
        assert send(admin) < 400, path


def test_with_administration_off_there_is_none_and_the_roll_stays(tmp_path: Path) -> None:
    app = create_app()
    door = app.extensions["doorward"]
    door.start(settings_in(tmp_path, admin_enabled=False))
    with using(door.store):
        made = Made()
        person = made.person("Ada")
    for method, path, form in administration(made, person):
        answer = Browser(app).send(method, path, data=form)
        assert answer.status_code == 404, path
    assert Browser(app).get("/honors/").status_code == 200
    assert Browser(app).get(f"/honors/people/{person}").status_code == 200
    door.close()


def test_a_site_of_one_password_has_the_whole_administration(tmp_path: Path) -> None:
    app = create_app()
    door = app.extensions["doorward"]
    door.start(settings_in(tmp_path, admin_password="vier grüne Türen am stillen Ufer"))
    with using(door.store):
        made = Made()
        person = made.person("Ada", "hidden")
    assert Browser(app).get("/honors/admin/").status_code in (303, 401)
    only = Browser(app)
    only.get("/login")
    assert only.post("/login", {"password": "not this one at all"}).status_code != 303
    assert only.get("/honors/admin/").status_code in (303, 401)
    assert only.post("/login", {"password": "vier grüne Türen am stillen Ufer"}).status_code == 303
    for method, path, form in administration(made, person):
        answer = only.get(path) if method == "GET" else only.post(path, form)
        assert answer.status_code < 400, path
    assert only.post(f"/honors/admin/people/{person}/consent", {"consent": "full"}).status_code == 303
    assert Browser(app).get(f"/honors/people/{person}").status_code == 200
    door.close()


@pytest.mark.usefixtures("acting")
def test_the_pages_of_administration_do_the_whole_of_it(app: Flask, roll: Made) -> None:
    publisher = signed_in(app, "whole", "honors-publisher")
    made = publisher.post("/honors/admin/people", {"full_name": "Nguyễn Văn Ễ"}).headers["Location"]
    award = {"edition": str(roll.edition), "medal": str(roll.gold), "school": "Trường Ams", "result": "40 / 42"}
    assert publisher.post(f"{made}/awards", award).status_code == 303
    number = made.rpartition("/")[2]
    assert Browser(app).get(f"/honors/people/{number}").status_code == 404
    assert publisher.post(f"{made}/consent", {"consent": "full"}).status_code == 303
    page = Browser(app).get(f"/honors/people/{number}").get_data(as_text=True)
    assert "Nguyễn Văn Ễ" in page
    assert "Trường Ams" in page
    wrong = publisher.post(f"{made}/awards", {"edition": "", "medal": "1"})
    assert wrong.status_code == 422
    assert "Edition is empty." in wrong.get_data(as_text=True)
    assert publisher.post(f"{made}/consent", {"consent": "everything"}).status_code == 422
    needed = publisher.post(f"/honors/admin/medals/{roll.gold}/deletion", {})
    assert needed.status_code == 409
    assert "Delete them first." in needed.get_data(as_text=True)


@pytest.mark.usefixtures("acting")
def test_the_size_of_the_roll_stays_the_same_however_many_awards_there_are(app: Flask, roll: Made) -> None:
    person = roll.person("Many Awards")
    for _ in range(60):
        roll.award(person)
    page = Browser(app).get("/honors/")
    assert len(page.get_data()) < 100_000
    assert 'rel="next"' in page.get_data(as_text=True)
    assert EDITOR.is_signed_in
