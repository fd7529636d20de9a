"""Importing results: send a file, say what its columns mean, try it, import it, undo it."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from flask import Response, request

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    access,
    current_caller,
    limit,
    open_file,
    own_job,
    reading,
    sent_files,
    whole_number,
)

from .. import access as rules
from ..actions import import_undoing, importing
from ..files import RESULTS
from ..importing.columns import MEANINGS
from ..importing.tables import Row, Unreadable, open_table
from ..models import Import
from ..queries import imports as queries
from ..queries import keeping
from .admin import title_of
from .base import blueprint, page, to

#: How many rows a page shows of a file.
_SHOWN = 8


@blueprint.get("/honors/admin/imports")
def imports(wrong: Refused | None = None) -> Response:
    before = min(whole_number(request.args.get("before")) or rules.LARGEST, rules.LARGEST)
    with reading() as db:
        there, further = queries.page_of(db, before)
    told = [(one, queries.report_of(one)) for one in there]
    return page("admin/imports.html", wrong, there=told, further=further, intake=RESULTS)


@blueprint.post("/honors/admin/imports")
@access.takes(RESULTS)
@limit("120/hour")
def send_results() -> Response:
    try:
        number = importing.begin(current_caller(), sent_files(RESULTS, "file"))
    except Invalid as wrong:
        return imports(wrong)
    return to("one_import", number=number)


@blueprint.get("/honors/admin/imports/<int:number>")
def one_import(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        row = db.get(Import, number) if number <= rules.LARGEST else None
        if row is None:
            raise NotFound(rules.NOT_THERE)
        editions = [(one, title_of(edition)) for one, edition in keeping.offered(db, "editions", row.edition_id)]
        followed = queries.is_followed(db, row)
    told, report = json.loads(row.mapping), queries.report_of(row)
    return page(
        "admin/import.html",
        wrong,
        row=row,
        columns=told["columns"],
        mapping=request.form if wrong and request.form else told["map"],
        is_teams=told["teams"],
        meanings=MEANINGS,
        editions=editions,
        report=report,
        shown=_beginning(row),
        job=_job(row),
        followed=followed,
        may_publish=bool(current_caller().roles & {"admin", rules.PUBLISHER}),
    )


def _beginning(row: Import) -> list[Row]:
    """The first rows of a file that waits."""
    if row.state != importing.SENT or not row.file_id:
        return []
    try:
        with open_file(row.file_id) as file:
            return list(islice(open_table(file).rows, _SHOWN))
    except (Unreadable, NotFound):
        return []


def _job(row: Import) -> Any:
    """How far the work is, for whoever asked for it."""
    try:
        return own_job(row.job_id) if row.job_id else None
    except NotFound:
        return None


@blueprint.post("/honors/admin/imports/<int:number>")
@limit("600/hour")
def run_import(number: int) -> Response:
    """The form says whether it is tried or done."""
    given, actor = request.form, current_caller()
    if given.get("do") not in ("try", "import"):
        raise Invalid({"do": "Say whether to try it or to import it."})
    try:
        importing.choose(
            actor,
            number,
            {one.key: given.get(one.key, "") for one in MEANINGS},
            edition=whole_number(given.get("edition")) or 0,
            replaces=given.get("replaces") == "yes",
            consent=given.get("consent", "hidden"),
        )
        importing.start(actor, number, dry=given["do"] == "try")
    except (Invalid, Conflict) as wrong:
        return one_import(number, wrong)
    return to("one_import", number=number)


@blueprint.post("/honors/admin/imports/<int:number>/configuration")
@limit("600/hour")
def read_configuration(number: int) -> Response:
    try:
        importing.apply_config(current_caller(), number)
    except (Invalid, Conflict) as wrong:
        return one_import(number, wrong)
    return to("one_import", number=number)


@blueprint.post("/honors/admin/imports/<int:number>/removal")
@limit("600/hour")
def drop_import(number: int) -> Response:
    importing.throw_away(current_caller(), number)
    return to("imports")


@blueprint.post("/honors/admin/imports/<int:number>/undoing")
@limit("600/hour")
def undo_import(number: int) -> Response:
    try:
        import_undoing.start(current_caller(), number)
    except Conflict as wrong:
        return one_import(number, wrong)
    return to("one_import", number=number)
