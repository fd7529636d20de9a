"""What may wait on a POA&M (32 CFR 170.21), and the status that an assessment comes to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward_suite.evidence.catalogue import built_in
from doorward_suite.evidence.poam_rules import Outcome, close_by, days_left, least_score, standing, why_not_on_poam
from doorward_suite.evidence.sprs import Status, score

CATALOGUE = built_in()
IDS = [requirement.id for requirement in CATALOGUE.requirements]
NAMED = {"3.1.20", "3.1.22", "3.12.4", "3.10.3", "3.10.4", "3.10.5"}
LIGHT = [each.id for each in CATALOGUE.requirements if each.weight == 1 and each.id not in NAMED]


def met_but(*numbers: str) -> dict[str, Status]:
    return dict.fromkeys(IDS, Status.MET) | dict.fromkeys(numbers, Status.NOT_MET)


def test_what_costs_one_point_may_wait_but_for_the_six_named() -> None:
    for requirement in CATALOGUE.requirements:
        problem = why_not_on_poam(requirement, Status.NOT_MET)
        assert (problem is None) == (requirement.id in LIGHT), requirement.id
    assert len(LIGHT) == 51 - 5


def test_encryption_without_fips_may_wait_and_no_encryption_may_not() -> None:
    encryption = CATALOGUE.requirement_by_id["3.13.11"]
    assert why_not_on_poam(encryption, Status.PARTIAL) is None
    refused = why_not_on_poam(encryption, Status.NOT_MET)
    assert refused is not None
    assert "5 points" in refused
    assert "It may wait once CUI is encrypted" in refused


def test_a_second_factor_for_some_may_not_wait() -> None:
    refused = why_not_on_poam(CATALOGUE.requirement_by_id["3.5.3"], Status.PARTIAL)
    assert refused is not None
    assert "3 points" in refused


def test_what_is_met_has_nothing_to_wait_for() -> None:
    assert why_not_on_poam(CATALOGUE.requirement_by_id["3.1.3"], Status.MET) is not None
    assert why_not_on_poam(CATALOGUE.requirement_by_id["3.1.3"], Status.NOT_APPLICABLE) is not None


def test_all_met_is_final_and_needs_no_poam() -> None:
    assert standing(CATALOGUE, met_but(), ()).outcome is Outcome.FINAL


def test_88_is_the_least_score_with_which_anything_may_wait() -> None:
    assert least_score(CATALOGUE) == 88
    enough = LIGHT[:22]
    assert score(CATALOGUE, met_but(*enough)).value == 88
    assert standing(CATALOGUE, met_but(*enough), enough).outcome is Outcome.CONDITIONAL
    too_much = LIGHT[:23]
    refused = standing(CATALOGUE, met_but(*too_much), too_much)
    assert refused.outcome is Outcome.NONE
    assert refused.reasons == ("The score is 87. With less than 88 nothing may wait.",)


def test_what_is_open_must_be_on_the_poam() -> None:
    assert standing(CATALOGUE, met_but("3.1.3"), {"3.1.3"}).outcome is Outcome.CONDITIONAL
    forgotten = standing(CATALOGUE, met_but("3.1.3"), ())
    assert forgotten.outcome is Outcome.NONE
    assert forgotten.reasons == ("3.1.3 is not met and has no entry on the POA&M.",)


@pytest.mark.parametrize("number", sorted(NAMED))
def test_the_named_requirements_stop_a_status_even_on_a_poam(number: str) -> None:
    refused = standing(CATALOGUE, met_but(number), {number})
    assert refused.outcome is Outcome.NONE
    assert number in refused.reasons[0]


def test_one_of_five_points_stops_a_status_even_on_a_poam() -> None:
    assert standing(CATALOGUE, met_but("3.1.1"), {"3.1.1"}).outcome is Outcome.NONE


def test_encryption_without_fips_alone_is_conditional() -> None:
    statuses = met_but() | {"3.13.11": Status.PARTIAL}
    assert standing(CATALOGUE, statuses, {"3.13.11"}).outcome is Outcome.CONDITIONAL
    assert standing(CATALOGUE, statuses | {"3.13.11": Status.NOT_MET}, {"3.13.11"}).outcome is Outcome.NONE


@given(st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(Status))), st.sets(st.sampled_from(IDS)))
def test_a_status_is_never_given_to_what_the_rule_refuses(statuses: dict[str, Status], on_poam: set[str]) -> None:
    complete = met_but() | statuses
    result = standing(CATALOGUE, complete, on_poam)
    unmet = {number for number, status in complete.items() if status in (Status.NOT_MET, Status.PARTIAL)}
    if result.outcome is Outcome.FINAL:
        assert not unmet
        assert not result.reasons
    if result.outcome is Outcome.CONDITIONAL:
        assert unmet
        assert unmet <= on_poam
        assert not unmet & NAMED
        assert (score(CATALOGUE, complete).value or 0) / 110 >= 0.8


def test_180_days_are_counted_from_the_day_of_the_conditional_status() -> None:
    assert close_by(date(2026, 1, 1)) == date(2026, 6, 30)
    assert close_by(date(2024, 1, 1)) == date(2024, 6, 29), "a leap year has a day more before June ends"
    assert days_left(date(2026, 1, 1), date(2026, 1, 1)) == 180
    assert days_left(date(2026, 1, 1), date(2026, 6, 30)) == 0
    assert days_left(date(2026, 1, 1), date(2026, 7, 1)) == -1
