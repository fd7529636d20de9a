"""Every cell of the table of roles and acts, tried with a real action; and strangers, for whom nothing is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from doorward import Caller, Forbidden, NotFound, Refused, reading
from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.access import (
    ASSIGN,
    CHECK,
    COLLECT,
    COMMENT,
    DELETE,
    MANAGE,
    MAY,
    PACK,
    PLAN,
    READ,
    REVIEW,
    seat_in,
)
from doorward_suite.evidence.actions import assessments, checking, linking, packages, poam, progress, ssp, team, work
from doorward_suite.evidence.planning import TypedEntry
from doorward_suite.evidence.queries import standing
from doorward_suite.evidence.ssp_mapping import Said
from doorward_suite.evidence.stages import COLLECTED

from .conftest import ADA, CARL, GUEST, LEA, PLAYERS, SVEN, VISITOR, Shelf, Team


def read(actor: Caller, made: Team) -> None:
    with reading() as db:
        seat = seat_in(db, actor, made.number)
        standing.overview(db, seat.catalogue, made.number, made.store.clock().date())


def reviewed(actor: Caller, made: Team) -> None:
    made.put("3.1.2[b]", stage=COLLECTED, evidence=1, collected_by="id-carl")
    progress.take_step(actor, made.number, "3.1.2[b]", "met")


PLANNED = TypedEntry(weakness="There is no list.", remediation="A list is made.", due="2030-01-01")


#: At least one action for every act. Whoever adds an act finds here that it has none.
ATTEMPTS: dict[str, list[Callable[[Caller, Team], object]]] = {
    READ: [read],
    COMMENT: [lambda actor, made: progress.comment(actor, made.number, "3.1.1[a]", "A word.")],
    COLLECT: [
        lambda actor, made: progress.take_step(actor, made.number, "3.1.1[a]", "start"),
        lambda actor, made: linking.link(actor, made.number, made.put_item(CARL), ["3.1.1[a]"]),
    ],
    REVIEW: [reviewed],
    CHECK: [lambda actor, made: checking.check_item(actor, made.number, made.put_item(CARL))],
    PLAN: [
        lambda actor, made: poam.open_entry(actor, made.number, "3.1.3", PLANNED),
        lambda actor, made: poam.change_entry(actor, made.number, made.put_entry(), PLANNED),
        lambda actor, made: ssp.write_mapping(actor, made.number, "3.1.1", Said(document="Plan")),
        lambda actor, made: poam.add_milestone(actor, made.number, made.put_entry(), "A step", "2026-01-01"),
    ],
    PACK: [lambda actor, made: packages.ask_for(actor, made.number)],
    DELETE: [lambda actor, made: linking.delete_item(actor, made.number, made.put_item(CARL), "Not needed.")],
    ASSIGN: [lambda actor, made: work.assign(actor, made.number, ["3.1.1[a]"], "id-cleo", "2026-03-01")],
    MANAGE: [
        lambda actor, made: team.add_member(actor, made.number, "sven", access.VIEWER),
        lambda actor, made: team.remove_member(actor, made.number, "id-carl"),
        lambda actor, made: team.remove_guest(actor, made.number, 7),
        lambda actor, made: assessments.rename(actor, made.number, "Another name"),
        lambda actor, made: poam.withdraw_entry(actor, made.number, made.put_entry(), "Not needed."),
        lambda actor, made: poam.set_conditional(actor, made.number, "2025-01-01"),
    ],
}
CELLS = [(act, role) for act, role in product(MAY, PLAYERS)]


def test_the_table_is_about_all_roles_and_every_act_is_tried() -> None:
    assert ATTEMPTS.keys() == MAY.keys()
    assert set(PLAYERS) == {*access.ROLES, access.ASSESSOR}
    assert all(roles <= set(PLAYERS) for roles in MAY.values())


#: The same table once more, as people would write it, so that a slip in the source is one here.
EXPECTED = """
            viewer collector reviewer lead assessor
    read       yes       yes      yes  yes      yes
    comment      -       yes      yes  yes        -
    collect      -       yes        -  yes        -
    review       -         -      yes  yes        -
    check        -       yes      yes  yes        -
    plan         -       yes        -  yes        -
    pack         -         -        -  yes        -
    delete       -         -        -  yes        -
    assign       -         -        -  yes        -
    manage       -         -        -  yes        -
"""


def test_the_table_is_the_documented_one() -> None:
    heads, *rows = [line.split() for line in EXPECTED.strip().splitlines()]
    for act, *cells in rows:
        assert MAY[act] == {role for role, cell in zip(heads, cells, strict=True) if cell == "yes"}, act
    assert MAY.keys() == {row[0] for row in rows}


def outcome(attempt: Callable[[Caller, Team], object], actor: Caller, made: Team) -> type[Refused] | None:
    try:
        attempt(actor, made)
    except Refused as refused:
        return type(refused)
    return None


@pytest.mark.parametrize(("act", "role"), CELLS, ids=[f"{role} {act}" for act, role in CELLS])
def test_each_role_may_what_the_table_says(store: Store, shelf: Shelf, act: str, role: str) -> None:
    for attempt in ATTEMPTS[act]:
        made = Team(store)
        before = made.entries()
        if role in MAY[act]:
            assert outcome(attempt, PLAYERS[role], made) is None
            assert made.entries() != before or act == READ
        else:
            assert outcome(attempt, PLAYERS[role], made) is Forbidden
            assert made.entries() == before
            assert outcome(attempt, LEA, made) is None  # what was refused was there


STRANGERS = {
    "a stranger": SVEN,
    "an administrator without a place": ADA,
    "a visitor": VISITOR,
    "the guest of another": replace(GUEST, token_id=8),
    "an account that is called like a guest": Caller(account_id="token:7"),
    "nobody with an empty id": Caller(account_id=""),
}


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("act", MAY)
def test_for_strangers_there_is_nothing(store: Store, shelf: Shelf, act: str, who: str) -> None:
    for attempt in ATTEMPTS[act]:
        made = Team(store)
        before = made.entries()
        assert outcome(attempt, STRANGERS[who], made) is NotFound
        assert made.entries() == before
        assert outcome(attempt, LEA, made) is None


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**200])
def test_numbers_that_no_database_keeps_are_simply_not_there(made: Team, number: int) -> None:
    with reading() as db, pytest.raises(NotFound):
        seat_in(db, LEA, number)


def test_a_place_in_one_assessment_is_none_in_another(made: Team) -> None:
    other = Team(made.store)
    team.remove_member(LEA, other.number, "id-cleo")
    cleo = PLAYERS[access.COLLECTOR]
    progress.take_step(cleo, made.number, "3.1.1[a]", "start")
    with pytest.raises(NotFound):
        progress.take_step(cleo, other.number, "3.1.1[a]", "start")
