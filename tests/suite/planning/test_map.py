"""The map: what is fetched from elsewhere only where it is set and chosen; coordinates; GeoJSON where there are any."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some

from doorward import Doorward, Invalid, NotFound
from doorward.testing import Browser, Clock, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.planning import access, mercator
from doorward_suite.planning.actions import contributions, grounds, moderating
from doorward_suite.planning.actions.contributions import Draft
from doorward_suite.planning.models import MAP, NOTHING, PARTS, PLAN, Consultation
from doorward_suite.planning.queries import counting, lists
from doorward_suite.portal import create_app

from .conftest import OLGA, OTTO, Made, Town, begin

ORIGIN = "https://tiles.example.org"
MUNICH = {"shows": "map", "map_lat": "48.137154", "map_lon": "11,576124", "map_zoom": "13"}


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """All apps behind a door whose operator has set a map."""
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.clock = Clock()
    folder = tmp_path_factory.mktemp("mapped")
    door.start(settings_in(folder, map_tiles=f"{ORIGIN}/{{z}}/{{x}}/{{y}}.png", map_attribution="© The tile people"))
    yield app
    door.close()


@pytest.fixture(scope="module")
def munich(mapped: Flask) -> Town:
    town = begin(mapped, "olga", count=3)
    sent = town.olga.post(f"{town.path}/ground", MUNICH)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return town


def pictures_of(browser: Browser, path: str) -> str:
    """Where pictures may come from on a page."""
    found = re.search(r"img-src ([^;]*)", browser.get(path).headers["Content-Security-Policy"])
    assert found
    return found[1]


def test_only_a_page_that_shows_the_map_lets_pictures_come_from_its_origin(munich: Town, mapped: Flask) -> None:
    ann = munich.enter(munich.secrets[0])
    path = str(
        ann.post(f"{munich.path}/contributions", {"text": "Here.", "category": "Idea", "lat": "48.1", "lon": "11.5"})
        .headers["Location"]
    )  # fmt: skip
    for who, page in ((ann, munich.path), (munich.olga, f"{munich.path}/manage"), (ann, path)):
        assert pictures_of(who, page) == f"'self' data: {ORIGIN}", page
        assert f'data-tiles="{ORIGIN}/{{z}}/{{x}}/{{y}}.png"' in who.get(page).get_data(as_text=True)
        assert "© The tile people" in who.get(page).get_data(as_text=True)
    for page in ("dots", "moderation", "sorting", "tokens", "results"):
        assert pictures_of(munich.olga, f"{munich.path}/{page}") == "'self' data:", page
    other = begin(mapped, "otto", count=1)
    for page in (other.path, f"{other.path}/manage"):
        assert pictures_of(other.olga, page) == "'self' data:", "a consultation without a map fetches nothing"
        assert ORIGIN not in other.olga.get(page).get_data(as_text=True)


def test_where_no_map_is_set_none_can_be_chosen_and_nothing_comes_from_elsewhere(app: Flask) -> None:
    town = begin(app, "maria", count=1)
    refused = town.olga.post(f"{town.path}/ground", MUNICH)
    assert refused.status_code == 422
    assert "This server has no map." in refused.get_data(as_text=True)
    whole = json.loads(town.olga.get(f"{town.path}/consultation.json").get_data(as_text=True))
    whole["places"] = {"on": "map", "begins": [11.5, 48.1], "zoom": 12}
    path = town.olga.post("/planning/whole", {"whole": json.dumps(whole)}).headers["Location"].removesuffix("/manage")
    page = town.olga.get(path)
    assert "data-map" not in page.get_data(as_text=True), "brought in with a map, it shows none here"
    assert pictures_of(town.olga, path) == "'self' data:"


def test_a_page_that_is_shown_again_after_a_mistake_shows_its_map_too(munich: Town) -> None:
    ann = munich.enter(munich.secrets[1])
    wrong = ann.post(f"{munich.path}/contributions", {"text": "", "category": "Idea", "lat": "48.2", "lon": "11.6"})
    assert wrong.status_code == 422
    assert f"img-src 'self' data: {ORIGIN};" in wrong.headers["Content-Security-Policy"]
    page = wrong.get_data(as_text=True)
    assert 'value="48.2"' in page, "and what was chosen is still there"
    for lat, lon in (("91", "0"), ("0", "181"), ("86", "0"), ("nan", "0"), ("inf", "0"), ("x", "0"), ("48.1", "")):
        form = {"text": "A place.", "category": "Idea", "lat": lat, "lon": lon}
        assert ann.post(f"{munich.path}/contributions", form).status_code == 422, (lat, lon)


def test_only_organisers_choose_the_ground_and_a_wrong_beginning_changes_nothing(munich: Town) -> None:
    ann = munich.enter(munich.secrets[1])
    for nobody in (ann, signed_in(munich.app, "else", access.ORGANISER)):
        assert nobody.post(f"{munich.path}/ground", {"shows": "none"}).status_code in (403, 404)
    for change in ({"map_lat": "95"}, {"map_lon": ""}, {"map_zoom": "23"}, {"shows": "plan"}, {"shows": "globe"}):
        assert munich.olga.post(f"{munich.path}/ground", {**MUNICH, **change}).status_code == 422, change
    assert 'data-lat="48.137154"' in munich.olga.get(munich.path).get_data(as_text=True)


def test_geojson_says_longitude_before_latitude_and_nobody_else_gets_it(mapped: Flask) -> None:
    town = begin(mapped, "mara", count=2)
    path = f"{town.path}/contributions.geojson"
    assert town.olga.get(path).status_code == 404, "without a map nothing has coordinates"
    assert "GeoJSON" not in town.olga.get(f"{town.path}/results").get_data(as_text=True)
    town.olga.post(f"{town.path}/ground", MUNICH)
    assert "contributions.geojson" in town.olga.get(f"{town.path}/results").get_data(as_text=True)
    ann = town.enter(town.secrets[0])
    ann.post(f"{town.path}/contributions", {"text": "Nowhere.", "category": "Idea"})
    ann.post(
        f"{town.path}/contributions",
        {"text": '"Here" </script>', "category": "Problem", "lat": "-48.1371540", "lon": "11.576124"},
    )
    answer = town.olga.get(path)
    assert answer.mimetype == "application/geo+json"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    given_out = answer.get_data(as_text=True)
    for word in ("token", "holder", *town.secrets):
        assert word not in given_out
    collection = json.loads(given_out)
    assert collection["type"] == "FeatureCollection"
    [feature] = collection["features"]
    assert feature["type"] == "Feature"
    assert feature["geometry"] == {"type": "Point", "coordinates": [11.576124, -48.137154]}
    assert feature["properties"]["text"] == '"Here" </script>'
    assert feature["properties"]["kind"] == "Resident"
    assert ann.get(path).status_code in (401, 403, 404)
    assert Browser(mapped).get(path).status_code != 200
    assert signed_in(mapped, "elsewhere", access.ORGANISER).get(path).status_code == 404


def test_a_consultation_with_a_map_goes_out_and_comes_in_again_the_same(munich: Town, mapped: Flask) -> None:
    said = {"text": "A bench by the river.", "category": "Idea", "lat": "48.1", "lon": "-11.6"}
    munich.enter(munich.secrets[2]).post(f"{munich.path}/contributions", said)
    munich.olga.post(f"{munich.path}/rules", {"words": "river", "rule_category": "Problem"})
    whole = json.loads(munich.olga.get(f"{munich.path}/consultation.json").get_data(as_text=True))
    other = signed_in(mapped, "imports", access.ORGANISER)
    made = other.post("/planning/whole", {"whole": json.dumps(whole)})
    assert made.status_code == 303, made.get_data(as_text=True)
    again = other.get(made.headers["Location"].replace("/manage", "/consultation.json")).get_data(as_text=True)
    assert json.loads(again) == whole
    assert [11.6, 48.1] != whole["contributions"][-1]["coordinates"] == [-11.6, 48.1]
    for change in (
        {"places": {"on": "globe", "begins": [0, 0], "zoom": 1}},
        {"places": {"on": "map", "begins": [0, 90], "zoom": 1}},
        {"places": {"on": "map", "begins": [0, 0], "zoom": 99}},
        {"rules": [{"words": "x", "category": "Nonsense"}]},
        {"contributions": [{**whole["contributions"][-1], "coordinates": [1e400, 0]}]},
        {"contributions": [{**whole["contributions"][-1], "coordinates": [True, 0]}]},
        {"contributions": [{**whole["contributions"][-1], "same_as": 0}]},
        {"contributions": [{**whole["contributions"][-1], "same_as": 7}]},
    ):
        refused = other.post("/planning/whole", {"whole": json.dumps({**whole, **change})})
        assert refused.status_code == 422, change


def choose(made: Made, shows: str, **changes: Any) -> None:
    centre = (round(11.5 * PARTS), round(48.1 * PARTS))
    given_so = {"centre": centre, "zoom": 12, "has_tiles": True, **changes}
    grounds.show_places_on(OLGA, made.number, shows, **given_so)


def test_places_of_one_ground_are_not_shown_on_another(made: Made) -> None:
    choose(made, MAP)
    ann = made.somebody()
    number = contributions.contribute(ann, made.number, Draft("Here.", "Idea", at=(115_000_000, 481_000_000)))
    with pytest.raises(Invalid):
        contributions.contribute(ann, made.number, Draft("There.", "Idea", place=(1, 1)))
    with pytest.raises(NotFound):
        grounds.show_places_on(OTTO, made.number, NOTHING, centre=(None, None), zoom=None, has_tiles=True)

    def pins() -> list[int]:
        with made.store.reading() as db:
            return [one.id for one in lists.pins(db, db.get_one(Consultation, made.number))]

    assert pins() == [number]
    choose(made, NOTHING)
    assert pins() == []
    with pytest.raises(Invalid):
        contributions.contribute(ann, made.number, Draft("Here.", "Idea", at=(115_000_000, 481_000_000)))
    with pytest.raises(Invalid):
        choose(made, PLAN)
    choose(made, MAP)
    assert pins() == [number], "what was placed before is still there"
    moderating.hide(OLGA, made.number, number, "No.")
    assert pins() == []


def test_pins_are_counted_by_ninths_around_where_the_map_begins(made: Made) -> None:
    choose(made, MAP)
    ann = made.somebody()
    tile = 360 / 2**12
    for east, north in ((0, 0), (0.2, 0), (1, 0), (-1, 1), (0, -1), (2, 0), (0, 30)):
        at = (round((11.5 + east * tile) * PARTS), round((48.1 + north * tile * 0.66) * PARTS))
        contributions.contribute(ann, made.number, Draft(f"At {east}, {north}.", "Idea", at=at))
    with made.store.reading() as db:
        found = counting.analysis_of(db, db.get_one(Consultation, made.number))
    bars = {bar.label: bar.count for chart in found.charts if chart.id == "place" for bar in chart.bars if bar.count}
    assert bars == {"middle": 2, "east": 1, "north-west": 1, "south": 1, "elsewhere": 2}


@given(lon=some.floats(-180, 180), lat=some.floats(-85, 85))
def test_a_place_on_the_plane_leads_back_to_its_coordinates(lon: float, lat: float) -> None:
    x, y = mercator.to_plane(lon, lat)
    assert 0 <= x <= 1
    assert 0 <= y <= 1
    back = mercator.from_plane(x, y)
    assert math.isclose(back[0], lon, abs_tol=1e-9)
    assert math.isclose(back[1], lat, abs_tol=1e-9)


#: Tiles as OpenStreetMap's documentation of tile names computes them ("Slippy map tilenames", its formula with sec).
@pytest.mark.parametrize("zoom", [0, 5, 12, 19])
@pytest.mark.parametrize(("lon", "lat"), [(13.3777, 52.5163), (-58.3816, -34.6037), (151.2153, -33.8568), (0.0, 0.0)])
def test_tiles_are_those_of_the_known_formula(lon: float, lat: float, zoom: int) -> None:
    x, y = mercator.to_plane(lon, lat)
    radians = math.radians(lat)
    down = (1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2
    assert (int(x * 2**zoom), int(y * 2**zoom)) == (int((lon + 180) / 360 * 2**zoom), int(down * 2**zoom))


def test_the_plane_ends_where_it_is_as_high_as_wide() -> None:
    assert mercator.to_plane(-180, 90) == pytest.approx((0, 0))
    assert mercator.to_plane(180, -90) == pytest.approx((1, 1))
    assert pytest.approx(85.0511287798) == mercator.NORTHERNMOST
    assert mercator.is_on_map(180 * PARTS, 85 * PARTS)
    assert not mercator.is_on_map(180 * PARTS + 1, 0)
    assert not mercator.is_on_map(0, 86 * PARTS)
