"""A catalogue as a file, in the format in which one's own is read: a template, and a way to take one elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from doorward import Cell

from .own_rows import COLUMNS, FORMAT
from .shapes import Catalogue, Requirement
from .wording import RequirementWording, Wording

_SILENT = RequirementWording()


def catalogue_table(catalogue: Catalogue, wording: Wording | None = None) -> tuple[tuple[str, ...], list[list[Cell]]]:
    """The headings and the rows, one for each objective, for `csv_table` and `xlsx_table`.

    Arguments:
        catalogue: what is written.
        wording: the official texts, where they are known; else those columns stay empty.
    """
    return COLUMNS, list(_rows(catalogue, wording or Wording()))


def _rows(catalogue: Catalogue, wording: Wording) -> Iterator[list[Cell]]:
    for family in catalogue.families:
        for requirement in family.requirements:
            facts = list(_facts(requirement, wording).values())
            for objective in requirement.objectives:
                text = wording.objectives.get(objective.id, "")
                yield [family.code, family.number, family.name, *facts, objective.id, objective.title, text]


def catalogue_json(catalogue: Catalogue, wording: Wording | None = None) -> str:
    """The same as JSON, with the key and the name; what is empty is left out."""
    words = wording or Wording()
    document = {
        "format": FORMAT,
        "key": catalogue.key,
        "name": catalogue.name,
        "families": [
            {
                "code": family.code,
                "number": family.number,
                "name": family.name,
                "requirements": [_requirement(requirement, words) for requirement in family.requirements],
            }
            for family in catalogue.families
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _requirement(requirement: Requirement, wording: Wording) -> dict[str, Any]:
    objectives = [
        _without_empty({"id": each.id, "title": each.title, "text": wording.objectives.get(each.id, "")})
        for each in requirement.objectives
    ]
    return {**_without_empty(_facts(requirement, wording)), "objectives": objectives}


def _without_empty(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _facts(requirement: Requirement, wording: Wording) -> dict[str, Cell]:
    """In the order of the columns."""
    poam = "never" if requirement.never_on_poam else "when partial" if requirement.poam_when_partial else ""
    return {
        "id": requirement.id,
        "title": requirement.title,
        "practice": requirement.practice,
        "kind": "basic" if requirement.basic else "derived",
        "weight": requirement.weight,
        "partial_weight": requirement.partial_weight,
        "partial_means": requirement.partial_means,
        "poam": poam,
        "no_score_without": "yes" if requirement.no_score_without else "",
        "level_1": requirement.level_1 or "",
        "text": wording.requirements.get(requirement.id, _SILENT).text,
    }
