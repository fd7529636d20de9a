"""How each requirement stands after a run: shown to hold, broken, not tried, not claimed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from doorward.prove.asvs import NOT_CLAIMED, REQUIREMENTS, Requirement
from doorward.prove.run import Proof


class State(Enum):
    """What a run has shown of a requirement."""

    HELD = "held"
    BROKEN = "broken"
    PARTLY = "held, as far as tried"
    UNTRIED = "not tried"
    NOT_CLAIMED = "not claimed"


@dataclass(frozen=True, slots=True)
class Standing:
    """One requirement after a run.

    Arguments:
        requirement: which.
        state: what was shown.
        by: the ids of the attacks and checks that speak of it.
        why: for what was not tried or is not claimed, the reason.
    """

    requirement: Requirement
    state: State
    by: tuple[str, ...] = ()
    why: str = ""


def standings(proof: Proof, checks: dict[str, bool] | None = None) -> list[Standing]:
    """Every requirement of the list, in its order.

    Arguments:
        proof: of the run.
        checks: for requirements that checks speak of instead: whether they found nothing.
    """
    return [_standing(one, proof, checks or {}) for one in REQUIREMENTS.values()]


def _standing(requirement: Requirement, proof: Proof, checks: dict[str, bool]) -> Standing:
    if requirement.id in NOT_CLAIMED:
        return Standing(requirement, State.NOT_CLAIMED, why=NOT_CLAIMED[requirement.id])
    speaking = [result for result in proof.results if requirement.id in result.attack.asvs]
    by = tuple(result.attack.id for result in speaking if result.tried)
    checked = checks.get(requirement.id)
    if any(result.won for result in speaking) or checked is False:
        won = tuple(result.attack.id for result in speaking if result.won)
        return Standing(requirement, State.BROKEN, won or ("check",))
    if not by and checked is None:
        reasons = [reason for result in speaking for reason in result.untried]
        return Standing(requirement, State.UNTRIED, why=reasons[0] if reasons else "no attack of this run speaks of it")
    untried = [result.attack.id for result in speaking if not result.tried]
    state = State.PARTLY if untried else State.HELD
    return Standing(requirement, state, by or ("check",), f"not tried: {', '.join(untried)}" if untried else "")


def crosswalk(found: list[Standing]) -> dict[str, list[Standing]]:
    """The standings by requirement of NIST SP 800-171 Rev. 2, in its order."""
    numbers = {number for one in found for number in one.requirement.nist}
    in_order = sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    return {number: [one for one in found if number in one.requirement.nist] for number in in_order}
