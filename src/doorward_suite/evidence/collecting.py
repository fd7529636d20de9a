"""What is said of a piece of evidence when it is added: read from a form or a program, and judged. Plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from doorward import Invalid, one_line, problem_with

from .catalogue import Catalogue

#: How it was obtained. NIST SP 800-171A knows three methods: examine, interview, test.
HOW = {
    "document": "Document",
    "screenshot": "Screenshot",
    "export": "Export from a system",
    "record": "Record or log",
    "interview": "Interview",
    "test": "Test",
    "other": "Something else",
}
LONGEST_TITLE, LONGEST_SOURCE = 200, 200
_YEARS = range(2000, 2100)
_BETWEEN = re.compile(r"[\s,;]+")
_MOST_TYPED = 4000


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed about evidence, as it came; empty where nothing was."""

    title: str = ""
    how: str = ""
    source: str = ""
    collected_on: str = ""
    expires_on: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """The same, judged. An empty title stands for the name of the file."""

    title: str
    how: str
    source: str
    collected_on: date | None
    expires_on: date | None


def judged(typed: Typed, today: date) -> Details:
    """What was typed, or all that is wrong with it.

    Arguments:
        today: nothing was collected later; a day of grace for who lives east of Greenwich.

    Errors:
        Invalid: by field.
    """
    problems: dict[str, str] = {}
    title, source = one_line(typed.title), one_line(typed.source)
    for field, text, longest in (("title", title, LONGEST_TITLE), ("source", source, LONGEST_SOURCE)):
        if text and (problem := problem_with(text, longest)):
            problems[field] = problem
    if typed.how and typed.how not in HOW:
        problems["how"] = "Choose one of the list."
    days: dict[str, date | None] = {}
    for field in ("collected_on", "expires_on"):
        days[field] = read_day(getattr(typed, field))
        if days[field] is None and getattr(typed, field).strip():
            problems[field] = "Write the day as 2026-12-31."
    collected, expires = days["collected_on"], days["expires_on"]
    if collected and (collected - today).days > 1:
        problems["collected_on"] = "This day is still to come."
    if collected and expires and expires < collected:
        problems["expires_on"] = "It cannot expire before it was collected."
    if problems:
        raise Invalid(problems)
    return Details(title, typed.how, source, collected, expires)


def read_day(typed: str) -> date | None:
    """A day as browsers send it; None where it is none, or of another century."""
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return day if day.year in _YEARS and day.isoformat() == typed.strip() else None


def read_objectives(catalogue: Catalogue, typed: Iterable[str]) -> list[str]:
    """Ids of objectives, in the order of the standard, each once; the number of a requirement stands for all of its.

    Arguments:
        typed: numbers, several in a text where blanks, commas or semicolons are between.

    Errors:
        Invalid: something in it is no number of the standard.
    """
    found: set[str] = set()
    for word in _BETWEEN.split(" ".join(typed)[:_MOST_TYPED]):
        requirement = catalogue.requirement(word) if word else None
        objective = catalogue.objective(word) if word else None
        if requirement is not None:
            found.update(one.id for one in requirement.objectives)
        elif objective is not None:
            found.add(objective.id)
        elif word:
            raise Invalid(
                {"objectives": f"“{word[:40]}” is no number of this standard. Write such as 3.1.1[a] or 3.1.1."}
            )
    return sorted(found, key=lambda one: catalogue.place[one])
