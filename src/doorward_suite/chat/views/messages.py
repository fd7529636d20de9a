"""Messages: sent, looked at alone, edited, deleted, reacted to, pinned."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, jsonify, make_response, redirect, request, url_for

from doorward import (
    Conflict,
    Invalid,
    Refused,
    TooLarge,
    access,
    also_counts,
    current_caller,
    file_answer,
    limit,
    reading,
    sent_files,
    wants_json,
    whole_number,
)

from ..access import ERASE, attached_to, message_for, seat_in
from ..actions import hanging, posting, previews
from ..actions import messages as actions
from ..actions.posting import Draft
from ..files import FILES
from ..files import about as about_room
from ..models import Message
from ..outbox import outbox_in
from ..queries import messages, rooms
from .base import blueprint, done, field, is_on, page
from .rooms import room


@blueprint.post("/chat/<int:room_id>/messages")
@access.takes(FILES)
@limit("6000/hour")
def post(room_id: int) -> Response:
    thread = whole_number(field("thread")) or 0
    try:
        line = _posted(room_id, thread)
    except (Invalid, Conflict, TooLarge) as wrong:
        return room(room_id, wrong, {"text": field("text"), "thread": field("thread")})
    if wants_json():
        return make_response(jsonify(message=line.as_json()), 201)
    return done("room", f"m{line.message.id}", room_id=room_id, **({"thread": thread} if thread else {}))


def _posted(room_id: int, thread: int) -> messages.Line:
    """The message that the form brings; or the one that it has brought before, with files that are taken since."""
    caller, client_id = current_caller(), field("client_id")
    text = field("text")
    draft = Draft(text, client_id, thread, whole_number(field("reply_to")) or None, link=previews.link_in(text))
    if request.mimetype == "application/x-www-form-urlencoded" and not any(request.form.getlist("file")):
        return posting.post_line(caller, room_id, draft)
    with reading() as db:
        seat_in(db, caller, room_id)
    before = posting.sent_before(caller, room_id, client_id)
    if before is not None:
        with reading() as db:
            _seat, message = message_for(db, caller, before)
            return messages.line_of(db, message)
    files = sent_files(FILES, "file", about_room(room_id))
    return posting.post_line(caller, room_id, replace(draft, files=files))


@blueprint.post("/chat/outbox")
@limit("6000/hour")
def outbox() -> Response:
    """What waits in a page's outbox: a JSON list of messages without files, told of one by one in the answer."""
    found = outbox_in(field("messages"))
    also_counts("chat.post", len(found))
    said = posting.post_all(current_caller(), found)
    return jsonify(messages=[_told(one, draft) for one, (_, draft) in zip(said, found, strict=True)])


def _told(said: messages.Line | Refused, draft: Draft) -> dict[str, object]:
    if isinstance(said, Refused):
        fields = list(said.fields.values()) if isinstance(said, Invalid) else []
        return {"client": draft.client_id, "refused": fields[0] if fields else said.message}
    return {"client": draft.client_id, "message": said.as_json()}


@blueprint.get("/chat/m/<int:message_id>/files/<int:number>")
def message_file(message_id: int, number: int) -> Response:
    """A file of a message: to show, where it is a picture and `as` says so, or else a download."""
    with reading() as db:
        _seat, found = message_for(db, current_caller(), message_id)
        file = attached_to(db, found, number)
    shown = request.args.get("as", "")
    return file_answer(file.file_id, file.name, shown if file.is_picture and shown in ("thumb", "full") else False)


@blueprint.get("/chat/m/<int:message_id>")
def message(message_id: int) -> Response:
    """Where a message stands: the permanent address of it."""
    with reading() as db:
        _seat, found = message_for(db, current_caller(), message_id)
    return make_response(redirect(_place(found), 303))


def _place(found: Message) -> str:
    at, thread = found.thread_id or found.id, found.thread_id or None
    reply = found.id if thread else None
    return url_for("chat.room", room_id=found.room_id, at=at, thread=thread, reply_at=reply, _anchor=f"m{found.id}")


@blueprint.get("/chat/m/<int:message_id>/data")
def message_data(message_id: int) -> Response:
    """A message for the script; with what was typed, for who may edit it."""
    with reading() as db:
        _seat, found = message_for(db, current_caller(), message_id)
        line = messages.line_of(db, found).as_json()
    if found.author_id == current_caller().id:
        line["text"] = found.text
    return jsonify(message=line)


@blueprint.get("/chat/m/<int:message_id>/about")
def about(message_id: int, wrong: Refused | None = None) -> Response:
    """One message alone: what it said before, who read it, and what can be done with it."""
    caller = current_caller()
    with reading() as db:
        seat, found = message_for(db, caller, message_id)
        line, earlier = messages.line_of(db, found), messages.earlier_of(db, found)
        people = rooms.people_in(db, seat) if rooms.how_many_in(db, seat.room.id, 50) <= 50 else []
        title = rooms.title_of(db, seat)
    names = {one.account_id: one.name for one in people}
    context = {
        "seat": seat,
        "line": line,
        "earlier": earlier,
        "title": title,
        "names": names,
        "read_by": [one.name for one in people if one.read_to >= found.id and one.account_id != found.author_id],
        "own": found.author_id == caller.id,
        "may_delete": found.author_id == caller.id or seat.may(ERASE),
        "text": field("text") if wrong else found.text,
    }
    return page("about", wrong, **context)


@blueprint.post("/chat/m/<int:message_id>/text")
@limit("1200/hour")
def edit(message_id: int) -> Response:
    try:
        actions.edit(current_caller(), message_id, field("text"), previews.link_in(field("text")))
    except (Invalid, Conflict) as wrong:
        return about(message_id, wrong)
    return done("message", message_id=message_id)


@blueprint.post("/chat/m/<int:message_id>/deletion")
@limit("1200/hour")
def delete(message_id: int) -> Response:
    actions.remove(current_caller(), message_id)
    return done("message", message_id=message_id)


@blueprint.post("/chat/m/<int:message_id>/reactions")
@limit("6000/hour")
def react(message_id: int) -> Response:
    """Give a reaction, or take it back; a button without script says both in one: `+👍` or `-👍`."""
    emoji, on = field("emoji"), is_on()
    if mark := request.form.get("mark", ""):
        emoji, on = mark[1:], mark[0] == "+"
    try:
        hanging.react(current_caller(), message_id, emoji, on=on)
    except (Invalid, Conflict) as wrong:
        return about(message_id, wrong)
    return done("message", message_id=message_id)


@blueprint.post("/chat/m/<int:message_id>/pin")
@limit("600/hour")
def pin(message_id: int) -> Response:
    try:
        hanging.pin(current_caller(), message_id, on=is_on())
    except Conflict as wrong:
        return about(message_id, wrong)
    return done("message", message_id=message_id)


@blueprint.post("/chat/m/<int:message_id>/preview/removal")
@limit("1200/hour")
def remove_preview(message_id: int) -> Response:
    """Take the preview of a link away."""
    previews.take_away(current_caller(), message_id)
    return done("message", message_id=message_id)
