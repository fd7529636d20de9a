"""The schema that the migration makes is the one that the records describe, and no query reads a table that grows."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from doorward import Record
from doorward.core.access import HOST
from doorward.store.store import Store
from doorward.testing import Clock
from doorward_suite.planning import access
from doorward_suite.planning.actions import contributions, leaving, moderating, reminding, sheets
from doorward_suite.planning.actions.contributions import Draft
from doorward_suite.planning.models import MAP, Sheet
from doorward_suite.planning.queries import agreement, counting, geojson, lists, whole

from .conftest import OLGA, Made


def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
    return str(table).startswith("planning")


def test_the_migrated_schema_is_the_one_of_the_records(opened: Store) -> None:
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def test_no_query_reads_the_whole_of_a_table_that_grows(sqlite_store: Store, clock: Clock) -> None:
    statements: list[tuple[str, object]] = []
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.append((statement, given)),
    )
    event.listen(sqlite_store.engine, *listen)
    use_everything(sqlite_store, clock)
    event.remove(sqlite_store.engine, *listen)
    scans = []
    with sqlite_store.engine.connect() as connection:
        for statement, given in {one: given for one, given in statements if "planning" in one}.items():
            rows = given[0] if isinstance(given, list) else given
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows)]
            scans += [f"{statement}: {one}" for one in plan if one.startswith("SCAN planning")]
    assert scans == []


def use_everything(store: Store, clock: Clock) -> None:
    made = Made(store, clock)
    ann, ben = made.somebody(), made.somebody(1)
    first = contributions.contribute(ann, made.number, Draft("More trees on the market square.", "Idea"))
    again = contributions.contribute(ben, made.number, Draft("More trees on the market square!", "Idea"))
    contributions.comment(ben, made.number, first, "Yes.")
    contributions.support(ben, made.number, first, on=True)
    contributions.report(ben, made.number, first, "Look.")
    with store.reading() as db:
        seat = access.seat_in(db, ann, made.number)
        lists.contributions(db, made.number, ann.holder, category="Idea", before=99)
        lists.contributions(db, made.number, ann.holder)
        lists.mine(db, made.number, ann.holder)
        lists.pins(db, seat.consultation)
        lists.queue(db, made.number)
        lists.most_dotted(db, made.number, ann.holder)
        lists.organised_by(db, OLGA)
        lists.taken_part_in(db, ann)
        lists.organisers_of(db, made.number)
        lists.sheets_of(db, made.number)
        lists.comments_on(db, first, ann.holder, all_of_them=False)
        counting.analysis_of(db, seat.consultation)
        agreement.agreement_of(db, seat.consultation)
        whole.whole(db, seat.consultation)
        list(whole.rows_of(db, made.number))
        list(geojson.written(made.number))
        seat.consultation.shows, seat.consultation.map_zoom = MAP, 12
        lists.pins(db, seat.consultation)
        counting.analysis_of(db, seat.consultation)
        sheets.sheets_left(db, OLGA, clock.now)
        access.of_token(db, ann)
    moderating.group(OLGA, made.number, again, together=True)
    made.go_to("prioritise")
    contributions.put_dots(ben, made.number, first, 2)
    with store.transaction(OLGA) as tx:
        long_ago = clock.now - timedelta(days=100)
        tx.db.add(
            Sheet(
                consultation_id=made.number, kind_id=made.kinds[0], count=1, days=365, made_by=OLGA.id,
                made_at=long_ago, ends_at=clock.now + timedelta(days=100),
            )
        )  # fmt: skip
    reminding.remind(SimpleNamespace(actor=HOST, progress=lambda done, of: None))  # type: ignore[arg-type]
    with store.transaction(OLGA) as tx:
        leaving.let_go(tx, OLGA.id)
