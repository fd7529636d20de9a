"""Results: for everybody once they are published, and for organisers always; and what can be taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Response, stream_with_context

from doorward import NotFound, Sheet, access, csv_table, current_caller, limit, live_cursor, reading, xlsx_table

from .. import access as rules
from .. import live
from ..queries import geojson, whole
from ..queries.agreement import LEAST, agreement_of
from ..queries.counting import analysis_of
from .base import GENEROUS, blueprint, page

_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "geojson": "application/geo+json",
}


@blueprint.get("/planning/<int:number>/results")
@access.public
@access.publishes(rules.PUBLISHED)
@limit(GENEROUS, per="address")
def results(number: int) -> Response:
    cursor = live_cursor()
    with reading() as db:
        consultation, organises = rules.published(db, current_caller(), number)
        analysis = analysis_of(db, consultation)
        agreement = agreement_of(db, consultation)
    phase = rules.phase_now(consultation)
    topic = live.results_of(number)
    return page(
        "results", consultation=consultation, analysis=analysis, phase=phase, organises=organises, topic=topic,
        cursor=cursor, agreement=agreement, least=LEAST,
    )  # fmt: skip


def _file(number: int, kind: str, content: str | bytes | Iterator[str]) -> Response:
    response = Response(content, content_type=_TYPES[kind])
    response.headers.set("Content-Disposition", "attachment", filename=f"consultation_{number}.{kind}")
    return response


@blueprint.get("/planning/<int:number>/contributions.csv")
def as_csv(number: int) -> Response:
    with reading() as db:
        rules.organiser_in(db, current_caller(), number)
        return _file(number, "csv", csv_table(whole.HEADINGS, whole.rows_of(db, number)))


@blueprint.get("/planning/<int:number>/contributions.xlsx")
def as_xlsx(number: int) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        sheets = [Sheet("Contributions", whole.HEADINGS, whole.rows_of(db, number))]
        return _file(number, "xlsx", xlsx_table(sheets, title=seat.consultation.title))


@blueprint.get("/planning/<int:number>/contributions.geojson")
def as_geojson(number: int) -> Response:
    """What has coordinates; where a consultation has no map there is no such file."""
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
    if not seat.consultation.has_map:
        raise NotFound("Places of this consultation have no coordinates: it has no map.")
    return _file(number, "geojson", stream_with_context(geojson.written(number)))


@blueprint.get("/planning/<int:number>/consultation.json")
def as_json(number: int) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        return _file(number, "json", json.dumps(whole.whole(db, seat.consultation), ensure_ascii=False, indent=1))
