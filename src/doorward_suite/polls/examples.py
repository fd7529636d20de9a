"""How the ways of polls are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

from doorward import Example, People


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


EXAMPLES = {"POST /api/polls/join/<code>/votes": vote_by_api}
