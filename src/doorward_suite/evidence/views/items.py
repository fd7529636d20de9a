"""The evidence itself: the library, one piece with its versions, what comes in and what goes out."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    access,
    current_caller,
    file_answer,
    limit,
    reading,
    sent_files,
    whole_number,
)

from ..access import COLLECT, DELETE, READ, Seat, item_in, objective_in, progress_of, seat_in, version_in
from ..actions import checking, items, linking
from ..collecting import HOW, Details, Typed, judged, read_objectives
from ..files import EVIDENCE, about
from ..hash_logs import ARTIFACTS_LOG, LOG_HASH_LOG, HashedFile, check_sums, hash_logs
from ..models import INTACT
from ..queries import library
from ..queries.handing_over import handed_over
from ..queries.library import SHOWS, Wanted
from .base import blueprint, field, page, reading_page, to, today

SUMS = "SHA256SUMS"
_FIELDS = ("title", "how", "source", "collected_on", "expires_on")
_TO_MEND = (Invalid, Conflict, TooLarge)


@blueprint.get("/evidence/<int:number>/items")
@reading_page
def items_page(number: int) -> Response:
    asked = request.args
    words, shows, objective = asked.get("q", "")[:200], asked.get("shows", "")[:12], asked.get("objective", "")[:40]
    with reading() as db:
        seat = seat_in(db, current_caller(), number, DELETE if shows == library.DELETED else READ)
        row = progress_of(db, seat, objective) if objective else None
        wanted = Wanted(words, shows, row.id if row else None, whole_number(asked.get("before")))
        found = library.listed(db, seat, wanted, today())
    offered = {key: words for key, words in SHOWS.items() if key != library.DELETED or seat.may(DELETE)}
    return page("items", seat=seat, wanted=wanted, found=found, shows=offered, objective=objective, today=today())


@blueprint.get("/evidence/<int:number>/items/new")
def new_item(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number, COLLECT)
    typed = request.form if wrong else request.args
    wanted = {name: typed.get(name, "")[:400] for name in ("objectives", *_FIELDS)}
    return page(
        "item_new", wrong, seat=seat, typed=wanted, hows=HOW, intake=EVIDENCE, about=about(number), today=today()
    )


@blueprint.post("/evidence/<int:number>/items")
@access.takes(EVIDENCE)
@limit("1200/hour")
def add_items(number: int) -> Response:
    try:
        added, objectives = _add(number)
    except _TO_MEND as wrong:
        return new_item(number, wrong)
    flash(f"{len(added)} pieces of evidence were added." if len(added) > 1 else "The evidence was added.", "ok")
    if len(added) == 1 and not objectives:
        return to("item", number=number, item_id=added[0])
    if objectives:
        return _to_objective(number, objectives[0])
    return to("items_page", number=number)


def _add(number: int) -> tuple[list[int], list[str]]:
    with reading() as db:
        seat = seat_in(db, current_caller(), number, COLLECT)
    sent = sent_files(EVIDENCE, "file", about(number))
    objectives = read_objectives(seat.catalogue, request.form.getlist("objectives"))
    return items.add_items(current_caller(), number, sent, objectives, _details()), objectives


def _details() -> Details:
    return judged(Typed(**{name: field(name) for name in _FIELDS}), today())


def _to_objective(number: int, objective: str) -> Response:
    with reading() as db:
        found = objective_in(seat_in(db, current_caller(), number), objective)
    return to("requirement", number=number, requirement_id=found.requirement, _anchor=f"o-{found.letters or found.id}")


@blueprint.get("/evidence/<int:number>/items/<int:item_id>")
@reading_page
def item(number: int, item_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        found = library.whole(db, item_in(db, seat, item_id))
    return page(
        "item",
        wrong,
        seat=seat,
        found=found,
        newest_name=_name(seat, found),
        may_delete=linking.may_delete(seat, found.item),
        hows=HOW,
        intake=EVIDENCE,
        about=about(number),
        typed={name: field(name) for name in ("objectives", "reason", *_FIELDS)} if wrong else _as_before(found),
        today=today(),
    )


def _as_before(found: library.Whole) -> dict[str, str]:
    """What the form for a newer version begins with: it mostly comes from where the last one did."""
    return {"how": found.newest.how, "source": found.newest.source}


def _name(seat: Seat, found: library.Whole) -> str:
    return library.file_name(seat, found.item, found.newest, [one.objective for one in found.linked])


@blueprint.post("/evidence/<int:number>/items/<int:item_id>/versions")
@access.takes(EVIDENCE)
@limit("600/hour")
def add_version(number: int, item_id: int) -> Response:
    try:
        sent = sent_files(EVIDENCE, "file", about(number))
        version = items.add_version(current_caller(), number, item_id, sent, _details())
    except _TO_MEND as wrong:
        return item(number, item_id, wrong)
    flash(f"Version {version} is the newest now. Those before it stay.", "ok")
    return to("item", number=number, item_id=item_id)


@blueprint.post("/evidence/<int:number>/items/<int:item_id>/links")
@limit("1200/hour")
def change_links(number: int, item_id: int) -> Response:
    """Link the piece to objectives, or take it off one: the form says which."""
    try:
        with reading() as db:
            seat = seat_in(db, current_caller(), number, COLLECT)
        objectives = read_objectives(seat.catalogue, request.form.getlist("objectives"))
        if field("change") == "unlink" and len(objectives) == 1:
            linking.unlink(current_caller(), number, item_id, objectives[0])
        else:
            linking.link(current_caller(), number, item_id, objectives)
    except _TO_MEND as wrong:
        return item(number, item_id, wrong)
    return to("item", number=number, item_id=item_id)


@blueprint.post("/evidence/<int:number>/items/<int:item_id>/deletion")
def delete_item(number: int, item_id: int) -> Response:
    try:
        linking.delete_item(current_caller(), number, item_id, field("reason"))
    except _TO_MEND as wrong:
        return item(number, item_id, wrong)
    flash("Deleted. A lead can bring it back from the list of what was deleted.", "ok")
    return to("items_page", number=number)


@blueprint.post("/evidence/<int:number>/items/<int:item_id>/restoration")
def restore_item(number: int, item_id: int) -> Response:
    linking.restore_item(current_caller(), number, item_id)
    return to("item", number=number, item_id=item_id)


@blueprint.post("/evidence/<int:number>/items/<int:item_id>/checks")
@access.slow
@limit("120/hour")
def check_item(number: int, item_id: int) -> Response:
    """Read the files on disk again and compare their hashes."""
    state = checking.check_item(current_caller(), number, item_id)
    said = "Every file on disk is as it arrived." if state == INTACT else "A file on disk is not what arrived."
    flash(said, "ok" if state == INTACT else "bad")
    return to("item", number=number, item_id=item_id)


@blueprint.get("/evidence/<int:number>/items/<int:item_id>/versions/<int:version>/file")
@reading_page
def download(number: int, item_id: int, version: int) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        found, file = version_in(db, seat, item_id, version)
        shown = library.objectives_of(db, [found.id]).get(found.id, [])
    return file_answer(file.file_id, library.file_name(seat, found, file, shown))


@blueprint.get("/evidence/<int:number>/items/<int:item_id>/versions/<int:version>/picture")
@reading_page
def picture(number: int, item_id: int, version: int) -> Response:
    """What a picture shows, small or with `?as=full` large: re-encoded, and not the evidence, which is `download`."""
    with reading() as db:
        _item, file = version_in(db, seat_in(db, current_caller(), number), item_id, version)
    return file_answer(file.file_id, file.name, "full" if request.args.get("as") == "full" else "thumb")


@blueprint.get("/evidence/<int:number>/hashes/<name>")
@reading_page
@access.slow
def hashes(number: int, name: str) -> Response:
    """The hashes of all evidence: the two logs that eMASS asks for, or a list for `sha256sum --check`."""
    if name not in (ARTIFACTS_LOG, LOG_HASH_LOG, SUMS):
        raise NotFound("There is no such list of hashes.")
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        files = [one.hashed for one in handed_over(db, seat)]
    response = Response(_hashes(name, files), content_type="text/plain; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _hashes(name: str, files: list[HashedFile]) -> bytes:
    if name == SUMS:
        return check_sums(files)
    logs = hash_logs(files)
    return logs.artifacts if name == ARTIFACTS_LOG else logs.log_hash
