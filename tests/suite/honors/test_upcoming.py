"""What is still to be held is announced, with its day and while nobody knows the day; what was held is not."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import importing, writing
from doorward_suite.honors.models import Edition, Medal

from .conftest import EDITOR, PUBLISHER, Made


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    """The clock of the app stands in January 2026."""
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def announced(app: Flask, path: str = "competitions", language: str = "en") -> str:
    """What a page says is held next."""
    page = Browser(app).get(f"/honors/{language}/{path}").get_data(as_text=True)
    found = re.search(r'id="upcoming">(.*?)</section>|<p class="notice">(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1] or found[2]) if found else ""


def test_an_edition_without_a_day_is_announced_by_its_form_in_both_languages(
    app: Flask, roll: Made, acting: Store
) -> None:
    editor = signed_in(app, "announces", "honors-editor")
    form = {
        "competition": str(roll.competition),
        "year": "2027",
        "name": "Next one",
        "name_vi": "Kỳ sau",
        "place": "Huế",
    }
    path = editor.post("/honors/admin/editions", form).headers["Location"]
    assert "Next one" not in announced(app)
    assert editor.post(path, {**form, "announced": "yes"}).status_code == 303
    assert 'name="announced" value="yes" checked' in editor.get(path).get_data(as_text=True)
    assert "2027, the day is not known yet: Next one, Huế" in announced(app)
    assert "2027, chưa rõ ngày: Kỳ sau, Huế" in announced(app, language="vi")
    assert "2027, the day is not known yet" in announced(app, f"competitions/{roll.competition}")
    assert editor.post(path, {**form, "announced": "yes", "held_on": "2027-05-02"}).status_code == 303
    assert "2 May 2027: Next one" in announced(app)
    assert "not known" not in announced(app)
    assert editor.post(path, form).status_code == 303
    assert "Next one" not in announced(app)
    assert editor.post(f"{path}/deletion", {}).status_code == 303


def test_what_is_over_published_or_deleted_is_not_announced(app: Flask, roll: Made, acting: Store) -> None:
    def edition(year: str, name: str) -> int:
        form = {"competition": str(roll.competition), "year": year, "name": name, "announced": "yes"}
        return writing.add(EDITOR, "editions", form)

    this_year, published, deleted = edition("2026", "This year"), edition("2026", "Shown"), edition("2026", "Gone")
    edition("2025", "Last year")
    assert "This year" in announced(app)
    assert "Shown" in announced(app)
    writing.publish(PUBLISHER, published, published=True)
    writing.delete(EDITOR, "editions", deleted)
    told = announced(app)
    assert [name for name in ("This year", "Shown", "Gone", "Last year") if name in told] == ["This year"]
    writing.delete(EDITOR, "editions", this_year)
    assert "This year" not in announced(app)


def test_what_an_honor_roll_calls_upcoming_is_announced_and_its_colours_are_read(app: Flask, acting: Store) -> None:
    medals = {
        code: {"rank": 1, "label_en": code, "label_vi": code, "color": colour}
        for code, colour in (("SHORT", "#fA0"), ("LONG", "#10b98180"), ("PLAIN", "#CD7F32"), ("NONE", "red"))
    }
    config = {
        "competitions": [{"id": "soon", "name": "Soon"}],
        "editions": [{"competition_id": "soon", "year": 2028, "label": "Soon 2028", "upcoming": True}],
        "medals": medals,
    }

    def read(config: object) -> None:
        file = io.BytesIO(json.dumps(config).encode())
        importing.apply_config(EDITOR, importing.begin_with(EDITOR, file, "honor.config.json"), file)

    read(config)
    assert "Soon 2028" in announced(app)
    with acting.reading() as db:
        found = {one.code: one.colour for one in db.query(Medal) if one.code in medals}
        assert found == {"SHORT": "#ffAA00", "LONG": "#10b981", "PLAIN": "#CD7F32", "NONE": ""}
        assert not any(one.published for one in db.query(Edition) if one.name == "Soon 2028")
    read({**config, "editions": [{"competition_id": "soon", "year": 2028, "label": "Soon 2028"}]})
    assert "Soon 2028" not in announced(app)
