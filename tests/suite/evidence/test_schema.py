"""The schema that the migrations make is the one that the records describe, and every query finds an index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from doorward import Record, journal_excerpt
from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import (
    assessments,
    checking,
    items,
    leaving,
    linking,
    overdue,
    poam,
    progress,
    ssp,
    team,
    work,
)
from doorward_suite.evidence.collecting import Details
from doorward_suite.evidence.planning import TypedEntry
from doorward_suite.evidence.queries import (
    handing_over,
    history,
    objectives,
    personal,
    plans,
    reporting,
    shelf,
    standing,
)
from doorward_suite.evidence.queries import library as evidence
from doorward_suite.evidence.queries import poam as planned
from doorward_suite.evidence.queries import ssp as described
from doorward_suite.evidence.queries import team as reads
from doorward_suite.evidence.queries.objectives import Wanted
from doorward_suite.evidence.ssp_mapping import Said

from .conftest import ADA, CLEO, LEA, ROSA, Shelf, Team


def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
    return str(table).startswith("evidence")


def test_the_migrated_schema_is_the_one_of_the_records(opened: Store) -> None:
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def everything(store: Store) -> None:
    """Each query and each action of the app, once."""
    made, today = Team(store), store.clock().date()
    work.assign(LEA, made.number, ["3.1.1[a]"], CLEO.id, "2026-02-01")
    progress.take_step(CLEO, made.number, "3.1.1[a]", "start")
    progress.comment(CLEO, made.number, "3.1.1[a]", "@rosa look")
    assessments.rename(LEA, made.number, "Renamed")
    assessments.name_lead(ADA, made.number, "rolf")
    typed = TypedEntry(weakness="No list.", remediation="A list.", due="2030-01-01", owner=CLEO.id)
    entry = poam.open_entry(LEA, made.number, "3.1.3", typed)
    poam.change_entry(LEA, made.number, entry, typed)
    step = poam.add_milestone(LEA, made.number, entry, "A step", "2029-01-01")
    poam.settle_milestone(LEA, made.number, entry, step, "done")
    poam.set_conditional(LEA, made.number, "")
    poam.withdraw_entry(LEA, made.number, poam.open_entry(LEA, made.number, "3.1.6", typed), "A slip.")
    ssp.write_mapping(CLEO, made.number, "3.1.1", Said(document="Plan"))
    ssp.write_mapping(LEA, made.number, "3.1.1", Said(document="Another"))
    with store.reading() as db:
        seat = access.seat_in(db, LEA, made.number)
        described.listed(db, seat)
        list(journal_excerpt(db, "", list(handing_over.journal_names(db, seat))))
        handing_over.packed_files(db, seat)
        handing_over.packages_of(db, seat)
        plans.found_in_plans(db, seat, "list")
        planned.whole_poam(db, seat, today, "all")
        planned.whole_poam(db, seat, today)
        planned.numbers(db, made.number, today)
        planned.of_requirement(db, seat, seat.catalogue.requirements[2], today)
        standing.overview(db, seat.catalogue, made.number, today)
        standing.family_lines(db, seat.catalogue.families[0], made.number, today)
        objectives.of_requirement(db, seat, seat.catalogue.requirements[0])
        objectives.listed(db, seat, Wanted("AC", "collecting", "met", CLEO.id, late=True, bare=True), today)
        objectives.assigned_to(db, seat, CLEO.id)
        history.of_objectives(db, [made.progress().id])
        history.recent(db, made.number)
        history.mentions_of(db, made.number, ROSA.id)
        shelf.wording_for(db, "nist-800-171r2")
        reads.assessments_of(db, LEA)
        reads.every_assessment(db)
        reads.people_in(db, made.number)
        list(personal.everything_of(db, CLEO.id))
        reporting.report_of(db, seat, store.clock(), "lea")
    with store.reading() as db:
        waiting = overdue._who_waits(db)
        answering = overdue._who_answers(db)
    with store.transaction(ADA) as tx:
        for number, account_id in [*waiting, (made.number, CLEO.id)]:
            overdue._tell(tx, number, account_id)
        for number, account_id in [*answering, (made.number, CLEO.id)]:
            overdue._tell_of_poam(tx, number, account_id)
    team.remove_member(LEA, made.number, CLEO.id)
    with store.transaction(ADA) as tx:
        leaving.erase(tx, ROSA.id)


def everything_collected(store: Store, shelf: Shelf) -> None:
    """Each query and each action on evidence itself, once."""
    made, today, plain = Team(store), store.clock().date(), Details("", "", "", None, None)
    sent = [shelf.sent(CLEO, f"{number}.pdf") for number in range(3)]
    one, _two = items.add_items(CLEO, made.number, sent[:2], ["3.1.1[a]"], plain)
    items.add_version(CLEO, made.number, one, sent[2:], plain)
    linking.link(CLEO, made.number, one, ["3.1.2[a]"])
    linking.unlink(CLEO, made.number, one, "3.1.2[a]")
    linking.delete_item(LEA, made.number, one, "A trial.")
    linking.restore_item(LEA, made.number, one)
    checking.check_item(LEA, made.number, one)
    next(checking._due(), None)
    progress_id = made.progress().id
    with store.reading() as db:
        seat = access.seat_in(db, LEA, made.number)
        for shows in evidence.SHOWS:
            evidence.listed(db, seat, evidence.Wanted("policy pdf", shows, progress_id, 10**6), today)
            evidence.listed(db, seat, evidence.Wanted(shows=shows), today)
        evidence.of_objectives(db, seat, [progress_id])
        evidence.numbers(db, made.number, today)
        evidence.whole(db, access.item_in(db, seat, one))
        access.version_in(db, seat, one, 1)
        list(handing_over.handed_over(db, seat))


#: What reads a whole table on purpose, and is small: administrators see all assessments, page by page.
_WHOLE = ("evidence_catalogues",)


def test_no_query_reads_a_whole_table(sqlite_store: Store, tmp_path: Path) -> None:
    statements: dict[str, Any] = {}
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.setdefault(statement, given),
    )
    event.listen(sqlite_store.engine, *listen)
    everything(sqlite_store)
    everything_collected(sqlite_store, Shelf(sqlite_store, tmp_path / "files"))
    event.remove(sqlite_store.engine, *listen)
    with sqlite_store.engine.connect() as connection:
        for statement, given in statements.items():
            if "evidence_" not in statement or any(table in statement for table in _WHOLE):
                continue
            rows = given[0] if isinstance(given, list) else given
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows).all()
            scans = [row[3] for row in plan if row[3].startswith("SCAN")]
            assert not scans, f"{statement}: {scans}"
