"""What may wait on a plan of action and milestones (POA&M), how long, and what status an assessment has meanwhile.

All of it is 32 CFR 170.21, for CMMC level 2: (a)(2)(i) the least score, (ii) the weights, (iii) the named requirements,
(b) the 180 days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .catalogue import Catalogue, Requirement
from .sprs import Status, points_lost, score

#: 170.21(b): a closeout assessment must have shown that everything is met this long after the conditional status date.
CLOSE_OUT = timedelta(days=180)
#: 170.21(a)(2)(i): the score by the number of requirements is at least 0.8; a fraction, so that nothing is rounded.
LEAST = (8, 10)
#: 170.21(a)(2)(ii): no requirement that costs more.
HEAVIEST = 1


class Outcome(StrEnum):
    """The CMMC status that an assessment comes to (32 CFR 170.16 and 170.17)."""

    FINAL = "final"
    CONDITIONAL = "conditional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an assessment comes to.

    Arguments:
        outcome: final when everything is met; conditional when what is not met may wait and does; else none.
        reasons: why it is not better, a sentence each; empty for a final status.
    """

    outcome: Outcome
    reasons: tuple[str, ...]


def why_not_on_poam(requirement: Requirement, status: Status) -> str | None:
    """Why a requirement may not wait on a POA&M; None when it may.

    Arguments:
        requirement: of the catalogue.
        status: how it stands. 3.13.11 may wait when it is met in part, and not when nothing is encrypted.
    """
    if status in (Status.MET, Status.NOT_APPLICABLE):
        return f"{requirement.id} is met. Nothing waits."
    if requirement.never_on_poam:
        return f"{requirement.id} may never be on a POA&M. It must be met at the assessment."
    if status is Status.PARTIAL and requirement.poam_when_partial:
        return None
    cost = points_lost(requirement, status)
    if cost > HEAVIEST:
        way = f" It may wait once {requirement.partial_means}." if requirement.poam_when_partial else ""
        return f"{requirement.id} costs {cost} points, and only what costs {HEAVIEST} may be on a POA&M.{way}"
    return None


def least_score(catalogue: Catalogue) -> int:
    """The lowest score with which anything may wait: 88 of 110. A fraction of a point counts as a whole one."""
    above, below = LEAST
    return -(-len(catalogue.requirements) * above // below)


def standing(catalogue: Catalogue, statuses: Mapping[str, Status], on_poam: Collection[str]) -> Standing:
    """The status that an assessment comes to.

    Arguments:
        catalogue: the standard.
        statuses: by the id of the requirement; whoever is not in it is not met.
        on_poam: ids of the requirements that have an open entry on the POA&M.
    """
    result = score(catalogue, statuses)
    reasons = [f"{number} is not met, and without it there is no score." for number in result.missing]
    still_open = False
    for each in catalogue.requirements:
        status = statuses.get(each.id, Status.NOT_MET)
        if status in (Status.MET, Status.NOT_APPLICABLE) or each.id in result.missing:
            continue
        still_open = True
        if problem := why_not_on_poam(each, status):
            reasons.append(problem)
        elif each.id not in on_poam:
            reasons.append(f"{each.id} is not met and has no entry on the POA&M.")
    if still_open and result.points < least_score(catalogue):
        reasons.insert(0, f"The score is {result.points}. With less than {least_score(catalogue)} nothing may wait.")
    if reasons:
        return Standing(Outcome.NONE, tuple(reasons))
    if still_open:
        return Standing(Outcome.CONDITIONAL, ("What is on the POA&M must be closed within 180 days.",))
    return Standing(Outcome.FINAL, ())


def close_by(conditional_since: date) -> date:
    """The last day for closing the POA&M.

    Arguments:
        conditional_since: the conditional CMMC status date.
    """
    return conditional_since + CLOSE_OUT


def days_left(conditional_since: date, today: date) -> int:
    """Whole days until the last day; 0 on the day itself, negative once the conditional status has run out."""
    return (close_by(conditional_since) - today).days
