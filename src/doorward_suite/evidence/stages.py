"""How far an objective is: five stages, the steps between them, and what each step asks for.

    not started → collecting → collected → in review → reviewed

A review ends with a finding: met, not met, not applicable (32 CFR 170.24(b); in NIST SP 800-171A "satisfied" and
"other than satisfied"). Nothing here knows a database: what is decided is handed in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from doorward import Conflict, Invalid

NOT_STARTED, COLLECTING, COLLECTED, IN_REVIEW, REVIEWED = (
    "not_started",
    "collecting",
    "collected",
    "in_review",
    "reviewed",
)
STAGES = {
    NOT_STARTED: "Not started",
    COLLECTING: "Collecting",
    COLLECTED: "Ready for review",
    IN_REVIEW: "In review",
    REVIEWED: "Reviewed",
}

MET, NOT_MET, NOT_APPLICABLE = "met", "not_met", "not_applicable"
FINDINGS = {MET: "Met", NOT_MET: "Not met", NOT_APPLICABLE: "Not applicable"}

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """A way from one stage to another.

    Arguments:
        name: in forms, addresses and the journal.
        label: of the button.
        done: what the history says of it.
        sources: the stages it may begin at.
        target: the stage it leads to.
        reviews: whether it is a reviewer's, and not a collector's.
        finding: what it finds; empty for steps that find nothing.
        needs_evidence: whether there must be at least one piece.
        needs_reason: whether it must be said why.
        needs_another: whether nobody may take it who had a part in collecting.
    """

    name: str
    label: str
    done: str
    sources: frozenset[str]
    target: str
    reviews: bool = False
    finding: str = ""
    needs_evidence: bool = False
    needs_reason: bool = False
    needs_another: bool = False


_OPEN = frozenset({NOT_STARTED, COLLECTING})
_HANDED_IN = frozenset({COLLECTED, IN_REVIEW})

#: In the order of their buttons.
STEPS = {
    step.name: step
    for step in (
        Step("start", "Start collecting", "started collecting", frozenset({NOT_STARTED}), COLLECTING),
        Step("hand_in", "Hand in for review", "handed it in for review", _OPEN, COLLECTED, needs_evidence=True),
        Step("take_back", "Take back", "took it back", frozenset({COLLECTED}), COLLECTING),
        Step(
            "take_up",
            "Begin the review",
            "began the review",
            frozenset({COLLECTED}),
            IN_REVIEW,
            reviews=True,
            needs_another=True,
        ),
        Step(
            "met",
            "Met",
            "found it met",
            _HANDED_IN,
            REVIEWED,
            reviews=True,
            finding=MET,
            needs_evidence=True,
            needs_another=True,
        ),
        Step(
            "not_met",
            "Not met",
            "found it not met",
            _OPEN | _HANDED_IN,
            REVIEWED,
            reviews=True,
            finding=NOT_MET,
            needs_reason=True,
            needs_another=True,
        ),
        Step(
            "not_applicable",
            "Not applicable",
            "found it not applicable",
            _OPEN | _HANDED_IN,
            REVIEWED,
            reviews=True,
            finding=NOT_APPLICABLE,
            needs_reason=True,
            needs_another=True,
        ),
        Step(
            "send_back",
            "Send back",
            "sent it back",
            _HANDED_IN,
            COLLECTING,
            reviews=True,
            needs_reason=True,
        ),
        Step(
            "reopen",
            "Open it again",
            "opened it again",
            frozenset({REVIEWED}),
            COLLECTING,
            reviews=True,
            needs_reason=True,
        ),
    )
}

#: While an objective is at one of these, its evidence stays as the reviewer sees it.
FROZEN = frozenset({IN_REVIEW, REVIEWED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an objective stands, as far as a step depends on it.

    Arguments:
        stage: one of `STAGES`.
        evidence: how many pieces are linked to it.
        collectors: the accounts that handed it in or added what is linked.
    """

    stage: str
    evidence: int
    collectors: Collection[str] = ()


def judge(step: Step, standing: Standing, who: str, reason: str) -> None:
    """Refuse a step that cannot be taken.

    Arguments:
        step: which one.
        standing: of the objective, now.
        who: the account that takes it.
        reason: what was given for it; may be empty.

    Errors:
        Conflict: the stage, the evidence or the person does not allow it. Invalid: the reason is missing.
    """
    if standing.stage not in step.sources:
        raise Conflict(f"This objective is at “{STAGES[standing.stage]}”, so “{step.label}” is not possible now.")
    if step.needs_evidence and not standing.evidence:
        raise Conflict("There is no evidence yet. Add or link at least one piece first.")
    if step.needs_another and who in standing.collectors:
        raise Conflict("You had a part in collecting this. Somebody else must review it.")
    if step.needs_reason and not reason:
        raise Invalid({"reason": "Say why, in a sentence or two."})


def is_possible(step: Step, standing: Standing, who: str) -> bool:
    """Whether a step could be taken now, were there a reason: what a page offers."""
    try:
        judge(step, standing, who, "for now")
    except Conflict:
        return False
    return True
