"""Reports of violations come from anybody: they are counted, and never more than a number of kinds is kept."""

from __future__ import annotations

from doorward.store import violations
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import do, in_threads


def report(store: Store, page: str, directive: str = "script-src", blocked: str = "inline") -> None:
    do(store, lambda tx: violations.report(tx, directive, blocked, page))


def kinds(store: Store) -> list[tuple[str, int]]:
    with store.reading() as db:
        return [(row.page, row.count) for row in violations.latest(db)]


def test_the_same_report_is_counted_not_repeated(store: Store, clock: Clock) -> None:
    report(store, "/a")
    clock.forward(minutes=1)
    report(store, "/b")
    clock.forward(minutes=1)
    report(store, "/a")
    assert kinds(store) == [("/a", 2), ("/b", 1)]
    with store.reading() as db:
        (first, _) = violations.latest(db)
    assert first.last_at - first.first_at == clock.now - first.first_at


def test_the_oldest_kinds_make_room(store: Store, clock: Clock) -> None:
    def many(tx: object) -> None:
        for number in range(violations.MOST_KINDS + 30):
            tx.now = clock.now  # type: ignore[attr-defined]
            clock.forward(seconds=1)
            violations.report(tx, "img-src", "x", f"/{number}")  # type: ignore[arg-type]

    do(store, many)
    pages = [page for page, _ in kinds(store)]
    assert len(pages) == violations.MOST_KINDS
    assert pages[0] == f"/{violations.MOST_KINDS + 29}"
    assert pages[-1] == "/30"


def test_browsers_that_report_the_same_at_once_are_all_counted(store: Store) -> None:
    assert in_threads(8, lambda _: report(store, "/a")) == []
    assert kinds(store) == [("/a", 8)]
