"""What is said in an entry of the POA&M and in its milestones, read from a form and judged. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from doorward import Invalid, one_line, problem_with, some_lines

from .collecting import read_day
from .poam_rules import CLOSE_OUT, close_by

#: How bad it would be, in the words of NIST SP 800-30.
LEVELS = {"": "Not said", "low": "Low", "moderate": "Moderate", "high": "High"}
#: How an entry ended.
DONE, WITHDRAWN = "done", "withdrawn"
ENDED = {DONE: "Closed", WITHDRAWN: "Withdrawn"}
LONGEST_TEXT, LONGEST_STEP = 4000, 300
#: Milestones that an entry has.
MOST_STEPS = 50

_TEXTS = {"weakness": "What is missing", "risk": "The risk", "remediation": "What is done"}


@dataclass(frozen=True, slots=True)
class TypedEntry:
    """What somebody typed about an entry, as it came; empty where nothing was."""

    weakness: str = ""
    level: str = ""
    risk: str = ""
    remediation: str = ""
    owner: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The same, judged."""

    weakness: str
    level: str
    risk: str
    remediation: str
    owner: str
    due: date


def judged_plan(typed: TypedEntry, conditional_on: date | None) -> Plan:
    """What was typed, or all that is wrong with it.

    Arguments:
        conditional_on: the conditional CMMC status date, where there is one: nothing may be due more than 180 days
            after it (32 CFR 170.21(b)).

    Errors:
        Invalid: by field.
    """
    said = {name: some_lines(getattr(typed, name)) for name in _TEXTS}
    problems: dict[str, str] = {}
    for name, what in _TEXTS.items():
        needed = name != "risk"
        if (said[name] or needed) and (problem := problem_with(said[name], LONGEST_TEXT, what=what)):
            problems[name] = problem
    if typed.level not in LEVELS:
        problems["level"] = "Choose one of the list."
    due = read_day(typed.due)
    if due is None:
        problems["due"] = "Write the day as 2026-12-31."
    elif conditional_on is not None and due > close_by(conditional_on):
        problems["due"] = too_late(conditional_on)
    if problems or due is None:
        raise Invalid(problems)
    return Plan(said["weakness"], typed.level, said["risk"], said["remediation"], typed.owner, due)


def too_late(conditional_on: date) -> str:
    """Why a day is beyond the close-out."""
    last = close_by(conditional_on).isoformat()
    return f"The POA&M must be closed by {last}, {CLOSE_OUT.days} days after the conditional status (32 CFR 170.21(b))."


def judged_step(text: str, due: str, last: date) -> tuple[str, date]:
    """A milestone and its day.

    Arguments:
        last: the day on which the entry is due.

    Errors:
        Invalid: by field, `step` and `step_due`.
    """
    said, problems = one_line(text), {}
    if problem := problem_with(said, LONGEST_STEP, what="The milestone"):
        problems["step"] = problem
    day = read_day(due)
    if day is None:
        problems["step_due"] = "Write the day as 2026-12-31."
    elif day > last:
        problems["step_due"] = f"The entry itself is due on {last.isoformat()}."
    if problems or day is None:
        raise Invalid(problems)
    return said, day
