"""Evidence's own rules, which the door does not know: attacked in every run, and each wins when its rule is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from doorward.prove.attacks import ALL
from doorward_suite.evidence import access, stages
from doorward_suite.portal import create_app
from tests.prove.rehearsal import Off, Rehearsal, rehearsed

OWN_RULES = [attack for attack in ALL if attack.id == "access.own-rules"]
SIGN_OFF = "/steps"
#: Of the table of roles and acts: where an example shows whose role is not enough.
BY_ROLE = {
    access.COLLECT: ("/items", "/links"),
    access.CHECK: ("/checks",),
    access.COMMENT: ("/comments",),
    access.ASSIGN: ("/assignments",),
    access.MANAGE: ("/people",),
    access.DELETE: ("/deletion", "/restoration"),
}


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with rehearsed(lambda: create_app(["evidence"])) as ready:
        ends = (SIGN_OFF, *(end for ends in BY_ROLE.values() for end in ends))
        ready.scene.samples = [one for one in ready.scene.samples if one.form is None and one.way.path.endswith(ends)]
        yield ready


def won(rehearsal: Rehearsal, also: Off | None = None) -> set[str]:
    """The ends of the ways at which somebody was let in whom the app's rules keep out."""
    came = rehearsal.without([], OWN_RULES, also=also)
    assert came.tried == {"access.own-rules"}
    said = came.won.get("access.own-rules", [])
    return {f"/{one.partition(',')[0].rpartition('/')[2]}" for one in said}


def test_with_its_rules_nobody_is_let_in(rehearsal: Rehearsal) -> None:
    assert won(rehearsal) == set()


def test_without_the_rule_that_another_person_signs_off_the_collector_does(rehearsal: Rehearsal) -> None:
    def off(patch: pytest.MonkeyPatch) -> None:
        for name, step in stages.STEPS.items():
            patch.setitem(stages.STEPS, name, replace(step, needs_another=False))

    assert won(rehearsal, off) == {SIGN_OFF}


@pytest.mark.parametrize("act", BY_ROLE)
def test_without_its_row_of_the_table_every_role_may_do_an_act(rehearsal: Rehearsal, act: str) -> None:
    def off(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(access.MAY, act, frozenset({*access.ROLES, access.ASSESSOR}))

    assert won(rehearsal, off) == set(BY_ROLE[act])
