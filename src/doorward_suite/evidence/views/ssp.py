"""The SSP mapping: its list, one requirement, and the list as a table, out and in."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import Conflict, Invalid, NotFound, Refused, access, current_caller, limit, now, reading, sent_files

from ..access import PLAN, requirement_in, seat_in
from ..actions import ssp as actions
from ..files import MAPPINGS, about
from ..queries import ssp as reads
from ..queries.reporting import report_of
from ..report_tables import ssp_csv, ssp_xlsx
from ..ssp_mapping import NAMES, ORIGINS, STATES, Said
from .base import as_file, blueprint, field, page, reading_page, to


@blueprint.get("/evidence/<int:number>/ssp")
@reading_page
def ssp(number: int, wrong: Refused | None = None) -> Response:
    family, state = request.args.get("family", "")[:8], request.args.get("state", "")[:16]
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        found = reads.listed(db, seat, family, state)
    return page(
        "ssp",
        wrong,
        seat=seat,
        found=found,
        wanted=(family, state),
        states=STATES,
        bare=reads.BARE,
        intake=MAPPINGS,
        about=about(number),
    )


@blueprint.post("/evidence/<int:number>/ssp")
@access.takes(MAPPINGS)
@limit("120/hour")
def load_mapping(number: int) -> Response:
    """Load a table; where one row is wrong, nothing is changed, and the page names every wrong row."""
    try:
        with reading() as db:
            seat_in(db, current_caller(), number, PLAN)
        changed = actions.load_sent(current_caller(), number, sent_files(MAPPINGS, "file", about(number)))
    except (Invalid, Conflict) as wrong:
        return ssp(number, wrong)
    flash(f"Loaded: {changed} requirements are changed." if changed != 1 else "Loaded: 1 requirement is changed.", "ok")
    return to("ssp", number=number)


@blueprint.get("/evidence/<int:number>/ssp/<requirement_id>")
@reading_page
def ssp_entry(number: int, requirement_id: str, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        shown = requirement_in(seat, requirement_id)
        said = reads.mapping_of(db, seat).get(shown.id, Said())
    place = seat.catalogue.requirements.index(shown)
    return page(
        "ssp_entry",
        wrong,
        seat=seat,
        requirement=shown,
        said=said,
        typed=_typed() if wrong else said,
        states=STATES,
        origins=ORIGINS,
        before=seat.catalogue.requirements[place - 1] if place else None,
        after=next(iter(seat.catalogue.requirements[place + 1 :]), None),
    )


def _typed() -> Said:
    return Said(**{name: field(name) for name in NAMES})


@blueprint.post("/evidence/<int:number>/ssp/<requirement_id>")
@limit("1200/hour")
def write_mapping(number: int, requirement_id: str) -> Response:
    try:
        actions.write_mapping(current_caller(), number, requirement_id, _typed())
    except Invalid as wrong:
        return ssp_entry(number, requirement_id, wrong)
    flash("Saved.", "ok")
    return to("ssp_entry", number=number, requirement_id=requirement_id)


@blueprint.get("/evidence/<int:number>/ssp/files/<kind>")
@reading_page
@access.slow
@limit("300/hour")
def ssp_file(number: int, kind: str) -> Response:
    """The mapping as `csv` or `xlsx`, in the form in which it is loaded."""
    if kind not in ("csv", "xlsx"):
        raise NotFound("There is no such kind of file.")
    caller = current_caller()
    with reading() as db:
        made = report_of(db, seat_in(db, caller, number), now(), caller.name)
    return as_file(
        ssp_csv(made) if kind == "csv" else ssp_xlsx(made), kind, f"SSP-mapping_{number}_{made.made_at:%Y-%m-%d}"
    )
