"""The API on the evidence itself: files come in, become evidence, are linked, checked, deleted and handed over."""

from __future__ import annotations

from typing import Any

from doorward import Conflict, Invalid, account_names, api, current_caller, file_answer, limit, reading, sent_files
from doorward import access as door

from ..access import COLLECT, DELETE, Seat, item_in, progress_of, seat_in, version_in
from ..access import READ as MAY_READ
from ..actions import checking, items, linking
from ..collecting import Details, Typed, judged
from ..files import EVIDENCE, about
from ..hash_logs import hash_logs
from ..models import Item
from ..queries import library
from ..queries.handing_over import handed_over
from . import shapes, told
from .base import ITEM, ONE, READ, WRITE, Json, objectives_in, today

_FIELDS = ("title", "how", "source", "collected_on", "expires_on")


@READ
@ONE
@api.asks(
    q=api.Text(200, meaning="Words of the title, of the name of a file, or of a source."),
    shows=shapes.SHOW,
    objective=shapes.CODE,
    before=api.Whole(1),
    count=api.Whole(1, shapes.LARGEST_PAGE),
)
@api.gives(shapes.ITEMS)
def evidence(number: int, count: int = library.PAGE, objective: str = "", **asked: Any) -> Json:
    """The evidence of an assessment, the newest first. What was deleted is for leads.

    With words that very many pieces have, a page may hold fewer than `count`, or none, and still be followed by `next`.
    """
    shows = asked.get("shows", library.ALL)
    with reading() as db:
        seat = seat_in(db, current_caller(), number, DELETE if shows == library.DELETED else MAY_READ)
        row = progress_of(db, seat, objective) if objective else None
        wanted = library.Wanted(asked.get("q", ""), shows, row.id if row else None, asked.get("before"))
        page = library.listed(db, seat, wanted, today(), count)
        ids = {who for line in page.lines for who in (line.item.owner_id, line.version.added_by)}
        names = account_names(db, ids)
    lines = [
        {
            **told.item(seat, line.item, names, line.objectives),
            "newest": told.version(seat, line.item.id, line.version, names),
        }
        for line in page.lines
    ]
    return {"evidence": lines, "next": page.before}


@WRITE
@door.takes(EVIDENCE)
@limit("1200/hour")
@api.undescribed("files come in as a form (RFC 7578)")
def bring_files(number: int) -> tuple[Json, int]:
    """Bring files as `file` of a form, up to ten. Gives their ids, by which they become evidence within a day."""
    with reading() as db:
        seat_in(db, current_caller(), number, COLLECT)
    sent = sent_files(EVIDENCE, "file", about(number))
    if not sent:
        raise Invalid({"file": "Send at least one file."})
    return {"files": sent}, 201


@WRITE
@ONE
@limit("1200/hour")
@api.takes(shapes.NEW_ITEMS)
@api.refuses(Conflict)
@api.gives(shapes.ADDED, status=201)
def add_evidence(number: int, body: Json) -> Json:
    """Make each file a piece of evidence, and link all of them to these objectives.

    A requirement's number stands for all of its objectives. The title counts for a single file; several go by their
    names.
    """
    with reading() as db:
        seat = seat_in(db, current_caller(), number, COLLECT)
    objectives = objectives_in(seat.catalogue, body.get("objectives", ()))
    details = _details(body)
    sent = sent_files(EVIDENCE, "files", about(number), body["files"])
    return {"evidence": items.add_items(current_caller(), number, sent, objectives, details)}


def _details(body: Json) -> Details:
    return judged(Typed(**{name: body.get(name, "") for name in _FIELDS}), today())


@READ
@ITEM
@api.gives(shapes.ITEM)
def piece(number: int, item_id: int) -> Json:
    """A piece of evidence with its versions, the newest first."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        return _piece(seat, library.whole(db, item_in(db, seat, item_id)))


def _piece(seat: Seat, found: library.Whole) -> Json:
    one: Item = found.item
    versions = [told.version(seat, one.id, each, found.names) for each in found.versions]
    return {**told.item(seat, one, found.names, told.linked(found.linked)), "versions": versions}


@WRITE
@ITEM
@limit("600/hour")
@api.takes(shapes.NEW_VERSION)
@api.refuses(Conflict)
@api.gives(shapes.VERSION_ADDED, status=201)
def add_version(number: int, item_id: int, body: Json) -> Json:
    """Put a newer file beside those that a piece has. None is ever overwritten."""
    details = _details(body)
    sent = sent_files(EVIDENCE, "file", about(number), [body["file"]])
    return {"version": items.add_version(current_caller(), number, item_id, sent, details)}


@READ
@api.undescribed("a file as it arrived")
def file(number: int, item_id: int, version: int) -> Any:
    """A version of a piece, byte for byte, under its CMMC name."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        found, kept = version_in(db, seat, item_id, version)
        shown = library.objectives_of(db, [found.id]).get(found.id, [])
    return file_answer(kept.file_id, library.file_name(seat, found, kept, shown))


@WRITE
@ITEM
@limit("1200/hour")
@api.takes(shapes.LINKS)
@api.refuses(Conflict)
@api.gives(shapes.LINKED)
def link(number: int, item_id: int, body: Json) -> Json:
    """Link a piece to objectives, besides those that it is linked to."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number, COLLECT)
    objectives = objectives_in(seat.catalogue, body["objectives"])
    return {"linked": linking.link(current_caller(), number, item_id, objectives)}


@WRITE
@api.asks(number=shapes.NUMBER, item_id=shapes.NUMBER, objective_id=shapes.CODE)
@limit("1200/hour")
@api.refuses(Conflict)
@api.gives(None)
def unlink(number: int, item_id: int, objective_id: str) -> None:
    """Take a piece off an objective. Twice is the same as once."""
    linking.unlink(current_caller(), number, item_id, objective_id)


@WRITE
@ITEM
@door.slow
@limit("120/hour")
@api.gives(shapes.CHECKED)
def check(number: int, item_id: int) -> Json:
    """Read the files of a piece on disk again, and compare their hashes. The worst that was found."""
    return {"state": checking.check_item(current_caller(), number, item_id)}


@WRITE
@ITEM
@limit("600/hour")
@api.takes(shapes.DELETION)
@api.refuses(Conflict)
@api.gives(None)
def delete(number: int, item_id: int, body: Json) -> None:
    """Let a piece count no more, with the reason. For leads, and for who added it; its files stay."""
    linking.delete_item(current_caller(), number, item_id, body["reason"])


@WRITE
@ITEM
@limit("600/hour")
@api.refuses(Conflict)
@api.gives(shapes.ITEM)
def restore(number: int, item_id: int) -> Json:
    """Bring a deleted piece back, with the links that it had. For leads."""
    linking.restore_item(current_caller(), number, item_id)
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        return _piece(seat, library.whole(db, item_in(db, seat, item_id)))


@READ
@ONE
@door.slow
@limit("600/hour")
@api.gives(shapes.MANIFESTS)
def manifests(number: int) -> Json:
    """The hashes of all evidence as it is handed over: the two logs that eMASS asks for, and the same as a list."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        files = [(one.hashed, _handed_over(one)) for one in handed_over(db, seat)]
    logs = hash_logs([hashed for hashed, _told in files])
    return {
        "artifacts_log": logs.artifacts.decode("ascii"),
        "log_hash_log": logs.log_hash.decode("ascii"),
        "hash": logs.value,
        "files": [told_of for _hashed, told_of in files],
    }


def _handed_over(one: Any) -> Json:
    return {
        "name": one.name,
        "sha256": one.version.sha256,
        "size": one.version.size,
        "evidence": one.item.id,
        "version": one.version.number,
        "objectives": list(one.objectives),
    }
