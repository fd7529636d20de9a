"""What standards there are here: loading NIST's official wording, and catalogues of one's own."""

from __future__ import annotations

from flask import Response, flash

from doorward import (
    Caller,
    Conflict,
    Invalid,
    NotFound,
    Refused,
    Sheet,
    access,
    csv_table,
    current_caller,
    limit,
    reading,
    sent_files,
    xlsx_table,
)

from ..actions import catalogues as actions
from ..catalogue import KEY, Catalogue, Wording, built_in, catalogue_json, catalogue_table
from ..files import CATALOGUES
from ..queries import shelf
from .base import blueprint, field, page, to

#: A catalogue as a file: the content type of each kind.
_KINDS = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@blueprint.get("/evidence/catalogues")
@access.role("admin")
def catalogues(wrong: Refused | None = None) -> Response:
    with reading() as db:
        there = shelf.catalogues(db)
        words = shelf.wording_for(db, KEY)
    standard = built_in()
    worded = len(words.requirements), len(words.objectives)
    return page(
        "catalogues",
        wrong,
        there=there,
        standard=standard,
        worded=worded,
        intake=CATALOGUES,
        typed={name: field(name) for name in ("key", "name")} if wrong else {},
    )


@blueprint.post("/evidence/catalogues")
@access.role("admin")
@access.takes(CATALOGUES)
@limit("60/hour")
def load_catalogue() -> Response:
    try:
        lines = _load(current_caller())
    except (Invalid, Conflict) as wrong:
        return catalogues(wrong)
    for line in lines:
        flash(line, "ok")
    return to("catalogues")


def _load(actor: Caller) -> list[str]:
    return actions.load_sent(actor, sent_files(CATALOGUES, "file"), field("key").strip(), field("name").strip())


@blueprint.get("/evidence/catalogues/<standard>/<kind>")
@access.role("admin")
@limit("600/hour")
def catalogue_file(standard: str, kind: str) -> Response:
    """A catalogue in the format in which one's own is loaded: a template, with the wording as far as it is there."""
    if kind not in _KINDS:
        raise NotFound
    with reading() as db:
        catalogue, wording = shelf.catalogue_with(db, standard), shelf.wording_for(db, standard)
    response = Response(_written(catalogue, wording, kind), content_type=_KINDS[kind])
    response.headers.set("Content-Disposition", "attachment", filename=f"{standard}.{kind}")
    return response


def _written(catalogue: Catalogue, wording: Wording, kind: str) -> str | bytes:
    if kind == "json":
        return catalogue_json(catalogue, wording)
    headings, rows = catalogue_table(catalogue, wording)
    return csv_table(headings, rows) if kind == "csv" else xlsx_table([Sheet("Catalogue", headings, rows)])
