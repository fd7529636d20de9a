"""The audience proposes: five each, every vote once, what is listed waits, what is alike is merged."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask
from sqlalchemy import text

from doorward import Caller, Conflict, Invalid, NotFound
from doorward.store.store import Store
from doorward.testing import Browser, signed_in
from doorward_suite.polls import actions
from doorward_suite.polls.likeness import much_alike, text_key
from doorward_suite.polls.models import Proposal
from doorward_suite.polls.queries import audience

from .conftest import Told
from .rooms import Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven

ANNE, BERT, CARL = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture
def hall(room: Room) -> Room:
    """A poll that takes proposals."""
    assert room.olga.post(f"{room.path}/proposals", {"proposals": "1"}).status_code == 303
    return room


def propose(hall: Room, phone: Browser, said: str):
    return phone.post(f"{hall.join}/proposals", {"text": said})


def numbers(hall: Room) -> list[str]:
    return re.findall(rf"{hall.path}/proposals/(\d+)/question", hall.olga.get(f"{hall.path}/proposals").text)


def test_what_one_proposes_another_wants(app: Flask, hall: Room) -> None:
    author, other = hall.phone(app), hall.phone(app)
    assert propose(hall, author, "Why is the <b>delta</b> wide?").status_code == 303
    page = other.get(f"{hall.join}/proposals").text
    assert "Why is the &lt;b&gt;delta" in page
    [number] = numbers(hall)
    for wanted, votes in (("1", 2), ("1", 2), ("0", 1), ("0", 1), ("1", 2)):
        assert other.post(f"{hall.join}/proposals/{number}/support", {"wanted": wanted}).status_code == 303
        assert f"data-votes>{votes}</span>" in author.get(f"{hall.join}/proposals").text
    assert "Propose a question" in other.get(hall.join).text


def test_nobody_proposes_more_than_five_and_nothing_twice(app: Flask, hall: Room) -> None:
    phone, other = hall.phone(app), hall.phone(app)
    for number in range(5):
        assert propose(hall, phone, f"Question number {number}?").status_code == 303
    sixth = propose(hall, phone, "One more?")
    assert sixth.status_code == 409
    assert "at most 5" in sixth.text
    again = propose(hall, other, "  QUESTION number 3 ")
    assert again.status_code == 409
    assert "proposed already" in again.text
    assert len(numbers(hall)) == 5
    for empty in ("", " ", "x" * 201, "bell\x07"):
        assert propose(hall, other, empty).status_code == 422


def test_what_has_a_listed_word_waits_for_the_presenter(app: Flask, hall: Room) -> None:
    assert signed_in(app, "Ada", "admin").post("/polls/words", {"words": "badword"}).status_code == 303
    author, other = hall.phone(app), hall.phone(app)
    told = propose(hall, author, "Is b-a-d-w-o-r-d asked?")
    assert "looks at it first" in told.text
    assert "b-a-d-w" not in other.get(f"{hall.join}/proposals").text
    [number] = numbers(hall)
    assert other.post(f"{hall.join}/proposals/{number}/support", {"wanted": "1"}).status_code == 404
    hall.olga.post(f"{hall.path}/proposals/{number}/status", {"status": "shown"})
    assert "b-a-d-w" in other.get(f"{hall.join}/proposals").text
    hall.olga.post(f"{hall.path}/proposals/{number}/status", {"status": "refused"})
    assert "b-a-d-w" not in other.get(f"{hall.join}/proposals").text


def test_a_proposal_becomes_a_question_once(app: Flask, hall: Room) -> None:
    propose(hall, hall.phone(app), "Why is it wide?")
    [number] = numbers(hall)
    made = hall.olga.post(f"{hall.path}/proposals/{number}/question")
    assert made.status_code == 303
    assert "Why is it wide?" in hall.olga.get(made.headers["Location"]).text
    assert hall.olga.post(f"{hall.path}/proposals/{number}/question").status_code == 409
    assert numbers(hall) == []


def test_a_poll_that_takes_none_takes_none(app: Flask, room: Room) -> None:
    phone = room.phone(app)
    assert phone.get(f"{room.join}/proposals").status_code == 409
    assert propose(room, phone, "Why?").status_code == 409
    assert "Propose a question" not in phone.get(room.join).text
    assert propose(room, Browser(app), "Why?").status_code == 403


WAYS = [
    ("/proposals", {"proposals": "0"}),
    ("/proposals/{n}/status", {"status": "refused"}),
    ("/proposals/{n}/question", {}),
    ("/proposals/{n}/merging", {"into": "{m}"}),
]


@pytest.mark.parametrize(("path", "form"), WAYS, ids=[way[0] for way in WAYS])
def test_nobody_else_judges_proposals(app: Flask, hall: Room, sven: Browser, path: str, form: dict[str, str]) -> None:
    phone = hall.phone(app)
    for said in ("Why is the river wide?", "Why is the river so wide?"):
        propose(hall, phone, said)
    first, second = numbers(hall)
    address = hall.path + path.format(n=first)
    given = {name: value.format(m=second) for name, value in form.items()}
    assert sven.post(address, given).status_code == 404
    assert phone.post(address, given).status_code == 401
    assert sven.get(f"{hall.path}/proposals").status_code == 404
    assert len(numbers(hall)) == 2
    assert hall.olga.post(address, given).status_code == 303


def test_a_proposal_is_not_reached_through_another_poll(app: Flask, hall: Room, olga: Browser) -> None:
    propose(hall, hall.phone(app), "Why?")
    [number] = numbers(hall)
    other = Room(olga)
    olga.post(f"{other.path}/proposals", {"proposals": "1"})
    stranger = other.phone(app)
    assert olga.post(f"{other.path}/proposals/{number}/status", {"status": "refused"}).status_code == 404
    assert stranger.post(f"{other.join}/proposals/{number}/support", {"wanted": "1"}).status_code == 404
    assert numbers(hall) == [number]


def test_a_proposal_does_not_lead_to_its_authors_answers(app: Flask, hall: Room) -> None:
    phone = hall.phone(app)
    hall.vote(phone, hall.short, "an answer")
    propose(hall, phone, "A proposal?")
    with app.extensions["doorward"].store.reading() as db:
        authors = set(db.scalars(text("SELECT author FROM polls_proposals WHERE poll_id = :p"), {"p": hall.poll}))
        answers = text("SELECT respondent FROM polls_answers WHERE question_id = :q")
        assert authors
        assert not authors & set(db.scalars(answers, {"q": hall.short}))


# --- without pages ---


@pytest.fixture
def poll(store: Store, owner: Caller) -> int:
    made = actions.create_poll(owner, "Hall")
    actions.let_propose(owner, made, True)
    return made


def there(store: Store, poll: int) -> dict[str, Proposal]:
    with store.reading() as db:
        waiting, shown = audience.proposals_to_judge(db, poll)
        return {one.text: one for one in (*waiting, *shown)}  # type: ignore[misc]


def test_votes_are_carried_over_once(store: Store, owner: Caller, poll: int) -> None:
    actions.propose(poll, ANNE, "Why is the river so wide?")
    actions.propose(poll, BERT, "Why is the river wide?")
    found = there(store, poll)
    one, other = found["Why is the river so wide?"], found["Why is the river wide?"]
    assert one.like == (other.id,)
    actions.support(poll, one.id, CARL, True)
    actions.support(poll, other.id, CARL, True)
    actions.merge(owner, poll, other.id, one.id)
    left = there(store, poll)
    assert [*left] == [one.text]
    assert left[one.text].votes == 3  # ANNE, BERT, and CARL once
    with store.reading() as db:
        count = text("SELECT count(*) FROM polls_supports WHERE proposal_id = :p")
        assert db.scalar(count, {"p": one.id}) == 3
    for gone, into in ((other.id, one.id), (one.id, one.id), (one.id, other.id)):
        with pytest.raises(Conflict):
            actions.merge(owner, poll, gone, into)
    with pytest.raises(NotFound):
        actions.merge(owner, poll, one.id, 10**12)


def test_many_at_once_are_counted_once_each(store: Store, owner: Caller, poll: int) -> None:
    actions.propose(poll, ANNE, "Why?")
    number = there(store, poll)["Why?"].id

    def want(who: int) -> None:
        actions.support(poll, number, f"{who % 8:064}", True)

    contexts = [copy_context() for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda who: contexts[who].run(want, who), range(24)))
    assert there(store, poll)["Why?"].votes == 9


def test_five_are_five_however_many_requests_race(store: Store, owner: Caller, poll: int) -> None:
    def attempt(number: int) -> bool:
        try:
            actions.propose(poll, ANNE, f"Question {number}?")
        except Conflict:
            return False
        return True

    contexts = [copy_context() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda number: contexts[number].run(attempt, number), range(12)))
    assert sum(made) == 5
    assert len(there(store, poll)) == 5


def test_a_poll_that_is_put_away_takes_none(store: Store, owner: Caller, poll: int) -> None:
    actions.propose(poll, ANNE, "Before?")
    actions.archive_poll(owner, poll)
    with pytest.raises(Conflict):
        actions.propose(poll, ANNE, "After?")
    with pytest.raises(Invalid):
        actions.decide(owner, poll, there(store, poll)["Before?"].id, "used")
    actions.delete_poll(owner, poll)
    actions.erase_poll(owner, poll)
    with store.reading() as db:
        assert not audience.proposals_of(db, poll, ANNE)


def test_texts_are_alike_by_their_words() -> None:
    texts = [
        (1, "Why is the river so wide?"),
        (2, "why is THE river wide"),
        (3, "How long is the river?"),
        (4, "Kommt das in der Prüfung?"),
        (5, "?!"),
    ]
    assert much_alike(texts) == [(1, 2)]
    assert much_alike([]) == []
    assert text_key("Why, is it?") == text_key(" why is IT ") != text_key("why was it")
    assert text_key("?!") != text_key("!?")


def test_pages_are_told_of_proposals_and_phones_only_of_those_that_all_see(
    store: Store, told: Told, owner: Caller
) -> None:
    poll = actions.create_poll(owner, "Hall")
    actions.let_propose(owner, poll, True)
    actions.set_listed_words(Caller(account_id="a", roles=frozenset({"admin"})), "rotten")

    def heard(topic: str) -> list[tuple]:
        found = [dict(event.data) for event in told.on(f"{topic}:{poll}") if event.type == "proposal"]  # type: ignore[call-overload]
        assert not any(name in str(found) for name in (ANNE, BERT))
        told.events.clear()
        return [(one["id"], one["status"], one.get("votes"), one.get("text")) for one in found]

    assert actions.propose(poll, ANNE, "What is a rotten river?") == "waiting"
    assert heard("polls.audience") == []
    actions.propose(poll, ANNE, "What is a rotten delta?")
    [(second, *rest)] = heard("polls.present")
    assert rest == ["waiting", 1, "What is a rotten delta?"]
    first = second - 1
    actions.decide(owner, poll, first, "shown")
    assert heard("polls.audience") == [(first, "shown", 1, "What is a rotten river?")]
    actions.support(poll, first, BERT, True)
    assert heard("polls.audience") == [(first, "shown", 2, "What is a rotten river?")]
    actions.support(poll, first, BERT, True)
    assert heard("polls.audience") == []
    actions.decide(owner, poll, second, "refused")
    assert heard("polls.audience") == []
    actions.decide(owner, poll, first, "refused")
    assert heard("polls.audience") == [(first, "gone", None, None)]
