"""The score: its range, its two cases in part, that it falls when something gets worse, and the plan before all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorward_suite.evidence.catalogue import built_in
from doorward_suite.evidence.sprs import Status, points_lost, score

CATALOGUE = built_in()
IDS = [requirement.id for requirement in CATALOGUE.requirements]
STATUSES = st.lists(st.sampled_from(list(Status)), min_size=110, max_size=110).map(
    lambda drawn: dict(zip(IDS, drawn, strict=True))
)
#: From best to worst.
RANK = {Status.MET: 0, Status.NOT_APPLICABLE: 0, Status.PARTIAL: 1, Status.NOT_MET: 2}


def all_of(status: Status) -> dict[str, Status]:
    return dict.fromkeys(IDS, status)


def test_all_met_scores_110_and_nothing_met_would_be_minus_203() -> None:
    assert score(CATALOGUE, all_of(Status.MET)).value == 110
    nothing = score(CATALOGUE, all_of(Status.NOT_MET) | {"3.12.4": Status.MET})
    assert nothing.value == -203
    assert (nothing.highest, nothing.lowest) == (110, -203)


def test_what_nobody_has_judged_is_not_met() -> None:
    assert score(CATALOGUE, {"3.12.4": Status.MET}).value == -203
    assert score(CATALOGUE, {}).value is None


def test_without_a_system_security_plan_there_is_no_score() -> None:
    for status in (Status.NOT_MET, Status.PARTIAL, Status.NOT_APPLICABLE):
        result = score(CATALOGUE, all_of(Status.MET) | {"3.12.4": status})
        assert result.value is None
        assert result.missing == ("3.12.4",)
        assert result.points == 110
    assert score(CATALOGUE, all_of(Status.MET)).missing == ()


def test_two_requirements_cost_less_when_met_in_part_and_no_other_does() -> None:
    for requirement in CATALOGUE.requirements:
        partly = score(CATALOGUE, all_of(Status.MET) | {requirement.id: Status.PARTIAL})
        expected = 3 if requirement.id in ("3.5.3", "3.13.11") else requirement.weight or 0
        assert partly.points == 110 - expected, requirement.id
        assert points_lost(requirement, Status.NOT_MET) == (requirement.weight or 0)


def test_not_applicable_counts_as_met() -> None:
    assert score(CATALOGUE, all_of(Status.NOT_APPLICABLE) | {"3.12.4": Status.MET}).value == 110


def test_each_familys_loss_is_told_and_they_add_up() -> None:
    result = score(
        CATALOGUE, all_of(Status.MET) | {"3.1.1": Status.NOT_MET, "3.5.3": Status.PARTIAL, "3.14.5": Status.NOT_MET}
    )
    assert result.lost == {"3.1.1": 5, "3.5.3": 3, "3.14.5": 3}
    assert {code: lost for code, lost in result.lost_by_family.items() if lost} == {"AC": 5, "IA": 3, "SI": 3}
    assert len(result.lost_by_family) == 14
    assert result.value == 99


@given(STATUSES)
def test_every_score_is_a_whole_number_in_its_range(statuses: dict[str, Status]) -> None:
    result = score(CATALOGUE, statuses)
    assert type(result.points) is int
    assert -203 <= result.points <= 110
    assert result.points == 110 - sum(result.lost.values()) == 110 - sum(result.lost_by_family.values())
    assert (result.value is None) == (statuses["3.12.4"] is not Status.MET)


@given(STATUSES, st.sampled_from(IDS), st.sampled_from(list(Status)))
def test_what_gets_worse_never_raises_the_score(statuses: dict[str, Status], number: str, later: Status) -> None:
    before = score(CATALOGUE, statuses).points
    after = score(CATALOGUE, statuses | {number: later}).points
    if RANK[later] >= RANK[statuses[number]]:
        assert after <= before
    else:
        assert after >= before
