"""Attacks that need sockets, on a real server in whose process a defence is switched off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from doorward.prove.attack import Attack
from doorward.prove.attacks import ALL
from doorward.prove.run import Proof
from doorward.serve.prove_app import KIT_PAGES, prove_app
from tests.prove.switches import all_switches

ON_SERVER = sorted(name for name, switch in all_switches().items() if switch.on_server)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOORWARD_ENV", "development")
    monkeypatch.setenv("DOORWARD_HASH_PROFILE", "cheap")
    return tmp_path


def proved_on_a_server(data: Path, attacks: list[Attack], *off: str) -> Proof:
    """What came of these attacks on the sound app, served without these defences."""
    program = ("tests.prove.weakened", ",".join(off)) if off else ("doorward.cli.main",)
    return prove_app(
        "tests.prove.sound.app:create_app", data, attacks, lambda done, of, what: None, program, left_out=KIT_PAGES
    )


#: What is tried on the server: what needs one, and an attack that does not, to show that switches are thrown there.
ATTACKS = [one for one in ALL if set(one.defences) & set(ON_SERVER) or one.id == "access.visitor"]


def area(attack: Attack) -> str:
    """Attacks of the same area stand side by side, and are tried together."""
    return attack.id.partition(".")[0]


#: These wait for deadlines: tried with all defences on, and without those that they name.
SLOW = ("floods.slow-head", "floods.slow-body")


def test_with_all_defences_on_none_of_these_attacks_wins(data: Path) -> None:
    assert [str(one) for one in proved_on_a_server(data, ATTACKS).findings] == []


#: Off alone: whoever fills every place for connections must not be helped, or hindered, by one that stays open.
ALONE = "room for connections"


def apart(defences: Sequence[str]) -> list[list[str]]:
    """Groups in which no two defences are named by attacks of one area: those are thrown in one server together.

    A server costs more than most attacks do. What stands in one area cannot hide what another area shows.
    """
    groups: list[tuple[list[str], set[str]]] = []
    for defence in [one for one in defences if one != ALONE]:
        areas = {area(one) for one in ATTACKS if defence in one.defences}
        together = next((group for group in groups if not group[1] & areas), None)
        if together is None:
            groups.append(([defence], areas))
        else:
            together[0].append(defence)
            together[1].update(areas)
    return [*(names for names, _ in groups), [ALONE]]


@pytest.mark.parametrize("defences", apart(["rule", *ON_SERVER]), ids=" + ".join)
def test_with_these_defences_off_exactly_the_attacks_that_name_one_of_them_win(data: Path, defences: list[str]) -> None:
    off = set(defences)
    named = [one for one in ATTACKS if off & set(one.defences)]
    areas = {area(one) for one in named}
    attacks = [one for one in ATTACKS if one in named or (area(one) in areas and one.id not in SLOW)]
    won = set(proved_on_a_server(data, attacks, *defences).won)
    assert won == {one.id for one in attacks if off & set(one.defences)}
