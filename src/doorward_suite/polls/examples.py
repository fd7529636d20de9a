"""How the ways of polls are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable

from doorward import Example, People


def _poll(people: People) -> str:
    """The path of a new poll of the member's."""
    made = people.member.send("POST", "/api/polls/", json={"name": "A proof"})
    return f"/polls/{made.json()['id']}"


def vote_by_api(people: People) -> Example:
    """Somebody in the room, whose browser has joined, answers a question that is open."""
    poll = people.member.send("POST", "/api/polls/", json={"name": "A proof"}).json()
    questions = f"/api/polls/{poll['id']}/questions"
    draft = {"kind": "short", "title": "What comes to your mind?"}
    question = people.member.send("POST", questions, json=draft).json()["id"]
    people.member.send("PUT", f"{questions}/{question}/status", json={"status": "open"})
    voter = people.visitor
    voter.get(f"/api/polls/join/{poll['code']}")
    path = f"/api/polls/join/{poll['code']}/votes"
    return Example(voter, path, json={"question": question, "answer": ["Doors"]})


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


EXAMPLES = {
    "POST /api/polls/join/<code>/votes": vote_by_api,
    "POST /polls/<int:poll_id>/restoring": _after("archiving", "restoring"),
    "POST /polls/<int:poll_id>/erasure": _after("deletion", "erasure"),
    "POST /polls/<int:poll_id>/questions/<int:question_id>/place": place,
}
