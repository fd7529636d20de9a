"""A catalogue goes out in the format in which one's own comes in: by administrators, and it is read back as it was."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask

from doorward.testing import Browser, door_of, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.evidence.catalogue import KEY, built_in, read_catalogue
from doorward_suite.portal import create_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(["evidence"])
    app.extensions["doorward"].start(settings_in(tmp_path_factory.mktemp("evidence")))
    yield app
    door_of(app).close()


@pytest.fixture(scope="module")
def ada(app: Flask) -> Browser:
    return signed_in(app, "Ada", "admin")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_template_is_a_catalogue_of_ones_own_but_for_its_key(ada: Browser, kind: str) -> None:
    answer = ada.get(f"/evidence/catalogues/{KEY}/{kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={KEY}.{kind}"
    own = read_catalogue(io.BytesIO(answer.data), key="mine", name="Mine")
    assert own.catalogue.families == built_in().families


def test_only_administrators_get_it_and_only_what_there_is(app: Flask, ada: Browser) -> None:
    sven = signed_in(app, "Sven")
    assert sven.get(f"/evidence/catalogues/{KEY}/csv").status_code == 403
    assert Browser(app).get(f"/evidence/catalogues/{KEY}/csv").status_code == 303
    assert ada.get(f"/evidence/catalogues/{KEY}/csv").status_code == 200
    for path in (f"{KEY}/pdf", "none-such/csv", f"{KEY}/CSV"):
        assert ada.get(f"/evidence/catalogues/{path}").status_code == 404


def test_the_page_leads_to_it(ada: Browser) -> None:
    page = ada.get("/evidence/catalogues").get_data(as_text=True)
    for kind in ("csv", "xlsx", "json"):
        assert f'href="/evidence/catalogues/{KEY}/{kind}"' in page
