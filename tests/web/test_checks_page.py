"""`/admin/security` shows the last check, runs one, and explains each finding, to administrators only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape

from doorward.core.access import HOST, Caller
from doorward.serve import checking
from doorward.store import check_runs
from doorward.testing import Browser, door_of, signed_in
from tests.support.doors import bare_app, behind, last_entry

CHECK, FINDING = "/admin/security/check", "/admin/security/findings/source.eval"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An app with a mistake in its source, whose server can check it."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text("x = 1\neval(y)\n")
    app = bare_app(root_path=str(tmp_path / "app"))
    door = behind(app, tmp_path / "data", hash_profile="rfc9106", max_body="100MiB")
    checking.install(app, door)
    yield app
    door.close()


def page(browser: Browser, path: str = "/admin/security") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_before_the_first_check_the_page_says_so_and_offers_one(app: Flask) -> None:
    html = page(signed_in(app, "Ada", "admin"))
    assert "No check has run yet" in html
    assert "Check now" in html


def test_the_button_checks_and_the_page_shows_what_was_found(app: Flask) -> None:
    ada = signed_in(app, "Ada", "admin")
    answer = ada.post(CHECK)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/security#check")
    html = page(ada)
    assert "Checked just now." in html
    for part in ("1 high", "eval() runs a text.", "views.py:2", FINDING, "100 MiB"):
        assert part in html
    assert last_entry(door_of(app), "check.ran").who_name == "Ada"


def test_a_finding_is_explained_with_its_places(app: Flask) -> None:
    ada = signed_in(app, "Ada", "admin")
    html = page(ada, FINDING)
    assert "Code from a text" in html
    assert "the last check did not find it" in html
    ada.post(CHECK)
    html = page(ada, FINDING)
    for part in ("views.py:2", "Why it matters", "How to mend it", "1.3.2"):
        assert part in html


def test_every_kind_of_finding_has_its_page(app: Flask) -> None:
    from doorward.prove import checks

    ada = signed_in(app, "Ada", "admin")
    for kind in list(checks.kinds())[::9]:
        assert str(escape(kind.mend)) in page(ada, f"/admin/security/findings/{kind.id}")


def test_what_nobody_knows_is_not_there(app: Flask) -> None:
    ada = signed_in(app, "Ada", "admin")
    for wrong in ("a.b", "x", "<script>", "source.eval2"):
        assert ada.get(f"/admin/security/findings/{wrong}").status_code == 404


def test_only_administrators_see_and_run_checks(app: Flask) -> None:
    bob = signed_in(app, "Bob")
    for path in ("/admin/security", FINDING):
        assert bob.get(path).status_code == 403
        assert Browser(app).get(path).status_code == 303
    assert bob.post(CHECK).status_code == 403
    ada = signed_in(app, "Ada", "admin")
    assert ada.send("POST", CHECK).status_code == 400  # without a token
    with door_of(app).store.reading() as db:
        assert check_runs.last(db, check_runs.CHECK) is None
    assert ada.post(CHECK).status_code == 303  # what was refused exists


def test_findings_are_shown_as_text(app: Flask) -> None:
    found: list[dict[str, Any]] = [
        {
            "id": "a.b",
            "severity": "high",
            "what": "<script>x</script>",
            "where": "<b>",
            "why": "<i>",
            "mend": "",
            "asvs": [],
        }
    ]
    with door_of(app).store.transaction(HOST) as tx:
        check_runs.keep(tx, check_runs.CHECK, {"counts": {"high": 1}}, found)
    ada = signed_in(app, "Ada", "admin")
    for html in (page(ada), page(ada, "/admin/security/findings/a.b")):
        assert "&lt;script&gt;x" in html
        assert "<script>x" not in html


class _Broken:
    def run(self, actor: Caller) -> None:
        raise RuntimeError("no such thing")

    def explain(self, finding_id: str) -> None:
        return None


def test_a_check_that_fails_says_so_and_keeps_the_run_before(app: Flask) -> None:
    ada = signed_in(app, "Ada", "admin")
    ada.post(CHECK)
    door_of(app).checker = _Broken()
    assert ada.post(CHECK).status_code == 303
    html = page(ada)
    assert "could not run" in html
    assert "no such thing" not in html
    assert "eval() runs a text." in html


def test_where_nothing_can_check_the_page_names_the_command(app: Flask) -> None:
    door_of(app).checker = None
    ada = signed_in(app, "Ada", "admin")
    html = page(ada)
    assert "Check now" not in html
    assert "<code>doorward check</code>" in html
    ada.post(CHECK)
    assert "On the host, run: doorward check" in page(ada)
