"""Photos of people: sent by editors, agreed to by publishers, seen by everybody after that."""

from __future__ import annotations

from flask import Response, request

from doorward import Conflict, FileRefused, Invalid, NotFound, current_caller, file_answer, limit, reading, sent_files
from doorward import access as door

from .. import access
from ..actions import photos
from ..files import PHOTOS, about
from ..models import Person
from .admin import record
from .base import GENEROUS, blueprint, to

_publisher = door.role("admin", access.PUBLISHER)


@blueprint.get("/honors/people/<int:person_id>/photo")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def photo(person_id: int) -> Response:
    with reading() as db:
        person = access.listed_person(db, person_id)
        if not access.has_public_photo(person):
            raise NotFound(access.NOT_THERE)
    return file_answer(person.photo_id, "photo", "full")


@blueprint.get("/honors/admin/people/<int:number>/photo")
def kept_photo(number: int) -> Response:
    with reading() as db:
        person = access.record_to_edit(db, current_caller(), Person, number)
    if not person.photo_id:
        raise NotFound(access.NOT_THERE)
    return file_answer(person.photo_id, "photo", "full")


@blueprint.post("/honors/admin/people/<int:number>/photo")
@door.takes(PHOTOS)
@limit("1200/hour")
def put_photo(number: int) -> Response:
    try:
        photos.put(current_caller(), number, sent_files(PHOTOS, "photo", about(number)))
    except (Invalid, FileRefused) as wrong:
        answer: Response = record("people", number, wrong, typed=False)
        return answer
    return to("record", kind="people", number=number)


@blueprint.post("/honors/admin/people/<int:number>/photo/agreement")
@_publisher
@limit("1200/hour")
def agree_to_photo(number: int) -> Response:
    try:
        photos.agree(current_caller(), number, request.form.get("agreed", ""))
    except (Invalid, Conflict) as wrong:
        answer: Response = record("people", number, wrong, typed=False)
        return answer
    return to("record", kind="people", number=number)


@blueprint.post("/honors/admin/people/<int:number>/photo/removal")
@limit("1200/hour")
def remove_photo(number: int) -> Response:
    photos.remove(current_caller(), number)
    return to("record", kind="people", number=number)
