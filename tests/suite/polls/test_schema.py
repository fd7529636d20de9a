"""The schema that the migration makes is the one that the records describe, and every query finds an index."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from doorward import Caller, Record
from doorward.store.store import Store
from doorward_suite.polls import access, actions, queries
from doorward_suite.polls.kinds import SHORT, Draft
from doorward_suite.polls.models import Question
from doorward_suite.polls.queries import audience

from .conftest import Made
from .test_quiz import made_quiz
from .test_voters import Closed


def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
    return str(table).startswith("polls")


def test_the_migrated_schema_is_the_one_of_the_records(opened: Store) -> None:
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def test_no_query_reads_a_whole_table(sqlite_store: Store, owner: Caller, plain_hash) -> None:
    made = Made()
    statements: list[tuple[str, object]] = []
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.append((statement, given)),
    )
    event.listen(sqlite_store.engine, *listen)
    with sqlite_store.reading() as db:
        poll = access.own_poll(db, owner, made.poll)
        access.poll_with_code(db, poll.code)
        queries.polls_of(db, owner)
        queries.polls_page(db, owner, before=None, count=2)
        queries.polls_page(db, owner, before=7, count=2)
        queries.presenter_snapshot(db, poll)
        queries.audience_snapshot(db, poll, "a" * 64)
        queries.short_answers(db, made.short, before=3)
        list(queries.every_short_answer(db, made.short))
        queries.put_away(db, owner)
        audience.people_of(db, poll, db.get(Question, made.choice))
        list(queries.everything_of(db, owner.id))
    actions.vote(made.poll, made.select, "a" * 64, ["o1"])
    actions.vote(made.poll, made.select, "a" * 64, ["o2"])
    actions.vote(made.poll, made.short, "a" * 64, ["text"])
    for words in (["one", "two"], ["two"]):
        actions.vote(made.poll, made.cloud, "a" * 64, words)
    actions.clear_answers(owner, made.poll, made.select)
    actions.place_question(owner, made.poll, made.cloud, 1)
    actions.delete_question(owner, made.poll, made.short)
    actions.set_stage(owner, made.poll, {"showing": str(made.choice), "frozen": "1"})
    actions.start_timer(owner, made.poll, made.choice, 30)
    actions.archive_poll(owner, actions.copy_poll(owner, made.poll))
    poll_id, quiz = made_quiz(owner)
    actions.set_nickname(poll_id, "a" * 64, "Anne")
    actions.vote(poll_id, quiz, "a" * 64, ["o1"])
    actions.vote(poll_id, quiz, "a" * 64, ["o2"])
    actions.reveal(owner, poll_id, quiz)
    actions.set_nickname(poll_id, "b" * 64, "Bert")
    actions.moderate(owner, poll_id, "Bert", hidden=True)
    with sqlite_store.reading() as db:
        poll = access.own_poll(db, owner, poll_id)
        queries.audience_snapshot(db, poll, "a" * 64)
        queries.players_of(db, poll_id)
    actions.clear_answers(owner, poll_id, quiz)
    actions.let_propose(owner, poll_id, True)
    for said in ("Why is it wide?", "Why is it so wide?", "What else?"):
        actions.propose(poll_id, "a" * 64, said)
    with sqlite_store.reading() as db:
        one, two, three = (proposal.id for proposal in audience.proposals_of(db, poll_id, "b" * 64))
        audience.proposals_to_judge(db, poll_id)
    actions.support(poll_id, one, "b" * 64, True)
    actions.merge(owner, poll_id, one, two)
    actions.decide(owner, poll_id, three, "refused")
    actions.take_up(owner, poll_id, two)
    closed = Closed(owner)
    closed.vote(closed.take(0), "o1")
    actions.replace_code(owner, closed.poll, 1)
    actions.revoke_seat(owner, closed.poll, 2)
    with sqlite_store.transaction(owner) as tx:
        actions.leave_seats(tx, "somebody")
    event.remove(sqlite_store.engine, *listen)
    with sqlite_store.engine.connect() as connection:
        for statement, given in {statement: given for statement, given in statements if "polls" in statement}.items():
            rows = given[0] if isinstance(given, list) else given
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows).all()
            scans = [row[3] for row in plan if row[3].startswith("SCAN")]
            assert not scans, f"{statement}: {scans}"


def test_numbers_of_deleted_questions_are_not_given_out_again(sqlite_store: Store, owner: Caller) -> None:
    made = Made()
    actions.delete_question(owner, made.poll, made.short)
    assert actions.add_question(owner, made.poll, Draft(SHORT, "Another")) > made.short


@pytest.mark.parametrize("table", ["polls_answers", "polls_tallies", "polls_words"])
def test_answers_and_tallies_go_with_their_question(store: Store, made, owner: Caller, table: str) -> None:
    question = made.cloud if table == "polls_words" else made.choice
    actions.vote(made.poll, question, "a" * 64, ["o1"])
    count = text(f"SELECT count(*) FROM {table} WHERE question_id = :question")
    with store.reading() as db:
        assert db.scalar(count, {"question": question})
    actions.delete_question(owner, made.poll, question)
    with store.reading() as db:
        assert db.scalar(count, {"question": question}) == 0
