"""Tallies as bars: each option with its count and its share of those who answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart; `share` goes from 0 to 1. In a select-all the shares add up to more than 1."""

    key: str
    label: str
    count: int
    share: float


def bars(question: Mapping[str, Any], tally: Mapping[str, Any]) -> list[Bar]:
    """The rows of a question's chart, in the question's order.

    Arguments:
        question, tally: as `live.question_data` and `live.tally_data` give them.
    """
    everybody = tally["respondents"] or 1
    return [
        Bar(option["key"], option["label"], count, count / everybody)
        for option in question["options"]
        for count in [tally["counts"].get(option["key"], 0)]
    ]


@dataclass(frozen=True, slots=True)
class Slide:
    """One question with its numbers, ready for a page."""

    number: int
    question: Mapping[str, Any]
    tally: Mapping[str, Any]

    @property
    def bars(self) -> list[Bar]:
        return bars(self.question, self.tally)

    @property
    def answered(self) -> str:
        return answered(self.tally)


def slides(snapshot: Mapping[str, Any]) -> list[Slide]:
    """The questions of `queries.presenter_snapshot` in their order, numbered from 1."""
    pairs = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    return [Slide(number, question, tally) for number, (question, tally) in enumerate(pairs, start=1)]


def answered(tally: Mapping[str, Any]) -> str:
    """How many answered, as a sentence. The page's script says the same."""
    count = tally["respondents"]
    return "Nobody has answered yet." if not count else f"{count} answered." if count > 1 else "1 person answered."
