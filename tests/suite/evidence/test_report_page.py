"""The report as a page: it says what the PDF says, escapes what people wrote, and prints."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdf
import pytest
from flask import Blueprint, Flask, render_template
from markupsafe import escape
from playwright.sync_api import Page
from werkzeug.serving import make_server

import doorward_suite.evidence as evidence
from doorward import Doorward, access, static_files
from doorward.testing import Browser, test_settings
from doorward_suite.evidence.report import OUTCOME_WORDS, STATUS_WORDS, Report
from tests.support.browser import ROOT, axe
from tests.support.evidence_reports import a_report

SHOTS = Path(os.environ.get("TEST_SHOTS") or ROOT / ".build" / "shots")
HERE = Path(evidence.__file__).parent


def an_app(data: Path, report: Callable[[], Report]) -> Flask:
    """An app of one page, behind the door as every other."""
    app = Flask(__name__, static_folder=None)
    blueprint = Blueprint("evidence", __name__, template_folder=str(HERE / "templates"))
    static_files(blueprint, HERE / "static")

    @blueprint.get("/report")
    @access.public
    def page() -> str:
        words = {"STATUS_WORDS": STATUS_WORDS, "OUTCOME_WORDS": OUTCOME_WORDS}
        downloads = [("PDF", "/report.pdf"), ("CSV", "/report.csv"), ("XLSX", "/report.xlsx")]
        return render_template(
            "evidence/report.html", report=report(), back=("/", "Head office"), downloads=downloads, **words
        )

    app.register_blueprint(blueprint)
    Doorward(app, settings=test_settings(data))
    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine, as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page_of(tmp_path: Path, **report: Any) -> str:
    answer = Browser(an_app(tmp_path, lambda: a_report(**report))).get("/report")
    assert answer.status_code == 200
    return answer.text


def test_every_requirement_objective_and_file_stands_on_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, files=400)
    report = a_report(files=400)
    for part in report.parts:
        assert f">{part.requirement.practice} {escape(part.requirement.title)}<" in page
    assert len(re.findall(r'<th scope="row">3\.\d+\.\d+\[[a-o]\]</th>', page)) == 320
    for line in report.evidence.values():
        assert line.name in page
        assert f"<code>{line.sha256}</code>" in page


def test_it_says_score_status_and_reasons(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert ">103<" in page
    assert "-203 to 110, 7 points lost" in page
    assert "No CMMC status as it stands." in page
    assert "3.1.5 costs 3 points" in page
    assert "Weakness of 3.1.3" in page
    assert "108" not in page
    assert "107 of 110" in page


def test_many_files_of_one_objective_are_referred_to(tmp_path: Path) -> None:
    page = page_of(tmp_path, files=320 * 8)
    assert "and 2 more: [1921] [2241]" in page


def test_what_people_wrote_is_text(tmp_path: Path) -> None:
    wrote = "<script>alert(1)</script>\" onload='x'"
    page = page_of(tmp_path, title=wrote, evidence_title=wrote, reason=wrote, marking=wrote)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") > 10


def test_an_assessment_without_evidence_and_marking_says_so(tmp_path: Path) -> None:
    page = page_of(tmp_path, files=0, marking="")
    assert "There is none." in page
    assert 'class="marking' not in page


@pytest.mark.browser
def test_it_fits_phones_and_desks_is_accessible_and_prints(tmp_path: Path, page: Page) -> None:
    with served(an_app(tmp_path, lambda: a_report(files=40, title="Headquarters"))) as address:
        page.goto(f"{address}/report")
        axe(page)
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"scrolls sideways at {width}"
        page.screenshot(path=SHOTS / "evidence-report.png")
        paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    texts = [paper_page.extract_text() for paper_page in paper.pages]
    assert all("CUI" in text and f"Page {number} of {len(texts)}" in text for number, text in enumerate(texts, 1))
    assert not any("Sign in" in text or "XLSX" in text for text in texts)
