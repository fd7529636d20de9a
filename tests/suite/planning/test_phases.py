"""Which phase a day lies in, and that the server, and not the page, refuses what a phase does not allow."""

from __future__ import annotations

from datetime import date

import pytest

from doorward import Conflict, Forbidden, Invalid, NotFound
from doorward.store.store import Store
from doorward_suite.planning import phases
from doorward_suite.planning.actions import consultations, contributions
from doorward_suite.planning.actions.contributions import Draft

from .conftest import MONA, OLGA, OTTO, Made, participant

DAYS = (date(2026, 1, 1), date(2026, 2, 1), None, date(2026, 4, 1))
IDEA = Draft("A bench below each tree.", "Idea")


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2025, 12, 31), phases.SOON),
        (date(2026, 1, 1), phases.COLLECT),
        (date(2026, 1, 31), phases.COLLECT),
        (date(2026, 2, 1), phases.DISCUSS),
        (date(2026, 3, 31), phases.DISCUSS),
        (date(2026, 4, 1), phases.RESULTS),
    ],
)
def test_a_phase_begins_on_its_day_and_ends_when_the_next_begins(day: date, phase: str) -> None:
    assert phases.phase_on(day, DAYS) == phase


def test_phases_must_follow_each_other() -> None:
    assert phases.problems_with(DAYS) == {}
    assert phases.problems_with((None, None, None, None)).keys() == {phases.COLLECT}
    same = (date(2026, 1, 1), date(2026, 1, 1), None, None)
    assert phases.problems_with(same).keys() == {phases.DISCUSS}


def test_each_phase_allows_what_it_is_for_and_the_server_refuses_the_rest(made: Made) -> None:
    ann, ben = made.somebody(), made.somebody(1)
    number = contributions.contribute(ann, made.number, IDEA)
    acts = {
        phases.CONTRIBUTE: lambda: contributions.contribute(ben, made.number, Draft("Something else.", "Idea")),
        phases.COMMENT: lambda: contributions.comment(ben, made.number, number, "And a fountain."),
        phases.SUPPORT: lambda: contributions.support(ben, made.number, number, on=True),
        phases.DOT: lambda: contributions.put_dots(ben, made.number, number, 1),
        phases.REPORT: lambda: contributions.report(ben, made.number, number, "Look."),
    }
    for phase in phases.PHASES:
        made.go_to(phase)
        for name, act in acts.items():
            if name in phases.MAY[phase]:
                act()
            else:
                with pytest.raises(Conflict):
                    act()
    made.clock.now = made.clock.now.replace(year=2025)
    for act in acts.values():
        with pytest.raises(Conflict):
            act()


def test_only_organisers_begin_and_only_those_of_a_consultation_settle_it(made: Made) -> None:
    for nobody in (MONA, participant(99_999)):
        with pytest.raises(Forbidden):
            consultations.begin(nobody, "Mine")
    inside = made.somebody()
    form = {"title": "Taken over", "collect": "2026-01-01", "categories": "Idea", "dots": "5"}
    for stranger in (OTTO, MONA, participant(99_999)):
        with pytest.raises(NotFound):
            consultations.settle(stranger, made.number, form)
    with pytest.raises(Forbidden):
        consultations.settle(inside, made.number, form)
    consultations.settle(OLGA, made.number, form)
    consultations.add_organiser(OLGA, made.number, "otto")
    consultations.settle(OTTO, made.number, {**form, "title": "Together"})
    consultations.remove_organiser(OTTO, made.number, OLGA.id)
    with pytest.raises(NotFound):
        consultations.settle(OLGA, made.number, form)
    with pytest.raises(Conflict, match="only organiser"):
        consultations.remove_organiser(OTTO, made.number, OTTO.id)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"title": " "}, "title"),
        ({"collect": ""}, "collect"),
        ({"collect": "2026-02-30"}, "collect"),
        ({"discuss": "2025-12-01"}, "discuss"),
        ({"categories": "\n".join(f"K{n}" for n in range(13))}, "categories"),
        ({"dots": "0"}, "dots"),
        ({"dots": "51"}, "dots"),
    ],
)
def test_what_is_wrong_in_the_settings_is_said_and_nothing_is_changed(made: Made, change: dict, wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        made.settle(**change)
    assert wrong in refused.value.fields


def test_kinds_and_questions_are_the_organisers_own(made: Made) -> None:
    farmer = consultations.add_kind(OLGA, made.number, "Farmer")
    with pytest.raises(Invalid):
        consultations.add_kind(OLGA, made.number, "Farmer")
    consultations.remove_kind(OLGA, made.number, farmer)
    made.somebody(0)
    with pytest.raises(Conflict):
        consultations.remove_kind(OLGA, made.number, made.kinds[0])
    question = consultations.ask(OLGA, made.number, "Where should the bus stop?")
    ann = made.somebody()
    contributions.contribute(ann, made.number, Draft("At the church.", "Idea", question=question))
    with pytest.raises(Invalid):
        contributions.contribute(ann, made.number, Draft("At the inn.", "Idea", question=question + 1000))
    consultations.drop_question(OLGA, made.number, question)


def test_a_deleted_consultation_is_gone_for_everybody(made: Made, store: Store) -> None:
    ann = made.somebody()
    consultations.delete(OLGA, made.number)
    for who in (OLGA, ann):
        with pytest.raises(NotFound):
            contributions.contribute(who, made.number, IDEA)
