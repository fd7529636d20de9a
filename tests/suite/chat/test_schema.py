"""The schema that the migration makes is the one that the records describe, and every query finds an index."""

from __future__ import annotations

from datetime import date

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from doorward import Record
from doorward.store.store import Store
from doorward_suite.chat import access, search
from doorward_suite.chat.actions import calls, hanging, leaving, messages, people, rooms
from doorward_suite.chat.queries import exporting, finding, keeping, personal, server_keeping
from doorward_suite.chat.queries import messages as queries
from doorward_suite.chat.queries import rooms as room_queries

from .conftest import BEN, CLEO, MONA, private_room, say


def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
    return str(table).startswith("chat") and not str(table).startswith("chat_search")


def test_the_migrated_schema_is_the_one_of_the_records(opened: Store) -> None:
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def test_no_query_reads_a_whole_table(store: Store) -> None:
    if not store.is_sqlite:
        return
    statements: list[tuple[str, object]] = []
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.append((statement, given)),
    )
    event.listen(store.engine, *listen)
    try:
        room = private_room(BEN, CLEO)
        public = rooms.make(MONA, "public", "Everybody")
        root = say(MONA, room, "@ben")
        say(BEN, room, "reply", thread=root)
        hanging.react(BEN, root, "👍", on=True)
        hanging.pin(BEN, root, on=True)
        hanging.read_to(BEN, room, root)
        hanging.keep_draft(BEN, room, "x")
        messages.edit(MONA, root, "@cleo")
        messages.remove(MONA, root)
        rooms.describe(MONA, room, "Other", "", "joined")
        people.set_role(MONA, room, BEN.id, "moderator")
        calls.enter(MONA, room, "page-of-mona")
        calls.enter(BEN, room, "page-of-ben")
        calls.stay(MONA, room, "page-of-mona")
        calls.pass_on(MONA, room, "page-of-mona", BEN.id, "[]")
        calls.go(MONA, room, "page-of-mona")
        people.join(BEN, public)
        people.remove(MONA, room, CLEO.id)
        people.leave(MONA, room)
        with store.reading() as db:
            keeping.going(db, room, store.clock())
        with store.reading() as db:
            seat = access.seat_in(db, BEN, room)
            queries.newest(db, seat)
            queries.around(db, seat, root)
            queries.first_of_day(db, seat, date(2026, 1, 1))
            queries.pinned(db, seat)
            queries.mentions_of(db, BEN.id, 2**62)
            room_queries.rooms_of(db, BEN)
            room_queries.offered_to(db, BEN)
            room_queries.archived_for(db, BEN)
            room_queries.known_people(db, BEN)
            room_queries.people_in(db, seat)
            finding.find(db, BEN, search.read('word "two words" from:mona has:pin has:reaction after:2026-01-01'))
            finding.find(db, BEN, search.read("in:Other x"))
            list(personal.everything_of(db, BEN.id))
            keeping.rooms_that_forget(db)
            server_keeping.files_mib(db)
            server_keeping.sizes(db)
            giving = server_keeping.Sizes(0, {room: 2 << 20})
            server_keeping.giving(db, BEN, giving, 1)
            server_keeping.shares_in(db, room, 1)
            for of_files in (True, False):
                keeping.shares(db, seat.room, 1, of_files=of_files)
            exporting.how_many_for(db, seat)
            found = exporting.part_of(db, seat, 0, 10)
            exporting.earlier_among(db, [one.message.id for one in found])
            exporting.rooms_to_export(db, BEN)
        with store.transaction() as tx:
            leaving.erase(tx, CLEO.id)
    finally:
        event.remove(store.engine, *listen)
    with store.engine.connect() as connection:
        wanted = {one: given for one, given in statements if "chat_" in one and "chat_search" not in one}
        for statement, given in wanted.items():
            if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                continue
            # Of two lower bounds SQLite may take the worse, and read all that lies between.
            assert statement.count("chat_messages.id > ?") < 2, statement
            rows = given[0] if isinstance(given, list) else given
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows).all()
            # The index of rooms that forget has those alone: all of it is what is wanted.
            scans = [row[3] for row in plan if row[3].startswith("SCAN") and "subquery" not in row[3].lower()]
            scans = [one for one in scans if not one.endswith("chat_rooms_keeping")]
            # What all files take together: all of them are what is wanted, and of messages those with files alone.
            scans = [one for one in scans if one != "SCAN chat_files" or "sum(chat_files.size)" not in statement]
            assert not scans, f"{statement}: {scans}"
