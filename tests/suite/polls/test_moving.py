"""Files: results as tables of any length, and polls that move from one installation to another."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import text

from doorward import Caller, Doorward, Invalid
from doorward.store.store import Store
from doorward.testing import Browser, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.polls import actions, exports, moving, queries
from doorward_suite.portal import create_app

from .conftest import OWNER, Made
from .rooms import Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven

GIVEN = {
    "choice": [["o2"], ["o1"], ["o2"]],
    "select": [["o1", "o3"], ["o2"]],
    "rating": [["5"], ["4"]],
    "short": [["=1+1"], ["the delta"]],
    "other": [["o1"], ["other", "a friend"]],
    "ranking": [["o3", "o1", "o2"]],
    "number": [["12.5"], ["0"]],
    "cloud": [["Delta", "Mouth"], ["delta"]],
    "spoken": [["Wide rivers run"]],
}


def answered() -> Made:
    """A poll with an answer of every kind."""
    made = Made()
    for kind, answers in GIVEN.items():
        for number, given in enumerate(answers):
            actions.vote(made.poll, getattr(made, kind), f"{number:064}", given)
    return made


def as_file(store: Store, poll: int) -> str:
    with store.reading() as db:
        asked = [(one.id, one.status, one.definition) for one in queries.questions_of(db, poll)]
    return "".join(moving.written("Rivers", asked, queries.all_answers, queries.picture))


def numbers_of(store: Store, poll: int) -> list[tuple]:
    with store.reading() as db:
        questions = queries.questions_of(db, poll)
        found = queries.tallies_of(db, [one.id for one in questions])
        return [
            (
                one.definition,
                found[one.id].respondents,
                found[one.id].counts,
                sorted(queries.every_short_answer(db, one.id)),
                sorted((said.text.casefold(), said.count) for said in queries.most_said(db, one.id)),
            )
            for one in questions
        ]


def test_a_poll_moves_with_all_its_answers_and_nobodys_name(store: Store, owner: Caller) -> None:
    made = answered()
    written = as_file(store, made.poll)
    assert "000000000000" not in written
    copy = actions.load(OWNER, json.loads(written))
    assert numbers_of(store, copy) == numbers_of(store, made.poll)
    with store.reading() as db:
        statuses = {one.status for one in queries.questions_of(db, copy)}
        names = text(
            "SELECT count(DISTINCT respondent) FROM polls_answers "
            "JOIN polls_questions ON id = question_id WHERE poll_id = :p"
        )
        assert db.scalar(names, {"p": copy}) == sum(map(len, GIVEN.values()))
    assert statuses == {"closed"}
    actions.open_question(owner, copy, _first(store, copy))
    actions.vote(copy, _first(store, copy), "f" * 64, ["o1"])  # numbers go on from there
    assert numbers_of(store, copy)[0][1] == 4


def _first(store: Store, poll: int) -> int:
    with store.reading() as db:
        return queries.questions_of(db, poll)[0].id


def test_keys_of_options_need_not_be_the_same_elsewhere(store: Store, owner: Caller) -> None:
    made = Made()
    from doorward_suite.polls.kinds import CHOICE, Draft

    question = actions.add_question(owner, made.poll, Draft(CHOICE, "Which?", "a\nb\nc"))
    actions.edit_question(owner, made.poll, question, Draft(CHOICE, "Which?", "c\nz\na"))
    actions.open_question(owner, made.poll, question)
    actions.vote(made.poll, question, "a" * 64, ["o1"])
    copy = actions.load(OWNER, json.loads(as_file(store, made.poll)))
    with store.reading() as db:
        last = queries.questions_of(db, copy)[-1]
        counts = queries.tallies_of(db, [last.id])[last.id].counts
    assert {option.label: counts[option.key] for option in last.definition.options} == {"c": 0, "z": 0, "a": 1}


def poll(**more) -> dict:
    return {"format": "doorward.polls", "version": 1, "name": "Rivers", "questions": [], **more}


QUESTION = {"kind": "choice", "title": "Which?", "options": ["a", "b"]}
WRONG = [
    ("no JSON", "{", "no JSON"),
    ("too deep", "[" * 100_000, "no JSON"),
    ("a list", [], "This is no poll"),
    ("another format", poll(format="x"), "This is no poll"),
    ("another version", poll(version=2), "This is no poll"),
    ("no name", poll(name=" "), "name:"),
    ("a name that is a number", poll(name=7), "name:"),
    ("no list", poll(questions={}), "questions:"),
    ("too many questions", poll(questions=[QUESTION] * 101), "at most 100"),
    ("no object", poll(questions=[7]), "questions[0]: This must be an object."),
    ("no kind", poll(questions=[QUESTION, {"title": "x"}]), "questions[1].kind:"),
    ("a number for a text", poll(questions=[{**QUESTION, "title": 7}]), "questions[0].title: This must be a text."),
    ("a text for a list", poll(questions=[{**QUESTION, "options": "a"}]), "questions[0].options: This must be a list"),
    ("one option", poll(questions=[{**QUESTION, "options": ["a"]}]), "questions[0].options: Give 2 to 20"),
    (
        "answers that are none",
        poll(questions=[{**QUESTION, "answers": 7}]),
        "questions[0].answers: This must",
    ),
    (
        "an answer to something else",
        poll(questions=[{**QUESTION, "answers": [["a"], ["z"]]}]),
        "answers[1]:",
    ),
    ("an answer that is a text", poll(questions=[{**QUESTION, "answers": ["a"]}]), "questions[0].answers[0]:"),
    ("a control character", poll(questions=[{"kind": "short", "title": "x", "answers": [["\x07"]]}]), "answers[0]:"),
]


@pytest.mark.parametrize(("what", "given", "said"), WRONG, ids=[one[0] for one in WRONG])
def test_what_is_no_poll_is_refused_by_its_place(what: str, given, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        moving.read_moved(given if isinstance(given, str) else json.dumps(given))
    assert said in refused.value.fields["file"]
    assert len(refused.value.fields["file"]) < 5_000


def test_where_one_place_is_wrong_nothing_is_made(app: Flask, olga: Browser) -> None:
    before = olga.get("/api/polls/?count=1").json
    wrong = poll(questions=[QUESTION, {**QUESTION, "options": []}])
    page = send(olga, json.dumps(wrong).encode())
    assert page.status_code == 422
    assert "questions[1].options" in page.text
    assert olga.get("/api/polls/?count=1").json == before


def send(browser: Browser, content: bytes, name: str = "poll.json"):
    browser.get("/polls/load")
    return browser.post("/polls/load", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def test_a_poll_goes_from_one_server_to_another(app: Flask, room: Room, tmp_path: Path) -> None:
    room.vote(room.phone(app), room.choice, "o2")
    room.vote(room.phone(app), room.short, "hello")
    file = room.olga.get(f"{room.path}/poll.json")
    assert file.headers["Content-Disposition"] == "attachment; filename=Rivers-poll.json"
    content = file.data
    elsewhere = create_app(["polls"])
    door: Doorward = elsewhere.extensions["doorward"]
    door.start(settings_in(tmp_path))
    try:
        mona = signed_in(elsewhere, "Mona")
        made = send(mona, content)
        assert made.status_code == 303, made.text
        screen = mona.get(f"{made.headers['Location']}/present.json").json
        assert screen is not None
        assert [one["counts"] for one in screen["tallies"]] == [{"o1": 0, "o2": 1}, {}]
        assert screen["tallies"][1]["latest"][0]["text"] == "hello"
        for name, content in (("poll.csv", b"a,b"), ("poll.json", b"\x00\x01\x02")):
            assert send(mona, content, name).status_code in (415, 422)
        visitor = Browser(elsewhere)
        assert send(visitor, content).status_code in (303, 401)
        assert mona.get("/api/polls/").json["polls"][0]["name"] == "Rivers"
        assert len(mona.get("/api/polls/").json["polls"]) == 1
    finally:
        door.close()


def test_a_workbook_has_the_titles_and_no_formula(app: Flask, room: Room) -> None:
    for said in ("=1+1", "+1", "@SUM(A1)"):
        room.vote(room.phone(app), room.short, said)
    room.vote(room.phone(app), room.choice, "o2")
    book = openpyxl.load_workbook(io.BytesIO(room.olga.get(f"{room.path}/results.xlsx").data))
    rows = [*book["Results"].iter_rows(values_only=True)]
    assert list(rows[0]) == list(exports.HEADINGS)
    assert rows[2][1:7] == ("Which is longest?", "Multiple choice", "open", "Amazon", 1, "100.0%")
    assert rows[2][8].year == 2026
    assert {row[4] for row in rows[3:]} == {"'=1+1", "'+1", "'@SUM(A1)"}
    assert all(cell.data_type != "f" for row in book["Results"].iter_rows() for cell in row)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_one_question_alone_is_given_out(app: Flask, room: Room, olga: Browser, kind: str) -> None:
    alone = olga.get(f"{room.path}/results.{kind}?question={room.short}")
    assert alone.status_code == 200
    if kind == "csv":
        assert "Which is longest?" not in alone.text
    other = Room(olga)
    assert olga.get(f"{room.path}/results.{kind}?question={other.short}").status_code == 404


def test_a_long_table_comes_in_pieces_and_whole(store: Store, made: Made) -> None:
    said = [f"answer {number}" for number in range(1_203)]
    moved = actions.load(OWNER, poll(questions=[{"kind": "short", "title": "?", "answers": [[one] for one in said]}]))
    question = _first(store, moved)
    assert [*queries.all_short_answers(question)] == said
    assert len([*queries.all_answers(question)]) == len(said)
    with store.reading() as db:
        snapshot = queries.presenter_snapshot(db, db.get_one(queries.Poll, moved))
    pieces = [*exports.results_csv(snapshot, queries.all_short_answers, {})]
    assert len(pieces) == 3
    lines = "".join(pieces).split("\r\n")
    assert len(lines) == 1 + len(said) + 1
    assert [line.split(",")[4].strip('"') for line in lines[1:-1]] == said
    assert "".join(pieces).count(exports.HEADINGS[1]) == 1


def test_what_one_sheet_does_not_hold_goes_on_in_another() -> None:
    rows = [(number, *[None] * 9) for number in range(7)]
    for most, held in ((3, [3, 3, 1]), (7, [7]), (8, [7])):
        found = [[*sheet.rows] for sheet in exports._sheets(iter(rows), most)]
        assert [len(one) for one in found] == held
        assert [row for one in found for row in one] == rows
    assert [[*sheet.rows] for sheet in exports._sheets(iter(()))] == [[]]


def test_a_long_workbook_is_sent_while_it_is_read(app: Flask, olga: Browser) -> None:
    said = [f"answer {number}" for number in range(2_403)]
    whole = poll(questions=[{"kind": "short", "title": "?", "answers": [[one] for one in said]}])
    olga.get("/polls/load")
    file = {"csrf_token": olga.token, "file": (io.BytesIO(json.dumps(whole).encode()), "poll.json")}
    came = olga.send("POST", "/polls/load", data=file, content_type="multipart/form-data")
    assert came.status_code == 303
    sent = olga.get(f"{came.headers['Location']}/results.xlsx")
    assert "Content-Length" not in sent.headers
    rows = [*openpyxl.load_workbook(io.BytesIO(sent.data))["Results"].iter_rows(values_only=True)]
    assert [row[4] for row in rows[1:]] == said


def test_the_report_has_every_question_with_its_chart_table_and_times(app: Flask, room: Room) -> None:
    for number in range(14):
        room.vote(room.phone(app), room.short, f"<b>text {number}</b>")
    room.vote(room.phone(app), room.choice, "o2")
    page = room.olga.get(f"{room.path}/report").text
    assert page.count("text 0&lt;/b&gt;") == 1
    for part in ("Which is longest?", "What is unclear?", 'class="bar-fill"', "<table", "opened <time"):
        assert part in page
    empty = room.olga.post("/polls/", {"name": "Empty"}).headers["Location"]
    assert "There is nothing to report." in room.olga.get(f"{empty}/report").text
