"""What the administration of honors keeps, kind by kind: its fields, and how what was typed becomes values.

One table says for each kind which fields its form has, so that adding, correcting, deleting and restoring are the same
way for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doorward import Invalid, one_line, problem_with, some_lines, whole_number

#: Kinds of field.
LINE, LINES, NUMBER, DAY, COLOUR = "line", "lines", "number", "day", "colour"
SCHOOL, REFERENCE, TICK = "school", "reference", "tick"

FIRST_YEAR, LAST_YEAR = 1900, 2200
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Arguments:
        name: as in the form.
        label: what people read.
        kind: of the constants above.
        longest: in characters, for texts.
        required: whether it must be filled in.
        hint: a sentence beneath the label; empty for none.
        to: for a reference, the kind that it leads to.
        least, most: of a number.
    """

    name: str
    label: str
    kind: str = LINE
    longest: int = 200
    required: bool = False
    hint: str = ""
    to: str = ""
    least: int = 1
    most: int = 999


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is administered.

    Arguments:
        key: its part of the address.
        one, many: what people call one of it, and all.
        fields: of its form.
        adds: whether it is added by its own form; awards are added where whoever was given them stands.
    """

    key: str
    one: str
    many: str
    fields: tuple[Field, ...]
    adds: bool = True


_NAME = Field("name", "Name", required=True)
_VIETNAMESE = Field("name_vi", "Name in Vietnamese")
_EDITION = Field("edition", "Edition", REFERENCE, required=True, to="editions")
_SCHOOL = Field("school", "School", SCHOOL, hint="As it is called here; a name that is not known yet becomes a school.")

KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "people",
            "person",
            "People",
            (
                Field("full_name", "Full name", longest=120, required=True),
                Field(
                    "short_name",
                    "Short name",
                    longest=120,
                    hint="Shown to those who agreed to this alone. Empty: the initials.",
                ),
                Field(
                    "note", "Note", LINES, 2000, hint="What tells this person from others of the name. Never public."
                ),
            ),
        ),
        Kind(
            "competitions",
            "competition",
            "Competitions",
            (
                _NAME,
                _VIETNAMESE,
                Field("about", "About it", LINES, 4000),
                Field("about_vi", "About it in Vietnamese", LINES, 4000),
            ),
        ),
        Kind(
            "editions",
            "edition",
            "Editions",
            (
                Field("competition", "Competition", REFERENCE, required=True, to="competitions"),
                Field("year", "Year", NUMBER, required=True, least=FIRST_YEAR, most=LAST_YEAR),
                _NAME,
                _VIETNAMESE,
                Field("held_on", "Held on", DAY, hint="A day to come is announced on the page of competitions."),
                Field("announced", "Announce it although the day is not known yet", TICK),
                Field("place", "Place"),
            ),
        ),
        Kind("subjects", "subject", "Subjects", (_NAME, _VIETNAMESE)),
        Kind(
            "medals",
            "medal",
            "Medals",
            (
                Field("rank", "Rank", NUMBER, required=True, hint="1 is the highest."),
                _NAME,
                _VIETNAMESE,
                Field("colour", "Colour", COLOUR),
                Field("icon", "Icon", longest=16, hint="A sign before the name, such as an emoji."),
            ),
        ),
        Kind("schools", "school", "Schools", (_NAME, _VIETNAMESE, Field("place", "Place"))),
        Kind("teams", "team", "Teams", (Field("name", "Name", longest=120, required=True), _EDITION, _SCHOOL)),
        Kind(
            "awards",
            "award",
            "Awards",
            (
                _EDITION,
                Field("medal", "Medal", REFERENCE, required=True, to="medals"),
                Field("subject", "Subject", REFERENCE, to="subjects"),
                _SCHOOL,
                Field("grade", "Class or grade", longest=30),
                Field("result", "Result", longest=60, hint="Points or a place, as it shall be read."),
            ),
            adds=False,
        ),
    )
}


def read_form(kind: Kind, given: Mapping[str, str]) -> dict[str, Any]:
    """What was typed into a form, as values by name.

    Errors:
        Invalid: with a sentence for each field that is wrong.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in kind.fields:
        value, problem = _read(field, given.get(field.name, ""))
        values[field.name] = value
        if problem:
            problems[field.name] = problem
    if problems:
        raise Invalid(problems)
    return values


def _read(field: Field, typed: str) -> tuple[Any, str | None]:
    if field.kind == TICK:
        return bool(typed), None
    text = some_lines(typed) if field.kind == LINES else one_line(typed)
    if not text:
        empty = None if field.kind in (NUMBER, DAY, REFERENCE) else ""
        return empty, f"{field.label} is empty." if field.required else None
    if field.kind in (NUMBER, REFERENCE):
        least, most = (field.least, field.most) if field.kind == NUMBER else (1, 2**63 - 1)
        number = whole_number(text)
        if number is None or not least <= number <= most:
            if field.kind == REFERENCE:
                return None, f"{field.label} is not there any more."
            return None, f"{field.label} is a number from {least} to {most}."
        return number, None
    if field.kind == DAY:
        return _read_day(field, text)
    if field.kind == COLOUR and not _COLOUR.fullmatch(text):
        return "", "Write the colour like #c0a020."
    return text, problem_with(text, field.longest, what=field.label)


def _read_day(field: Field, text: str) -> tuple[date | None, str | None]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, "Write the day like 2026-01-31."
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None, f"{field.label} lies between {FIRST_YEAR} and {LAST_YEAR}."
    return day, None
