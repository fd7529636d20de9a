"""The API of chat, under `/api/chat/`: the same access and actions as the pages have, in JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doorward import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    also_counts,
    api,
    current_caller,
    file_answer,
    limit,
    reading,
    sent_files,
)
from doorward import access as door

from . import search as looking
from . import shapes
from .access import LARGEST, Seat, attached_to, message_for, message_in, seat_in
from .actions import hanging, posting, previews
from .actions import messages as message_actions
from .actions import people as people_actions
from .actions import rooms as room_actions
from .actions.posting import Draft
from .files import FILES, about
from .models import ALL
from .queries import finding, messages, rooms

Json = dict[str, Any]

_READ, _WRITE = door.scope("chat:read"), door.scope("chat:write")
_ROOM, _MESSAGE = api.asks(room_id=api.Whole(1)), api.asks(message_id=api.Whole(1))


def add_to(pages: Any) -> None:
    """Put these addresses beside the pages, on their blueprint."""
    room, message = "/api/chat/<int:room_id>", "/api/chat/messages/<int:message_id>"
    for path, view, method in (
        ("/api/chat/", rooms_of, "GET"),
        ("/api/chat/", make_room, "POST"),
        ("/api/chat/directs", write_to_people, "POST"),
        ("/api/chat/search", search, "GET"),
        (room, room_itself, "GET"),
        (f"{room}/people", people, "GET"),
        (f"{room}/messages", messages_of, "GET"),
        (f"{room}/messages", post, "POST"),
        ("/api/chat/messages", post_several, "POST"),
        (f"{room}/read", mark_read, "PUT"),
        (f"{room}/leaving", leave, "POST"),
        (message, message_itself, "GET"),
        (f"{message}/files/<int:number>", message_file, "GET"),
        (message, edit, "PATCH"),
        (message, remove, "DELETE"),
        (f"{message}/reactions", react, "PUT"),
        (f"{message}/preview", remove_preview, "DELETE"),
    ):
        pages.add_url_rule(path, f"api_{view.__name__}", view, methods=[method])


@_READ
@api.gives(shapes.ROOMS)
def rooms_of() -> Json:
    """The rooms that you are in, those with the newest messages first; archived ones are left out."""
    caller = current_caller()
    with reading() as db:
        lines = rooms.rooms_of(db, caller)[: shapes.MOST_ROOMS]
        return {"rooms": [_room_data(line.seat, line.title, line.unread) for line in lines]}


@_WRITE
@limit("60/hour")
@api.takes(shapes.NEW_ROOM)
@api.refuses(Forbidden)
@api.gives(shapes.ROOM, status=201, at="/api/chat/{id}")
def make_room(body: Json) -> Json:
    """Make a public or a private room; you moderate it."""
    kind, history = body["kind"], body.get("history", ALL)
    return _room(room_actions.make(current_caller(), kind, body["name"], body.get("about", ""), history))


@_WRITE
@limit("120/hour")
@api.takes(shapes.DIRECT_TO)
@api.refuses(Forbidden)
@api.gives(shapes.ROOM)
def write_to_people(body: Json) -> Json:
    """The room in which you write to these people alone: the one that there is, or a new one."""
    return _room(room_actions.write_to_people(current_caller(), " ".join(body["names"])))


@_READ
@_ROOM
@api.gives(shapes.ROOM)
def room_itself(room_id: int) -> Json:
    """A room that is open to you."""
    return _room(room_id)


def _room(room_id: int) -> Json:
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id)
        unread = messages.unread_in(db, seat) if seat.is_in else 0
        return _room_data(seat, rooms.title_of(db, seat), unread)


def _room_data(seat: Seat, title: str, unread: int) -> Json:
    room = seat.room
    return {
        "id": room.id,
        "kind": room.kind,
        "name": title,
        "about": room.about,
        "history": room.history,
        "role": seat.role,
        "archived": room.archived_at is not None,
        "unread": unread,
        "read_to": seat.read_to if seat.is_in else 0,
        "last": room.last_id,
    }


@_READ
@_ROOM
@api.gives(shapes.PEOPLE)
def people(room_id: int) -> Json:
    """Who is in a room, and how far each has read."""
    with reading() as db:
        there = rooms.people_in(db, seat_in(db, current_caller(), room_id))
    said = [{"account": one.account_id, "name": one.name, "role": one.role, "read_to": one.read_to} for one in there]
    return {"people": said}


@_READ
@api.asks(
    room_id=api.Whole(1), before=api.Whole(1), after=api.Whole(), thread=api.Whole(1), count=api.Whole(1, messages.PAGE)
)
@api.gives(shapes.MESSAGES)
def messages_of(
    room_id: int,
    before: int | None = None,
    after: int | None = None,
    thread: int | None = None,
    count: int = messages.PAGE,
) -> Json:
    """Messages of a room, or of a thread in it, in their order: the last, or those before or after a number."""
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id)
        if thread:
            message_in(db, seat, thread)
        if after is not None:
            shown = messages.after(db, seat, after, thread or 0, count)
        else:
            shown = messages.before(db, seat, before or LARGEST, thread or 0, count)
    return {"messages": [_message_data(line) for line in shown.lines], "older": shown.older, "newer": shown.newer}


@_WRITE
@_ROOM
@limit("6000/hour")
@api.takes(shapes.NEW_MESSAGE)
@api.refuses(Forbidden, Conflict)
@api.gives(shapes.MESSAGE, status=201, at="/api/chat/messages/{id}")
def post(room_id: int, body: Json) -> Json:
    """Write a message. With a `client_id` it is there once, however often it is sent."""
    caller, client_id, named = current_caller(), body.get("client_id", ""), body.get("files", [])
    text = body.get("text", "")
    draft = Draft(text, client_id, body.get("thread", 0), body.get("reply_to"), link=previews.link_in(text))
    if named:
        before = posting.sent_before(caller, room_id, client_id)
        if before is not None:
            return _message(before)
        draft = replace(draft, files=sent_files(FILES, "files", about(room_id), ids=named))
    return _message_data(posting.post_line(caller, room_id, draft))


@_WRITE
@limit("6000/hour")
@api.takes(shapes.SEVERAL)
@api.gives(shapes.WRITTEN)
def post_several(body: Json) -> Json:
    """Write several messages, into one room or more, in their order and in one transaction.

    Each is judged as if it came alone, and told of in its place: what one is refused for holds up no other. What is
    sent again with the same `client_id` is there once. A message with files goes alone.
    """
    wanted = [
        (one["room"], Draft(one["text"], one["client_id"], one.get("thread", 0), one.get("reply_to"), link=link))
        for one in body["messages"]
        for link in (previews.link_in(one["text"]),)
    ]
    also_counts("chat.api_post", len(wanted))
    return {"written": [_written(one) for one in posting.post_all(current_caller(), wanted)]}


def _written(said: messages.Line | Refused) -> Json:
    if isinstance(said, Refused):
        return {"message": None, "refused": {"code": said.code, "message": said.message}}
    return {"message": _message_data(said), "refused": None}


@_WRITE
@_ROOM
@limit("6000/hour")
@api.takes(shapes.READ_TO)
@api.refuses(Forbidden)
@api.gives(None)
def mark_read(room_id: int, body: Json) -> None:
    """Say how far you have read. It never goes back."""
    hanging.read_to(current_caller(), room_id, body["to"])


@_WRITE
@_ROOM
@limit("120/hour")
@api.refuses(Forbidden)
@api.gives(None)
def leave(room_id: int) -> None:
    """Go out of a room."""
    people_actions.leave(current_caller(), room_id)


@_READ
@api.undescribed("a file of a message, as a download")
def message_file(message_id: int, number: int) -> Any:
    """A file of a message that you may read; of pictures what people see of them."""
    with reading() as db:
        _seat, message = message_for(db, current_caller(), message_id)
        file = attached_to(db, message, number)
    return file_answer(file.file_id, file.name)


@_READ
@_MESSAGE
@api.gives(shapes.MESSAGE)
def message_itself(message_id: int) -> Json:
    """A message that you may read."""
    return _message(message_id)


@_WRITE
@_MESSAGE
@limit("1200/hour")
@api.takes(shapes.TEXT)
@api.refuses(Forbidden, Conflict)
@api.gives(shapes.MESSAGE)
def edit(message_id: int, body: Json) -> Json:
    """Let a message of yours say something else. What it said before can still be read on its page."""
    message_actions.edit(current_caller(), message_id, body["text"], previews.link_in(body["text"]))
    return _message(message_id)


@_WRITE
@_MESSAGE
@limit("1200/hour")
@api.refuses(Forbidden)
@api.gives(None)
def remove(message_id: int) -> None:
    """Delete a message of yours, or any of a room that you moderate: what it said is erased."""
    message_actions.remove(current_caller(), message_id)


@_WRITE
@_MESSAGE
@limit("6000/hour")
@api.takes(shapes.REACTION)
@api.refuses(Forbidden, Conflict)
@api.gives(shapes.MESSAGE)
def react(message_id: int, body: Json) -> Json:
    """Give a reaction, or take it back."""
    hanging.react(current_caller(), message_id, body["emoji"], on=body["on"])
    return _message(message_id)


@_WRITE
@_MESSAGE
@limit("1200/hour")
@api.refuses(Forbidden)
@api.gives(None)
def remove_preview(message_id: int) -> None:
    """Take the preview of a link from a message of yours. It does not come back by itself."""
    previews.take_away(current_caller(), message_id)


@_READ
@limit("1200/hour")
@api.asks(q=shapes.QUERY, before=api.Whole(1), room=api.Whole(1))
@api.refuses(NotFound)
@api.gives(shapes.FOUND)
def search(q: str = "", before: int = LARGEST, room: int | None = None) -> Json:
    """Messages in all rooms that you may read, or in one of them, the newest first."""
    asked = looking.read(q)
    if asked.wrong:
        raise Invalid({"q": asked.wrong})
    with reading() as db:
        if room is not None:
            seat_in(db, current_caller(), room)
        found = finding.find(db, current_caller(), asked, before=before, room_id=room or 0)
    return {"messages": [_message_data(line) for line, _room in found.lines], "next": found.next or None}


def _message(message_id: int) -> Json:
    with reading() as db:
        _seat, message = message_for(db, current_caller(), message_id)
        return _message_data(messages.line_of(db, message))


def _message_data(line: messages.Line) -> Json:
    one = line.message
    return {
        "id": one.id,
        "room": one.room_id,
        "thread": one.thread_id,
        "reply_to": one.reply_to,
        "author": one.author_id,
        "name": line.name,
        "client_id": one.client_id,
        "at": one.at.isoformat(),
        "text": one.text,
        "version": one.version,
        "edited": one.edited_at is not None,
        "deleted": one.deleted_at is not None,
        "pinned": one.pinned_at is not None,
        "replies": one.replies,
        "reactions": [{"emoji": kind.emoji, "by": list(kind.by)} for kind in line.reactions],
        "files": [messages.file_data(one) for one in line.files],
        "preview": messages.preview_data(line.preview),
    }
