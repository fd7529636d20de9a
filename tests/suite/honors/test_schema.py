"""The schema that the migration makes is the one that the records describe, and no query reads a table that grows."""

from __future__ import annotations

from datetime import date

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from doorward import Record
from doorward.store.store import Store
from doorward_suite.honors import access
from doorward_suite.honors.actions import asking, writing
from doorward_suite.honors.queries import keeping, people, requests, roll

from .conftest import EDITOR, PUBLISHER, Made

#: Bounded by what an action lets be added (`writing.MOST`), or one for each time a competition is held.
BOUNDED = ("honors_competitions", "honors_medals", "honors_subjects", "honors_editions")


def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
    return str(table).startswith("honors") and not str(table).startswith("honors_search")


def test_the_migrated_schema_is_the_one_of_the_records(opened: Store) -> None:
    with opened.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def test_no_query_reads_the_whole_of_a_table_that_grows(sqlite_store: Store) -> None:
    statements: list[tuple[str, object]] = []
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.append((statement, given)),
    )
    event.listen(sqlite_store.engine, *listen)
    made = use_everything(sqlite_store)
    event.remove(sqlite_store.engine, *listen)
    assert made
    scans = []
    with sqlite_store.engine.connect() as connection:
        for statement, given in {statement: given for statement, given in statements if "honors" in statement}.items():
            rows = given[0] if isinstance(given, list) else given
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows)]
            scans += [f"{statement}: {one}" for one in plan if one.startswith("SCAN") and not allowed(one)]
            sorts = [one for one in plan if "TEMP B-TREE FOR ORDER" in one]
            if statement.startswith("SELECT honors_awards") and "LIMIT" in statement and sorts:
                scans.append(f"sorted: {statement}")
    assert scans == []


def allowed(step: str) -> bool:
    return (
        "VIRTUAL TABLE" in step
        or step == "SCAN CONSTANT ROW"
        or any(step.startswith(f"SCAN {table}") for table in BOUNDED)
    )


def use_everything(store: Store) -> Made:
    made = Made()
    ada, ben = made.person("Ada Lovelace"), made.person("Ben Okri", "short")
    team = made.team("The engine", ada, ben)
    award = made.award(team, kind="teams")
    with store.reading() as db:
        year, school = {"year": 2025}, {"school": "Lycée Nord"}
        numbers = {"competition": made.competition, "medal": made.gold, "subject": made.subject}
        for filters in ({}, year, school, numbers, *({name: number} for name, number in numbers.items())):
            page = roll.roll(db, roll.Filter(**filters), count=1)  # type: ignore[arg-type]
            roll.roll(db, roll.Filter(**filters), after=page.after, count=1)  # type: ignore[arg-type]
        roll.choices(db)
        roll.competitions(db)
        roll.editions_of(db, made.competition)
        roll.upcoming(db, date(2026, 1, 1))
        roll.teams(db)
        people.find(db, "ada lo")
        people.awards_of(db, access.listed_person(db, ada))
        people.fame(db)
        people.fame(db, "5.7")
        people.parts_of_map(db)
        people.part_of_map(db, 0)
        keeping.namesakes(db, access.listed_person(db, ada))
        keeping.page_of(db, "people", typed="ada")
        keeping.page_of(db, "people", before=7)
        keeping.page_of(db, "schools", typed="ly")
        keeping.awards_of(db, "people", ada)
        keeping.awards_of(db, "teams", team)
    asking.ask(EDITOR, ada, "self", "", "")
    with store.reading() as db:
        [waiting], _ = requests.waiting(db)
        requests.about(db, ada)
        requests.is_any_waiting(db)
    asking.decide(PUBLISHER, waiting.request.id, hide=False)
    writing.correct(EDITOR, "medals", made.gold, {"rank": "3", "name": "Gold"})
    writing.publish(PUBLISHER, made.edition, published=False)
    writing.leave_team(EDITOR, ada, team)
    writing.delete(EDITOR, "awards", award)
    writing.restore(EDITOR, "awards", award)
    writing.set_consent(PUBLISHER, ada, "hidden")
    return made


def test_what_is_read_about_few_people_is_found_by_them_and_not_by_all_that_is_listed(sqlite_store: Store) -> None:
    statements: list[tuple[str, object]] = []
    listen = (
        "before_cursor_execute",
        lambda conn, cursor, statement, given, *rest: statements.append((statement, given)),
    )
    made = Made()
    ada = made.person("Ada Lovelace")
    event.listen(sqlite_store.engine, *listen)
    with sqlite_store.reading() as db:
        people.awards_of(db, access.listed_person(db, ada))
        people.fame(db)
        roll.team_lines(db, [])
    writing.correct(EDITOR, "people", ada, {"full_name": "Ada King"})
    event.remove(sqlite_store.engine, *listen)
    wrong = []
    with sqlite_store.engine.connect() as connection:
        for statement, given in statements:
            if "honors_awards" not in statement:
                continue
            rows = given[0] if isinstance(given, list) else given
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows)]
            wrong += [f"{statement}: {one}" for one in plan if "(listed=?" in one and "honors_awards" in one]
    assert statements
    assert wrong == []
