"""Making, changing, opening and closing: who may, in which order, and what the journal says of it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from doorward import Caller, Conflict, Invalid, NotFound
from doorward.store.models import JournalEntry
from doorward.store.store import Store
from doorward_suite.polls import access, actions, queries
from doorward_suite.polls.kinds import CHOICE, CLOUD, NUMBER, RANKING, RATING, SELECT, SHORT, Draft
from doorward_suite.polls.models import CLOSED, DRAFT, OPEN, Question

from .conftest import OWNER

ANNE = "a" * 64


def question(store: Store, number: int) -> Question:
    with store.reading() as db:
        return db.get_one(Question, number)


def entries(store: Store, poll: int) -> list[tuple[str, str]]:
    with store.reading() as db:
        rows = db.scalars(
            select(JournalEntry).where(JournalEntry.on.startswith(f"poll:{poll}")).order_by(JournalEntry.seq)
        )
        return [(row.event, row.who) for row in rows if row.on == f"poll:{poll}" or row.on.startswith(f"poll:{poll}/")]


def test_a_poll_is_found_by_its_code_however_it_is_typed(store: Store, made, owner: Caller) -> None:
    with store.reading() as db:
        code = access.own_poll(db, owner, made.poll).code
        assert len(code) == 6
        for typed in (code, code.lower(), f" {code[:3]} {code[3:]}\t", f"{code[:3]}-{code[3:]}"):
            assert access.poll_with_code(db, typed).id == made.poll


@pytest.mark.parametrize(
    "typed", ["", "      ", "ABC", "ABCDEFG", "%%%%%%", "______", "ÄÖÜÄÖÜ", "\x00" * 6, "9" * 10_000]
)
def test_what_is_no_code_finds_nothing(store: Store, made, typed: str) -> None:
    with store.reading() as db, pytest.raises(NotFound, match="six characters"):
        access.poll_with_code(db, typed)


def everything_an_owner_does(actor: Caller, made) -> list:
    draft = Draft(CHOICE, "Which is longest?", "Nile\nAmazon")
    return [
        lambda: actions.rename_poll(actor, made.poll, "Lakes"),
        lambda: actions.add_question(actor, made.poll, draft),
        lambda: actions.edit_question(actor, made.poll, made.choice, draft),
        lambda: actions.close_question(actor, made.poll, made.choice),
        lambda: actions.open_question(actor, made.poll, made.choice),
        lambda: actions.clear_answers(actor, made.poll, made.choice),
        lambda: actions.place_question(actor, made.poll, made.choice, 3),
        lambda: actions.copy_question(actor, made.poll, made.choice, made.poll),
        lambda: actions.delete_question(actor, made.poll, made.choice),
        lambda: actions.archive_poll(actor, made.poll),
        lambda: actions.restore_poll(actor, made.poll),
        lambda: actions.delete_poll(actor, made.poll),
    ]


def test_the_poll_of_another_does_not_exist(store: Store, made, stranger: Caller) -> None:
    before = entries(store, made.poll)
    actions.archive_poll(OWNER, away := actions.create_poll(OWNER, "Away"))
    actions.delete_poll(OWNER, gone := actions.create_poll(OWNER, "Gone"))
    for actor in (stranger, Caller(), Caller(account_id="")):
        for poll in (away, gone):
            for attempt in (actions.restore_poll, actions.erase_poll):
                with pytest.raises(NotFound):
                    attempt(actor, poll)
        for attempt in everything_an_owner_does(actor, made):
            with pytest.raises(NotFound):
                attempt()
    assert entries(store, made.poll) == before
    assert question(store, made.choice).status == OPEN


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_the_owner_and_an_administrator_do_everything(
    store: Store, made, who: str, request: pytest.FixtureRequest
) -> None:
    for attempt in everything_an_owner_does(request.getfixturevalue(who), made):
        attempt()
    assert {name for _, name in entries(store, made.poll)} == {"owner", who}


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**200])
def test_numbers_that_no_database_keeps_are_simply_not_there(store: Store, made, owner: Caller, number: int) -> None:
    with pytest.raises(NotFound):
        actions.rename_poll(owner, number, "x")
    with pytest.raises(NotFound):
        actions.open_question(owner, made.poll, number)


def test_a_question_is_reached_through_its_own_poll_only(store: Store, made, owner: Caller) -> None:
    other = actions.create_poll(owner, "Other")
    with pytest.raises(NotFound):
        actions.delete_question(owner, other, made.choice)


def test_a_question_goes_from_draft_to_open_to_closed_and_open_again(store: Store, made, owner: Caller) -> None:
    number = actions.add_question(owner, made.poll, Draft(SHORT, "And then?"))
    assert question(store, number).status == DRAFT
    with pytest.raises(Conflict, match="never opened"):
        actions.close_question(owner, made.poll, number)
    seen = []
    for step in (
        actions.open_question,
        actions.open_question,
        actions.close_question,
        actions.close_question,
        actions.open_question,
    ):
        step(owner, made.poll, number)
        seen.append((question(store, number).status, question(store, number).version))
    assert seen == [(OPEN, 2), (OPEN, 2), (CLOSED, 3), (CLOSED, 3), (OPEN, 4)]


def test_every_change_is_journaled_and_no_vote_is(store: Store, made, owner: Caller) -> None:
    actions.vote(made.poll, made.short, ANNE, ["secret thoughts"])
    actions.close_question(owner, made.poll, made.short)
    actions.clear_answers(owner, made.poll, made.short)
    actions.delete_question(owner, made.poll, made.short)
    actions.rename_poll(owner, made.poll, "Lakes")
    actions.delete_poll(owner, made.poll)
    events = [event for event, _ in entries(store, made.poll)]
    assert events == [
        "poll.created", *["question.added", "question.opened"] * len(made.questions),
        "question.closed", "question.cleared", "question.deleted", "poll.renamed", "poll.deleted",
    ]  # fmt: skip
    with store.reading() as db:
        everything = " ".join(map(str, db.scalars(select(JournalEntry.details))))
    assert "secret" not in everything
    assert ANNE not in everything


def test_an_answered_question_is_not_edited_until_it_is_cleared(store: Store, made, owner: Caller) -> None:
    draft = Draft(CHOICE, "Which is deepest?", "Congo\nAmazon")
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    with pytest.raises(Conflict, match="Clear its answers"):
        actions.edit_question(owner, made.poll, made.choice, draft)
    actions.clear_answers(owner, made.poll, made.choice)
    actions.edit_question(owner, made.poll, made.choice, draft)
    assert question(store, made.choice).title == "Which is deepest?"
    with store.reading() as db:
        found = queries.tallies_of(db, [made.choice])[made.choice]
    assert (found.counts, found.respondents) == ({"o1": 0, "o2": 0}, 0)


def test_options_keep_their_keys_through_an_edit(store: Store, made, owner: Caller) -> None:
    edited = Draft(CHOICE, "Which is longest?", "Yangtze\nDanube\nNile")
    actions.edit_question(owner, made.poll, made.choice, edited)
    options = {option.label: option.key for option in question(store, made.choice).definition.options}
    assert options == {"Yangtze": "o3", "Danube": "o2", "Nile": "o1"}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("riddle", "x"), "kind"),
        (Draft(SHORT, "  "), "title"),
        (Draft(SHORT, "x" * 301), "title"),
        (Draft(SHORT, "nul \x00"), "title"),
        (Draft(CHOICE, "x", "one"), "options"),
        (Draft(CHOICE, "x", "one\nOne"), "options"),
        (Draft(CHOICE, "x", "\n".join(map(str, range(21)))), "options"),
        (Draft(CHOICE, "x", "one\n" + "y" * 121), "options"),
        (Draft(SELECT, "x", "one\ntwo", most="3"), "most"),
        (Draft(SELECT, "x", "one\ntwo", most="many"), "most"),
        (Draft(RATING, "x", scale="2"), "scale"),
        (Draft(RATING, "x", scale="1" * 5000), "scale"),
        (Draft(RATING, "x", low="y" * 121), "low"),
        (Draft(RANKING, "x", "one"), "options"),
        (Draft(NUMBER, "x", least="ten"), "least"),
        (Draft(NUMBER, "x", least="5", greatest="5"), "greatest"),
        (Draft(NUMBER, "x", greatest="0.5"), "greatest"),
        (Draft(NUMBER, "x", greatest="1" * 13), "greatest"),
        (Draft(NUMBER, "x", greatest="1000000001"), "greatest"),
        (Draft(NUMBER, "x", decimals="4"), "decimals"),
        (Draft(NUMBER, "x", unit="y" * 21), "unit"),
        (Draft(CLOUD, "x", most="6"), "most"),
        (Draft(SHORT, "x", show="fireworks"), "show"),
    ],
)
def test_a_wrong_question_is_refused_by_field(store: Store, made, owner: Caller, draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add_question(owner, made.poll, draft)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("name", ["", " \n ", "x" * 121, "broken \ufffd"])
def test_a_wrong_name_is_refused(store: Store, owner: Caller, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_poll(owner, name)
    assert set(refused.value.fields) == {"name"}


def test_the_list_shows_own_polls_that_are_there_with_their_counts(store: Store, made) -> None:
    lena = Caller(account_id="lena", name="Lena")
    first, second, gone = (actions.create_poll(lena, name) for name in ("First", "Second", "Gone"))
    actions.open_question(lena, first, actions.add_question(lena, first, Draft(SHORT, "Open")))
    actions.add_question(lena, first, Draft(SHORT, "Draft"))
    actions.delete_poll(lena, gone)
    with store.reading() as db:
        lines = queries.polls_of(db, lena)
    assert [(line.poll.id, line.questions, line.open) for line in lines] == [(second, 0, 0), (first, 2, 1)]


def test_journal_details_are_small_facts(store: Store, made, owner: Caller) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    actions.delete_question(owner, made.poll, made.choice)
    with store.reading() as db:
        name = f"poll:{made.poll}/question:{made.choice}"
        details = db.scalars(
            select(JournalEntry.details).where(JournalEntry.on == name).order_by(JournalEntry.seq)
        ).all()
    assert json.loads(details[-1]) == {"answers": 1}
