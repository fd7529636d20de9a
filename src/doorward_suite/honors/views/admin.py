"""The pages of administration: every kind of record in the same way, and what only publishers decide."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from doorward import Conflict, Invalid, NotFound, Refused, current_caller, limit, reading, whole_number
from doorward import access as door

from .. import access
from ..actions import writing
from ..files import PHOTOS, about
from ..kinds import KINDS, REFERENCE, SCHOOL, Kind
from ..models import Labelled, Person, Team
from ..queries import history, keeping, people, requests, roll
from .base import blueprint, language, page, to, translated

_publisher = door.role("admin", access.PUBLISHER)
_administrator = door.role("admin")


def _form() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


@blueprint.get("/honors/admin/")
def admin() -> Response:
    with reading() as db:
        return page("admin/index.html", kinds=KINDS.values(), waiting=requests.is_any_waiting(db))


@blueprint.get("/honors/admin/<kind>")
def records(kind: str, wrong: Refused | None = None) -> Response:
    what = writing.kind_of(kind)
    if not what.adds:
        raise NotFound(access.NOT_THERE)
    typed = request.args.get("q", "")[:200]
    before = min(whole_number(request.args.get("before")) or access.LARGEST, access.LARGEST)
    with reading() as db:
        found, further = keeping.page_of(db, kind, before=before, typed=typed)
        offered = _offered(db, what, {})
    context = {"what": what, "found": found, "further": further, "typed": typed, "offered": offered}
    return page("admin/records.html", wrong, values=_form() if wrong else {}, **context)


@blueprint.post("/honors/admin/<kind>")
@limit("1200/hour")
def add(kind: str) -> Response:
    try:
        number = writing.add(current_caller(), kind, _form())
    except (Invalid, Conflict) as wrong:
        return records(kind, wrong)
    return to("record", kind=kind, number=number)


@blueprint.get("/honors/admin/<kind>/<int:number>")
def record(kind: str, number: int, wrong: Refused | None = None, *, typed: bool = True) -> Response:
    what = writing.kind_of(kind)
    with reading() as db:
        found = access.record_to_edit(db, current_caller(), writing.MODELS[kind], number)
        values = _form() if wrong and typed else _values(db, what, found)
        context: dict[str, Any] = {"offered": _offered(db, what, _values(db, what, found))}
        if kind in ("people", "teams"):
            context["awards"] = keeping.awards_of(db, kind, number)
            context["award"] = KINDS["awards"]
            context["award_offered"] = _offered(db, KINDS["awards"], {})
        if kind == "people":
            context["namesakes"] = keeping.namesakes(db, found)
            context["photos"], context["photo_about"] = PHOTOS, about(number)
            context["asked_of"] = requests.about(db, number)
            context["teams"] = people.teams_of(db, number)
            context["open_teams"] = [(one, team.name) for one, team in keeping.offered(db, "teams")]
        if kind == "awards":
            context["line"] = roll.lines_of(db, [found])[0]
    may_publish = bool(current_caller().roles & {"admin", access.PUBLISHER})
    return page("admin/record.html", wrong, what=what, found=found, values=values, may_publish=may_publish, **context)


@blueprint.get("/honors/admin/people/<int:number>/journal")
@_administrator
def journal_of(number: int) -> Response:
    """The journal is for administrators, here as elsewhere: it says who did what."""
    with reading() as db:
        person = access.record_to_edit(db, current_caller(), Person, number)
        told = history.of_person(db, number)
    return page("admin/journal.html", person=person, told=told)


@blueprint.post("/honors/admin/<kind>/<int:number>")
@limit("1200/hour")
def correct(kind: str, number: int) -> Response:
    try:
        writing.correct(current_caller(), kind, number, _form())
    except (Invalid, Conflict) as wrong:
        return record(kind, number, wrong)
    return to("record", kind=kind, number=number)


@blueprint.post("/honors/admin/<kind>/<int:number>/deletion")
@limit("1200/hour")
def delete(kind: str, number: int) -> Response:
    try:
        writing.delete(current_caller(), kind, number)
    except Conflict as wrong:
        return _again(kind, number, wrong)
    return to("record", kind=kind, number=number)


@blueprint.post("/honors/admin/<kind>/<int:number>/restoration")
@limit("1200/hour")
def restore(kind: str, number: int) -> Response:
    try:
        writing.restore(current_caller(), kind, number)
    except Conflict as wrong:
        return _again(kind, number, wrong)
    return to("record", kind=kind, number=number)


@blueprint.post("/honors/admin/<kind>/<int:number>/awards")
@limit("1200/hour")
def add_award(kind: str, number: int) -> Response:
    try:
        writing.add_award(current_caller(), kind, number, _form())
    except (Invalid, Conflict) as wrong:
        return _again(kind, number, wrong)
    return to("record", kind=kind, number=number)


def _again(kind: str, number: int, wrong: Refused) -> Response:
    """The record's page, with what was wrong said above it; its own form is as it was."""
    if isinstance(wrong, Invalid):
        wrong = Invalid({f"award-{name}": sentence for name, sentence in wrong.fields.items()})
    return record(kind, number, wrong, typed=False)


@blueprint.post("/honors/admin/people/<int:number>/consent")
@_publisher
@limit("1200/hour")
def consent(number: int) -> Response:
    writing.set_consent(current_caller(), number, request.form.get("consent", ""))
    return to("record", kind="people", number=number)


@blueprint.post("/honors/admin/editions/<int:number>/publication")
@_publisher
@limit("1200/hour")
def publish(number: int) -> Response:
    """The form says which, so that a second click does not undo the first."""
    published = {"yes": True, "no": False}.get(request.form.get("published", ""))
    if published is None:
        raise Invalid({"published": "Say yes or no."})
    writing.publish(current_caller(), number, published=published)
    return to("record", kind="editions", number=number)


@blueprint.post("/honors/admin/people/<int:number>/teams")
@limit("1200/hour")
def join_team(number: int) -> Response:
    writing.join_team(current_caller(), number, whole_number(request.form.get("team")) or 0)
    return to("record", kind="people", number=number)


@blueprint.post("/honors/admin/people/<int:number>/teams/<int:team_id>/removal")
@limit("1200/hour")
def leave_team(number: int, team_id: int) -> Response:
    writing.leave_team(current_caller(), number, team_id)
    return to("record", kind="people", number=number)


def _values(db: Any, what: Kind, found: Any) -> dict[str, Any]:
    """What stands in the form of a record."""
    values: dict[str, Any] = {}
    for field in what.fields:
        if field.kind == REFERENCE:
            values[field.name] = getattr(found, f"{field.name}_id")
        elif field.kind == SCHOOL:
            values[field.name] = keeping.school_name(db, found.school_id)
        elif field.name == "name_vi":
            values[field.name] = found.label("vi") if found.label("vi") != found.name else ""
        elif field.name == "about_vi":
            values[field.name] = found.about_in("vi") if found.about_in("vi") != found.about else ""
        else:
            values[field.name] = getattr(found, field.name)
    return values


def _offered(db: Any, what: Kind, values: dict[str, Any]) -> dict[str, list[tuple[int, str]]]:
    """What the lists of a form offer, by field."""
    found: dict[str, list[tuple[int, str]]] = {}
    for field in what.fields:
        if field.kind == REFERENCE:
            there = keeping.offered(db, field.to, values.get(field.name))
            found[field.name] = [(number, title_of(one)) for number, one in there]
    return found


def title_of(one: Any) -> str:
    """What a record is called in the administration."""
    if isinstance(one, Person):
        return one.full_name
    if isinstance(one, Team | Labelled):
        name = one.label(language()) if isinstance(one, Labelled) else one.name
        return f"{name} ({one.year})" if hasattr(one, "year") and str(one.year) not in name else name
    return translated("Award %(number)s", number=one.id)


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    return {"title_of": title_of}
