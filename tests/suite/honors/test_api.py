"""The API of honors: what everybody may see, without a token, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from doorward.store.store import using
from doorward.testing import Browser

from .conftest import Made


@pytest.fixture
def acting(app: Flask) -> Iterator[None]:
    with using(app.extensions["doorward"].store):
        yield


@pytest.mark.usefixtures("acting")
def test_a_program_reads_the_roll_page_by_page_people_and_their_awards(app: Flask, roll: Made) -> None:
    person = roll.person("Nguyễn Văn Đọc")
    roll.award(person, medal=roll.silver)
    first = Browser(app).get(f"/api/honors/awards?competition={roll.competition}&count=1").get_json()
    assert len(first["awards"]) == 1
    assert first["next"]
    path = f"/api/honors/awards?competition={roll.competition}&after={first['next']}&language=vi"
    rest = Browser(app).get(path).get_json()["awards"]
    assert {one["medal"]["name"] for one in rest} <= {"Vàng", "Bạc"}
    assert first["awards"][0]["id"] not in {one["id"] for one in rest}
    [found] = Browser(app).get("/api/honors/people?q=nguyen+van+doc").get_json()["people"]
    assert found == {"id": person, "name": "Nguyễn Văn Đọc", "awards": 2}
    whole = Browser(app).get(f"/api/honors/people/{person}").get_json()
    assert [one["medal"]["name"] for one in whole["given"]] == ["Gold", "Silver"]


@pytest.mark.usefixtures("acting")
def test_the_api_tells_of_nobody_who_is_hidden(app: Flask, roll: Made) -> None:
    shown, hidden = roll.person("Api Shown"), roll.person("Api Hidden", "hidden")
    assert Browser(app).get(f"/api/honors/people/{shown}").status_code == 200
    assert Browser(app).get(f"/api/honors/people/{hidden}").status_code == 404
    assert [one["id"] for one in Browser(app).get("/api/honors/people?q=api").get_json()["people"]] == [shown]
    told = Browser(app).get("/api/honors/awards?count=100").get_data(as_text=True)
    assert "Api Shown" in told
    assert "Api Hidden" not in told


def test_what_is_not_as_described_is_refused(app: Flask) -> None:
    for odd in ("count=0", "count=101", "language=xx", "medal=x", "year=0"):
        assert Browser(app).get(f"/api/honors/awards?{odd}").status_code == 422, odd
