"""The five stages: which step leads where, and what refuses it. Pure decisions, tried exhaustively."""

from __future__ import annotations

from itertools import product

import pytest

from doorward import Conflict, Invalid
from doorward_suite.evidence.stages import (
    COLLECTED,
    COLLECTING,
    FINDINGS,
    FROZEN,
    IN_REVIEW,
    NOT_STARTED,
    REVIEWED,
    STAGES,
    STEPS,
    Standing,
    is_possible,
    judge,
)

WAYS = {
    (NOT_STARTED, "start"): COLLECTING,
    (NOT_STARTED, "hand_in"): COLLECTED,
    (NOT_STARTED, "not_met"): REVIEWED,
    (NOT_STARTED, "not_applicable"): REVIEWED,
    (COLLECTING, "hand_in"): COLLECTED,
    (COLLECTING, "not_met"): REVIEWED,
    (COLLECTING, "not_applicable"): REVIEWED,
    (COLLECTED, "take_back"): COLLECTING,
    (COLLECTED, "take_up"): IN_REVIEW,
    (COLLECTED, "met"): REVIEWED,
    (COLLECTED, "not_met"): REVIEWED,
    (COLLECTED, "not_applicable"): REVIEWED,
    (COLLECTED, "send_back"): COLLECTING,
    (IN_REVIEW, "met"): REVIEWED,
    (IN_REVIEW, "not_met"): REVIEWED,
    (IN_REVIEW, "not_applicable"): REVIEWED,
    (IN_REVIEW, "send_back"): COLLECTING,
    (REVIEWED, "reopen"): COLLECTING,
}


def test_there_are_these_ways_and_no_others() -> None:
    for stage, name in product(STAGES, STEPS):
        ready = Standing(stage, evidence=1)
        if (stage, name) in WAYS:
            judge(STEPS[name], ready, "rosa", "because")
            assert STEPS[name].target == WAYS[stage, name]
        else:
            with pytest.raises(Conflict, match=STAGES[stage]):
                judge(STEPS[name], ready, "rosa", "because")


def test_only_a_reviewers_step_finds_anything_and_every_finding_has_its_step() -> None:
    assert {step.finding for step in STEPS.values()} == {"", *FINDINGS}
    for step in STEPS.values():
        assert bool(step.finding) == (step.target == REVIEWED)
        assert step.reviews or not step.finding


@pytest.mark.parametrize("name", ["hand_in", "met"])
def test_nothing_is_complete_without_evidence(name: str) -> None:
    stage = COLLECTING if name == "hand_in" else COLLECTED
    judge(STEPS[name], Standing(stage, evidence=1), "rosa", "")
    with pytest.raises(Conflict, match="no evidence"):
        judge(STEPS[name], Standing(stage, evidence=0), "rosa", "")


@pytest.mark.parametrize("name", ["take_up", "met", "not_met", "not_applicable"])
def test_nobody_reviews_what_they_had_a_part_in(name: str) -> None:
    standing = Standing(COLLECTED, 1, {"cleo", "carl"})
    judge(STEPS[name], standing, "rosa", "because")
    for who in ("cleo", "carl"):
        with pytest.raises(Conflict, match="Somebody else"):
            judge(STEPS[name], standing, who, "because")
        assert not is_possible(STEPS[name], standing, who)


@pytest.mark.parametrize("name", ["not_met", "not_applicable", "send_back", "reopen"])
def test_what_somebody_else_must_understand_has_a_reason(name: str) -> None:
    stage = REVIEWED if name == "reopen" else COLLECTED
    judge(STEPS[name], Standing(stage, 1), "rosa", "because")
    with pytest.raises(Invalid, match="Say why"):
        judge(STEPS[name], Standing(stage, 1), "rosa", "")
    assert is_possible(STEPS[name], Standing(stage, 1), "rosa")


def test_what_is_in_review_or_reviewed_is_frozen() -> None:
    assert {IN_REVIEW, REVIEWED} == FROZEN
