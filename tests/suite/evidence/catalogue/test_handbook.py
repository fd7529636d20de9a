"""The examples of the handbook are catalogues, and its list of columns is the one that is read."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from doorward_suite.evidence.catalogue import read_catalogue
from doorward_suite.evidence.catalogue.own_rows import COLUMNS, NEEDED

PAGE = Path(__file__).parents[4] / "docs" / "handbook" / "evidence-catalogue.md"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_example_is_read(kind: str) -> None:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    own = read_catalogue(io.BytesIO(found[1].encode()), key="night-watch", name="Rules of the night watch")
    assert [each.id for each in own.catalogue.objectives] == ["D.1-a", "D.1-b", "D.2-a"]
    assert [each.weight for each in own.catalogue.requirements] == [5, 1]


def test_every_column_is_described() -> None:
    described = dict(re.findall(r"^\| `([a-z0-9 ]+)` \| (needed)? ?\|", PAGE.read_text(), re.MULTILINE))
    assert set(described) == set(COLUMNS)
    assert {name for name, needed in described.items() if needed} == set(NEEDED)
