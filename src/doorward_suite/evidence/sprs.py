"""The score that goes into SPRS: 110 less the weight of what is not met.

NIST SP 800-171 DoD Assessment Methodology 1.2.1, section 5 and annex A; 32 CFR 170.24(c)(2) has the same for
CMMC level 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .catalogue import Catalogue, Requirement


class Status(StrEnum):
    """How a requirement stands."""

    MET = "met"
    PARTIAL = "partial"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Score:
    """What a set of statuses scores.

    Arguments:
        points: the sum, whether or not it counts as a score.
        highest: what it is when everything is met: the number of requirements.
        lowest: what it is when nothing is met.
        missing: ids of requirements that are not met and without which there is no score: the system security plan.
        lost: the points that each requirement costs, by its id; those that cost nothing are not in it.
        lost_by_family: the same, summed for each family, by its code; every family is in it.
    """

    points: int
    highest: int
    lowest: int
    missing: tuple[str, ...]
    lost: Mapping[str, int]
    lost_by_family: Mapping[str, int]

    @property
    def value(self) -> int | None:
        """The score; None where there is none.

        Without a system security plan the assessment cannot be completed (methodology, section 5 g i;
        32 CFR 170.24(c)(2)).
        """
        return None if self.missing else self.points


def points_lost(requirement: Requirement, status: Status) -> int:
    """What a requirement costs.

    "In part" is worth something only where the standard says so, for 3.5.3 and 3.13.11; anywhere else it is not met
    (section 5 a, e). "Not applicable" counts as met (section 5 j).
    """
    weight = requirement.weight or 0
    match status:
        case Status.MET | Status.NOT_APPLICABLE:
            return 0
        case Status.PARTIAL if requirement.partial_weight is not None:
            return requirement.partial_weight
        case _:
            return weight


def score(catalogue: Catalogue, statuses: Mapping[str, Status]) -> Score:
    """The score of a whole assessment.

    Arguments:
        catalogue: the standard.
        statuses: by the id of the requirement. Whoever is not in it is not met: nothing is assumed in one's favour.
    """
    standing = {each: statuses.get(each.id, Status.NOT_MET) for each in catalogue.requirements}
    costs = {each: points_lost(each, status) for each, status in standing.items()}
    by_family = {family.code: sum(costs[each] for each in family.requirements) for family in catalogue.families}
    highest = len(catalogue.requirements)
    return Score(
        points=highest - sum(costs.values()),
        highest=highest,
        lowest=highest - sum(each.weight or 0 for each in catalogue.requirements),
        missing=tuple(
            each.id for each, status in standing.items() if each.no_score_without and status is not Status.MET
        ),
        lost={each.id: cost for each, cost in costs.items() if cost},
        lost_by_family=by_family,
    )
