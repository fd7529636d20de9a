"""What a column of a file can mean, and which column most likely means it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..naming import folded


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column can say.

    Arguments:
        key: how the code calls it.
        label: for people.
        names: what columns that say this are usually called, folded.
        needed: whether no award can be made without it.
    """

    key: str
    label: str
    names: tuple[str, ...]
    needed: bool = False


MEANINGS = (
    Meaning("name", "Name of the person or team", ("name", "full name", "ho ten", "ho va ten", "ten", "team"), True),
    Meaning("medal", "Medal", ("medal", "award", "huy chuong", "giai", "giai thuong"), True),
    Meaning("subject", "Subject", ("subject", "subject code", "mon", "mon thi", "mon hoc")),
    Meaning("school", "School", ("school", "truong", "truong hoc")),
    Meaning("grade", "Class or grade", ("grade", "class", "lop", "khoi")),
    Meaning("result", "Result", ("result", "rank", "score", "category", "xep hang", "hang", "diem", "ket qua")),
    Meaning(
        "candidate", "Number of the candidate in this edition", ("candidate no", "candidate", "sbd", "so bao danh")
    ),
    Meaning(
        "person", "Number of the person that holds in all files", ("person", "person id", "student id", "ma hoc sinh")
    ),
    Meaning("competition", "Competition", ("competition", "competition id", "cuoc thi", "ky thi")),
    Meaning("year", "Year", ("year", "nam")),
)
KEYS = tuple(one.key for one in MEANINGS)
#: How the honor roll's configuration calls the same.
_OF_THE_ROLL = {
    "name_col": "name",
    "medal_col": "medal",
    "subject_col": "subject",
    "school_col": "school",
    "grade_col": "grade",
    "rank_col": "result",
    "candidate_no_col": "candidate",
    "competition_col": "competition",
    "year_col": "year",
}


def guessed(columns: Sequence[str], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which column says what, as far as their names tell.

    Arguments:
        known: what a configuration of the honor roll says, by meaning; it counts before any guess.
    """
    found: dict[str, str] = {}
    plain = {folded(name.replace("_", " ")): name for name in reversed(columns)}
    for one in MEANINGS:
        said = (known or {}).get(one.key, "")
        names = [said] if said in columns else [plain[name] for name in one.names if name in plain]
        if free := [name for name in names if name not in found.values()]:
            found[one.key] = free[0]
    return found


def of_the_roll(mapping: Mapping[str, object]) -> dict[str, str]:
    """What the `data_mapping` of an honor roll's configuration says, by meaning."""
    return {key: str(mapping[name]) for name, key in _OF_THE_ROLL.items() if mapping.get(name)}


def problems_with(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """What is wrong with a choice of columns, by meaning, in sentences."""
    problems = {
        one.key: f"{one.label}: choose the column that says it."
        for one in MEANINGS
        if one.needed and not mapping.get(one.key)
    }
    for key, column in mapping.items():
        if column and column not in columns:
            problems[key] = "There is no such column."
    return problems
