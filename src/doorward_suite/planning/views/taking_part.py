"""Pages of participants: read, contribute, comment, support, report, put dots."""

from __future__ import annotations

from flask import Response, flash, jsonify, make_response, request

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    access,
    current_caller,
    file_answer,
    limit,
    live_cursor,
    reading,
    sent_files,
    wants_json,
    whole_number,
)

from .. import access as rules
from .. import live
from ..actions import contributions as actions
from ..actions.grounds import degrees
from ..files import ATTACHMENTS, about
from ..queries import lists
from .base import blueprint, field, layer_for, page, taking_part, to


@blueprint.get("/planning/<int:number>")
@taking_part
@access.shows_maps
def consultation(number: int, wrong: Refused | None = None) -> Response:
    category = request.args.get("category", "")
    with reading() as db:
        seat = rules.seat_in(db, current_caller(), number)
        before = whole_number(request.args.get("before"))
        found = lists.contributions(db, number, seat.holder, category=category, before=before)
        questions = rules.questions_of(db, seat.consultation)
        pins = lists.pins(db, seat.consultation)
        own = lists.mine(db, number, seat.holder) if seat.participant else []
    return page(
        "consultation", wrong, seat=seat, found=found, questions=questions, pins=pins, own=own, category=category,
        typed=dict(request.form) if wrong else {}, intake=ATTACHMENTS, about=about(number),
        layer=layer_for(seat.consultation),
    )  # fmt: skip


@blueprint.post("/planning/<int:number>/contributions")
@taking_part
@access.shows_maps
@access.takes(ATTACHMENTS)
@limit("60/hour")
def contribute(number: int) -> Response:
    try:
        files = sent_files(ATTACHMENTS, "file", about(number))
        draft = actions.Draft(
            text=field("text"),
            category=field("category"),
            question=whole_number(field("question")),
            place=_place(),
            at=_coordinates(),
            files=files,
        )
        made = actions.contribute(current_caller(), number, draft)
    except Refused as wrong:
        if wrong.status in (403, 404):
            raise
        return consultation(number, wrong)
    flash("Thank you. Your contribution is in.", "ok")
    return to("contribution", number=number, contribution_id=made)


def _place() -> tuple[int, int] | None:
    """The place on the plan, from percent with two decimals; None where both fields are empty.

    Errors:
        Invalid: one is no such number.
    """
    typed = [field(name).strip().replace(",", ".") for name in ("across", "down")]
    if not any(typed):
        return None
    try:
        across, down = (round(float(one) * 100) for one in typed)
    except (ValueError, OverflowError):
        raise Invalid({"place": "Say both as percent, such as 40 and 62.5."}) from None
    return across, down


def _coordinates() -> tuple[int, int] | None:
    """Longitude and latitude, as they are stored; None where both fields are empty.

    Errors:
        Invalid: one is no number.
    """
    typed = [field(name).strip() for name in ("lon", "lat")]
    if not any(typed):
        return None
    lon, lat = (degrees(one) for one in typed)
    if lon is None or lat is None:
        raise Invalid({"place": "Say both in degrees, such as 48.137154 and 11.576124."})
    return lon, lat


@blueprint.get("/planning/<int:number>/contributions/<int:contribution_id>")
@taking_part
@access.shows_maps
def contribution(number: int, contribution_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.seat_in(db, current_caller(), number)
        one = rules.contribution_in(db, seat, contribution_id)
        line = lists.lines_of(db, [one], seat.holder)[0]
        said = lists.comments_on(db, one.id, seat.holder, all_of_them=seat.organises)
    return page(
        "contribution", wrong, seat=seat, line=line, said=said, typed=field("comment") if wrong else "",
        layer=layer_for(seat.consultation) if one.lon is not None else None,
    )  # fmt: skip


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/comments")
@taking_part
@access.shows_maps
@limit("120/hour")
def comment(number: int, contribution_id: int) -> Response:
    try:
        actions.comment(current_caller(), number, contribution_id, field("comment"))
    except (Invalid, Conflict) as wrong:
        return contribution(number, contribution_id, wrong)
    return to("contribution", number=number, contribution_id=contribution_id, _anchor="comments")


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/support")
@taking_part
@limit("600/hour")
def support(number: int, contribution_id: int) -> Response:
    """The form says whether one supports it, so that a second click changes nothing."""
    actions.support(current_caller(), number, contribution_id, on=field("support") == "yes")
    return to("contribution", number=number, contribution_id=contribution_id)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/reports")
@taking_part
@access.shows_maps
@limit("60/hour")
def report(number: int, contribution_id: int) -> Response:
    try:
        actions.report(current_caller(), number, contribution_id, field("words"))
    except Invalid as wrong:
        return contribution(number, contribution_id, wrong)
    flash("Thank you. The organisers will look at it.", "ok")
    return to("contribution", number=number, contribution_id=contribution_id)


@blueprint.get("/planning/<int:number>/dots")
@taking_part
def dots(number: int, wrong: Refused | None = None) -> Response:
    cursor = live_cursor()
    with reading() as db:
        seat = rules.seat_in(db, current_caller(), number)
        lines = lists.most_dotted(db, number, seat.holder)
        put = lists.dots_put(db, number, seat.holder)
    most = max((line.contribution.dots for line in lines), default=0)
    left = seat.consultation.dots - put
    return page("dots", wrong, seat=seat, lines=lines, left=left, most=most, cursor=cursor, topic=live.dots_of(number))


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/dots")
@taking_part
@limit("600/hour")
def put_dots(number: int, contribution_id: int) -> Response:
    count = whole_number(field("dots"))
    try:
        actions.put_dots(current_caller(), number, contribution_id, -1 if count is None else count)
    except (Invalid, Conflict) as wrong:
        return dots(number, wrong)
    if wants_json():
        with reading() as db:
            seat = rules.seat_in(db, current_caller(), number)
            return jsonify(left=seat.consultation.dots - lists.dots_put(db, number, seat.holder))
    return to("dots", number=number, _anchor=f"c{contribution_id}")


@blueprint.get("/planning/<int:number>/plan")
@taking_part
def plan(number: int) -> Response:
    """The picture of the plan, for who has a place in the consultation."""
    with reading() as db:
        seat = rules.seat_in(db, current_caller(), number)
        file = seat.consultation.plan_file
    if not file:
        raise NotFound("There is no plan yet.")
    return make_response(file_answer(file, as_picture="full"))


@blueprint.get("/planning/<int:number>/files/<int:file_number>")
@taking_part
def attachment(number: int, file_number: int) -> Response:
    """A file beside a contribution that one may read; a picture with `?as=thumb` small, for the page."""
    with reading() as db:
        seat = rules.seat_in(db, current_caller(), number)
        found = rules.attachment_in(db, seat, file_number)
    small = found.is_picture and request.args.get("as") == "thumb"
    return file_answer(found.file_id, name=found.name, as_picture="thumb" if small else found.is_picture)
