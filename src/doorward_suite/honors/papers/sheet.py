"""A sheet of paper as plain values: where which text, bar, disc and code stand, in points from the top left."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

INK, SOFT, BRASS, PAPER, LINE = "#1d2430", "#5b6472", "#96691f", "#fbf7ee", "#d9c9a3"
Anchor = Literal["left", "middle", "right"]
#: FiraGO, from the package pymupdf-fonts, under the SIL Open Font License: it has the letters of Vietnamese.
_FILES = {False: "figo", True: "figbo"}
_SMALLEST = 6.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its base line.

    Arguments:
        widest: where it is wider, it is drawn smaller, down to `least` of its size, and then cut; 0 for no end.
    """

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    colour: str = INK
    anchor: Anchor = "middle"
    widest: float = 0
    least: float = 0.55


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle that is filled."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle that is filled, around its middle."""

    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, with the quiet zone that readers need (ISO/IEC 18004, 5.3.8)."""

    x: float
    y: float
    side: float
    address: str

    def cells(self) -> tuple[float, list[tuple[float, float]]]:
        """How large a dark cell is, and where each stands."""
        import segno

        matrix = [list(row) for row in segno.make(self.address, error="m", micro=False).matrix_iter(border=4)]
        cell = self.side / len(matrix)
        dark = [(x, y) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark]
        return cell, [(self.x + x * cell, self.y + y * cell) for x, y in dark]


@dataclass(slots=True)
class Sheet:
    """A sheet and what stands on it, in the order in which it is drawn.

    Arguments:
        title: what the document is called.
    """

    width: float
    height: float
    title: str
    items: list[Text | Bar | Disc | Code] = field(default_factory=list)
    background: str = PAPER

    def add(self, *items: Text | Bar | Disc | Code) -> None:
        """Put these on top of what is there."""
        self.items += items

    def frame(self, inset: float, thick: float, colour: str) -> None:
        """A line around, so far from the edge."""
        width, height = self.width - 2 * inset, self.height - 2 * inset
        self.add(Bar(inset, inset, width, thick, colour), Bar(inset, inset + height - thick, width, thick, colour))
        self.add(Bar(inset, inset, thick, height, colour), Bar(inset + width - thick, inset, thick, height, colour))


@cache
def font_file(bold: bool) -> bytes:
    """The bytes of the font."""
    import pymupdf_fonts

    return bytes(pymupdf_fonts.myfont(_FILES[bold]))


@cache
def measuring(bold: bool) -> Any:
    """The font as Pillow has it, at 100 points: widths are measured with it, for PNG and PDF alike."""
    from PIL import ImageFont

    return ImageFont.truetype(io.BytesIO(font_file(bold)), 100, layout_engine=ImageFont.Layout.BASIC)


def fitted(item: Text) -> tuple[str, float]:
    """What of a text is drawn, and how large."""
    text = unicodedata.normalize("NFC", " ".join(item.text.split()))
    if not item.widest:
        return text, item.size
    wide = measuring(item.bold).getlength(text) / 100
    if wide * item.size <= item.widest:
        return text, item.size
    size = max(_SMALLEST, item.size * item.least, item.widest / wide)
    if wide * size <= item.widest + 0.01:
        return text, size
    while len(text) > 1 and measuring(item.bold).getlength(f"{text}…") / 100 * size > item.widest:
        text = text[:-1]
    return f"{text.rstrip()}…", size
