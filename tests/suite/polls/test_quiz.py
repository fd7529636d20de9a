"""Quizzes: judged on the server alone; what is right reaches no phone and no screen before it is revealed."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from sqlalchemy import text

from doorward import Caller, Conflict, Invalid, NotFound
from doorward.store.store import Store
from doorward.testing import Browser, Clock, Program, add_token, signed_in
from doorward_suite.polls import access, actions, live, queries
from doorward_suite.polls.defining import define
from doorward_suite.polls.kinds import CHOICE, NUMBER, SELECT, Definition, Draft, draft_of
from doorward_suite.polls.quiz import USUAL_SECONDS, is_listed, points_for, read_list, read_nickname

from .rooms import JSON, Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import sven as sven

ANNE, BERT = "a" * 64, "b" * 64
#: Stands in no page, script or address but as the right answer.
SECRET = "41739"


class Quiz(Room):
    """A poll with a choice, a select-all and a number that have right answers, all open."""

    def __init__(self, olga: Browser) -> None:
        super().__init__(olga)
        self.add(kind="choice", title="Longest?", options="Nile\nAmazon", right="Amazon")
        self.add(kind="select", title="In Europe?", options="Rhine\nElbe\nOrinoco", right="elbe\nRhine")
        self.add(kind="number", title="How high?", least="0", greatest="99999", right=SECRET)
        screen = olga.get(f"{self.path}/present.json").json
        assert screen is not None
        self.ids = [one["id"] for one in screen["questions"][2:]]
        self.one, self.several, self.number = self.ids
        for question in self.ids:
            self.set_status(question, "open")

    def reveal(self, question: int):
        return self.olga.post(f"{self.path}/questions/{question}/revelation")

    def state(self, phone: Browser) -> dict:
        state = phone.get(f"{self.join}/state.json").json
        assert state is not None
        return state

    def player(self, phone: Browser) -> dict:
        player: dict = self.state(phone)["player"]
        return player


@pytest.fixture
def quiz(olga: Browser) -> Quiz:
    return Quiz(olga)


def everything_a_phone_gets(quiz: Quiz, phone: Browser) -> str:
    """Every page, every answer, every script and every file that a phone in this poll can ask for."""
    page = phone.get(quiz.join).text
    files = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)[^"]*)"', page))
    parts = [page, *(phone.get(file).text for file in files)]
    parts += [phone.get(f"{quiz.join}?question={question}").text for question in quiz.ids]
    parts += [
        phone.get(path, headers=JSON).text for path in (f"{quiz.join}/state.json", f"/api/polls/join/{quiz.code}")
    ]
    parts.append(phone.get(f"{quiz.join}/nickname").text)
    for answer in ("41738", SECRET, "41738"):
        parts.append(quiz.vote(phone, quiz.number, answer, headers=JSON).text)
        parts.append(quiz.vote(phone, quiz.number, answer).text)
    return "\n".join(parts)


def test_no_phone_and_no_screen_gets_what_is_right_before_it_is_revealed(app: Flask, quiz: Quiz, sven: Browser) -> None:
    got = everything_a_phone_gets(quiz, quiz.phone(app))
    assert SECRET not in got
    assert not re.search(r'"right": ?\[[^\]]', got)
    assert "&#34;right&#34;: [&#34;" not in got
    for path in ("present", "present.json", "results"):  # the big screen is for everybody's eyes
        assert SECRET not in quiz.olga.get(f"{quiz.path}/{path}").text
    for screen in (quiz.olga.get(f"{quiz.path}/present.json").json, quiz.olga.get(f"/api/polls/{quiz.poll}").json):
        assert screen is not None
        assert [one["right"] for one in screen["questions"]] == [[]] * 5
        assert [one["quiz"] for one in screen["questions"]] == [False, False, True, True, True]
    assert sven.get(f"/api/polls/{quiz.poll}/questions/{quiz.number}").status_code == 404
    mine = quiz.olga.get(f"/api/polls/{quiz.poll}/questions/{quiz.number}").json
    assert mine is not None
    assert mine["right"] == [SECRET]  # what was looked for is there, for its maker
    phone = quiz.phone(app)
    assert quiz.reveal(quiz.number).status_code == 303
    assert SECRET in phone.get(f"{quiz.join}?question={quiz.number}").text
    assert quiz.state(phone)["questions"][-1]["right"] == [SECRET]


def test_a_right_and_a_wrong_answer_are_answered_alike(app: Flask, quiz: Quiz) -> None:
    right, wrong = quiz.phone(app), quiz.phone(app)
    answers = [quiz.vote(phone, quiz.one, key, headers=JSON) for phone, key in ((right, "o2"), (wrong, "o1"))]
    assert answers[0].json == answers[1].json == {"saved": True}
    states = [quiz.state(phone) for phone in (right, wrong)]
    for state in states:
        state["answers"].clear()
        state.pop("cursor")
    assert states[0] == states[1]


def test_points_are_told_at_the_reveal_and_the_leaderboard_follows(app: Flask, quiz: Quiz, clock: Clock) -> None:
    quick, slow, wrong = (quiz.phone(app) for _ in range(3))
    for phone, name in ((quick, "Quick"), (slow, "Slow"), (wrong, "Wrong")):
        assert phone.post(f"{quiz.join}/nickname", {"nickname": name}).status_code == 303
    quiz.vote(quick, quiz.one, "o2")
    quiz.vote(wrong, quiz.one, "o1")
    clock.forward(seconds=USUAL_SECONDS)
    try:
        quiz.vote(slow, quiz.one, "o2")
        assert quiz.player(quick) == {"nickname": "Quick", "hidden": False, "total": 0, "points": {}}
        quiz.reveal(quiz.one)
    finally:
        clock.forward(seconds=-USUAL_SECONDS)
    assert quiz.player(quick)["points"] == {str(quiz.one): 1000}
    assert quiz.player(slow)["total"] == 500
    assert quiz.player(wrong)["points"] == {str(quiz.one): 0}
    screen = quiz.olga.get(f"{quiz.path}/present.json").json
    assert screen is not None
    assert screen["leaders"] == [
        {"name": "Quick", "points": 1000}, {"name": "Slow", "points": 500}, {"name": "Wrong", "points": 0},
    ]  # fmt: skip
    assert "Right: 1000 points." in quick.get(f"{quiz.join}?question={quiz.one}").text
    assert "Not right this time." in wrong.get(f"{quiz.join}?question={quiz.one}").text


def test_after_the_reveal_nobody_answers_and_it_is_not_asked_again(app: Flask, quiz: Quiz) -> None:
    phone = quiz.phone(app)
    quiz.reveal(quiz.one)
    assert quiz.vote(phone, quiz.one, "o2", headers=JSON).status_code == 409
    opened = quiz.olga.post(f"{quiz.path}/questions/{quiz.one}/status", {"status": "open"})
    assert opened.status_code == 409
    assert quiz.reveal(quiz.one).status_code == 303  # once more changes nothing
    assert quiz.reveal(quiz.choice).status_code == 409  # it has no right answer


def test_nobody_else_reveals_or_moderates(app: Flask, quiz: Quiz, sven: Browser) -> None:
    phone = quiz.phone(app)
    phone.post(f"{quiz.join}/nickname", {"nickname": "Zed"})
    take_down = {"nickname": "Zed", "nickname_is": "hidden"}
    for path, form in ((f"questions/{quiz.one}/revelation", {}), ("players", take_down)):
        assert sven.post(f"{quiz.path}/{path}", form).status_code == 404
        assert phone.post(f"{quiz.path}/{path}", form).status_code == 401
    assert sven.get(f"{quiz.path}/players").status_code == 404
    assert quiz.state(phone)["questions"][2]["revealed"] is False
    assert quiz.player(phone)["hidden"] is False
    assert quiz.olga.post(f"{quiz.path}/players", take_down).status_code == 303
    assert quiz.player(phone)["hidden"] is True


def test_a_nickname_that_was_taken_down_stays_away_under_every_other(app: Flask, quiz: Quiz) -> None:
    phone = quiz.phone(app)
    phone.post(f"{quiz.join}/nickname", {"nickname": "Rude"})
    quiz.olga.post(f"{quiz.path}/players", {"nickname": "Rude", "nickname_is": "hidden"})
    phone.post(f"{quiz.join}/nickname", {"nickname": "Ruder"})
    screen = quiz.olga.get(f"{quiz.path}/present.json").json
    assert screen is not None
    assert screen["leaders"] == []
    assert "Ruder" in quiz.olga.get(f"{quiz.path}/players").text
    quiz.olga.post(f"{quiz.path}/players", {"nickname": "Ruder", "nickname_is": "shown"})
    assert "Ruder" in quiz.olga.get(f"{quiz.path}/present.json").text
    for form in ({"nickname": "Nobody", "nickname_is": "hidden"}, {"nickname": "Ruder", "nickname_is": "x"}):
        assert quiz.olga.post(f"{quiz.path}/players", form).status_code in (404, 422)


@pytest.mark.parametrize("typed", ["", " ", "x" * 25, "bell\x07", "turned \u202e round", "B.a.d-W0rd", "my bádword"])
def test_a_nickname_that_nobody_should_read_is_refused(app: Flask, quiz: Quiz, typed: str) -> None:
    ada = signed_in(app, "Ada", "admin")
    assert ada.post("/polls/words", {"words": "badword\n\nass\nbadword"}).status_code == 303
    phone = quiz.phone(app)
    refused = phone.post(f"{quiz.join}/nickname", {"nickname": typed})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert quiz.player(phone)["nickname"] == ""
    assert phone.post(f"{quiz.join}/nickname", {"nickname": "Cassandra"}).status_code == 303


def test_two_phones_do_not_share_a_nickname(app: Flask, quiz: Quiz) -> None:
    first, second = quiz.phone(app), quiz.phone(app)
    assert first.post(f"{quiz.join}/nickname", {"nickname": "Zoë"}).status_code == 303
    assert second.post(f"{quiz.join}/nickname", {"nickname": "zoe"}).status_code == 422
    assert first.post(f"{quiz.join}/nickname", {"nickname": "Zoe"}).status_code == 303


def test_nicknames_are_for_quizzes_and_for_who_has_joined(app: Flask, quiz: Quiz, olga: Browser) -> None:
    plain = Room(olga)
    assert plain.phone(app).get(f"{plain.join}/nickname").status_code == 404
    assert Browser(app).get(f"{quiz.join}/nickname").status_code == 403
    assert quiz.phone(app).get(f"{quiz.join}/nickname").status_code == 200


def test_the_list_of_words_is_the_administrators(app: Flask, olga: Browser) -> None:
    ada = signed_in(app, "Ada", "admin")
    assert ada.post("/polls/words", {"words": "one\ntwo"}).status_code == 303
    for browser in (olga, Browser(app)):
        assert browser.get("/polls/words").status_code in (303, 401, 403)
        assert browser.post("/polls/words", {"words": "three"}).status_code in (401, 403)
    assert "one\ntwo" in ada.get("/polls/words").text
    assert ada.post("/polls/words", {"words": "x" * 20_001}).status_code == 422


def test_programs_make_quizzes_and_read_their_own_right_answers(app: Flask, quiz: Quiz, olga: Browser) -> None:
    program = Program(app, add_token(app, "Olga", "polls:write", "polls:read"))
    draft = {"kind": "choice", "title": "Which?", "options": ["A", "B"], "right": ["B"]}
    made = program.post(f"/api/polls/{quiz.poll}/questions", draft)
    assert made.status_code == 201
    assert made.json["right"] == ["o2"]
    wrong = program.post(f"/api/polls/{quiz.poll}/questions", {**draft, "right": ["C"]})
    assert wrong.status_code == 422
    assert "one of the options" in json.dumps(wrong.json)


# --- without pages ---


def made_quiz(owner: Caller) -> tuple[int, int]:
    poll = actions.create_poll(owner, "Quiz")
    question = actions.add_question(owner, poll, Draft(CHOICE, "Which?", "Nile\nAmazon", right="Amazon"))
    actions.open_question(owner, poll, question)
    return poll, question


def total(store: Store, poll: int, who: str) -> int | None:
    with store.reading() as db:
        points = text("SELECT points FROM polls_players WHERE poll_id = :p AND respondent = :r")
        found: int | None = db.scalar(points, {"p": poll, "r": who})
        return found


def test_points_come_and_go_with_what_was_revealed(store: Store, owner: Caller) -> None:
    poll, question = made_quiz(owner)
    actions.set_nickname(poll, ANNE, "Anne")
    actions.vote(poll, question, ANNE, ["o2"])
    actions.vote(poll, question, BERT, ["o2"])
    assert total(store, poll, ANNE) == 0
    actions.reveal(owner, poll, question)
    actions.set_nickname(poll, BERT, "Bert")  # late, with what was won before
    first = total(store, poll, ANNE)
    assert first is not None
    assert 500 <= first <= 1000
    assert total(store, poll, BERT)
    actions.clear_answers(owner, poll, question)
    assert (total(store, poll, ANNE), total(store, poll, BERT)) == (0, 0)
    actions.open_question(owner, poll, question)
    actions.vote(poll, question, ANNE, ["o1"])
    actions.reveal(owner, poll, question)
    assert total(store, poll, ANNE) == 0
    actions.delete_question(owner, poll, question)
    assert total(store, poll, ANNE) == 0


def test_a_changed_answer_is_worth_what_it_is_when_it_is_changed(store: Store, owner: Caller) -> None:
    poll, question = made_quiz(owner)
    actions.set_nickname(poll, ANNE, "Anne")
    for answer in ("o2", "o1"):
        actions.vote(poll, question, ANNE, [answer])
    actions.reveal(owner, poll, question)
    assert total(store, poll, ANNE) == 0


def test_opening_again_does_not_wind_the_clock_back(sqlite_store: Store, owner: Caller) -> None:
    clock = Clock()
    sqlite_store.clock = clock
    poll, question = made_quiz(owner)
    actions.set_nickname(poll, ANNE, "Anne")
    clock.forward(seconds=60)
    actions.close_question(owner, poll, question)
    actions.open_question(owner, poll, question)
    actions.vote(poll, question, ANNE, ["o2"])
    actions.reveal(owner, poll, question)
    assert total(sqlite_store, poll, ANNE) == 500


def test_the_streams_say_what_is_right_at_the_reveal_and_not_before(store: Store, told, owner: Caller) -> None:
    poll, question = made_quiz(owner)
    actions.vote(poll, question, ANNE, ["o2"])
    assert all(not event.data.get("right") for event in told.events if event.type == "question")
    actions.reveal(owner, poll, question)
    for topic in (live.audience(poll), live.presenter(poll)):
        last = [event.data for event in told.on(topic) if event.type == "question"][-1]
        assert (last["right"], last["revealed"], last["status"]) == (["o2"], True, "closed")
    assert "points" not in str(told.on(live.audience(poll)))


def test_a_draft_is_not_revealed_and_no_one_moderates_a_name_that_is_not_there(store: Store, owner: Caller) -> None:
    poll = actions.create_poll(owner, "Quiz")
    question = actions.add_question(owner, poll, Draft(CHOICE, "Which?", "Nile\nAmazon", right="Amazon"))
    with pytest.raises(Conflict, match="never opened"):
        actions.reveal(owner, poll, question)
    with pytest.raises(NotFound):
        actions.moderate(owner, poll, "Nobody", hidden=True)
    with store.reading() as db:
        assert queries.presenter_snapshot(db, access.own_poll(db, owner, poll))["questions"][0]["right"] == []


@pytest.mark.parametrize(
    ("draft", "stored", "right"),
    [
        (Draft(CHOICE, "?", "a\nb", right="B"), '["o2"]', True),
        (Draft(CHOICE, "?", "a\nb", right="B"), '["o1"]', False),
        (Draft(CHOICE, "?", "a\nb", other="1", right="b"), '{"keys": ["other"], "text": "b"}', False),
        (Draft(SELECT, "?", "a\nb\nc", right="a\nc"), '["o1", "o3"]', True),
        (Draft(SELECT, "?", "a\nb\nc", right="a\nc"), '["o1"]', False),
        (Draft(SELECT, "?", "a\nb\nc", right="a\nc"), '["o1", "o2", "o3"]', False),
        (Draft(NUMBER, "?", decimals="1", right="12,5"), "125", True),
        (Draft(NUMBER, "?", decimals="1", right="12.50"), "126", False),
    ],
)
def test_only_all_that_is_right_is_right(draft: Draft, stored: str, right: bool) -> None:
    definition = define(draft)
    assert (points_for(definition, stored, 0) == 1000) is right
    assert define(draft_of(definition), definition) == definition


@pytest.mark.parametrize(("seconds", "allowed", "points"), [(-5, 10, 1000), (5, 10, 750), (10, 10, 500), (99, 10, 500)])
def test_points_fall_to_half_and_no_further(seconds: float, allowed: float, points: int) -> None:
    definition = define(Draft(CHOICE, "?", "a\nb", right="a"))
    assert points_for(definition, '["o1"]', seconds, allowed) == points


@pytest.mark.parametrize(
    "draft",
    [
        Draft(CHOICE, "?", "a\nb", right="c"),
        Draft(CHOICE, "?", "a\nb", right="a\nb"),
        Draft(CHOICE, "?", "a\nb", other="1", right="Other"),
        Draft(SELECT, "?", "a\nb\nc", most="1", right="a\nb"),
        Draft(NUMBER, "?", right="101"),
        Draft(NUMBER, "?", right="ten"),
    ],
)
def test_what_cannot_be_answered_cannot_be_right(draft: Draft) -> None:
    with pytest.raises(Invalid) as refused:
        define(draft)
    assert "right" in refused.value.fields


def test_listed_words_are_found_however_they_are_dressed() -> None:
    listed = read_list("Badword\n\n ass \nBadword")
    assert listed == ["Badword", "ass"]
    for text_ in ("BADWORD", "b-a-d word", "bádwörd", "b4dw0rd", "xbadwordx", "an ass"):
        assert is_listed(text_, listed)
    for text_ in ("Cassandra", "good word", "", "bad", "asset"):
        assert not is_listed(text_, listed)
    assert read_nickname("  Zed   the first ", listed) == "Zed the first"
    assert Definition(CHOICE, "?").right == ()
