"""An AI service drafts questions: off without a provider, and never more than a proposal that the presenter takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from doorward import AiFailed
from doorward.testing import Browser, door_of, run_jobs, signed_in
from doorward_suite.polls.kinds import NAMES
from tests.support.doors import entries
from tests.support.pretended_ai import KEY, PretendedAi, in_words_of

from . import pictures
from .rooms import Room, polls_app

RIVERS = {"questions": [{"title": "Which is the longest?", "options": ["Nile", "Amazon", "Rhine"]}]}


@pytest.fixture(scope="module")
def provider() -> Iterator[PretendedAi]:
    with PretendedAi() as started:
        yield started


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, provider: PretendedAi
) -> Iterator[Flask]:
    settings = provider.settings(request.param, ai_timeout="1s", ai_requests="1000/hour")
    app = polls_app(tmp_path_factory.mktemp("polls"), **settings)
    yield app
    door_of(app).close()


@pytest.fixture(scope="module")
def olga(app: Flask) -> Browser:
    return signed_in(app, "Olga")


@pytest.fixture
def room(olga: Browser, provider: PretendedAi) -> Room:
    provider.forget()
    return Room(olga)


def ask(room: Room, **form: str) -> Any:
    return room.olga.post(f"{room.path}/drafting", {"topic": "Rivers", "kind": "choice", "count": "1", **form})


def page_of(room: Room, query: str = "") -> str:
    return room.olga.get(f"{room.path}/drafting{query}").text


def questions(room: Room) -> list[dict[str, Any]]:
    whole: dict[str, Any] = json.loads(room.olga.get(f"{room.path}/present.json").text)
    return list(whole["questions"])


def drafted(app: Flask, room: Room, **form: str) -> str:
    assert ask(room, **form).status_code == 303
    assert "data-reload-when-over" in page_of(room)
    run_jobs(app)
    return page_of(room)


def test_questions_are_drafted_and_become_some_only_when_taken(app: Flask, room: Room, provider: PretendedAi) -> None:
    provider.says(lambda _data: {"questions": [{**RIVERS["questions"][0], "right": ["Nile"]}]})
    before = len(questions(room))
    page = drafted(app, room, quiz="1")
    assert "Which is the longest?" in page
    assert "data-job" not in page
    assert len(questions(room)) == before
    (asked,) = provider.asked
    assert asked.data == {"topic": "Rivers"}
    assert NAMES["choice"] in asked.system
    # the form is that of every question: what is sent by it is judged as what is typed
    form = {"kind": "choice", "title": "Which is the longest?", "options": "Nile\nAmazon\nRhine", "right": "Nile"}
    for name, value in form.items():
        assert name in page
        assert value.splitlines()[0] in page
    assert room.olga.post(f"{room.path}/questions", form).status_code == 303
    assert questions(room)[-1]["title"] == "Which is the longest?"
    assert questions(room)[-1]["status"] == "draft"


def test_nothing_of_people_and_nothing_of_answers_is_sent(app: Flask, room: Room, provider: PretendedAi) -> None:
    phone = room.phone(app)
    phone.post(f"{room.join}/votes", {"question": str(room.short), "answer": "zq-answer"})
    provider.says(lambda _data: {"title": "Which river is the longest?", "options": ["The Nile", "The Amazon"]})
    room.add(kind="choice", title="Longest?", options="Nile\nAmazon", right="Nile")
    asked_about = questions(room)[-1]["id"]
    sent = room.olga.post(f"{room.path}/drafting", {"question": str(asked_about), "what": "refine", "wish": "Short."})
    assert sent.status_code == 303
    run_jobs(app)
    (asked,) = provider.asked
    assert asked.data == {"question": {"title": "Longest?", "options": ["Nile", "Amazon"]}, "wish": "Short."}
    whole = json.dumps(asked.body)
    assert "Longest?" in whole
    for never in ("zq-answer", "Olga", room.code, KEY, "127.0.0.1"):
        assert never not in whole


def test_a_refined_question_keeps_what_was_right(app: Flask, room: Room, provider: PretendedAi) -> None:
    room.add(kind="choice", title="Longest?", options="Nile\nAmazon", right="Amazon", other="1")
    number = questions(room)[-1]["id"]
    provider.says(lambda _data: {"title": "Which is longest?", "options": ["The Nile", "The Amazon"]})
    room.olga.post(f"{room.path}/drafting", {"question": str(number), "what": "refine", "wish": ""})
    run_jobs(app)
    page = page_of(room, f"?question={number}")
    assert f'action="{room.path}/questions/{number}"' in page
    assert re.search(r'id="right-1"[^>]*>The Amazon<', page)
    assert re.search(r'name="other" value="1"', page)
    assert questions(room)[-1]["title"] == "Longest?"
    form = {"kind": "choice", "title": "Which is longest?", "options": "The Nile\nThe Amazon", "right": "The Amazon"}
    assert room.olga.post(f"{room.path}/questions/{number}", form).status_code == 303
    assert questions(room)[-1]["title"] == "Which is longest?"


def test_wrong_answers_stand_behind_those_that_are_there(app: Flask, room: Room, provider: PretendedAi) -> None:
    room.add(kind="choice", title="Longest?", options="Nile\nAmazon", right="Nile")
    number = questions(room)[-1]["id"]
    provider.says(lambda _data: {"options": ["nile", "Rhine", "Elbe", "Rhine"]})
    room.olga.post(f"{room.path}/drafting", {"question": str(number), "what": "distract", "wish": ""})
    run_jobs(app)
    assert re.search(r'id="options-1"[^>]*>Nile\s+Amazon\s+Rhine\s+Elbe<', page_of(room))
    other = room.olga.post(f"{room.path}/drafting", {"question": str(room.short), "what": "distract", "wish": ""})
    assert other.status_code == 409


UNFIT = {
    "one option": {"questions": [{"title": "Which?", "options": ["Nile"]}]},
    "no options": {"questions": [{"title": "Which?"}]},
    "two that are the same": {"questions": [{"title": "Which?", "options": ["Nile", "nile"]}]},
    "a title without an end": {"questions": [{"title": "x" * 301, "options": ["a", "b"]}]},
    "a title that turns around": {"questions": [{"title": "a\u202eb", "options": ["a", "b"]}]},
    "none": {"questions": []},
    "a field more": {"questions": [{"title": "Which?", "options": ["a", "b"], "status": "open"}]},
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_nobody_could_have_typed_is_no_suggestion(
    app: Flask, room: Room, provider: PretendedAi, what: str
) -> None:
    provider.says(lambda _data: UNFIT[what])
    page = drafted(app, room)
    assert AiFailed.default in page
    assert "Add it to the poll" not in page
    provider.says(lambda _data: {"questions": [{"title": "Which?", "options": ["a", "b"]}]})
    assert "Add it to the poll" in drafted(app, room)


def test_what_is_suggested_is_text_and_nothing_else(app: Flask, room: Room, provider: PretendedAi) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    provider.says(lambda _data: {"questions": [{"title": evil, "options": [evil, "b"]}]})
    page = drafted(app, room)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(429, "takes no more requests for now. Try again in 2 minutes."), (401, AiFailed.wrong_key), (500, AiFailed.down)],
)
def test_a_failure_says_what_to_do_and_loses_nothing(
    app: Flask, room: Room, provider: PretendedAi, status: int, sentence: str
) -> None:
    provider.says(lambda _data: RIVERS)
    drafted(app, room)
    provider.answers(status, b'{"error": "zq-inside"}', Retry_After="120")
    page = drafted(app, room, topic="Lakes")
    assert sentence in page
    assert "Which is the longest?" in page  # what was suggested before
    assert re.search(r'id="topic"[^>]*>Lakes<', page)
    assert "zq-inside" not in page
    assert KEY not in page


def test_silence_and_refusal_are_told(app: Flask, room: Room, provider: PretendedAi) -> None:
    provider.is_silent()
    assert AiFailed.too_slow in drafted(app, room)
    is_openai = door_of(app).settings.ai_provider == "openai"
    refusal: dict[str, Any] = (
        {"message": {"content": None, "refusal": "No."}} if is_openai else {"stop_reason": "refusal"}
    )
    provider.answers(body=in_words_of("openai" if is_openai else "anthropic", "", **refusal))
    assert AiFailed.refused in drafted(app, room)


def test_a_wish_that_is_wrong_is_said_beside_it(app: Flask, room: Room, provider: PretendedAi) -> None:
    for form, sentence in (
        ({"topic": ""}, "The topic is empty."),
        ({"topic": "x" * 501}, "at most 500"),
        ({"count": "6"}, "Ask for 1 to 5"),
        ({"kind": "number"}, "Choose a kind"),
    ):
        wrong = ask(room, **form)
        assert wrong.status_code == 422
        assert sentence in wrong.text
    run_jobs(app)
    assert provider.asked == []


def test_only_who_manages_the_poll_has_questions_drafted(app: Flask, room: Room, provider: PretendedAi) -> None:
    sven = signed_in(app, "Sven")
    provider.says(lambda _data: RIVERS)
    drafted(app, room)
    assert sven.get(f"{room.path}/drafting").status_code == 404
    assert sven.post(f"{room.path}/drafting", {"topic": "x", "kind": "short", "count": "1"}).status_code == 404
    theirs = Room(sven)
    asked_about = str(room.choice)
    there = {"question": asked_about, "what": "refine", "wish": ""}
    assert sven.post(f"{theirs.path}/drafting", there).status_code == 404
    assert "Which is the longest?" not in sven.get(f"{theirs.path}/drafting").text
    # somebody else who manages the poll has suggestions of their own
    ada = signed_in(app, "Ada", "admin")
    assert "Nothing suggested yet" in ada.get(f"{room.path}/drafting").text
    assert "Which is the longest?" in page_of(room)
    assert Browser(app).get(f"{room.path}/drafting").status_code in (302, 303, 401)


def test_who_lost_the_poll_meanwhile_gets_nothing(app: Flask, room: Room, provider: PretendedAi) -> None:
    provider.says(lambda _data: RIVERS)
    ask(room)
    room.olga.post(f"{room.path}/deletion", {})
    run_jobs(app)
    assert provider.asked == []


def test_that_something_was_asked_is_in_the_journal_and_never_what(
    app: Flask, room: Room, provider: PretendedAi
) -> None:
    provider.says(lambda _data: RIVERS)
    drafted(app, room, topic="zq-topic")
    door = door_of(app)
    assert next(one.on for one in entries(door, "question.help_asked")) == f"poll:{room.poll}"
    assert next(one.on for one in entries(door, "ai.asked")) == "ai:polls.draft"
    with door.store.reading() as db:
        journal = str(db.execute(text("SELECT * FROM journal")).all())
        jobs = str(db.execute(text("SELECT * FROM jobs")).all())
    assert "polls.draft" in journal
    for never in ("zq-topic", "Which is the longest?", KEY):
        assert never not in journal + jobs


def test_only_the_last_few_are_kept_and_they_go_with_the_poll(app: Flask, room: Room, provider: PretendedAi) -> None:
    provider.says(lambda _data: RIVERS)
    for _ in range(7):
        ask(room)
    count = text("SELECT count(*) FROM polls_suggestions WHERE poll_id = :poll")
    store = door_of(app).store
    with store.reading() as db:
        assert db.scalar(count, {"poll": room.poll}) == 5
    run_jobs(app)
    room.olga.post(f"{room.path}/deletion", {})
    room.olga.post(f"{room.path}/erasure", {})
    with store.reading() as db:
        assert db.scalar(count, {"poll": room.poll}) == 0


def test_without_a_provider_nothing_of_it_is_there(tmp_path: Path, app: Flask, room: Room) -> None:
    without = polls_app(tmp_path)
    plain = Room(signed_in(without, "Olga"))
    assert plain.olga.get(f"{plain.path}/drafting").status_code == 404
    assert plain.olga.post(f"{plain.path}/drafting", {"topic": "x", "kind": "short", "count": "1"}).status_code == 404
    assert plain.olga.post(f"{plain.path}/proposals/checking", {"checked": "1"}).status_code == 404
    for path in ("", "/proposals"):
        assert "AI " not in plain.olga.get(f"{plain.path}{path}").text
        assert "AI " in room.olga.get(f"{room.path}{path}").text
    door_of(without).close()


def test_a_question_with_pictures_is_sent_to_nobody(app: Flask, room: Room, provider: PretendedAi) -> None:
    number = pictures.ask(room)["id"]
    assert f"drafting?question={number}" not in room.olga.get(room.path).text
    assert f"drafting?question={room.choice}" in room.olga.get(room.path).text
    sent = room.olga.post(f"{room.path}/drafting", {"question": str(number), "what": "refine", "wish": ""})
    assert sent.status_code == 409
    run_jobs(app)
    assert provider.asked == []
