"""The row of a list of thousands, worked out once: where each text stands, so that a row costs its texts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .fonts import Fonts

#: What has a meaning of its own within a string of PDF (ISO 32000-1, 7.3.4.2), and blanks that a line does not keep.
_MEANT = ("(", ")", "\\", "  ")


@dataclass(frozen=True, slots=True)
class Look:
    """How a text of the row looks.

    Arguments:
        x, drop: where its line begins, from the left of the page and down from the top of the row, in points.
        room: how wide it may be.
        size, style, colour: as of `words.Words`.
    """

    x: float
    drop: float
    room: float
    size: float
    style: str
    colour: str


class RowForm:
    """A form into which the texts of each row are put.

    Arguments:
        fonts: of the document.
        looks: of each text of a row, in their order.
    """

    def __init__(self, fonts: Fonts, looks: Sequence[Look]) -> None:
        self._width = fonts.width
        self._looks = looks
        self._widest = [look.size * fonts.widest(look.style) for look in looks]
        self._first = looks[0].drop
        pieces, x, drop = [], 0.0, looks[0].drop
        for place, look in enumerate(looks):
            # Each stands from where the one before it stood: only the first needs to know where the row is.
            down = "%.2f" if place == 0 else f"{drop - look.drop:.2f}"
            font = fonts.plain_font(look.style)
            pieces.append(f"{look.colour} rg {font} {look.size:g} Tf {look.x - x:.2f} {down} Td (%s) Tj")
            x, drop = look.x, look.drop
        self._form = f"BT {' '.join(pieces)} ET"

    def takes(self, texts: Sequence[str]) -> bool:
        """Whether each text of a row is one line of plain ASCII that fits. Any other row is laid out as in a table.

        Arguments:
            texts: one for each look.
        """
        whole = "".join(texts)
        if not (whole.isascii() and whole.isprintable()) or any(sign in whole for sign in _MEANT):
            return False
        for text, look, widest in zip(texts, self._looks, self._widest, strict=True):
            if len(text) * widest > look.room and self._width(text, look.style, look.size) > look.room:
                return False
        return not any(text[:1] == " " or text[-1:] == " " for text in texts)

    def drawn(self, texts: Sequence[str], top: float) -> str:
        """What draws a row that the form takes.

        Arguments:
            top: of the row, in points from the foot of the page.
        """
        return self._form % (top - self._first, *texts)
