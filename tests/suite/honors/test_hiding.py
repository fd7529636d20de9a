"""Anybody may ask that somebody be hidden, without an account; a publisher decides, and what was written goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from doorward import Conflict, Forbidden, NotFound
from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import asking
from doorward_suite.honors.models import HideRequest, Person

from .conftest import EDITOR, MEMBER, PUBLISHER, Made, entries

SAID = {"who": "parent", "words": "She is nine.", "contact": "mother@example.org"}


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def requests_about(store: Store, person: int) -> list[HideRequest]:
    with store.reading() as db:
        return list(db.scalars(select(HideRequest).where(HideRequest.person_id == person).order_by(HideRequest.id)))


def test_from_the_form_of_a_visitor_to_nothing_shown(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Asked About")
    visitor, publisher = Browser(app), signed_in(app, "decides", "honors-publisher")
    form = f"/honors/people/{person}/hiding"
    assert form in visitor.get(f"/honors/people/{person}").get_data(as_text=True)
    page = visitor.get(form)
    assert "no-store" in page.headers["Cache-Control"]
    assert "What happens" in page.get_data(as_text=True)
    sent = visitor.post(form, SAID)
    assert sent.headers["Location"] == "/honors/hiding"
    assert "Your request was sent" in visitor.get("/honors/hiding").get_data(as_text=True)
    assert visitor.get(f"/honors/people/{person}").status_code == 200, "asking alone hides nobody"
    [request] = requests_about(acting, person)
    waiting = publisher.get("/honors/admin/requests").get_data(as_text=True)
    assert "She is nine." in waiting
    assert "mother@example.org" in waiting
    assert "Somebody asks to be hidden." in publisher.get("/honors/admin/").get_data(as_text=True)
    assert f"requests/{request.id}/decision" in publisher.get(f"/honors/admin/people/{person}").get_data(as_text=True)
    decided = publisher.post(f"/honors/admin/requests/{request.id}/decision", {"decision": "hide"})
    assert decided.status_code == 303
    assert visitor.get(f"/honors/people/{person}").status_code == 404
    [request] = requests_about(acting, person)
    assert (request.hidden, request.words, request.contact) == (True, "", "")
    told = [entry.event for entry in entries(acting, f"honors/people:{person}")]
    assert told[-3:] == ["honors.hiding.asked", "honors.person.hidden", "honors.hiding.granted"]
    assert not any(
        "nine" in entry.details or "mother" in entry.details for entry in entries(acting, f"honors/people:{person}")
    )


def test_who_stays_shown_is_shown_and_what_was_written_goes_all_the_same(store: Store, made: Made) -> None:
    person = made.person("Stays")
    asking.ask(MEMBER, person, **SAID)
    asking.ask(MEMBER, person, "self", "", "")
    first, second = requests_about(store, person)
    asking.decide(PUBLISHER, first.id, hide=False)
    with store.reading() as db:
        assert db.get_one(Person, person).listed
    assert {(one.words, one.contact, one.hidden) for one in requests_about(store, person)} == {("", "", False)}
    with pytest.raises(Conflict):
        asking.decide(PUBLISHER, second.id, hide=True)


def test_an_editor_and_a_member_decide_nothing(store: Store, made: Made) -> None:
    person = made.person("Undecided")
    asking.ask(MEMBER, person, "self", "", "")
    [request] = requests_about(store, person)
    for actor in (EDITOR, MEMBER):
        with pytest.raises(Forbidden):
            asking.decide(actor, request.id, hide=True)
    asking.decide(PUBLISHER, request.id, hide=True)
    with pytest.raises(NotFound):
        asking.decide(PUBLISHER, request.id + 1_000, hide=True)


def test_nobody_learns_by_the_form_who_is_hidden_or_was_never_there(app: Flask, roll: Made, acting: Store) -> None:
    hidden, shown = roll.person("Hidden", "hidden"), roll.person("Shown")
    visitor = Browser(app)
    assert visitor.get(f"/honors/people/{shown}/hiding").status_code == 200
    answers = [visitor.get(f"/honors/people/{number}/hiding") for number in (hidden, 999_999)]
    posts = [visitor.post(f"/honors/people/{number}/hiding", SAID) for number in (hidden, 999_999)]
    assert [one.status_code for one in (*answers, *posts)] == [404] * 4
    assert requests_about(acting, hidden) == []


def test_a_wrong_field_is_said_and_nothing_is_kept(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Wrongly Asked")
    answer = Browser(app).post(f"/honors/people/{person}/hiding", {"who": "nobody", "words": "w" * 1_001})
    assert answer.status_code == 422
    assert "Say who you are." in answer.get_data(as_text=True)
    assert requests_about(acting, person) == []


def test_asking_again_and_again_is_bounded(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Asked Often")
    visitor = Browser(app)
    for _ in range(asking.MOST_ABOUT_ONE + 2):
        assert visitor.post(f"/honors/people/{person}/hiding", {"who": "self"}).status_code == 303
    assert len(requests_about(acting, person)) == asking.MOST_ABOUT_ONE


def test_without_its_token_the_form_does_nothing(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Not Forged")
    visitor = Browser(app)
    visitor.get(f"/honors/people/{person}/hiding")
    assert visitor.send("POST", f"/honors/people/{person}/hiding", data=SAID).status_code == 400
    assert requests_about(acting, person) == []
