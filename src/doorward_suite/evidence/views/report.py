"""The assessment report: a page made for print, and the same as PDF, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from doorward import NotFound, access, current_caller, limit, now, reading

from ..access import seat_in
from ..pdf.report import report_pdf
from ..queries.reporting import report_of
from ..report import OUTCOME_WORDS, STATUS_WORDS, Report
from ..report_tables import report_csv, report_xlsx
from .base import as_file, blueprint, page, reading_page

#: The report as a file, and how it is written.
_KINDS: dict[str, Callable[[Report], str | bytes]] = {
    "pdf": lambda report: report_pdf(report, paper=_paper()),
    "csv": report_csv,
    "xlsx": report_xlsx,
}
_PAPERS = ("letter", "a4")


@blueprint.get("/evidence/<int:number>/report")
@reading_page
@access.slow
@limit("300/hour")
def report(number: int) -> Response:
    made = _report(number)
    files = [("PDF", "pdf", None), ("PDF on A4", "pdf", "a4"), ("XLSX", "xlsx", None), ("CSV", "csv", None)]
    downloads = [
        (label, url_for("evidence.report_file", number=number, kind=kind, paper=paper)) for label, kind, paper in files
    ]
    back = (url_for("evidence.dashboard", number=number), made.title)
    return page(
        "report",
        report=made,
        back=back,
        search=url_for("evidence.search", number=number),
        downloads=downloads,
        STATUS_WORDS=STATUS_WORDS,
        OUTCOME_WORDS=OUTCOME_WORDS,
    )


@blueprint.get("/evidence/<int:number>/report/<kind>")
@reading_page
@access.slow
@limit("300/hour")
def report_file(number: int, kind: str) -> Response:
    """The report as a file: `pdf`, on letter or with `?paper=a4`, `csv` or `xlsx`."""
    if kind not in _KINDS:
        raise NotFound("There is no such kind of report.")
    made = _report(number)
    return as_file(_KINDS[kind](made), kind, f"Assessment-report_{number}_{made.made_at:%Y-%m-%d}")


def _report(number: int) -> Report:
    caller = current_caller()
    with reading() as db:
        return report_of(db, seat_in(db, caller, number), now(), caller.name)


def _paper() -> str:
    asked = request.args.get("paper", "")
    return asked if asked in _PAPERS else _PAPERS[0]
