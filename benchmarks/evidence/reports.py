"""How long the report takes to be written down, once its numbers are there: page, PDF, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, render_template

import doorward_suite.evidence as evidence
from doorward import Doorward, access, static_files
from doorward.testing import Browser, test_settings
from doorward_suite.evidence.pdf.report import report_pdf
from doorward_suite.evidence.report import OUTCOME_WORDS, STATUS_WORDS, Report
from doorward_suite.evidence.report_tables import report_csv, report_xlsx
from tests.support.evidence_reports import a_report

from .timing import timed

FORMS = ("page", "pdf", "csv", "xlsx")


def measured(folder: Path, files: int) -> dict[str, Any]:
    """Each form of a report of plain values, three times.

    Arguments:
        files: how many pieces of evidence it names.
    """
    report = a_report(files=files)
    forms: dict[str, Callable[[], object]] = {
        "page": _page(folder, report),
        "pdf": lambda: report_pdf(report),
        "csv": lambda: report_csv(report),
        "xlsx": lambda: report_xlsx(report),
    }
    return {"files": files, **{name: timed(work, 3) for name, work in forms.items()}}


def _page(folder: Path, report: Report) -> Callable[[], object]:
    """A request for the page, through the door of an app that has no other."""
    app, here = Flask(__name__, static_folder=None), Path(evidence.__file__).parent
    blueprint = Blueprint("evidence", __name__, template_folder=str(here / "templates"))
    static_files(blueprint, here / "static")
    words = {"STATUS_WORDS": STATUS_WORDS, "OUTCOME_WORDS": OUTCOME_WORDS}

    @blueprint.get("/report")
    @access.public
    def page() -> str:
        return render_template("evidence/report.html", report=report, back=("/", "Back"), downloads=[], **words)

    app.register_blueprint(blueprint)
    Doorward(app, settings=test_settings(folder))
    browser = Browser(app)
    return lambda: browser.get("/report").get_data()
