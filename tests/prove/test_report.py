"""The report: one file that needs nothing else, and in which nothing of what was attacked can run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorward.prove.attacks import ALL
from doorward.prove.findings import Finding, Severity
from doorward.prove.pages import Page
from doorward.prove.report import Occasion, as_html
from doorward.prove.run import Proof, Result
from doorward.prove.ways import Way
from tests.support.browser import axe, chromium, why_missing

_MARKUP = (
    "</pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }} https://evil.example/"
)
HOSTILE = _MARKUP + "a" * 400


def report(*, hostile: bool, unseen: tuple[str, ...] = ()) -> str:
    """The report of a run in which everything that an app can say is hostile, or of one in which all held."""
    results = [Result(attack, held=3) for attack in ALL]
    uncovered: dict[str, str] = {}
    subject = "the suite"
    if hostile:
        finding = Finding("a.b", Severity.HIGH, HOSTILE, HOSTILE, HOSTILE, HOSTILE, ("8.2.1",), HOSTILE, HOSTILE)
        results[0] = Result(ALL[0], held=1, findings=[finding], more=3, untried=[HOSTILE])
        results[1] = Result(ALL[1], untried=[HOSTILE])
        uncovered, subject = {HOSTILE: HOSTILE}, HOSTILE
    proof = Proof(results, [Way("GET", HOSTILE if hostile else "/")], uncovered)
    return as_html(
        proof, Occasion(subject, datetime(2026, 1, 2, tzinfo=UTC), 3.0, "0.1.0", "It was tried.", unseen, hostile)
    )


def test_nothing_that_an_app_says_becomes_markup() -> None:
    page = Page("/report", report(hostile=True))
    assert page.scripts == []
    assert page.handlers == []
    assert "&lt;script&gt;alert(1)" in report(hostile=True)
    assert "<img" not in report(hostile=True)


@pytest.mark.parametrize("hostile", [False, True])
def test_it_needs_nothing_else_and_lets_nothing_load_or_run(hostile: bool) -> None:
    html = report(hostile=hostile)
    page = Page("/report", html)
    assert page.foreign == []
    assert page.forms == []
    assert not re.search(r"<(?:script|link|iframe|object|embed|img|base)\b|@import|url\(", html)
    assert "default-src 'none'" in html
    anchors = set(re.findall(r'href="([^"]+)"', html))
    assert all(one.startswith("#") for one in anchors), "links lead within the page"
    assert {one[1:] for one in anchors} <= set(re.findall(r'id="([^"]+)"', html))


def test_it_says_what_it_cannot_see() -> None:
    assert "What this form cannot see" not in report(hostile=False)
    html = report(hostile=False, unseen=("Nobody signed in.",))
    assert "What this form cannot see" in html
    assert "Nobody signed in." in html
    assert "sent by somebody who may, succeeded right after it" not in html


@pytest.mark.browser
@pytest.mark.skipif(why_missing() is not None, reason=why_missing() or "")
@pytest.mark.parametrize("hostile", [False, True])
def test_it_can_be_read_by_everybody_at_any_width_and_runs_nothing(tmp_path: Path, hostile: bool) -> None:
    file = tmp_path / "report.html"
    file.write_text(report(hostile=hostile))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 740})
        said: list[str] = []
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(file.as_uri())
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "nothing sticks out sideways"
        if hostile:
            page.locator("summary").first.focus()
            page.keyboard.press("Enter")
            assert page.locator("pre").first.is_visible(), "what was sent opens by keyboard"
        assert said == []
