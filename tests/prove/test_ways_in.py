"""The ways in are those that are documented: the page, the list that proofs go by, and the app say the same."""

from __future__ import annotations

import re
from pathlib import Path

from doorward.prove.entrances import ENTRANCES
from doorward.prove.ways import ways_of
from doorward.testing import door_of
from tests.prove.stage import on_stage

PAGE = Path(__file__).parents[2] / "docs" / "ways-in.md"
_ROW = re.compile(r"^\| `((?:GET|POST) [^`]+)` \|", re.M)


def test_the_page_lists_the_ways_in_that_proofs_go_by() -> None:
    assert _ROW.findall(PAGE.read_text("utf-8")) == list(ENTRANCES)


def test_each_is_a_way_of_the_door_for_everybody_and_tries_are_counted() -> None:
    with on_stage() as app:
        ways = {str(way): way for way in ways_of(door_of(app).census.routes()).all}
    assert set(ENTRANCES) <= set(ways)
    assert all(ways[name].public for name in ENTRANCES)
    # A code by mail bears five tries and is gone, so there is nothing to count by address.
    assert {name for name in ENTRANCES if not ways[name].limits} == {"POST /register/verify"}
