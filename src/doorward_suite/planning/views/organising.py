"""Pages of organisers: the list, and what a consultation is."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import (
    Invalid,
    Refused,
    access,
    current_caller,
    has_map_tiles,
    limit,
    page_address,
    reading,
    sent_files,
    show_page,
    whole_number,
)

from .. import access as rules
from ..actions import consultations as actions
from ..actions import grounds, moving
from ..files import PLANS, about
from ..queries import lists
from .base import blueprint, field, layer_for, page, to

#: What a form takes of one consultation; a program may send more.
_LARGEST_WHOLE = 512 * 1024
_MOST_PAGES = 100_000
_MAY_BEGIN = access.role("admin", rules.ORGANISER)


@blueprint.get("/planning/")
def index(wrong: Refused | None = None) -> Response:
    with reading() as db:
        organised = lists.organised_by(db, current_caller())
        joined = lists.taken_part_in(db, current_caller())
    may = rules.may_begin(current_caller())
    return page(
        "index", wrong, organised=organised, joined=joined, may_begin=may, title=field("title") if wrong else ""
    )


@blueprint.post("/planning/")
@_MAY_BEGIN
@limit("300/hour")
def begin() -> Response:
    try:
        number = actions.begin(current_caller(), field("title"))
    except Invalid as wrong:
        return index(wrong)
    return to("manage", number=number)


@blueprint.post("/planning/whole")
@_MAY_BEGIN
@access.max_body(_LARGEST_WHOLE)
@limit("300/hour")
def bring_in() -> Response:
    try:
        number = moving.bring_in(current_caller(), field("whole"))
    except Invalid as wrong:
        return index(wrong)
    return to("manage", number=number)


@blueprint.get("/planning/<int:number>/manage")
@access.shows_maps
def manage(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        kinds = rules.kinds_of(db, seat.consultation)
        questions = rules.questions_of(db, seat.consultation)
        organisers = lists.organisers_of(db, number)
    typed = dict(request.form) if wrong else None
    link = page_address(f"/planning/join/{seat.consultation.code}")
    return page(
        "manage", wrong, seat=seat, kinds=kinds, questions=questions, organisers=organisers, typed=typed, link=link,
        intake=PLANS, about=about(number), has_tiles=has_map_tiles(), layer=layer_for(seat.consultation),
    )  # fmt: skip


@blueprint.post("/planning/<int:number>/settings")
@access.shows_maps
def settle(number: int) -> Response:
    try:
        actions.settle(current_caller(), number, request.form)
    except Invalid as wrong:
        return manage(number, wrong)
    flash("Saved.", "ok")
    return to("manage", number=number)


@blueprint.post("/planning/<int:number>/kinds")
@access.shows_maps
@limit("300/hour")
def add_kind(number: int) -> Response:
    try:
        actions.add_kind(current_caller(), number, field("kind"))
    except Invalid as wrong:
        return manage(number, wrong)
    return to("manage", number=number, _anchor="kinds")


@blueprint.post("/planning/<int:number>/kinds/<int:kind_id>/removal")
def remove_kind(number: int, kind_id: int) -> Response:
    actions.remove_kind(current_caller(), number, kind_id)
    return to("manage", number=number, _anchor="kinds")


@blueprint.post("/planning/<int:number>/questions")
@access.shows_maps
@limit("300/hour")
def ask(number: int) -> Response:
    try:
        actions.ask(current_caller(), number, field("question"))
    except Invalid as wrong:
        return manage(number, wrong)
    return to("manage", number=number, _anchor="questions")


@blueprint.post("/planning/<int:number>/questions/<int:question_id>/removal")
def drop_question(number: int, question_id: int) -> Response:
    actions.drop_question(current_caller(), number, question_id)
    return to("manage", number=number, _anchor="questions")


@blueprint.post("/planning/<int:number>/organisers")
@access.shows_maps
@limit("300/hour")
def add_organiser(number: int) -> Response:
    try:
        actions.add_organiser(current_caller(), number, field("organiser"))
    except Invalid as wrong:
        return manage(number, wrong)
    return to("manage", number=number, _anchor="organisers")


@blueprint.post("/planning/<int:number>/organisers/<account_id>/removal")
def remove_organiser(number: int, account_id: str) -> Response:
    actions.remove_organiser(current_caller(), number, account_id)
    if account_id == current_caller().id:
        return to("index")
    return to("manage", number=number, _anchor="organisers")


@blueprint.post("/planning/<int:number>/plan")
@access.shows_maps
@access.takes(PLANS)
@limit("300/hour")
def draw(number: int) -> Response:
    try:
        files = sent_files(PLANS, "plan", about(number))
        _turn(files, field("plan_page").strip())
        actions.draw(current_caller(), number, field("plan_title"), files)
    except Refused as wrong:
        if wrong.status in (403, 404):
            raise
        return manage(number, wrong)
    return to("manage", number=number, _anchor="plan-section")


def _turn(files: list[str], typed: str) -> None:
    """Show the page of a document that was asked for; the first is shown by itself."""
    wanted = whole_number(typed) if typed else 1
    if wanted is None or not 1 <= wanted <= _MOST_PAGES:
        raise Invalid({"plan_page": "Say which page as a number, such as 1."})
    if wanted == 1 or len(files) != 1:
        return
    try:
        show_page(PLANS, files[0], wanted)
    except Invalid as wrong:
        raise Invalid({"plan_page": wrong.fields["page"]}) from None


@blueprint.post("/planning/<int:number>/ground")
@access.shows_maps
@limit("300/hour")
def choose_ground(number: int) -> Response:
    centre = grounds.degrees(field("map_lon")), grounds.degrees(field("map_lat"))
    zoom = whole_number(field("map_zoom").strip())
    try:
        grounds.show_places_on(
            current_caller(), number, field("shows"), centre=centre, zoom=zoom, has_tiles=has_map_tiles()
        )
    except Invalid as wrong:
        return manage(number, wrong)
    return to("manage", number=number, _anchor="ground")


@blueprint.post("/planning/<int:number>/deletion")
def delete(number: int) -> Response:
    actions.delete(current_caller(), number)
    flash("The consultation is deleted, and its tokens have ended.", "ok")
    return to("index")
