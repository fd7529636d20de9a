"""The results of a poll as tables, with titles, options and times; cells that no spreadsheet calculates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from doorward import Cell, Sheet, csv_table, xlsx_pieces

from .bars import bars
from .kinds import NAMES, OTHER, RANKING

HEADINGS = (
    *("No.", "Question", "Kind", "Status", "Answer", "Votes", "Share of respondents", "Respondents"),
    *("Opened", "Closed"),
)
#: How many rows of a CSV file are made at once, whatever its length.
_PIECE = 500
#: Rows of one sheet, below its headings: what spreadsheets take.
MOST_ROWS = 1_048_575

#: When each question was opened last, and closed.
Times = Mapping[int, tuple[datetime | None, datetime | None]]
#: Gives all texts of a question, one after the other.
Texts = Callable[[int], Iterable[str]]


def results_csv(snapshot: Mapping[str, Any], texts: Texts, times: Times) -> Iterator[str]:
    """A row for each option, and for each text; a piece at a time, so that no length is too long.

    Arguments:
        snapshot: from `queries.presenter_snapshot`.
        texts: asked for the questions that have texts.
    """
    rows = _rows(snapshot, texts, times)
    yield csv_table(HEADINGS, islice(rows, _PIECE))
    while piece := list(islice(rows, _PIECE)):
        # Without the mark and the headings, which stand before the first piece.
        yield csv_table(HEADINGS, piece).partition("\r\n")[2]


def results_xlsx(snapshot: Mapping[str, Any], texts: Texts, times: Times) -> Iterator[bytes]:
    """The same as a workbook, a piece at a time. What one sheet does not hold goes on in another."""
    rows = _rows(snapshot, texts, times)
    return xlsx_pieces(_sheets(rows), title=snapshot["poll"]["name"])


def _sheets(rows: Iterator[tuple[Cell, ...]], most: int = MOST_ROWS) -> Iterator[Sheet]:
    first: tuple[Cell, ...] | None = next(rows, ())
    while first is not None:
        yield Sheet(
            "Results", HEADINGS, chain([first] if first else [], islice(rows, most - 1)), (6, 40, 20, 10, 40, 8)
        )
        first = next(rows, None)


def _rows(snapshot: Mapping[str, Any], texts: Texts, times: Times) -> Iterator[tuple[Cell, ...]]:
    asked = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    for number, (question, tally) in enumerate(asked, start=1):
        head = (number, question["title"], NAMES[question["kind"]], question["status"])
        for answer in _answers(question, tally, texts):
            yield (*head, *answer, *times.get(question["id"], (None, None)))


def _answers(question: Mapping[str, Any], tally: Mapping[str, Any], texts: Texts) -> Iterator[tuple[Cell, ...]]:
    respondents = tally["respondents"]
    for bar in bars(question, tally):
        if bar.key != OTHER:
            share = f"{bar.said} on average" if question["kind"] == RANKING else f"{bar.share:.1%}"
            yield bar.label, bar.count, share, respondents
    said = False
    for text in texts(question["id"]):
        said = True
        yield text, 1, "", respondents
    if not said:
        yield from ((word["text"], word["count"], "", respondents) for word in tally["words"])


def of_one(snapshot: Mapping[str, Any], question_id: int) -> dict[str, Any]:
    """The snapshot with one question alone; with none where there is no such question."""
    pairs = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    kept: Sequence[tuple[Any, Any]] = [pair for pair in pairs if pair[0]["id"] == question_id]
    return {**snapshot, "questions": [one for one, _ in kept], "tallies": [tally for _, tally in kept]}


def file_name(poll_name: str, ending: str = "results.csv") -> str:
    """A name for the file that every system takes."""
    plain = re.sub(r"[^\w]+", "-", poll_name).strip("-")[:60]
    return f"{plain or 'poll'}-{ending}"
