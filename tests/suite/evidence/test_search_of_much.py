"""Words that very many pieces have are found with work that does not grow with how many those are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.models import ITEMS, LINKS, VERSIONS, WORDS
from doorward_suite.evidence.queries import library, words
from doorward_suite.evidence.queries.library import Wanted

from .conftest import LEA, Team

LATER = date(2026, 6, 1)
#: Of every so many pieces, in the older half, one has the word "needle" as well.
NEEDLES = 5


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with less, so that a test needs no million pieces."""
    monkeypatch.setattr(words, "FEW", 30)
    monkeypatch.setattr(words, "GONE_THROUGH", 100)


def put(made: Team, pieces: int) -> list[int]:
    """So many pieces that all have the word "report", past every rule; gives the numbers of those with "needle" too."""
    with made.store.transaction(LEA) as tx:
        at, mine = tx.now, made.number
        fixed = {
            "assessment_id": mine,
            "title": "Report",
            "owner_id": LEA.id,
            "added_at": at,
            "versions": 1,
            "links": 0,
        }
        fixed |= {"state": "intact", "deleted_by": "", "delete_reason": ""}
        ids = list(tx.db.scalars(insert(ITEMS).returning(ITEMS.c.id), [fixed] * pieces))
        file = {"file_id": "f0", "name": "r.pdf", "type": "application/pdf", "size": 1, "sha256": "0" * 64}
        said = {"number": 1, "notes": "", "how": "", "source": "", "added_by": LEA.id, "added_at": at, "checked_at": at}
        tx.db.execute(insert(VERSIONS), [{"item_id": one, **file, **said, "state": "intact"} for one in ids])
        needles = sorted(ids)[: pieces // 2 : NEEDLES]
        found = [(one, "report") for one in ids] + [(one, "needle") for one in needles]
        mine_first = made.progress().id
        linked = {"progress_id": mine_first, "linked_by": LEA.id, "linked_at": at}
        tx.db.execute(insert(LINKS), [{"item_id": one, **linked} for one in ids])
        tx.db.execute(insert(WORDS), [{"assessment_id": mine, "word": word, "item_id": one} for one, word in found])
    if made.store.engine.dialect.name == "postgresql":
        with made.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(
                text("ANALYZE evidence_items, evidence_versions, evidence_words, evidence_links, evidence_progress")
            )
    return needles


def page(db: Session, made: Team, typed: str, before: int | None = None, **more: int) -> library.ItemPage:
    wanted = Wanted(typed, before=before, **more)  # type: ignore[arg-type]
    return library.listed(db, access.seat_in(db, LEA, made.number), wanted, LATER, 10)


def numbers(found: library.ItemPage) -> list[int]:
    return [line.item.id for line in found.lines]


@contextmanager
def work_of(db: Session) -> Iterator[list[int]]:
    """How much a database does: steps of SQLite's machine, or rows that PostgreSQL looks at. The last is the sum."""
    done = [0]
    if db.get_bind().dialect.name == "sqlite":
        raw: Any = db.connection().connection.driver_connection

        def step() -> int:
            done[0] += 1
            return 0

        raw.set_progress_handler(step, 10)
        yield done
        raw.set_progress_handler(None, 0)
        return
    seen: list[tuple[str, Any]] = []
    listen = ("before_cursor_execute", lambda _c, _cursor, statement, given, *_: seen.append((statement, given)))
    event.listen(db.get_bind(), *listen)
    yield done
    event.remove(db.get_bind(), *listen)
    for statement, given in seen:
        told = db.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given).scalar_one()
        done[0] += rows_of(told[0]["Plan"])


def rows_of(node: dict[str, Any]) -> int:
    """What a node of a plan looked at, with all below it."""
    looked = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    return int(looked * node["Actual Loops"]) + sum(map(rows_of, node.get("Plans", ())))


def work(store: Store, pieces: int, typed: str, *, of_objective: bool = False) -> int:
    made = Team(store)
    put(made, pieces)
    more = {"progress_id": made.progress().id} if of_objective else {}
    with store.reading() as db:
        page(db, made, typed, **more)  # what is looked up once is looked up now
        with work_of(db) as done:
            page(db, made, typed, **more)
    return done[0]


@pytest.mark.parametrize("of_objective", [False, True])
@pytest.mark.parametrize("typed", ["", "report", "rep", "report needle", "needle r"])
def test_what_all_pieces_have_costs_no_more_the_more_there_are(store: Store, typed: str, of_objective: bool) -> None:
    few, many = (work(store, pieces, typed, of_objective=of_objective) for pieces in (400, 2400))
    assert many < few * 1.3, (few, many)


def test_the_check_sees_work_that_grows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was before: all that have the word are looked up, however many."""
    monkeypatch.setattr(words, "FEW", 10**6)
    growing = work(store, 2400, "report")
    monkeypatch.setattr(words, "FEW", 30)
    bounded = work(store, 2400, "report")
    assert growing >= 2400 > 2 * bounded, (growing, bounded)


def test_page_after_page_everything_is_found_once(made: Team) -> None:
    needles = put(made, 500)
    for typed in ("needle report", "needle"):
        found: list[int] = []
        pages, before = 0, None
        with made.store.reading() as db:
            while pages == 0 or before is not None:
                one = page(db, made, typed, before)
                assert len(one.lines) <= 10
                found, before, pages = found + numbers(one), one.before, pages + 1
        assert found == sorted(needles, reverse=True)
        assert pages < 20


def test_a_page_on_which_nothing_is_left_still_leads_on(made: Team) -> None:
    """The newer half has no needle; that is no reason to say that there is none."""
    put(made, 500)
    with made.store.reading() as db:
        first = page(db, made, "needle report")
    assert first.lines == []
    assert first.before is not None


def test_a_rare_word_beside_a_common_one_is_found_wherever_it_is(made: Team) -> None:
    needles = put(made, 200)  # few enough
    with made.store.reading() as db:
        assert numbers(page(db, made, "report needle")) == sorted(needles, reverse=True)[:10]
        assert page(db, made, "report nowhere") == library.ItemPage([], None)
