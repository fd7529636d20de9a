"""Tallies as bars: each option with its count and its share of those who answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .kinds import CLOUD, NUMBER, RANKING, RATING, SHORT, SUM, WORD_CLOUD

#: Words of a cloud come in this many sizes.
SIZES = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart; `share` goes from 0 to 1. In a select-all the shares add up to more than 1.

    Arguments:
        said: what stands in the place of the share, where that is not what people want to know.
        right: whether it was revealed as a right answer.
        picture: the name of the option's picture, where it has one.
    """

    key: str
    label: str
    count: int
    share: float
    said: str = ""
    right: bool = False
    picture: str = ""


def bars(question: Mapping[str, Any], tally: Mapping[str, Any]) -> list[Bar]:
    """The rows of a question's chart, in the question's order. The page's script calculates the same.

    In a ranking the count is the points, the share is that of all firsts, and what is said is the average place.

    Arguments:
        question, tally: as `live.question_data` and `live.tally_data` give them.
    """
    ranked = question["kind"] == RANKING
    places = len(question["options"])
    everybody = (tally["respondents"] or 1) * (places if ranked else 1)
    rows = []
    for option in question["options"]:
        count = tally["counts"].get(option["key"], 0)
        said = f"place {places + 1 - count / tally['respondents']:.1f}" if ranked and count else "–" if ranked else ""
        right = option["key"] in question["right"]
        picture = option.get("picture", "")
        rows.append(Bar(option["key"], option["label"], count, count / everybody, said, right, picture))
    return rows


def average(question: Mapping[str, Any], tally: Mapping[str, Any]) -> str:
    """The average of numbers and ratings, as a sentence; nothing for other kinds. The page's script says the same."""
    count = tally["respondents"]
    if not count or question["kind"] not in (NUMBER, RATING):
        return ""
    if question["kind"] == RATING:
        total = sum(int(key) * chosen for key, chosen in tally["counts"].items())
        return f"Average: {total / count:.1f}."
    decimals = question["decimals"]
    mean = Decimal(question["least"]) + Decimal(tally["counts"][SUM]).scaleb(-decimals) / count
    unit = f" {question['unit']}" if question["unit"] else ""
    return f"Average: {mean:.{decimals + 1}f}{unit}."


@dataclass(frozen=True, slots=True)
class Sized:
    """A word of a cloud: `size` from 1 to `SIZES`, by how many said it beside the most frequent."""

    text: str
    count: int
    size: int


def cloud(tally: Mapping[str, Any]) -> list[Sized]:
    """The words of a cloud, the most frequent first. The page's script sizes them the same."""
    most = max((word["count"] for word in tally["words"]), default=1)
    return [
        Sized(word["text"], word["count"], 1 + (SIZES - 1) * (word["count"] - 1) // max(1, most - 1))
        for word in tally["words"]
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
    def cloud(self) -> list[Sized]:
        return cloud(self.tally)

    @property
    def has_bars(self) -> bool:
        return bool(self.question["options"])

    @property
    def has_cloud(self) -> bool:
        kind, show = self.question["kind"], self.question["show"]
        return bool(kind == CLOUD or (kind == SHORT and show == WORD_CLOUD))

    @property
    def has_texts(self) -> bool:
        """Whether the newest texts are shown: short answers as a list, and what people wrote beside the options."""
        other = any(option["key"] == "other" for option in self.question["options"])
        return other or (self.question["kind"] == SHORT and not self.has_cloud)

    @property
    def answered(self) -> str:
        return answered(self.question, self.tally)


def slides(snapshot: Mapping[str, Any]) -> list[Slide]:
    """The questions of `queries.presenter_snapshot` in their order, numbered from 1."""
    pairs = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    return [Slide(number, question, tally) for number, (question, tally) in enumerate(pairs, start=1)]


def answered(question: Mapping[str, Any], tally: Mapping[str, Any]) -> str:
    """How many answered, as a sentence, with the average where there is one. The page's script says the same."""
    count = tally["respondents"]
    revealed = f" Right: {question['right'][0]}." if question["kind"] == NUMBER and question["right"] else ""
    people = "Nobody has answered yet." if not count else f"{count} answered." if count > 1 else "1 person answered."
    return f"{people} {average(question, tally)}".strip() + revealed
