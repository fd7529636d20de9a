"""A text in one style, and what cells and columns of a table are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .fonts import TEXT

INK, GREY, GREEN, RED, AMBER = "0.11 0.15 0.2", "0.36 0.4 0.45", "0.08 0.4 0.22", "0.64 0.13 0.11", "0.52 0.34 0"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one style.

    Arguments:
        text: what it says; line ends stay.
        size: in points.
        style: of `fonts`.
        colour: three numbers from 0 to 1, as PDF writes them.
    """

    text: str
    size: float = 8.5
    style: str = TEXT
    colour: str = INK


#: What stands in a cell, one below the other.
Cell = Sequence[Words]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and its share of the width."""

    heading: str
    share: float
