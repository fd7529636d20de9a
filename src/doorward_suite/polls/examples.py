"""How the ways of polls are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zlib import compress, crc32

from doorward import Example, People


def _poll(people: People) -> str:
    """The path of a new poll of the member's."""
    made = people.member.send("POST", "/api/polls/", json={"name": "A proof"})
    return f"/polls/{made.json()['id']}"


def _open_question(people: People) -> tuple[str, str, int]:
    """The path and the code of a new poll of the member's, and its one question, which is open."""
    poll = people.member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    questions = f"/api/polls/{poll['id']}/questions"
    draft = {"kind": "short", "title": "What comes to your mind?"}
    question = people.member.send("POST", questions, json=draft).json()["id"]
    people.member.send("PUT", f"{questions}/{question}/status", json={"status": "open"})
    return f"/polls/{poll['id']}", poll["code"], question


def vote_by_api(people: People) -> Example:
    """Somebody in the room, whose browser has joined, answers a question that is open."""
    _path, code, question = _open_question(people)
    voter = people.visitor
    voter.get(f"/api/polls/join/{code}")
    return Example(voter, f"/api/polls/join/{code}/votes", json={"question": question, "answer": ["Doors"]})


def vote(people: People) -> Example:
    """The same with the form of the page."""
    _path, code, question = _open_question(people)
    voter = people.visitor
    voter.get(f"/polls/join/{code}")
    return Example(voter, f"/polls/join/{code}/votes", form={"question": str(question), "answer": "Doors"})


def answers(people: People) -> Example:
    """The member reads what was answered."""
    path, _code, question = _open_question(people)
    return Example(people.member, f"{path}/questions/{question}/answers")


def clear_answers(people: People) -> Example:
    """The member takes all answers to a question away."""
    path, _code, question = _open_question(people)
    return Example(people.member, f"{path}/questions/{question}/clearing", form={})


def _after(first: str, then: str) -> Callable[[People], Example]:
    """What can be done with a poll once something else was done with it."""

    def make(people: People) -> Example:
        path = _poll(people)
        people.member.send("POST", f"{path}/{first}", form={})
        return Example(people.member, f"{path}/{then}", form={})

    return make


def place(people: People) -> Example:
    """A question goes to the first place."""
    path = _poll(people)
    questions = f"/api{path}/questions"
    made = [people.member.send("POST", questions, json={"kind": "short", "title": title}) for title in ("One", "Two")]
    return Example(people.member, f"{path}/questions/{made[1].json()['id']}/place", form={"place": "1"})


def _roster(people: People) -> tuple[str, str, str]:
    """The path and the code of a new poll of the member's that votes by a roster, and the code of one person on it."""
    member = people.member
    poll = member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    path = f"/polls/{poll['id']}"
    member.send("POST", f"{path}/voters", form={"voters": "roster"})
    sheet = member.send("POST", f"{path}/roster", form={"names": "Anne"}).text
    found = re.search(r"<strong>([A-Z0-9-]{14})</strong>", sheet)
    return path, poll["code"], found[1] if found else ""


def add_people(people: People) -> Example:
    """The member puts somebody more on the roster."""
    path, _code, _seat = _roster(people)
    return Example(people.member, f"{path}/roster", form={"names": "Bert"})


def _to_person(what: str) -> Callable[[People], Example]:
    def make(people: People) -> Example:
        path, _code, _seat = _roster(people)
        return Example(people.member, f"{path}/roster/1/{what}", form={})

    return make


def take_seat(people: People) -> Example:
    """Somebody comes in with the code of their slip."""
    _path, code, seat = _roster(people)
    voter = people.visitor
    voter.get(f"/polls/join/{code}")
    return Example(voter, f"/polls/join/{code}/seat", form={"seat": seat})


def _quiz(people: People) -> tuple[str, str, int]:
    """The path and the code of a new poll of the member's, and its one open question, which has a right answer."""
    poll = people.member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    questions = f"/api/polls/{poll['id']}/questions"
    draft = {"kind": "choice", "title": "Which is a door?", "options": ["This", "That"], "right": ["This"]}
    question = people.member.send("POST", questions, json=draft).json()["id"]
    people.member.send("PUT", f"{questions}/{question}/status", json={"status": "open"})
    return f"/polls/{poll['id']}", poll["code"], question


def reveal(people: People) -> Example:
    """The member shows which answer was right."""
    path, _code, question = _quiz(people)
    return Example(people.member, f"{path}/questions/{question}/revelation", form={})


def nickname(people: People) -> Example:
    """Somebody in the room looks for a nickname."""
    _path, code, _question = _quiz(people)
    player = people.visitor
    player.get(f"/polls/join/{code}")
    return Example(player, f"/polls/join/{code}/nickname")


def set_nickname(people: People) -> Example:
    """Somebody in the room plays under a nickname."""
    _path, code, _question = _quiz(people)
    player = people.visitor
    player.get(f"/polls/join/{code}")
    return Example(player, f"/polls/join/{code}/nickname", form={"nickname": "Hinge"})


def moderate(people: People) -> Example:
    """The member takes a nickname down."""
    path, code, _question = _quiz(people)
    player = people.visitor
    player.get(f"/polls/join/{code}")
    player.send("POST", f"/polls/join/{code}/nickname", form={"nickname": "Hinge"})
    return Example(people.member, f"{path}/players", form={"nickname": "Hinge", "nickname_is": "hidden"})


def set_stage(people: People) -> Example:
    """The member puts the way in on every screen."""
    return Example(people.member, f"{_poll(people)}/stage", form={"qr": "1"})


def start_timer(people: People) -> Example:
    """The member gives the room a minute."""
    path, _code, question = _open_question(people)
    return Example(people.member, f"{path}/questions/{question}/timer", form={"seconds": "60"})


def load(people: People) -> Example:
    """The member takes in a poll that another installation gave out."""
    content = b'{"format": "doorward.polls", "version": 1, "name": "A proof", "questions": []}'
    return Example(people.member, "/polls/load", form={}, files={"file": ("poll.json", content)})


def _after_api(first: tuple[str, str], then: tuple[str, str]) -> Callable[[People], Example]:
    """What a program can do with a poll once something else was done with it."""

    def make(people: People) -> Example:
        path = f"/api{_poll(people)}"
        people.member.send(first[0], f"{path}{first[1]}")
        return Example(people.member, f"{path}{then[1]}")

    return make


def start_timer_by_api(people: People) -> Example:
    """A program gives the room a minute."""
    path, _code, question = _open_question(people)
    return Example(people.member, f"/api{path}/questions/{question}/timer", json={"seconds": 60})


def reveal_by_api(people: People) -> Example:
    path, _code, question = _quiz(people)
    return Example(people.member, f"/api{path}/questions/{question}/revelation")


def add_people_by_api(people: People) -> Example:
    path, _code, _seat = _roster(people)
    return Example(people.member, f"/api{path}/roster", json={"names": ["Bert"]})


def replace_code_by_api(people: People) -> Example:
    path, _code, _seat = _roster(people)
    return Example(people.member, f"/api{path}/roster/1/code")


def revoke_by_api(people: People) -> Example:
    path, _code, _seat = _roster(people)
    return Example(people.member, f"/api{path}/roster/1")


def _proposed(people: People) -> tuple[str, str, Any]:
    """The path and the code of a new poll of the member's that takes proposals, and somebody who has made the first."""
    poll = people.member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    path, code = f"/polls/{poll['id']}", poll["code"]
    people.member.send("POST", f"{path}/proposals", form={"proposals": "1"})
    voter = people.visitor
    voter.get(f"/polls/join/{code}")
    for text in ("Who holds the key?", "Who holds the other key?"):
        voter.send("POST", f"/polls/join/{code}/proposals", form={"text": text})
    return path, code, voter


def _proposal_of(people: People, path: str) -> str:
    """The path of the proposal that stands first on the member's page."""
    found = re.search(rf"{path}/proposals/\d+", people.member.get(f"{path}/proposals").text)
    return found[0] if found else path


def proposals(people: People) -> Example:
    _path, code, voter = _proposed(people)
    return Example(voter, f"/polls/join/{code}/proposals")


def propose(people: People) -> Example:
    _path, code, voter = _proposed(people)
    return Example(voter, f"/polls/join/{code}/proposals", form={"text": "Where is the door?"})


def support(people: People) -> Example:
    """Somebody else in the room wants it too."""
    path, code, _voter = _proposed(people)
    number = _proposal_of(people, path).rpartition("/")[2]
    other = people.visitor
    other.get(f"/polls/join/{code}")
    return Example(other, f"/polls/join/{code}/proposals/{number}/support", form={"wanted": "1"})


def decide(people: People) -> Example:
    path, _code, _voter = _proposed(people)
    return Example(people.member, f"{_proposal_of(people, path)}/status", form={"status": "refused"})


def take_up(people: People) -> Example:
    path, _code, _voter = _proposed(people)
    return Example(people.member, f"{_proposal_of(people, path)}/question", form={})


def merge(people: People) -> Example:
    path, _code, _voter = _proposed(people)
    found = re.findall(rf"{path}/proposals/(\d+)/question", people.member.get(f"{path}/proposals").text)
    return Example(people.member, f"{path}/proposals/{found[0]}/merging", form={"into": found[1]})


def _square(shade: int) -> bytes:
    """A square of one colour, as PNG (W3C PNG, section 5)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + crc32(name + content).to_bytes(4, "big")

    head = (8).to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    pixels = compress((b"\0" + bytes((shade, 90, 40)) * 8) * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _two_pictures() -> dict[str, tuple[str, bytes]]:
    return {"file1": ("left.png", _square(40)), "file2": ("right.png", _square(200))}


_PICTURED = {"title": "Which is a door?", "text1": "The left one", "text2": "The right one"}


def add_pictured(people: People) -> Example:
    """The member asks with two pictures."""
    return Example(people.member, f"{_poll(people)}/questions/pictured", form=_PICTURED, files=_two_pictures())


def _pictured(people: People) -> tuple[str, str, Any]:
    """The path and the code of a new poll of the member's, and its one question: two pictures."""
    poll = people.member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    path = f"/polls/{poll['id']}"
    people.member.send("POST", f"{path}/questions/pictured", form=_PICTURED, files=_two_pictures())
    return path, poll["code"], people.member.get(f"/api{path}").json()["questions"][0]


def edit_pictured(people: People) -> Example:
    """The member changes what is asked; the pictures stay."""
    path, _code, question = _pictured(people)
    kept = {f"picture{place}": one["picture"] for place, one in enumerate(question["options"], start=1)}
    return Example(people.member, f"{path}/questions/{question['id']}/pictured", form={**_PICTURED, **kept})


def picture(people: People) -> Example:
    """Somebody in the room sees a picture of a question that is open; who has not joined does not."""
    path, code, question = _pictured(people)
    status = f"/api{path}/questions/{question['id']}/status"
    people.member.send("PUT", status, json={"status": "open"})
    voter = people.visitor
    voter.get(f"/polls/join/{code}")
    return Example(voter, f"/polls/pictures/{question['options'][0]['picture']}")


EXAMPLES = {
    "POST /api/polls/join/<code>/votes": vote_by_api,
    "POST /polls/join/<code>/votes": vote,
    "GET /polls/<int:poll_id>/questions/<int:question_id>/answers": answers,
    "POST /polls/<int:poll_id>/questions/<int:question_id>/clearing": clear_answers,
    "POST /polls/<int:poll_id>/restoring": _after("archiving", "restoring"),
    "POST /polls/<int:poll_id>/erasure": _after("deletion", "erasure"),
    "POST /polls/<int:poll_id>/questions/<int:question_id>/place": place,
    "POST /polls/<int:poll_id>/roster": add_people,
    "POST /polls/<int:poll_id>/roster/<int:number>/code": _to_person("code"),
    "POST /polls/<int:poll_id>/roster/<int:number>/revocation": _to_person("revocation"),
    "POST /polls/join/<code>/seat": take_seat,
    "POST /polls/<int:poll_id>/questions/<int:question_id>/revelation": reveal,
    "GET /polls/join/<code>/nickname": nickname,
    "POST /polls/join/<code>/nickname": set_nickname,
    "POST /polls/<int:poll_id>/players": moderate,
    "POST /polls/<int:poll_id>/stage": set_stage,
    "POST /polls/load": load,
    "POST /polls/<int:poll_id>/questions/pictured": add_pictured,
    "POST /polls/<int:poll_id>/questions/<int:question_id>/pictured": edit_pictured,
    "GET /polls/pictures/<name>": picture,
    "GET /polls/join/<code>/proposals": proposals,
    "POST /polls/join/<code>/proposals": propose,
    "POST /polls/join/<code>/proposals/<int:proposal_id>/support": support,
    "POST /polls/<int:poll_id>/proposals/<int:proposal_id>/status": decide,
    "POST /polls/<int:poll_id>/proposals/<int:proposal_id>/question": take_up,
    "POST /polls/<int:poll_id>/proposals/<int:proposal_id>/merging": merge,
    "POST /api/polls/<int:poll_id>/restoration": _after_api(("DELETE", ""), ("POST", "/restoration")),
    "POST /api/polls/<int:poll_id>/erasure": _after_api(("DELETE", ""), ("POST", "/erasure")),
    "POST /api/polls/<int:poll_id>/questions/<int:question_id>/revelation": reveal_by_api,
    "PUT /api/polls/<int:poll_id>/questions/<int:question_id>/timer": start_timer_by_api,
    "POST /api/polls/<int:poll_id>/roster": add_people_by_api,
    "POST /api/polls/<int:poll_id>/roster/<int:number>/code": replace_code_by_api,
    "DELETE /api/polls/<int:poll_id>/roster/<int:number>": revoke_by_api,
    "POST /polls/<int:poll_id>/questions/<int:question_id>/timer": start_timer,
}
