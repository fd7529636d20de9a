"""The API of polls, continued: what the pages can, programs can, by the same rights."""

from __future__ import annotations

import pytest
from flask import Flask

from doorward.testing import Browser, Program, add_token

from .pictures import jpeg
from .test_api import CHOICE, Room
from .test_api import app as app
from .test_api import clock as clock
from .test_api import olga as olga
from .test_api import program as program
from .test_api import room as room
from .test_api import stranger as stranger


def test_a_program_orders_copies_and_times_questions(room: Room, program: Program) -> None:
    questions = f"{room.path}/questions"
    moved = program.send("PUT", f"{questions}/{room.short}/place", json={"place": 1}).json
    assert moved is not None
    assert moved["position"] == 1
    assert [one["id"] for one in program.get(room.path).json["questions"]] == [room.short, room.choice]
    other = Room(program)
    copied = program.post(f"{questions}/{room.choice}/copies", {"poll": other.id})
    assert copied.status_code == 201
    assert (copied.json["title"], copied.json["status"], copied.json["poll"]) == (CHOICE["title"], "draft", other.id)
    assert copied.headers["Location"].endswith(f"/api/polls/{other.id}/questions/{copied.json['id']}")
    timed = program.send("PUT", f"{questions}/{room.short}/timer", json={"seconds": 60}).json
    assert timed is not None
    assert (timed["status"], timed["closes_at"] is None) == ("open", False)
    assert program.send("PUT", f"{questions}/{room.short}/timer", json={"seconds": 3}).status_code == 422


def test_a_program_puts_polls_away_and_takes_them_back(room: Room, program: Program) -> None:
    for archived, joining in ((True, 404), (True, 404), (False, 200)):
        put = program.send("PUT", f"{room.path}/archived", json={"archived": archived})
        assert put.status_code == 200
        assert Browser(program._browser.client.application).get(f"/api/polls/join/{room.code}").status_code == joining
    assert program.send("POST", f"{room.path}/erasure").status_code == 409  # not while it is there
    program.send("DELETE", room.path)
    assert program.send("POST", f"{room.path}/restoration").json["id"] == room.id
    program.send("DELETE", room.path)
    assert program.send("POST", f"{room.path}/erasure").status_code == 204
    assert program.send("POST", f"{room.path}/restoration").status_code == 404
    made = program.send("POST", f"{Room(program).path}/copies")
    assert made.status_code == 201
    assert made.json["name"] == "Copy of Rivers"


def test_a_program_runs_a_quiz(room: Room, program: Program) -> None:
    quiz = {**CHOICE, "right": ["Nile"]}
    question = room.made(program.post(f"{room.path}/questions", quiz))["id"]
    room.set_status(question, "open")
    revealed = program.send("POST", f"{room.path}/questions/{question}/revelation")
    assert (revealed.json["revealed"], revealed.json["right"], revealed.json["status"]) == (True, ["o1"], "closed")
    assert program.send("POST", f"{room.path}/questions/{room.choice}/revelation").status_code == 409


def test_a_program_makes_a_roster_and_reads_who_voted_not_what(app: Flask, room: Room, program: Program) -> None:
    room.set_status(room.choice, "closed")
    voters = {"voters": "roster", "named": False}
    assert program.send("PUT", f"{room.path}/voters", json=voters).json == voters
    room.set_status(room.choice, "open")
    slips = program.post(f"{room.path}/roster", {"names": ["Anne", "Bert"]}).json["slips"]
    phone = Browser(app)
    phone.get(f"/polls/join/{room.code}")
    assert phone.post(f"/polls/join/{room.code}/seat", {"seat": slips[0]["code"]}).status_code == 303
    vote = {"question": room.choice, "answer": ["o1"]}
    assert phone.post_json(f"/api/polls/join/{room.code}/votes", vote).status_code == 200
    assert program.get(f"{room.path}/people").json == {
        "people": [
            {"number": 1, "name": "Anne", "state": "in", "voted": 1},
            {"number": 2, "name": "Bert", "state": "not in yet", "voted": 0},
        ],
        "next": None,
    }
    assert program.send("PUT", f"{room.path}/voters", json={**voters, "named": True}).status_code == 409
    fresh = program.send("POST", f"{room.path}/roster/1/code").json
    assert fresh is not None
    assert fresh["code"] != slips[0]["code"]
    assert phone.post_json(f"/api/polls/join/{room.code}/votes", vote).status_code == 403
    assert program.send("DELETE", f"{room.path}/roster/2").status_code == 204
    assert program.get(f"{room.path}/people").json["people"][1]["state"] == "revoked"


WAYS = [
    ("POST", "/copies", None),
    ("PUT", "/archived", {"archived": True}),
    ("POST", "/restoration", None),
    ("POST", "/erasure", None),
    ("PUT", "/questions/{q}/place", {"place": 1}),
    ("POST", "/questions/{q}/copies", {"poll": 1}),
    ("PUT", "/questions/{q}/timer", {"seconds": 60}),
    ("POST", "/questions/{q}/revelation", None),
    ("PUT", "/voters", {"voters": "roster", "named": False}),
    ("POST", "/roster", {"names": ["Anne"]}),
    ("POST", "/roster/1/code", None),
    ("DELETE", "/roster/1", None),
    ("GET", "/people", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WAYS, ids=[f"{way[0]} {way[1]}" for way in WAYS])
def test_nobody_else_s_program_and_no_smaller_token_does_it(
    app: Flask, room: Room, stranger: Program, method: str, path: str, body: dict | None
) -> None:
    address = room.path + path.format(q=room.short)
    before = room.program.get(room.path).json
    assert stranger.send(method, address, json=body).status_code == 404
    reader = Program(app, add_token(app, "Olga", "polls:read" if method != "GET" else "account:read"))
    assert reader.send(method, address, json=body).status_code == 403
    assert Browser(app).send(method, address, json=body).status_code in (400, 401, 403)
    assert room.program.get(room.path).json == before


def test_a_set_of_questions_is_kept_as_a_template_and_begins_sessions(room: Room, program: Program) -> None:
    kept = program.send("POST", f"{room.path}/copies/template")
    assert kept.status_code == 201
    template = kept.json
    assert (template["name"], template["questions"]) == ("Rivers", 2)
    assert kept.headers["Location"].endswith(f"/api/polls/{template['id']}")
    assert template in program.get("/api/polls/templates").json["templates"]
    assert template["id"] not in [one["id"] for one in program.get("/api/polls/?count=100").json["polls"]]
    questions = program.get(f"/api/polls/{template['id']}").json["questions"]
    opening = f"/api/polls/{template['id']}/questions/{questions[0]['id']}/status"
    assert program.send("PUT", opening, json={"status": "open"}).status_code == 409
    session = program.send("POST", f"/api/polls/{template['id']}/copies").json
    assert session["name"] == "Rivers"
    assert session["id"] in [one["id"] for one in program.get("/api/polls/?count=100").json["polls"]]
    begun = program.get(f"/api/polls/{session['id']}").json["questions"]
    assert [one["title"] for one in begun] == [one["title"] for one in questions]
    path = f"/api/polls/{session['id']}/questions/{begun[0]['id']}/status"
    assert program.send("PUT", path, json={"status": "open"}).status_code == 200


def test_a_template_is_its_makers_and_nobody_joins_it(
    app: Flask, room: Room, program: Program, stranger: Program
) -> None:
    template = program.send("POST", f"{room.path}/copies/template").json["id"]
    code = program.get(f"/api/polls/{template}").json["poll"]["code"]
    for path in (f"/api/polls/join/{code}", f"/polls/join/{code}"):
        assert Browser(app).get(path).status_code == 404
    assert Browser(app).get(f"/api/polls/join/{room.code}").status_code == 200
    assert stranger.get("/api/polls/templates").json == {"templates": []}
    for method, path in (("GET", ""), ("POST", "/copies"), ("POST", "/copies/template"), ("GET", "/whole")):
        assert stranger.send(method, f"/api/polls/{template}{path}").status_code == 404
        assert program.send(method, f"/api/polls/{template}{path}").status_code in (200, 201)


def test_a_whole_poll_goes_out_and_in_by_program(app: Flask, room: Room, program: Program, stranger: Program) -> None:
    room.set_status(room.choice, "open")
    phone = Browser(app)
    phone.get(f"/api/polls/join/{room.code}")
    phone.post_json(f"/api/polls/join/{room.code}/votes", {"question": room.choice, "answer": ["o1"]})
    whole = program.get(f"{room.path}/whole")
    assert "Content-Length" not in whole.headers
    came = stranger.post("/api/polls/whole", whole.json)
    assert came.status_code == 201
    there = stranger.get(f"/api/polls/{came.json['id']}").json
    assert [one["title"] for one in there["questions"]] == [one["title"] for one in whole.json["questions"]]
    assert there["tallies"][0]["respondents"] == 1
    assert stranger.get(f"/api/polls/{came.json['id']}/whole").json["questions"][0]["answers"] == [["Nile"]]
    assert program.get(f"/api/polls/{came.json['id']}/whole").status_code == 404
    for wrong in ({**whole.json, "version": 2}, {**whole.json, "owner": "me"}, {**whole.json, "questions": [{}]}):
        assert program.post("/api/polls/whole", wrong).status_code == 422
    bad = {**whole.json, "questions": [{"kind": "choice", "title": "?", "options": ["one"]}]}
    assert "questions[0].options" in program.post("/api/polls/whole", bad).text


def test_a_program_asks_with_pictures(app: Flask, room: Room, program: Program, stranger: Program) -> None:
    def sent(by: Program, colour: str) -> str:
        content = jpeg(colour)
        offer = {"intake": "polls.picture", "name": "door.jpg", "size": len(content), "about": f"poll:{room.id}"}
        offered = by.post("/files", offer)
        if offered.status_code != 201:
            return ""
        file = offered.json["id"]
        head = {"Upload-Offset": "0"}
        done = by.send("PATCH", f"/files/{file}", data=content, content_type="application/octet-stream", headers=head)
        assert done.json["state"] == "arrived"
        return str(file)

    assert sent(stranger, "#123456") == ""
    files = [sent(program, "#a03020"), sent(program, "#2040a0")]
    draft = {"kind": "image", "title": "Which door?", "options": ["Red", "Blue"], "pictures": files, "right": ["Blue"]}
    made = program.post(f"{room.path}/questions", draft)
    assert made.status_code == 201, made.text
    assert [one["label"] for one in made.json["options"]] == ["Red", "Blue"]
    assert all(len(one["picture"]) == 32 for one in made.json["options"])
    assert program.post(f"{room.path}/questions", draft).status_code == 409, "a file is used once"
    whole = program.get(f"{room.path}/whole").json
    came = stranger.post("/api/polls/whole", whole)
    assert came.status_code == 201, came.text
