"""Every defence has an attack that wins without it, and every attack a defence that stops it.

To try all attacks without each defence alone takes minutes. So the defences are laid out in a grid: each is off
together with its row, and when the whole grid is asked for (`TEST_WHOLE_GRID`) together with its column, and each time
exactly the attacks win that name one of those that are off. Two that are off together in one are apart in the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from doorward.prove.attack import Attack
from doorward.prove.attacks import ALL
from doorward.serve.prove_app import KIT_PAGES, prove_in_process
from tests.prove import table
from tests.prove.rehearsal import Came, Rehearsal, rehearsed
from tests.prove.stage import on_stage, provider
from tests.prove.switches import all_switches, thrown

IN_PROCESS = {name: switch for name, switch in all_switches().items() if not (switch.on_server or switch.listening)}
ALONE = sorted(name for name, switch in IN_PROCESS.items() if switch.from_start or switch.settings)
#: Sorted by the ends of their names: neighbours are of different kinds then, and do not stand in each other's way.
#: Those of them that need no settings of their own are off together in two runs, as the rows are.
FROM_START = [name for name in ALONE if not IN_PROCESS[name].settings]
IN_GRID = sorted(set(IN_PROCESS) - set(ALONE), key=lambda name: name[::-1])
_ROWS = 6
_WIDTH = -(-len(IN_GRID) // _ROWS)
ROWS = [IN_GRID[start : start + _WIDTH] for start in range(0, len(IN_GRID), _WIDTH)]
#: These find what two defences of one row hide from each other. They cost as much as the rows, and are tried when
#: the whole grid is asked for: `TEST_WHOLE_GRID=1 make test ARGS='-k these_defences'`.
COLUMNS = [IN_GRID[start::_WIDTH] for start in range(_WIDTH)] if os.environ.get("TEST_WHOLE_GRID") else []


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with rehearsed() as ready:
        yield ready


def naming(*defences: str) -> set[str]:
    return {attack.id for attack in ALL if set(attack.defences) & set(defences)}


def exactly(came: Came, *defences: str) -> None:
    """Those that name one of these have won, as far as they could be tried, and no other."""
    named = naming(*defences) & came.tried
    others = {name: came.won[name] for name in set(came.won) - named}
    assert others == {}, "these won, but name none of the defences that were off"
    assert named - set(came.won) == set(), "these name a defence that was off, and did not win"


def test_with_all_defences_on_no_attack_wins(rehearsal: Rehearsal) -> None:
    came = rehearsal.without([], ALL)
    assert came.won == {}
    assert came.uncovered == {}, "a way of the sound app was not covered"
    assert any("one process" in why for whys in came.untried.values() for why in whys), (
        "of many workers nothing is said"
    )


@pytest.mark.parametrize("defence", IN_GRID)
def test_without_one_defence_the_attacks_that_name_it_win(rehearsal: Rehearsal, defence: str) -> None:
    attacks = [attack for attack in ALL if defence in attack.defences]
    came = rehearsal.without([defence], attacks)
    assert came.tried, "none of the attacks that name it could be tried"
    exactly(came, defence)


@pytest.mark.parametrize("defences", [*ROWS, *COLUMNS], ids=" + ".join)
def test_without_these_defences_no_attack_wins_that_names_none_of_them(
    rehearsal: Rehearsal, defences: list[str]
) -> None:
    came = rehearsal.without(defences, ALL)
    # Two that are off together may let something win that neither does alone: only what one lets win must name it.
    others = [attack for attack in ALL if attack.id in set(came.won) - naming(*defences)]
    to_blame = {one.id: [each for each in defences if rehearsal.without([each], [one]).won] for one in others}
    unnamed = {name: those for name, those in to_blame.items() if those}
    assert unnamed == {}, "these win without a defence that they do not name"
    # Some stand in the way of another's attack: that each wins alone is shown above.
    named = naming(*defences) & came.tried
    assert len(named & set(came.won)) * 2 > len(named), "so little won that the app may just be broken"


def from_the_start(defences: list[str], attacks: Sequence[Attack]) -> Came:
    """What came of a run whose app was started and walked through without these defences."""
    settings = {name: value for one in defences for name, value in IN_PROCESS[one].settings.items()}
    with thrown(*defences), on_stage(**settings) as app:
        proof = prove_in_process(app, attacks, left_out=KIT_PAGES, liar=provider())
    won = {one.attack.id: [finding.what for finding in one.findings] for one in proof.results if one.won}
    return Came(won, frozenset(one.attack.id for one in proof.results if one.tried), proof.uncovered)


@pytest.mark.parametrize("defence", ALONE)
def test_without_what_works_from_the_start_the_attacks_that_name_it_win(defence: str) -> None:
    exactly(from_the_start([defence], [one for one in ALL if defence in one.defences]), defence)


@pytest.mark.parametrize("defences", [FROM_START[::2], FROM_START[1::2]], ids=" + ".join)
def test_without_these_from_the_start_no_attack_wins_that_names_none_of_them(defences: list[str]) -> None:
    came = from_the_start(defences, ALL)
    others = [attack for attack in ALL if attack.id in set(came.won) - naming(*defences)]
    to_blame = {one.id: [each for each in defences if from_the_start([each], [one]).won] for one in others}
    unnamed = {name: those for name, those in to_blame.items() if those}
    assert unnamed == {}, "these win without a defence that they do not name"
    named = naming(*defences) & came.tried
    assert len(named & set(came.won)) * 2 > len(named), "so little won that the app may just be broken"


def test_attacks_name_defences_that_can_be_switched_off() -> None:
    switches = all_switches()
    for attack in ALL:
        assert attack.defences, f"{attack.id} names no defence: which one stops it?"
        unknown = set(attack.defences) - set(switches)
        assert unknown == set(), f"{attack.id} names a defence that has no switch"
    named = {defence for attack in ALL for defence in attack.defences}
    assert set(switches) - named == set(), "these defences have no attack that shows them"


def test_the_table_of_defences_and_attacks_is_what_these_tests_show() -> None:
    assert table.FILE.read_text("utf-8") == table.proof_page(), f"renew docs/proof.md: {table.COMMAND}"
