"""The list of rooms, and the page of one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, jsonify, request

from doorward import (
    Conflict,
    Invalid,
    Refused,
    call_servers,
    current_caller,
    limit,
    live_cursor,
    live_people,
    now,
    page_address,
    reading,
    whole_number,
)

from .. import live
from ..access import SET, Seat, message_in, seat_in
from ..actions import hanging, previews
from ..actions import people as people_actions
from ..actions import rooms as actions
from ..models import PRIVATE
from ..queries import calls, messages, rooms, server_keeping
from .base import blueprint, done, field, is_on, page


@blueprint.get("/chat/")
def index(wrong: Refused | None = None) -> Response:
    caller = current_caller()
    cursor = live_cursor()
    with reading() as db:
        context: dict[str, Any] = {
            "rooms": rooms.rooms_of(db, caller),
            "offered": rooms.offered_to(db, caller, whole_number(request.args.get("after")) or 0),
            "archived": rooms.archived_for(db, caller),
            "known": rooms.known_people(db, caller),
            "quiet_until": rooms.quiet_until(db, caller.id, now()),
        }
    names = ("name", "about", "names", "kind", "history")
    typed = {name: field(name) for name in names} if wrong else {"kind": PRIVATE}
    return page("index", wrong, typed=typed, cursor=cursor, me=live.own_topic(caller.id), **context)


@blueprint.post("/chat/")
@limit("60/hour")
def make_room() -> Response:
    try:
        history = field("history") or "all"
        number = actions.make(current_caller(), field("kind"), field("name"), field("about"), history)
    except Invalid as wrong:
        return index(wrong)
    return done("room", room_id=number)


@blueprint.post("/chat/directs")
@limit("120/hour")
def write_to_people() -> Response:
    """The room with these people alone: found, or made."""
    try:
        number = actions.write_to_people(current_caller(), field("names"))
    except Invalid as wrong:
        return index(wrong)
    return done("room", room_id=number)


@blueprint.get("/chat/<int:room_id>")
def room(room_id: int, wrong: Refused | None = None, about: dict[str, str] | None = None) -> Response:
    """The messages of a room, fifty at a time, and the thread that is open beside them."""
    caller, cursor = current_caller(), live_cursor()
    asked = request.args
    thread = whole_number(asked.get("thread")) or 0
    with reading() as db:
        seat = seat_in(db, caller, room_id)
        shown = _asked_page(db, seat)
        context: dict[str, Any] = {
            "seat": seat,
            "shown": shown,
            "title": rooms.title_of(db, seat),
            "rooms": rooms.rooms_of(db, caller),
            "people": rooms.how_many_in(db, room_id),
            "draft": rooms.draft_in(db, seat),
            "quiet_until": rooms.quiet_until(db, caller.id, now()),
            "answers": _answered(db, seat, shown),
            "calls_on": call_servers() is not None,
            "talking": calls.call_in(db, room_id, now()) if seat.may("talk") else None,
        }
        if thread:
            root = message_in(db, seat, thread)
            context["root"] = messages.line_of(db, root)
            context["replies"] = _asked_page(db, seat, root.id, "reply_")
            context["thread_draft"] = rooms.draft_in(db, seat, root.id)
    here = live.here_topic(room_id) if seat.may("post") else ""
    topics = {"room": live.room_topic(seat.room), "me": live.own_topic(caller.id), "here": here}
    context["here"] = live_people(here) if here else []
    return page("room", wrong, thread=thread, typed=about or {}, cursor=cursor, topics=topics, me=caller, **context)


def _answered(db: Any, seat: Seat, shown: messages.Page) -> messages.Line | None:
    """The message that one is about to answer."""
    number = whole_number(request.args.get("answer"))
    if not number:
        return None
    return shown.quoted.get(number) or messages.line_of(db, message_in(db, seat, number))


def _asked_page(db: Any, seat: Seat, thread: int = 0, names: str = "") -> messages.Page:
    """Which messages the address asks for: around one, before or after one, on a day, or the newest.

    Arguments:
        names: what the names in the address begin with.
    """
    asked = {name: whole_number(request.args.get(names + name)) for name in ("at", "before", "after")}
    if asked["at"]:
        return messages.around(db, seat, asked["at"], thread)
    if asked["before"]:
        return messages.before(db, seat, asked["before"], thread)
    if asked["after"] is not None:
        return messages.after(db, seat, asked["after"], thread)
    if thread:
        return messages.newest(db, seat, thread)
    if day := _day(request.args.get("day", "")):
        first = messages.first_of_day(db, seat, day)
        return messages.around(db, seat, first) if first else messages.newest(db, seat)
    return messages.newest(db, seat)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@blueprint.get("/chat/<int:room_id>/messages")
def messages_of(room_id: int) -> Response:
    """A page of messages, for the script: before or after a number, in the room or in a thread."""
    thread = whole_number(request.args.get("thread")) or 0
    cursor = live_cursor()
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id)
        if thread:
            message_in(db, seat, thread)
        after = whole_number(request.args.get("after"))
        if after is not None:
            shown = messages.after(db, seat, after, thread)
        else:
            shown = messages.before(db, seat, whole_number(request.args.get("before")) or 2**63 - 1, thread)
        topic = live.room_topic(seat.room)
    lines = [line.as_json() for line in shown.lines]
    return jsonify(messages=lines, older=shown.older, newer=shown.newer, topic=topic, cursor=cursor)


@blueprint.get("/chat/<int:room_id>/pins")
def pins(room_id: int) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id)
        lines, title = messages.pinned(db, seat), rooms.title_of(db, seat)
    return page("pins", seat=seat, lines=lines, title=title)


@blueprint.get("/chat/mentions")
def mentions() -> Response:
    """Where one was named."""
    before = whole_number(request.args.get("before")) or 2**63 - 1
    with reading() as db:
        found = messages.mentions_of(db, current_caller().id, before)
        titles = rooms.titles_of(db, [one for _line, one in found], current_caller().id)
    return page("mentions", found=found, titles=titles, more=len(found) == messages.PAGE)


@blueprint.post("/chat/<int:room_id>/read")
@limit("6000/hour")
def mark_read(room_id: int) -> Response:
    hanging.read_to(current_caller(), room_id, whole_number(field("to")) or 2**62)
    return done("room", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/typing")
def typing(room_id: int) -> Response:
    """Somebody is typing. It asks the records for nothing: the page's own stream shows that they may write here."""
    live.tell_typing(current_caller(), room_id, whole_number(field("thread")) or 0)
    return done("room", room_id=room_id)


@blueprint.get("/chat/<int:room_id>/people")
def people_of(room_id: int) -> Response:
    """Who is in a room and how far they have read, for the script of somebody who is in it too."""
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id, SET)
        there = rooms.people_in(db, seat)
    return jsonify(people=[{"id": one.account_id, "name": one.name, "read_to": one.read_to} for one in there])


@blueprint.post("/chat/<int:room_id>/draft")
@limit("6000/hour")
def keep_draft(room_id: int) -> Response:
    hanging.keep_draft(current_caller(), room_id, field("text"), whole_number(field("thread")) or 0)
    return done("room", room_id=room_id)


@blueprint.get("/chat/<int:room_id>/settings")
def settings(room_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id)
        there = rooms.people_in(db, seat)
        removed = rooms.people_in(db, seat, removed=True) if seat.may("seat") else []
        context: dict[str, Any] = {"title": rooms.title_of(db, seat), "server_keeps": server_keeping.files_mib(db)}
    context["typed"] = {name: field(name) for name in ("name", "about", "history", "person")} if wrong else {}
    context |= {"address": page_address(f"/chat/{room_id}"), "previews_may_be": previews.may_be()}
    return page("settings", wrong, seat=seat, people=there, removed=removed, **context)


@blueprint.post("/chat/<int:room_id>/settings")
@limit("120/hour")
def describe(room_id: int) -> Response:
    try:
        actions.describe(current_caller(), room_id, field("name"), field("about"), field("history") or "all")
    except Invalid as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/archive")
@limit("60/hour")
def archive(room_id: int) -> Response:
    try:
        actions.archive(current_caller(), room_id, archived=field("on") == "1")
    except Conflict as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/previews")
@limit("120/hour")
def set_previews(room_id: int) -> Response:
    actions.set_previews(current_caller(), room_id, on=is_on())
    return done("settings", "previews", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/notify")
@limit("600/hour")
def set_notify(room_id: int) -> Response:
    try:
        people_actions.set_notify(current_caller(), room_id, field("notify"))
    except Invalid as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)
