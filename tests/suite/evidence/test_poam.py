"""The plan of action and milestones: what may be on it, until when, and how an entry ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from doorward import Conflict, Invalid, NotFound, now
from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import leaving, poam, team
from doorward_suite.evidence.models import Entry
from doorward_suite.evidence.planning import TypedEntry
from doorward_suite.evidence.poam_rules import Outcome
from doorward_suite.evidence.queries import personal, reporting
from doorward_suite.evidence.queries import poam as reads
from doorward_suite.evidence.report_tables import POAM, poam_rows
from doorward_suite.evidence.stages import MET, NOT_APPLICABLE, NOT_MET, REVIEWED

from .conftest import ADA, CLEO, LEA, ROSA, VERA, Team


def day(days: int) -> str:
    """A day from today on."""
    return (now().date() + timedelta(days=days)).isoformat()


def typed(**more: str) -> TypedEntry:
    said = {"weakness": "There is no list.", "remediation": "A list is made.", "due": day(60), "owner": CLEO.id}
    return TypedEntry(**{**said, **more})


def seen(made: Team, shows: str = "") -> reads.PoamPage:
    with made.store.reading() as db:
        return reads.whole_poam(db, access.seat_in(db, VERA, made.number), now().date(), shows)


def judge(made: Team, requirement: str, finding: str, *, partly: bool = False) -> None:
    """Have all objectives of a requirement reviewed."""
    with made.store.reading() as db:
        known = access.seat_in(db, LEA, made.number).catalogue.requirement_by_id[requirement]
    for one in known.objectives:
        made.put(one.id, stage=REVIEWED, finding=finding, partly=partly)


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        ("3.1.1", "costs 5 points, and only what costs 1 may be on a POA&M"),
        ("3.1.5", "costs 3 points"),
        ("3.1.20", "may never be on a POA&M"),
        ("3.12.4", "may never be on a POA&M"),
        ("3.13.11", "It may wait once CUI is encrypted"),
    ],
)
def test_what_may_not_wait_is_refused_and_what_may_is_not(made: Team, requirement: str, reason: str) -> None:
    with pytest.raises(Conflict, match=reason):
        poam.open_entry(CLEO, made.number, requirement, typed())
    assert seen(made).lines == []
    poam.open_entry(CLEO, made.number, "3.1.3", typed())
    assert [line.requirement.id for line in seen(made).lines] == ["3.1.3"]


def test_what_is_met_has_nothing_to_plan(made: Team) -> None:
    judge(made, "3.1.3", MET)
    with pytest.raises(Conflict, match="is met"):
        poam.open_entry(CLEO, made.number, "3.1.3", typed())
    judge(made, "3.1.3", NOT_MET)
    poam.open_entry(CLEO, made.number, "3.1.3", typed())


def test_encryption_that_is_there_in_part_may_wait_and_is_flagged_when_it_is_gone(made: Team) -> None:
    judge(made, "3.13.11", NOT_MET, partly=True)
    poam.open_entry(CLEO, made.number, "3.13.11", typed())
    assert seen(made).lines[0].refused is None
    judge(made, "3.13.11", NOT_MET)
    assert "5 points" in (seen(made).lines[0].refused or "")


def test_a_requirement_has_one_open_entry_and_its_closed_ones_stay(made: Team) -> None:
    first = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    with pytest.raises(Conflict, match="on the POA&M already"):
        poam.open_entry(LEA, made.number, "3.1.3", typed())
    poam.withdraw_entry(LEA, made.number, first, "A slip.")
    second = poam.open_entry(LEA, made.number, "3.1.3", typed())
    assert [line.entry.id for line in seen(made, "all").lines] == [second, first]
    assert [line.entry.id for line in seen(made, "closed").lines] == [first]


def test_two_who_put_the_same_on_it_at_once_make_one(made: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    poam.open_entry(CLEO, made.number, "3.1.3", typed())
    monkeypatch.setattr(reads, "open_requirements", lambda db, seat: set())  # as who looked a moment before sees it
    with pytest.raises(Conflict, match="on the POA&M already"):
        poam.open_entry(LEA, made.number, "3.1.3", typed())
    poam.open_entry(LEA, made.number, "3.1.6", typed())


def test_an_entry_is_closed_only_when_its_requirement_is_met(made: Team) -> None:
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    with pytest.raises(Conflict, match="not met yet"):
        poam.close_entry(CLEO, made.number, entry)
    judge(made, "3.1.3", NOT_APPLICABLE)
    assert seen(made).lines[0].can_be_closed
    poam.close_entry(CLEO, made.number, entry, "The wing was sold.")
    (line,) = seen(made, "closed").lines
    assert (line.entry.outcome, line.entry.closing, line.entry.closed_by) == ("done", "The wing was sold.", CLEO.id)
    for attempt in (
        lambda: poam.change_entry(LEA, made.number, entry, typed()),
        lambda: poam.close_entry(LEA, made.number, entry),
        lambda: poam.withdraw_entry(LEA, made.number, entry, "No."),
        lambda: poam.add_milestone(LEA, made.number, entry, "More", day(1)),
    ):
        with pytest.raises(Conflict, match="is closed"):
            attempt()


def test_withdrawing_needs_a_reason(made: Team) -> None:
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    with pytest.raises(Invalid, match="reason"):
        poam.withdraw_entry(LEA, made.number, entry, "  ")
    assert seen(made).lines[0].entry.closed_at is None


def test_nothing_may_be_due_after_the_180_days(made: Team) -> None:
    since = now().date() - timedelta(days=100)
    poam.set_conditional(LEA, made.number, since.isoformat())
    with pytest.raises(Invalid) as refused:
        poam.open_entry(CLEO, made.number, "3.1.3", typed(due=day(81)))
    assert "32 CFR 170.21(b)" in refused.value.fields["due"]
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed(due=day(80)))
    with pytest.raises(Invalid):
        poam.change_entry(CLEO, made.number, entry, typed(due=day(81)))
    close = seen(made).close
    assert close is not None
    assert (close.left, close.last.isoformat()) == (80, day(80))
    poam.set_conditional(LEA, made.number, "")
    assert seen(made).close is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weakness", "  "),
        ("weakness", "x" * 4001),
        ("remediation", ""),
        ("level", "terrible"),
        ("due", "soon"),
        ("due", ""),
        ("due", "20260101"),
        ("owner", "id-vera"),  # a viewer does nothing
        ("owner", "id-sven"),  # nobody of the team
        ("risk", "\x00"),
    ],
)
def test_what_was_typed_wrong_is_said_at_its_field(made: Team, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        poam.open_entry(CLEO, made.number, "3.1.3", typed(**{field: value}))
    assert set(refused.value.fields) == {field}
    assert seen(made).lines == []


def test_milestones_are_in_the_order_of_their_days_and_not_after_the_entry(made: Team) -> None:
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    second = poam.add_milestone(CLEO, made.number, entry, "It is trained", day(50))
    first = poam.add_milestone(CLEO, made.number, entry, "It is bought", day(10))
    with pytest.raises(Invalid, match="due on"):
        poam.add_milestone(CLEO, made.number, entry, "Too late", day(61))
    with pytest.raises(Invalid, match="milestone is due on"):
        poam.change_entry(CLEO, made.number, entry, typed(due=day(40)))
    poam.settle_milestone(CLEO, made.number, entry, first, "done")
    (line,) = seen(made).lines
    assert [step.id for step in line.steps] == [first, second]
    assert (line.done, line.steps[0].done_by) == (1, CLEO.id)
    poam.settle_milestone(CLEO, made.number, entry, first, "open")
    poam.settle_milestone(CLEO, made.number, entry, second, "remove")
    (line,) = seen(made).lines
    assert [(step.id, step.done_at) for step in line.steps] == [(first, None)]
    other = poam.open_entry(CLEO, made.number, "3.1.6", typed())
    with pytest.raises(NotFound):
        poam.settle_milestone(CLEO, made.number, other, first, "done")


def test_what_is_overdue_is_counted_and_listed(made: Team) -> None:
    poam.open_entry(CLEO, made.number, "3.1.3", typed(due=day(-1)))
    entry = poam.open_entry(CLEO, made.number, "3.1.6", typed())
    poam.add_milestone(CLEO, made.number, entry, "It is bought", day(-2))
    poam.open_entry(CLEO, made.number, "3.1.7", typed())
    assert [line.requirement.id for line in seen(made, "late").lines] == ["3.1.3", "3.1.6"]
    with made.store.reading() as db:
        assert reads.numbers(db, made.number, now().date()) == reads.PoamNumbers(open=3, late=1)


def test_the_assessment_is_conditional_once_all_that_is_open_stands_on_it(made: Team) -> None:
    with made.store.reading() as db:
        requirements = access.seat_in(db, LEA, made.number).catalogue.requirements
    for one in requirements:
        for objective in one.objectives:
            made.put(objective.id, stage=REVIEWED, finding=NOT_MET if one.id == "3.1.3" else MET)
    standing = seen(made).standing
    assert standing is not None
    assert (standing.outcome, len(standing.reasons)) == (Outcome.NONE, 1)
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    assert seen(made).standing.outcome is Outcome.CONDITIONAL  # type: ignore[union-attr]
    assert report(made).standing.outcome is Outcome.CONDITIONAL
    poam.withdraw_entry(LEA, made.number, entry, "A slip.")
    assert seen(made).standing.outcome is Outcome.NONE  # type: ignore[union-attr]


def report(made: Team) -> Any:
    with made.store.reading() as db:
        return reporting.report_of(db, access.seat_in(db, VERA, made.number), now(), "vera")


def test_the_report_and_its_tables_have_every_entry(made: Team) -> None:
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed(level="high", risk="=Somebody", due=day(-3)))
    poam.add_milestone(CLEO, made.number, entry, "It is bought", day(-5))
    poam.withdraw_entry(LEA, made.number, poam.open_entry(CLEO, made.number, "3.1.6", typed()), "A slip.")
    found = report(made)
    late, ended = found.poam
    assert (late.requirement, late.responsible, late.level, late.milestones[0].text) == (
        *("3.1.3", "cleo", "High"),
        "It is bought",
    )
    assert late.is_late(now().date())
    assert ended.ended == f"Withdrawn on {day(0)}: A slip."
    assert (found.open_poam, found.late_poam) == (1, 1)
    row = dict(zip(POAM, next(poam_rows(found)), strict=True))
    assert (row["Overdue"], row["Level of risk"], row["How it ended"]) == (True, "High", "")


def test_entries_of_another_assessment_are_not_there(made: Team) -> None:
    other = Team(made.store)
    entry = poam.open_entry(CLEO, other.number, "3.1.3", typed())
    for attempt in (
        lambda: poam.change_entry(LEA, made.number, entry, typed()),
        lambda: poam.close_entry(LEA, made.number, entry),
        lambda: poam.withdraw_entry(LEA, made.number, entry, "No."),
        lambda: poam.add_milestone(LEA, made.number, entry, "More", day(1)),
    ):
        with pytest.raises(NotFound):
            attempt()
    poam.change_entry(LEA, other.number, entry, typed())


def owner(store: Store, entry: int) -> str:
    with store.reading() as db:
        return db.get_one(Entry, entry).owner_id


def test_who_leaves_is_responsible_for_nothing_that_is_open(made: Team) -> None:
    entry = poam.open_entry(LEA, made.number, "3.1.3", typed())
    closed = poam.open_entry(LEA, made.number, "3.1.6", typed())
    poam.withdraw_entry(LEA, made.number, closed, "A slip.")
    team.remove_member(LEA, made.number, CLEO.id)
    assert (owner(made.store, entry), owner(made.store, closed)) == ("", CLEO.id)
    other = poam.open_entry(LEA, made.number, "3.1.7", typed(owner=ROSA.id))
    with made.store.transaction(ADA) as tx:
        leaving.let_go(tx, ROSA.id)
    assert owner(made.store, other) == ""


def test_ones_own_export_names_the_entries_one_had_a_part_in(made: Team) -> None:
    entry = poam.open_entry(CLEO, made.number, "3.1.3", typed())
    with made.store.reading() as db:
        mine = dict(personal.everything_of(db, CLEO.id))[f"assessment-{made.number}"]
        rosas = dict(personal.everything_of(db, ROSA.id))[f"assessment-{made.number}"]
    assert [(one["id"], one["you"]) for one in mine["poam"]] == [(entry, ["responsible", "opened"])]
    assert rosas["poam"] == []
