"""The results of a poll as CSV, with titles, and with cells that no spreadsheet takes for a formula.

(OWASP "CSV Injection": cells that begin with = + - @ tab or carriage return are made text by an apostrophe, every cell
is quoted; the full-width forms count too, since spreadsheets read them the same.)
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .bars import bars
from .kinds import NAMES, SHORT

HEADINGS = ("No.", "Question", "Kind", "Status", "Answer", "Votes", "Share of respondents", "Respondents")

#: Spreadsheets open a UTF-8 file as such only with this mark at its beginning.
_MARK = "\ufeff"
_FORMULA = "=+-@\t\r\n＝＋－＠"

Cell = str | int


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000")[:1] in tuple(_FORMULA) else text


def results_csv(snapshot: Mapping[str, Any], texts: Mapping[int, Iterable[str]]) -> str:
    """A row for each option, and for each short answer.

    Arguments:
        snapshot: from `queries.presenter_snapshot`.
        texts: all short answers, by the number of their question.
    """
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    asked = zip(snapshot["questions"], snapshot["tallies"], strict=True)
    for number, (question, tally) in enumerate(asked, start=1):
        head = (number, question["title"], NAMES[question["kind"]], question["status"])
        for answer in _answers(question, tally, texts):
            writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in (*head, *answer)])
    return _MARK + file.getvalue()


def _answers(
    question: Mapping[str, Any], tally: Mapping[str, Any], texts: Mapping[int, Iterable[str]]
) -> Iterator[tuple[Cell, ...]]:
    respondents = tally["respondents"]
    if question["kind"] == SHORT:
        yield from ((text, 1, "", respondents) for text in texts.get(question["id"], ()))
    for bar in bars(question, tally):
        yield bar.label, bar.count, f"{bar.share:.1%}", respondents


def file_name(poll_name: str) -> str:
    """A name for the file that every system takes."""
    plain = re.sub(r"[^\w]+", "-", poll_name).strip("-")[:60]
    return f"{plain or 'poll'}-results.csv"
