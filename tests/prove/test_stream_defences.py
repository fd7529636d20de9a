"""Attacks on streams: each wins without the defences that it names, and none without the others.

They need sockets, and streams that are held; so the process of each run serves the app itself, from a thread.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doorward import Caller, topic
from doorward.prove.attacks import ALL
from tests.prove.rehearsal import Rehearsal, rehearsed
from tests.prove.switches import all_switches

STREAMS = [attack for attack in ALL if attack.id.startswith("streams.")]
#: Opens so many streams that it is tried only with all defences on, and without those that it names.
LARGE = "streams.caps"
NAMED = sorted({defence for attack in STREAMS for defence in attack.defences})


@topic("tests.unnamed")
def nobody(caller: Caller, key: str) -> bool:
    """No page names a stream of this kind."""
    return False


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with rehearsed() as ready:
        yield ready


def test_with_all_defences_on_every_attack_on_streams_is_tried_and_none_wins(rehearsal: Rehearsal) -> None:
    came = rehearsal.without([], STREAMS, listening=True)
    assert came.won == {}
    assert came.tried == {attack.id for attack in STREAMS}
    silent = "no page names one on which something could be made to happen"
    assert f"stream tests.unnamed: {silent}" in came.untried["streams.unseen"]
    assert not any(kind.startswith("stream notes.") for kind in came.untried["streams.unseen"])


@pytest.mark.parametrize("defence", NAMED)
def test_without_one_defence_exactly_the_attacks_on_streams_that_name_it_win(
    rehearsal: Rehearsal, defence: str
) -> None:
    attacks = [attack for attack in STREAMS if attack.id != LARGE or defence in attack.defences]
    came = rehearsal.without([defence], attacks, listening=True)
    assert set(came.won) == {attack.id for attack in attacks if defence in attack.defences}, came.won


def test_every_defence_of_streams_is_switched_off_here() -> None:
    assert {name for name, switch in all_switches().items() if switch.listening} <= set(NAMED)
