"""Pictures to choose from: the form that makes such a question, and the pictures themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request

from doorward import (
    Conflict,
    FileRefused,
    Invalid,
    current_caller,
    file_answer,
    limit,
    one_line,
    reading,
    sent_files,
    whole_number,
)
from doorward import access as door

from .. import access, actions, respondents
from ..files import PICTURES, about
from ..kinds import IMAGE, MOST_PICTURES, Draft
from .base import blueprint, field, to


@dataclass(frozen=True, slots=True)
class Row:
    """One picture in the form: its place among the fields, and what stands in them."""

    number: int
    text: str = ""
    picture: str = ""
    place: str = ""
    right: bool = False
    removed: bool = False


def rows(draft: Draft, *, typed: bool = False) -> list[Row]:
    """The rows of the form, also those that are empty.

    Arguments:
        typed: whether the form of this request is shown again, instead of the question as it is.
    """
    numbers = range(1, MOST_PICTURES + 1)
    if typed:
        return [_typed(number) for number in numbers]
    right = set(draft.right.split("\n"))
    pairs = list(zip(draft.options.split("\n"), draft.pictures.split("\n"), strict=True)) if draft.pictures else []
    there = [
        Row(number, text, picture, str(number), text in right) for number, (text, picture) in enumerate(pairs, start=1)
    ]
    return there + [Row(number, place=str(number)) for number in numbers[len(there) :]]


def _typed(number: int) -> Row:
    text, picture, place = (field(f"{name}{number}") for name in ("text", "picture", "place"))
    return Row(number, one_line(text), picture, place, bool(field(f"right{number}")), bool(field(f"remove{number}")))


def _draft(poll_id: int) -> Draft:
    """The question as the form has it: its rows in the order of their places, with a file that was sent in the place of
    the picture before."""
    there = []
    for row in map(_typed, range(1, MOST_PICTURES + 1)):
        sent = sent_files(PICTURES, f"file{row.number}", about(poll_id))
        if len(sent) > 1:
            raise Invalid({"options": "Choose one picture for each description."})
        row = replace(row, picture=sent[0] if sent else row.picture)
        if not row.removed and (row.text or row.picture):
            there.append(row)
    there.sort(key=lambda row: (whole_number(row.place) or row.number, row.number))
    return Draft(
        kind=IMAGE,
        title=field("title"),
        options="\n".join(row.text for row in there),
        pictures="\n".join(row.picture for row in there),
        right="\n".join(row.text for row in there if row.right),
    )


@blueprint.post("/polls/<int:poll_id>/questions/pictured")
@door.takes(PICTURES)
@limit("600/hour")
def add_pictured(poll_id: int) -> Response:
    from .questions import new_question

    try:
        actions.add_question(current_caller(), poll_id, _draft(poll_id))
    except (Invalid, FileRefused, Conflict) as wrong:
        return new_question(poll_id, wrong)
    return to("edit", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/pictured")
@door.takes(PICTURES)
@limit("600/hour")
def edit_pictured(poll_id: int, question_id: int) -> Response:
    from .questions import question

    try:
        actions.edit_question(current_caller(), poll_id, question_id, _draft(poll_id))
    except (Invalid, FileRefused, Conflict) as wrong:
        return question(poll_id, question_id, wrong)
    return to("edit", poll_id=poll_id)


@blueprint.get("/polls/pictures/<name>")
@door.public
@door.publishes(access.PUBLISHED)
@limit("600000/minute", per="address")
def picture(name: str) -> Response:
    """A picture, small as phones show it, or large. The bound is for many halls behind one address."""
    with reading() as db:
        file_id = access.picture_to_see(db, current_caller(), respondents.coming(current_caller()), name[:40])
    return file_answer(file_id, "picture", "full" if request.args.get("large") else "thumb")
