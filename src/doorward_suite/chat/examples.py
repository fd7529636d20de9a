"""How the ways of chat are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from secrets import token_hex

from doorward import Example, People

_NOTE = {"file": ("a note.txt", b"Every door was locked.\n")}


def _room(people: People, kind: str = "private") -> str:
    """The path of a new room that the member moderates."""
    made = people.member.send("POST", "/chat/", form={"kind": kind, "name": f"A proof {token_hex(4)}"})
    return made.header("Location")


def _account(people: People) -> dict[str, str]:
    account: dict[str, str] = people.administrator.get("/api/account").json()["account"]
    return account


def _with_other(people: People) -> tuple[str, str]:
    """The path of a new room in which the administrator is a member, and the administrator's account."""
    path, other = _room(people), _account(people)
    people.member.send("POST", f"{path}/people", form={"person": other["name"]})
    return path, other["id"]


def _message(people: People) -> str:
    """The path of a new message of the member's."""
    made = people.member.send("POST", f"{_room(people)}/messages", form={"text": "A proof"})
    return "/chat/m/" + made.header("Location").rpartition("#m")[2]


def _in_room(rest: str, **form: str) -> Callable[[People], Example]:
    """Something done in a room by who moderates it."""

    def make(people: People) -> Example:
        return Example(people.member, _room(people) + rest, form=form or None)

    return make


def _at_message(rest: str, **form: str) -> Callable[[People], Example]:
    """Something done with a message by who wrote it."""

    def make(people: People) -> Example:
        return Example(people.member, _message(people) + rest, form=form or None)

    return make


def _empty(rest: str, *, at: Callable[[People], str]) -> Callable[[People], Example]:
    def make(people: People) -> Example:
        return Example(people.member, at(people) + rest, form={})

    return make


def message_file(people: People) -> Example:
    """A file of a message is given back."""
    path = _room(people)
    made = people.member.send("POST", f"{path}/messages", form={"text": "A note"}, files=_NOTE)
    number = made.header("Location").rpartition("#m")[2]
    return Example(people.member, f"/chat/m/{number}/files/1")


def write_to_people(people: People) -> Example:
    """The member writes to the administrator."""
    return Example(people.member, "/chat/directs", form={"names": _account(people)["name"]})


def join(people: People) -> Example:
    """Somebody comes into a public room."""
    return Example(people.administrator, f"{_room(people, 'public')}/joining", form={})


def set_role(people: People) -> Example:
    """A moderator makes somebody else one."""
    path, other = _with_other(people)
    return Example(people.member, f"{path}/people/{other}/role", form={"role": "moderator"})


def remove(people: People) -> Example:
    """A moderator removes somebody."""
    path, other = _with_other(people)
    return Example(people.member, f"{path}/people/{other}/removal", form={})


def invite(people: People) -> Example:
    """A moderator brings somebody in."""
    return Example(people.member, f"{_room(people)}/people", form={"person": _account(people)["name"]})


def _in_call(rest: str, **more: str) -> Callable[[People], Example]:
    """Something done in a call by who is in it, with the administrator."""

    def make(people: People) -> Example:
        path, other = _with_other(people)
        for who in (people.administrator, people.member):
            who.send("POST", f"{path}/call", form={"page": "a-proving-page"})
        to = {"to": other, "said": "[]"} if rest == "/signal" else {}
        return Example(people.member, f"{path}/call{rest}", form={"page": "a-proving-page", **to, **more})

    return make


def _by_program(path: Callable[[People], str], rest: str = "", json: object = None) -> Callable[[People], Example]:
    """A program of the member's, in a room or at a message of theirs."""

    def make(people: People) -> Example:
        return Example(
            people.program, path(people).replace("/chat/", "/api/chat/").replace("/m/", "/messages/") + rest, json=json
        )

    return make


def api_directs(people: People) -> Example:
    """A program opens the room of two."""
    return Example(people.program, "/api/chat/directs", json={"names": [_account(people)["name"]]})


def api_file(people: People) -> Example:
    """A program downloads a file of a message."""
    return Example(people.program, message_file(people).path.replace("/chat/m/", "/api/chat/messages/"))


def server_keeping(people: People) -> Example:
    """An administrator looks what a limit would take."""
    return Example(people.administrator, "/chat/keeping?files_mib=100000")


def set_server_keeping(people: People) -> Example:
    """An administrator sets it."""
    return Example(people.administrator, "/chat/keeping", form={"files_mib": "100000"})


def _number(people: People) -> int:
    return int(_room(people).rpartition("/")[2])


def outbox(people: People) -> Example:
    """What waits in an outbox is sent at once."""
    said = [{"room": _number(people), "text": "Hello", "client": f"proof-{token_hex(8)}"}]
    return Example(people.member, "/chat/outbox", form={"messages": dumps(said)})


def api_several(people: People) -> Example:
    """A program writes several messages at once."""
    said = [{"room": _number(people), "text": "Hello", "client_id": f"proof-{token_hex(8)}"}]
    return Example(people.program, "/api/chat/messages", json={"messages": said})


_ROOM, _M = "/chat/<int:room_id>", "/chat/m/<int:message_id>"
_AM = "/api/chat/messages/<int:message_id>"

EXAMPLES: dict[str, Callable[[People], Example]] = {
    "POST /chat/directs": write_to_people,
    f"GET {_ROOM}": _in_room(""),
    f"GET {_ROOM}/messages": _in_room("/messages"),
    f"GET {_ROOM}/pins": _in_room("/pins"),
    f"GET {_ROOM}/settings": _in_room("/settings"),
    f"POST {_ROOM}/messages": _in_room("/messages", text="Hello"),
    "POST /chat/outbox": outbox,
    "POST /api/chat/messages": api_several,
    f"POST {_ROOM}/read": _in_room("/read", to="1"),
    f"POST {_ROOM}/typing": _in_room("/typing", thread="0"),
    f"GET {_ROOM}/people": _in_room("/people"),
    f"POST {_ROOM}/draft": _in_room("/draft", text="Not yet"),
    f"POST {_ROOM}/settings": _in_room("/settings", name="A proof", history="all"),
    f"POST {_ROOM}/archive": _in_room("/archive", on="1"),
    f"POST {_ROOM}/notify": _in_room("/notify", notify="mentions"),
    f"POST {_ROOM}/joining": join,
    f"POST {_ROOM}/leaving": _empty("/leaving", at=_room),
    f"POST {_ROOM}/people": invite,
    f"POST {_ROOM}/people/<account_id>/role": set_role,
    f"POST {_ROOM}/people/<account_id>/removal": remove,
    f"GET {_ROOM}/export": _in_room("/export"),
    f"POST {_ROOM}/export": _in_room("/export", files="1"),
    f"GET {_ROOM}/keeping": _in_room("/keeping?days=30"),
    f"POST {_ROOM}/keeping": _in_room("/keeping", days="30"),
    f"POST {_ROOM}/previews": _in_room("/previews", on="1"),
    "GET /chat/keeping": server_keeping,
    "POST /chat/keeping": set_server_keeping,
    f"GET {_ROOM}/call": _in_room("/call"),
    f"GET {_ROOM}/call/people": _in_room("/call/people"),
    f"POST {_ROOM}/call": _in_room("/call", page="a-proving-page"),
    f"POST {_ROOM}/call/stay": _in_call("/stay"),
    f"POST {_ROOM}/call/leave": _in_call("/leave"),
    f"POST {_ROOM}/call/signal": _in_call("/signal"),
    f"GET {_M}": _at_message(""),
    f"GET {_M}/files/<int:number>": message_file,
    f"GET {_M}/data": _at_message("/data"),
    f"GET {_M}/about": _at_message("/about"),
    f"POST {_M}/text": _at_message("/text", text="A better proof"),
    f"POST {_M}/deletion": _empty("/deletion", at=_message),
    f"POST {_M}/preview/removal": _empty("/preview/removal", at=_message),
    f"POST {_M}/reactions": _at_message("/reactions", emoji="👍", on="1"),
    "POST /api/chat/directs": api_directs,
    f"GET /api{_ROOM}": _by_program(_room),
    f"GET /api{_ROOM}/people": _by_program(_room, "/people"),
    f"GET /api{_ROOM}/messages": _by_program(_room, "/messages"),
    f"POST /api{_ROOM}/messages": _by_program(_room, "/messages", {"text": "Hello"}),
    f"PUT /api{_ROOM}/read": _by_program(_room, "/read", {"to": 1}),
    f"POST /api{_ROOM}/leaving": _by_program(_room, "/leaving"),
    f"GET {_AM}/files/<int:number>": api_file,
    f"GET {_AM}": _by_program(_message),
    f"PATCH {_AM}": _by_program(_message, "", {"text": "A better proof"}),
    f"DELETE {_AM}": _by_program(_message),
    f"DELETE {_AM}/preview": _by_program(_message, "/preview"),
    f"PUT {_AM}/reactions": _by_program(_message, "/reactions", {"emoji": "👍", "on": True}),
    f"POST {_M}/pin": _at_message("/pin", on="1"),
}
