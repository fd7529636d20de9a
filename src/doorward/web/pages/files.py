"""`/files`: how a page sends files, piece by piece, and goes on where the connection broke off.

Announced first, with name and size, so that what cannot be taken is refused before a byte of it is sent. Then the
bytes, with the place where they go on. Whose file it is, is asked at every step (OWASP ASVS 5.2.1, 8.2.2).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from doorward.core.json_text import read_json
from doorward.core.uploads import ARRIVED, ARRIVING, REFUSED, TAKEN, checked_about, judge_offer
from doorward.errors import BadRequest, Conflict, FileRefused, NotFound, WrongType
from doorward.store import file_records
from doorward.store.file_models import FileRecord
from doorward.store.file_records import stored_file
from doorward.web import access
from doorward.web.checks.size import LARGEST_FILE
from doorward.web.here import Here, here
from doorward.web.intakes import files_of, intake_called, must_be_allowed, own_file, sender_by
from doorward.web.limit import limit
from doorward.web.receiving import finish, receive

_LONGEST_NAME = 1000
_MOST_DIGITS = 15
_STATES = {ARRIVING: "arriving", ARRIVED: "arrived", TAKEN: "taken", REFUSED: "refused"}


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/files", "file_offer", offer, methods=["POST"])
    pages.add_url_rule("/files/<file_id>", "file_state", state, methods=["GET"])
    pages.add_url_rule("/files/<file_id>", "file_append", append, methods=["PATCH"])
    pages.add_url_rule("/files/<file_id>", "file_give_up", give_up, methods=["DELETE"])


@access.public
@limit("1200/minute")
def offer() -> tuple[dict[str, Any], int]:
    """Announce a file. The intake's own rule says who may, since tokens may send by some intakes."""
    at = here()
    given = _offered()
    intake = intake_called(at, given["intake"])
    sender = sender_by(at, intake)
    about = checked_about(given["about"])
    must_be_allowed(at, intake, sender, about)
    name, kind = judge_offer(intake, given["name"], given["size"])
    files_of(at).must_have_room(given["size"])
    with at.door.store.transaction(sender) as tx:
        record = file_records.offer(tx, intake, sender.holder, about, name, kind.media_type, given["size"])
    return {"id": record.id, "offset": 0, "name": name}, 201


@access.public
@access.passive
def state(file_id: str) -> dict[str, Any]:
    """How much of a file is there."""
    at = here()
    record, _, _ = own_file(at, file_id)
    return _state(at, record)


@access.public
@access.spooled
@access.max_body(LARGEST_FILE)
@limit("6000/minute")
def append(file_id: str) -> dict[str, Any]:
    """Go on sending a file; with its last byte it is looked into."""
    at = here()
    record, intake, sender = own_file(at, file_id)
    must_be_allowed(at, intake, sender, record.about)
    if record.state == REFUSED:
        raise FileRefused(record.reason)
    if record.state != ARRIVING:
        raise Conflict("This file is complete.")
    position = receive(at, files_of(at), record, _position())
    if position is None:
        return {}  # nobody reads this: the server receives the body, and asks again
    if position < record.size:
        with at.door.store.transaction(sender) as tx:
            file_records.touch(tx, record.id)
        return {"id": record.id, "state": "arriving", "offset": position}
    arrived = finish(at, intake, record, record.about)
    return {
        "id": arrived.id,
        "state": "arrived",
        "offset": record.size,
        "name": arrived.name,
        "sha256": arrived.sha256,
        "notes": arrived.notes,
    }


@access.public
def give_up(file_id: str) -> tuple[str, int]:
    """Let go of a file that nobody has taken. Twice is the same as once."""
    at = here()
    record, _, sender = own_file(at, file_id)
    if record.state == TAKEN:
        raise Conflict("This file was used already.")
    with at.door.store.transaction(sender) as tx:
        found = file_records.locked(tx, record.id)
        if found is not None and found.state != TAKEN:
            file_records.drop(tx, found)
    return "", 204


def _offered() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise WrongType("Send the offer as application/json.")
    try:
        given = read_json(request.get_data(cache=False))
    except ValueError as problem:
        raise BadRequest(str(problem)) from None
    about = given.get("about", "") if isinstance(given, dict) else None
    if not isinstance(given, dict) or set(given) - {"intake", "about", "name", "size"}:
        raise BadRequest("An offer has an intake, what it is about, a name and a size.")
    texts = (given.get("intake"), about, given.get("name"))
    size = given.get("size")
    if not all(isinstance(text, str) and len(text) <= _LONGEST_NAME for text in texts):
        raise BadRequest("The intake, what it is about, and the name are texts.")
    if type(size) is not int or size < 0:
        raise BadRequest("The size is a number of bytes.")
    return {"intake": given["intake"], "about": about, "name": given["name"], "size": size}


def _position() -> int:
    if request.mimetype != "application/octet-stream":
        raise WrongType("Send the bytes as application/octet-stream.")
    given = request.headers.get("Upload-Offset", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= _MOST_DIGITS):
        raise BadRequest("Upload-Offset says from which byte on the file goes on.")
    return int(given)


def _state(at: Here, record: FileRecord) -> dict[str, Any]:
    if record.state not in _STATES:
        raise NotFound
    if record.state == ARRIVING:
        offset = files_of(at).arrivals.size(record.key) or 0
        return {"id": record.id, "state": "arriving", "offset": min(offset, record.size), "size": record.size}
    told = {"id": record.id, "state": _STATES[record.state], "offset": record.size, "size": record.size}
    if record.state == REFUSED:
        return {**told, "reason": record.reason}
    file = stored_file(record)
    return {**told, "name": file.name, "sha256": file.sha256, "notes": file.notes}
