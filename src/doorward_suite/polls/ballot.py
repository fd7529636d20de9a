"""Which question a phone shows: the one that was asked for, else the one that was opened last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ballot:
    """What stands on one phone.

    Arguments:
        asked: the question; None while none is open.
        mine: what this respondent answered to it: keys, a text, or None.
        others: the other questions that are open.
    """

    asked: Mapping[str, Any] | None
    mine: list[str] | str | None
    others: list[Mapping[str, Any]]


def ballot(snapshot: Mapping[str, Any], wanted: int | None = None) -> Ballot:
    """The phone's page, of a snapshot by `queries.audience_snapshot`. The page's script chooses the same."""
    opened = [question for question in snapshot["questions"] if question["status"] == "open"]
    opened.sort(key=lambda question: -question["opening"])
    named = [question for question in snapshot["questions"] if question["id"] == wanted]
    asked = next(iter([*named, *opened]), None)
    mine = snapshot["answers"].get(str(asked["id"])) if asked else None
    return Ballot(asked, mine, [question for question in opened if question is not asked])
