"""The API of polls, on both databases: the same rights as on the pages, by tokens and by sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from doorward import Doorward
from doorward.testing import Browser, Clock, Program, add_token, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.polls import SCOPES
from doorward_suite.portal import create_app
from tests.support.doors import entries, journal_break

CHOICE = {"kind": "choice", "title": "Which is longest?", "options": ["Nile", "Amazon"]}
SHORT = {"kind": "short", "title": "What is unclear?"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, database: str, clock: Clock) -> Iterator[Flask]:
    app = create_app(["polls"])
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path_factory.mktemp("api"), database_url=database))
    yield app
    door.close()


@pytest.fixture(scope="module")
def olga(app: Flask) -> Browser:
    return signed_in(app, "Olga")


@pytest.fixture(scope="module")
def program(app: Flask, olga: Browser) -> Program:
    return Program(app, add_token(app, "Olga", *SCOPES, life=None))


@pytest.fixture(scope="module")
def stranger(app: Flask) -> Program:
    signed_in(app, "Sven")
    return Program(app, add_token(app, "Sven", *SCOPES, life=None))


@pytest.fixture(autouse=True)
def _another_hour(clock: Clock) -> None:
    clock.forward(hours=1)


class Room:
    """A poll that Olga's program made, with an open choice and a draft."""

    def __init__(self, program: Program) -> None:
        self.program = program
        poll = self.made(program.post("/api/polls/", {"name": "Rivers"}))
        self.id, self.code = poll["id"], poll["code"]
        self.path = f"/api/polls/{self.id}"
        self.choice = self.made(program.post(f"{self.path}/questions", CHOICE))["id"]
        self.short = self.made(program.post(f"{self.path}/questions", SHORT))["id"]
        assert self.set_status(self.choice, "open").json["status"] == "open"

    @staticmethod
    def made(answer: Any) -> Any:
        assert answer.status_code == 201, answer.text
        return answer.json

    def set_status(self, question: int, status: str) -> Any:
        return self.program.send("PUT", f"{self.path}/questions/{question}/status", json={"status": status})

    def tally(self, question: int) -> Any:
        return next(one for one in self.program.get(self.path).json["tallies"] if one["question"] == question)  # type: ignore[index]

    def phone(self, app: Flask) -> Browser:
        phone = Browser(app, address="198.51.100.8")
        assert phone.get(f"/api/polls/join/{self.code}").status_code == 200
        return phone


@pytest.fixture
def room(program: Program) -> Room:
    return Room(program)


def test_a_program_makes_changes_opens_reads_and_deletes(room: Room, program: Program) -> None:
    read = program.get(room.path).json
    assert read is not None
    assert [(one["id"], one["status"]) for one in read["questions"]] == [(room.choice, "open"), (room.short, "draft")]
    assert program.get(f"{room.path}/questions/{room.choice}").json == read["questions"][0]
    assert program.send("PATCH", room.path, json={"name": "Ströme 🌊"}).json == {**read["poll"], "name": "Ströme 🌊"}
    short = f"{room.path}/questions/{room.short}"
    assert program.send("PUT", short, json={**SHORT, "title": "Why?"}).json["title"] == "Why?"  # type: ignore[index]
    assert room.set_status(room.choice, "closed").json["status"] == "closed"
    assert room.set_status(room.short, "closed").status_code == 409
    assert program.send("PUT", short, json=CHOICE).status_code == 422
    assert program.send("DELETE", short).status_code == 204
    assert program.get(short).status_code == 404
    assert program.send("DELETE", room.path).status_code == 204
    assert program.get(room.path).status_code == 404
    events = [entry.event for entry in entries(program._browser.client.application.extensions["doorward"], count=9)]  # type: ignore[attr-defined]
    assert {"poll.deleted", "question.deleted", "question.closed", "poll.renamed"} <= {*events}


EVERY_KIND: dict[str, tuple[dict[str, Any], int]] = {
    "choice": (CHOICE, 2),
    "select": ({"kind": "select", "title": "Which?", "options": ["a", "b", "c"], "most": 2}, 3),
    "select, as many as there are": ({"kind": "select", "title": "Which?", "options": ["a", "b", "c"]}, 3),
    "rating": ({"kind": "rating", "title": "How?", "scale": 7, "low": "Dull", "high": "Great"}, 7),
    "rating, as usual": ({"kind": "rating", "title": "How?"}, 5),
    "short": (SHORT, 0),
    "short, as a cloud": ({**SHORT, "show": "cloud"}, 0),
    "choice, with other": ({**CHOICE, "other": True}, 3),
    "ranking": ({**CHOICE, "kind": "ranking"}, 2),
    "number": ({"kind": "number", "title": "How far?", "least": "-5", "greatest": "5.5", "decimals": 1}, 10),
    "number, as usual": ({"kind": "number", "title": "How many?"}, 10),
    "cloud": ({"kind": "cloud", "title": "One word", "most": 1}, 0),
}


@pytest.mark.parametrize("name", EVERY_KIND)
def test_every_kind_of_question_can_be_made(room: Room, name: str) -> None:
    draft, options = EVERY_KIND[name]
    made = room.made(room.program.post(f"{room.path}/questions", draft))
    assert (made["kind"], made["status"], len(made["options"])) == (draft["kind"], "draft", options)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"kind": "essay", "title": "x"}, "kind"),
        ({**SHORT, "options": ["a", "b"]}, "options"),
        ({**CHOICE, "options": ["a"]}, "options"),
        ({**CHOICE, "options": ["a", "a"]}, "options"),
        ({**CHOICE, "options": ["a", "A"]}, "options"),
        ({**CHOICE, "options": ["a", "b\nc"]}, "options.1"),
        ({**CHOICE, "options": ["a", "b\u2028c"]}, "options.1"),
        ({**CHOICE, "title": "a\0"}, "title"),
        ({**CHOICE, "status": "open"}, "status"),
        ({**CHOICE, "poll_id": 1}, "poll_id"),
        ({"kind": "rating", "title": "x", "scale": 99}, "scale"),
        ({"kind": "select", "title": "x", "options": ["a", "b"], "most": 3}, "most"),
    ],
)
def test_a_question_that_is_none_is_refused_and_nothing_is_made(room: Room, draft: Any, field: str) -> None:
    before = room.program.get(room.path).json
    answer = room.program.post(f"{room.path}/questions", draft)
    assert answer.status_code == 422, answer.text
    assert [*answer.json["error"]["fields"]] == [field]  # type: ignore[index]
    assert room.program.get(room.path).json == before


def requests_of(room: Room) -> list[tuple[str, str, Any]]:
    """Every address of a poll's manager, with a request that works for its owner."""
    question = f"{room.path}/questions/{room.short}"
    return [
        ("GET", room.path, None),
        ("GET", question, None),
        ("GET", f"{question}/answers", None),
        ("PATCH", room.path, {"name": "Taken"}),
        ("POST", f"{room.path}/questions", SHORT),
        ("PUT", question, {**SHORT, "title": "Taken"}),
        ("PUT", f"{question}/status", {"status": "open"}),
        ("DELETE", f"{question}/answers", None),
        ("DELETE", question, None),
        ("DELETE", room.path, None),
    ]


def test_somebody_elses_poll_does_not_exist(app: Flask, room: Room, stranger: Program) -> None:
    ended = Program(app, "dw_" + "0" * 49)
    reader = Program(app, add_token(app, "Olga", "polls:read"))
    writer = Program(app, add_token(app, "Olga", "polls:write"))
    guest = Program(app, add_token(app, "Olga", *SCOPES, for_person=True))
    for method, path, body in requests_of(room):
        sent = {"json": body} if body is not None else {}
        assert stranger.send(method, path, **sent).status_code == 404, (method, path)
        assert ended.send(method, path, **sent).status_code == 401
        assert guest.send(method, path, **sent).status_code in (401, 403, 404)
        assert Browser(app).send(method, path, **sent).status_code in (401, 403)
        narrow = writer if method == "GET" else reader
        assert narrow.send(method, path, **sent).status_code == 403, (method, path)
    assert room.program.get(room.path).json["poll"]["name"] == "Rivers"  # type: ignore[index]
    for method, path, body in requests_of(room):  # and yet all of it is there
        sent = {"json": body} if body is not None else {}
        assert room.program.send(method, path, **sent).status_code in (200, 201, 204), (method, path)


def test_a_participant_owns_no_polls_whatever_the_token_says(app: Flask, room: Room, stranger: Program) -> None:
    guests = []
    for name in ("first", "second"):
        guest = Browser(app, address="192.0.2.44")
        guest.get("/login/token")
        secret = add_token(app, "Olga", *SCOPES, name=name, for_person=True)
        assert guest.post("/login/token", {"token": secret}).status_code == 303
        guests.append(guest)
        before = len(entries(app.extensions["doorward"], "poll.created"))
        guest.get("/")  # a page, for its CSRF token
        refused = guest.post_json("/api/polls/", {"name": "Nobody's"})
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "forbidden")  # type: ignore[index]
        assert len(entries(app.extensions["doorward"], "poll.created")) == before
    for guest in guests:
        assert guest.get("/api/polls/").json == {"polls": [], "next": None}
        assert guest.get(room.path).status_code == 404
    assert stranger.post("/api/polls/", {"name": "Mine"}).status_code == 201


def test_a_page_needs_the_csrf_token_where_a_program_needs_none(room: Room, olga: Browser) -> None:
    for method, path, body in requests_of(room):
        if method == "GET":
            assert olga.get(path).status_code == 200
            continue
        sent = {"json": body} if body is not None else {}
        assert olga.send(method, path, **sent).status_code == 403, (method, path)
    for method, path, body in requests_of(room):
        sent = {"json": body} if body is not None else {}
        answer = olga.send(method, path, headers={"X-CSRF-Token": olga.token}, **sent)
        assert answer.status_code in (200, 201, 204), (method, path)


def test_lists_come_in_pages_and_hold_only_ones_own(app: Flask, stranger: Program) -> None:
    nora = signed_in(app, "Nora")
    mine = Program(app, add_token(app, "Nora", *SCOPES))
    made = [Room.made(mine.post("/api/polls/", {"name": f"Poll {n}"}))["id"] for n in range(5)]
    stranger.post("/api/polls/", {"name": "Not hers"})
    found: list[int] = []
    page = mine.get("/api/polls/?count=2").json
    assert page is not None
    while True:
        found += [one["id"] for one in page["polls"]]
        if page["next"] is None:
            break
        page = mine.get(f"/api/polls/?count=2&before={page['next']}").json
    assert found == made[::-1]
    assert [one["id"] for one in nora.get("/api/polls/").json["polls"]] == found  # type: ignore[index]
    assert mine.get("/api/polls/?count=5").json["next"] is None  # type: ignore[index]


def test_a_phone_votes_and_a_token_never_does(app: Flask, room: Room, program: Program) -> None:
    phone, votes = room.phone(app), f"/api/polls/join/{room.code}/votes"
    vote = {"question": room.choice, "answer": ["o1"]}
    assert phone.post_json(votes, vote).json == {"saved": True}
    assert phone.post_json(votes, vote).json == {"saved": True}
    assert room.tally(room.choice)["respondents"] == 1
    assert phone.post_json(votes, {**vote, "answer": ["o2"]}).json == {"saved": True}
    assert room.tally(room.choice)["counts"] == {"o1": 0, "o2": 1}
    mine = phone.get(f"/api/polls/join/{room.code}").json
    assert mine is not None
    assert mine["answers"] == {str(room.choice): {"answer": ["o2"]}}
    assert [one["id"] for one in mine["questions"]] == [room.choice]  # a draft is nobody's business
    assert program.post(votes, vote).status_code == 403
    assert Browser(app).post_json(votes, vote).status_code == 403  # has not joined
    assert phone.send("POST", votes, json=vote).status_code == 403  # without the CSRF token
    assert phone.post_json(votes, {**vote, "question": room.short}).status_code == 404
    assert phone.post_json(votes, {**vote, "answer": ["o9"]}).status_code == 422
    assert phone.post_json(votes, {**vote, "answer": ["o1", "o2"]}).status_code == 422
    room.set_status(room.choice, "closed")
    assert phone.post_json(votes, vote).status_code == 409
    assert room.tally(room.choice)["respondents"] == 1


def test_short_answers_come_in_pages_newest_first(app: Flask, room: Room) -> None:
    room.set_status(room.short, "open")
    said = ["é", "🙂", "<b>", "'; DROP TABLE polls", "\u05d0"]
    for text in said:
        vote = {"question": room.short, "answer": [text]}
        assert room.phone(app).post_json(f"/api/polls/join/{room.code}/votes", vote).status_code == 200
    path = f"{room.path}/questions/{room.short}/answers"
    first = room.program.get(f"{path}?count=3").json
    assert first is not None
    rest = room.program.get(f"{path}?count=3&before={first['next']}").json
    assert rest is not None
    assert [one["text"] for one in first["answers"] + rest["answers"]] == said[::-1]
    assert rest["next"] is None
    assert room.program.send("PUT", f"{room.path}/questions/{room.short}", json=SHORT).status_code == 409
    assert room.program.send("DELETE", path).status_code == 204
    assert room.program.get(path).json == {"answers": [], "next": None}


@pytest.mark.parametrize(
    "text",
    [
        *("\0", "a\0b", "\0" * 200, "\ud800", "\ufffe", "\U0010ffff", "\u202e"),
        *("🙂" * 200, "9" * 4000, "ﬃ" * 60, "\u0958" * 120, "e\u0301" * 60),
        *("' OR 1=1 --", "{{7*7}}", "%s%n"),
    ],
)
def test_no_text_is_more_than_the_database_bears(room: Room, text: str) -> None:
    code = room.program.send("PATCH", room.path, json={"name": text}).status_code
    assert code in (200, 400, 422)
    question = room.program.post(f"{room.path}/questions", {**CHOICE, "title": text, "options": [text, "b"]})
    assert question.status_code in (201, 400, 422)
    assert room.program.get(room.path).status_code == 200


@pytest.mark.parametrize("number", [0, 2**31, 2**63 - 1, 2**63, 2**64, 10**400])
def test_no_number_is_more_than_the_database_bears(app: Flask, room: Room, number: int) -> None:
    for path in (f"/api/polls/{number}", f"{room.path}/questions/{number}", f"/api/polls/{number}/questions/{number}"):
        assert room.program.get(path).status_code == 404
    assert room.program.get(f"/api/polls/?before={number}").status_code in (200, 422)
    vote = {"question": number, "answer": ["o1"]}
    assert room.phone(app).post_json(f"/api/polls/join/{room.code}/votes", vote).status_code in (400, 404, 422)


def test_the_journal_is_whole_afterwards_and_says_which_token_it_was(app: Flask, room: Room) -> None:
    door = app.extensions["doorward"]
    assert "token" in next(one for one in entries(door, "poll.created")).who_name
    assert journal_break(door) is None
