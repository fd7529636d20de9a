"""A whole school behind one address reads the roll; what it gets may be kept; and only the one form gives a cookie."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from PIL import Image

from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import photos, writing

from .conftest import PUBLISHER, Made

SCHOOL = "198.51.100.7"


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def test_a_school_behind_one_address_is_not_refused_and_one_that_hammers_is(
    app: Flask, roll: Made, acting: Store
) -> None:
    person = roll.person("Read By All")
    pages = [
        "/honors/",
        f"/honors/people/{person}",
        "/honors/fame",
        "/honors/search?q=read",
        "/api/honors/people?q=read",
    ]
    first = {path: Browser(app, address=SCHOOL).get(path) for path in pages}
    for number in range(300):
        path = pages[number % len(pages)]
        kept = {"If-None-Match": first[path].headers["ETag"]} if "ETag" in first[path].headers else {}
        assert Browser(app, address=SCHOOL).get(path, headers=kept).status_code in (200, 304), number
    # Pictures are dearer to draw, so that fewer of them are given: a class at once, and not a flood.
    statuses = [Browser(app, address=SCHOOL).get("/honors/card.png").status_code for _ in range(601)]
    assert statuses.count(200) == 600
    refused = Browser(app, address=SCHOOL).get("/honors/card.png")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert Browser(app, address="203.0.113.9").get("/honors/card.png").status_code == 200, "others are served"
    assert Browser(app, address=SCHOOL).get("/honors/").status_code == 200, "and pages are"


def test_a_browser_keeps_a_photo_and_asks_each_time_whether_it_may_still_be_shown(
    app: Flask, roll: Made, acting: Store
) -> None:
    person = roll.person("Pictured")
    publisher = signed_in(app, "pictures", "honors-publisher")
    publisher.get(f"/honors/admin/people/{person}")
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "#886633").save(picture, "PNG")
    form = {"photo": (io.BytesIO(picture.getvalue()), "me.png"), "csrf_token": publisher.token}
    path = f"/honors/admin/people/{person}/photo"
    assert publisher.send("POST", path, data=form, content_type="multipart/form-data").status_code == 303
    photos.agree(PUBLISHER, person, "self")
    shown = Browser(app).get(f"/honors/people/{person}/photo")
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in shown.headers
    kept = {"If-None-Match": shown.headers["ETag"]}
    assert Browser(app).get(f"/honors/people/{person}/photo", headers=kept).status_code == 304
    writing.set_consent(PUBLISHER, person, "hidden")
    assert Browser(app).get(f"/honors/people/{person}/photo", headers=kept).status_code == 404


def test_programs_may_keep_what_they_read_until_something_changes(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Kept By Programs")
    for path in ("/api/honors/awards?count=5", "/api/honors/people?q=kept", f"/api/honors/people/{person}"):
        answer = Browser(app).get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=60", path
        assert answer.headers["Last-Modified"]
        assert "Set-Cookie" not in answer.headers
        again = Browser(app).get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.get_data()) == (304, b""), path
        assert "Kept By Programs" in answer.get_data(as_text=True) or "awards" in path
        assert signed_in(app, "programs").get(path).headers["Cache-Control"] == "no-store"
    kept = {"If-None-Match": Browser(app).get(f"/api/honors/people/{person}").headers["ETag"]}
    writing.set_consent(PUBLISHER, person, "hidden")
    assert Browser(app).get(f"/api/honors/people/{person}", headers=kept).status_code == 404
    assert Browser(app).get("/api/honors/awards?count=0").headers.get("Cache-Control") != "public, max-age=60"


def test_of_all_pages_for_everybody_only_the_form_gives_a_cookie_and_it_spoils_none_of_the_others(
    app: Flask, roll: Made, acting: Store
) -> None:
    """Its token is tied to that cookie: without one there is nothing by which a forged request could be told."""
    person = roll.person("Shy")
    visitor = Browser(app)
    form = visitor.get(f"/honors/people/{person}/hiding")
    assert "Set-Cookie" in form.headers
    assert "HttpOnly" in form.headers["Set-Cookie"]
    assert "no-store" in form.headers["Cache-Control"]
    for path in ("/honors/", f"/honors/people/{person}", "/honors/fame", "/honors/card.png", "/honors/sitemap.xml"):
        answer = visitor.get(path)
        assert "Set-Cookie" not in answer.headers, path
        assert answer.headers["Cache-Control"] == "public, max-age=60", path
        assert b"csrf" not in answer.get_data(), path
    fresh = Browser(app)
    assert "Set-Cookie" not in fresh.get("/honors/hiding").headers
    assert fresh.send("POST", f"/honors/people/{person}/hiding", data={"who": "self"}).status_code == 400
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    sent = {"who": "self", "csrf_token": visitor.token}
    assert visitor.send("POST", f"/honors/people/{person}/hiding", data=sent, headers=foreign).status_code in (400, 403)
    assert visitor.send("POST", f"/honors/people/{person}/hiding", data=sent).status_code == 303
