"""The results of a poll as CSV, with titles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doorward import Cell, csv_table

from .bars import bars
from .kinds import NAMES, OTHER, RANKING

HEADINGS = ("No.", "Question", "Kind", "Status", "Answer", "Votes", "Share of respondents", "Respondents")


def results_csv(snapshot: Mapping[str, Any], texts: Mapping[int, Iterable[str]]) -> str:
    """A row for each option, and for each short answer.

    Arguments:
        snapshot: from `queries.presenter_snapshot`.
        texts: all short answers, by the number of their question.
    """
    return csv_table(HEADINGS, _rows(snapshot, texts))


def _rows(snapshot: Mapping[str, Any], texts: Mapping[int, Iterable[str]]) -> Iterator[tuple[Cell, ...]]:
    asked = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    for number, (question, tally) in enumerate(asked, start=1):
        head = (number, question["title"], NAMES[question["kind"]], question["status"])
        for answer in _answers(question, tally, texts):
            yield (*head, *answer)


def _answers(
    question: Mapping[str, Any], tally: Mapping[str, Any], texts: Mapping[int, Iterable[str]]
) -> Iterator[tuple[Cell, ...]]:
    respondents = tally["respondents"]
    for bar in bars(question, tally):
        if bar.key != OTHER:
            share = f"{bar.said} on average" if question["kind"] == RANKING else f"{bar.share:.1%}"
            yield bar.label, bar.count, share, respondents
    yield from ((text, 1, "", respondents) for text in texts.get(question["id"], ()))
    if not texts.get(question["id"]):
        yield from ((word["text"], word["count"], "", respondents) for word in tally["words"])


def file_name(poll_name: str) -> str:
    """A name for the file that every system takes."""
    plain = re.sub(r"[^\w]+", "-", poll_name).strip("-")[:60]
    return f"{plain or 'poll'}-results.csv"
