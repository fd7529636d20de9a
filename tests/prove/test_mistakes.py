"""Mistakes that developers make are caught: by the start, by `doorward check`, or by `doorward prove`."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.prove.attacks import ALL
from tests.prove.broken import caught_by
from tests.prove.mistake import APP, Change, Mistake
from tests.prove.mistakes import MISTAKES


def test_the_sound_app_raises_no_alarm(tmp_path: Path) -> None:
    assert caught_by(None, tmp_path, ALL) == set()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_the_mistake_is_caught(tmp_path: Path, mistake: Mistake) -> None:
    named = {one.removeprefix("prove ") for one in mistake.caught}
    found = caught_by(mistake, tmp_path, [attack for attack in ALL if attack.id in named])
    assert set(mistake.caught) <= found, f"caught by {sorted(found) or 'nothing'}"


def test_what_a_page_says_that_it_publishes_is_no_mistake(tmp_path: Path) -> None:
    caught = ("prove access.published",)
    said = Change(APP, "@access.member\ndef board", '@access.public\n@access.publishes("the board")\ndef board')
    attacks = [attack for attack in ALL if attack.id == "access.published"]
    assert caught_by(Mistake("the board is published", (said,), caught), tmp_path, attacks) == set()


def test_there_are_at_least_fifty_of_them_and_each_is_another() -> None:
    assert len(MISTAKES) >= 50
    assert len({one.name for one in MISTAKES}) == len({one.changes for one in MISTAKES}) == len(MISTAKES)
    assert all(one.caught for one in MISTAKES)
