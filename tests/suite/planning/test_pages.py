"""Pages, from the organiser's first to the results, through the door; exports and what comes in from elsewhere."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook

from doorward.testing import Browser, signed_in
from doorward_suite.planning import access
from tests.support.sound_files import picture

from .conftest import Town, begin

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def square(app: Flask) -> Town:
    """A consultation with a plan in which something was contributed."""
    town = begin(app, "paula", count=3)
    sent = town.olga.post(
        f"{town.path}/plan",
        {"plan_title": "The square from above", "plan": (io.BytesIO(picture(size=(600, 400))), "plan.png")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return town


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def contribute(town: Town, browser: Browser, words: str, **more) -> str:
    form = {"text": words, "category": "Idea", **more}
    kind = "multipart/form-data" if any(isinstance(one, tuple) for one in more.values()) else None
    sent = browser.post(f"{town.path}/contributions", form, content_type=kind)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return str(sent.headers["Location"])


def test_who_has_nothing_yet_is_told_what_to_do(app: Flask) -> None:
    member, organiser = signed_in(app, "nobody-yet"), signed_in(app, "starts", access.ORGANISER)
    assert "No consultation yet" in text(member, "/planning/")
    assert member.post("/planning/", {"title": "Mine"}).status_code == 403
    assert "Begin the first consultation" in text(organiser, "/planning/")
    wrong = organiser.post("/planning/", {"title": " "})
    assert wrong.status_code == 422
    assert "The title is empty." in wrong.get_data(as_text=True)


def test_a_pin_is_set_without_a_script_and_shown_on_the_plan(square: Town) -> None:
    ann = square.enter(square.secrets[0])
    assert ann.get(f"{square.path}/plan").mimetype.startswith("image/")
    path = contribute(square, ann, "A bench here.", across="25", down="62,5")
    page = text(ann, path)
    assert 'cx="150.0" cy="250.0"' in page
    refused = ann.post(f"{square.path}/contributions", {"text": "x", "category": "Idea", "across": "101", "down": "1"})
    assert refused.status_code == 422
    assert "Choose a place on the plan." in refused.get_data(as_text=True)
    for across in ("nan", "inf", "1e99", "left"):
        form = {"text": "x", "category": "Idea", "across": across, "down": "1"}
        assert ann.post(f"{square.path}/contributions", form).status_code == 422


def test_a_plan_is_sent_by_organisers_and_read_by_who_has_a_place(square: Town) -> None:
    ann = square.enter(square.secrets[0])
    files = {"plan_title": "Mine", "plan": (io.BytesIO(picture(size=(10, 10))), "plan.png")}
    assert ann.post(f"{square.path}/plan", files, content_type="multipart/form-data").status_code in (403, 404)
    other = signed_in(square.app, "elsewhere", access.ORGANISER)
    assert other.get(f"{square.path}/plan").status_code == 404
    hostile = {"plan_title": "Evil", "plan": (io.BytesIO(b"<svg onload=alert(1)>"), "plan.png")}
    refused = square.olga.post(f"{square.path}/plan", hostile, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert square.olga.get(f"{square.path}/plan").status_code == 200, "the plan before is still there"


def test_a_picture_beside_a_contribution_is_read_in_the_consultation_and_nowhere_else(square: Town) -> None:
    ann, ben = square.enter(square.secrets[0]), square.enter(square.secrets[1])
    path = contribute(square, ann, "It looks like this.", file=(io.BytesIO(picture(size=(20, 20))), "bench.png"))
    file = re.search(rf"{square.path}/files/\d+", text(ben, path))
    assert file
    assert ben.get(file[0]).mimetype.startswith("image/")
    assert Browser(square.app).get(file[0]).status_code != 200
    assert signed_in(square.app, "elsewhere").get(file[0]).status_code == 404
    number = path.rpartition("/")[2]
    square.olga.post(f"{square.path}/contributions/{number}/hiding", {"reason": "A face can be seen."})
    assert ben.get(file[0]).status_code == 404, "what is hidden takes its pictures along"


def test_from_collecting_to_published_results(app: Flask) -> None:
    town = begin(app, "petra", count=3)
    ann, ben = town.enter(town.secrets[0]), town.enter(town.secrets[1])
    path = contribute(town, ann, "=HYPERLINK(1) More trees on the square.")
    number = path.rpartition("/")[2]
    assert ben.post(f"{path}/support", {"support": "yes"}).status_code == 303
    assert ben.post(f"{path}/comments", {"comment": "And water."}).status_code == 303
    page = text(town.olga, path)
    assert "Resident" in page
    assert "And water." in page
    town.settle(collect=str(TODAY - timedelta(days=9)), prioritise=str(TODAY))
    assert ben.post(f"{town.path}/contributions", {"text": "Late", "category": "Idea"}).status_code == 409
    saved = ben.post(f"{path}/dots", {"dots": "4"}, headers={"Accept": "application/json"})
    assert saved.json == {"left": 1}
    visitor = Browser(app)
    assert visitor.get(f"{town.path}/results").status_code == 404
    assert ann.get(f"{town.path}/results").status_code == 404
    assert "Not published" in text(town.olga, f"{town.path}/results")
    town.settle(collect=str(TODAY - timedelta(days=9)), results=str(TODAY), published="1", summary="Trees it is.")
    shown = text(visitor, f"{town.path}/results")
    assert "Trees it is." in shown
    assert "What mattered most" in shown
    assert "/contributions.csv" not in shown
    csv = town.olga.get(f"{town.path}/contributions.csv").get_data(as_text=True)
    assert "\"'=HYPERLINK(1)" in csv, "no spreadsheet calculates what somebody wrote"
    book = load_workbook(io.BytesIO(town.olga.get(f"{town.path}/contributions.xlsx").data))
    assert book.active["A2"].value == int(number)
    for rest in ("contributions.csv", "contributions.xlsx", "consultation.json"):
        assert ann.get(f"{town.path}/{rest}").status_code in (401, 403, 404)
        assert visitor.get(f"{town.path}/{rest}").status_code != 200


def test_a_whole_consultation_goes_out_and_comes_in_again_the_same(square: Town, app: Flask) -> None:
    contribute(square, square.enter(square.secrets[2]), "A fountain in the middle of it all.", across="1", down="2")
    square.olga.post(f"{square.path}/questions", {"question": "Where?"})
    whole = square.olga.get(f"{square.path}/consultation.json").get_data(as_text=True)
    assert "token" not in whole
    assert "holder" not in whole
    other = signed_in(app, "imports", access.ORGANISER)
    made = other.post("/planning/whole", {"whole": whole})
    assert made.status_code == 303, made.get_data(as_text=True)
    again = other.get(made.headers["Location"].replace("/manage", "/consultation.json")).get_data(as_text=True)
    assert json.loads(again) == json.loads(whole)
    broken = json.loads(whole)
    for change in (
        {"form": "other"},
        {"contributions": [{}]},
        {"kinds": "all"},
        {"phases": []},
        {"dots": True},
        {"title": 7},
    ):
        refused = other.post("/planning/whole", {"whole": json.dumps({**broken, **change})})
        assert refused.status_code == 422, change
    assert other.post("/planning/whole", {"whole": "[" * 100_000}).status_code == 422
    assert text(other, "/planning/").count("app-card") == 1, "what is refused leaves nothing behind"
