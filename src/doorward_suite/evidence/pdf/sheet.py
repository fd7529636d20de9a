"""Pages that are filled from top to bottom: headings, paragraphs, tables that go on over pages, a head and a foot."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import fonts, scripts
from .listing import Look, RowForm
from .tags import Marker, Tag
from .words import GREY, RED, Cell, Column, Words

#: Points, 72 to an inch: US Letter and ISO 216 A4.
PAPERS = {"letter": (612.0, 792.0), "a4": (595.28, 841.89)}
MARGIN = 54.0
_HEAD = 22.0
_LEADING = 1.38
#: How far a line's letters stand above its foot, in sizes of the font.
_BASE = 0.3
#: Characters of a text that is likely to come again, such as a day.
_SHORT = 24
_PAD = 3.0

_LINE, _SHADE = "0.8 0.83 0.86", "0.95 0.96 0.97"


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    words: Words

    @property
    def height(self) -> float:
        return self.words.size * _LEADING


@dataclass(frozen=True, slots=True)
class _Bookmark:
    page: int
    top: float
    title: str
    level: int


class Sheet:
    """A document that is being filled.

    Arguments:
        title: of the document, in its properties and at the foot of each page.
        paper: of `PAPERS`.
        marking: stands in the middle of the head and the foot of each page; may be empty.
        note: stands at the left of the head of each page.
    """

    def __init__(self, title: str, *, paper: str = "letter", marking: str = "", note: str = "") -> None:
        from reportlab import rl_config
        from reportlab.pdfgen.canvas import Canvas

        # Streams as bytes, not once more as letters: half the size, and much less work.
        rl_config.useA85 = 0
        self.width, self.height = PAPERS[paper]
        self._file = io.BytesIO()
        self._canvas: Any = Canvas(self._file, pagesize=PAPERS[paper], pageCompression=1, lang="en")
        self._canvas.setTitle(title)
        self._canvas.setCreator("Doorward")
        self._fonts = fonts.Fonts(self._canvas._doc)
        self._title, self._marking, self._note = title, marking, note
        self._marker = Marker()
        self._pages: list[list[str]] = []
        self._bookmarks: list[_Bookmark] = []
        self._known: dict[tuple[str, str, float], float] = {}
        self._drawn: dict[tuple[str, str, float], tuple[str, str]] = {}
        self.root = Tag("Document")
        self.new_page()

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * MARGIN

    def new_page(self) -> None:
        self._pages.append([])
        self._marker.begin_page()
        self.y = self.height - MARGIN - _HEAD

    def room(self) -> float:
        """How much of the page is left."""
        return self.y - MARGIN - _HEAD

    def keep(self, height: float) -> None:
        """Go on to the next page unless this much is left."""
        if self.room() < height:
            self.new_page()

    def space(self, height: float) -> None:
        self.y -= height

    def heading(self, level: int, words: Words, *, bookmark: str | None = None, keep: float = 60) -> None:
        """A heading, which never stands alone at the end of a page.

        Arguments:
            level: from 1.
            bookmark: its name in the outline; the heading itself where it is None.
            keep: how much must fit below it.
        """
        self.keep(words.size * _LEADING + keep)
        self._bookmarks.append(_Bookmark(len(self._pages) - 1, self.y, bookmark or words.text, level - 1))
        self._flow(self.root.add(f"H{level}"), words)

    def paragraph(self, words: Words, *, within: Tag | None = None, indent: float = 0) -> None:
        self._flow((within or self.root).add("P"), words, indent)

    def bullets(self, items: Sequence[Words]) -> None:
        """A list with a dot before each item."""
        listed = self.root.add("L")
        for item in items:
            body = listed.add("LI").add("LBody")
            self.keep(item.size * _LEADING)
            dot = f"{GREY} rg {MARGIN + 3:.2f} {self.y - item.size * 0.72:.2f} 2.2 2.2 re f"
            self._put(self._marker.decoration(dot))
            self._flow(body, item, 14)

    def _flow(self, tag: Tag, words: Words, indent: float = 0) -> None:
        lines = list(self._lines(words, self.inner - indent))
        while lines:
            self.keep(lines[0].height)
            fitting = max(int(self.room() / lines[0].height), 1)
            self._piece(tag, self._operators(lines[:fitting], MARGIN + indent, self.y))
            self.y -= _height(lines[:fitting])
            lines = lines[fitting:]

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """A table whose headings stand on every page that it reaches.

        Arguments:
            columns: with headings.
            rows: cells, as many as there are columns; a row that is higher than a page goes on on the next.
        """
        widths, head = self._columns(columns)
        table = self.root.add("Table")
        top = table.add("TR")
        self._row([top.add("TH") for _ in columns], head, widths, shaded=True)
        for cells in rows:
            row = table.add("TR")
            self._row([row.add("TD") for _ in columns], cells, widths, head)

    def listing(self, columns: Sequence[Column], looks: Sequence[Cell], rows: Iterable[Sequence[str]]) -> None:
        """What looks like a table and is read as a list, an item a row: for thousands of rows.

        Arguments:
            columns: with headings.
            looks: what stands in the cells of each row, with texts that do not matter.
            rows: those texts, one cell after the other; an empty one leaves its line empty.
        """
        widths, head = self._columns(columns)
        listed = self.root.add("L")
        self._row(None, head, widths, shaded=True)
        form = RowForm(self._fonts, list(_looks(looks, widths)))
        height = max(_height(_blank(cell)) for cell in looks) + 2 * _PAD
        for texts in rows:
            item = listed.add("LI")
            if form.takes(texts):
                if self.room() < height:
                    self.new_page()
                    self._row(None, head, widths, shaded=True)
                self._frame(height, False)
                self._piece(item, [form.drawn(texts, self.y)])
                self.y -= height
            else:
                said = iter(texts)
                cells = [[replace(words, text=next(said)) for words in cell] for cell in looks]
                self._row([item] * len(columns), cells, widths, head)

    def _columns(self, columns: Sequence[Column]) -> tuple[list[float], list[Cell]]:
        self.keep(60)
        shares = sum(column.share for column in columns)
        widths = [self.inner * column.share / shares for column in columns]
        return widths, [[Words(column.heading, 7.5, fonts.BOLD, GREY)] for column in columns]

    def _row(
        self,
        tags: Sequence[Tag] | None,
        cells: Sequence[Cell],
        widths: Sequence[float],
        head: Sequence[Cell] = (),
        *,
        shaded: bool = False,
    ) -> None:
        """One row. Headings that stand on a further page are seen there, and not read a second time."""
        left = [
            [line for words in cell for line in self._lines(words, width - 2 * _PAD)]
            for cell, width in zip(cells, widths, strict=True)
        ]
        while any(left):
            if self.room() < min(max(map(_height, left)) + 2 * _PAD, 40):
                self.new_page()
                if head:
                    self._row(None, head, widths, shaded=True)
            fitting = [_fitting(lines, self.room() - 2 * _PAD) for lines in left]
            height = max(map(_height, fitting)) + 2 * _PAD
            self._frame(height, shaded)
            self._cells(tags, fitting, widths)
            self.y -= height
            left = [lines[len(drawn) :] for lines, drawn in zip(left, fitting, strict=True)]

    def _cells(self, tags: Sequence[Tag] | None, cells: Sequence[Sequence[_Line]], widths: Sequence[float]) -> None:
        """The cells of a row beside each other; those that share a tag are one piece."""
        drawn: list[tuple[Tag | None, list[str]]] = []
        x = MARGIN
        for place, (lines, width) in enumerate(zip(cells, widths, strict=True)):
            tag = tags[place] if tags else None
            operators = self._operators(lines, x + _PAD, self.y - _PAD)
            if drawn and drawn[-1][0] is tag:
                drawn[-1][1].extend(operators)
            elif operators:
                drawn.append((tag, operators))
            x += width
        for tag, operators in drawn:
            self._piece(tag, operators)

    def _frame(self, height: float, shaded: bool) -> None:
        bottom = self.y - height
        shade = f"{_SHADE} rg {MARGIN:.2f} {bottom:.2f} {self.inner:.2f} {height:.2f} re f\n" if shaded else ""
        rule = f"{_LINE} RG 0.5 w {MARGIN:.2f} {bottom:.2f} m {MARGIN + self.inner:.2f} {bottom:.2f} l S"
        self._put(self._marker.decoration(shade + rule))

    def bar(self, parts: Sequence[tuple[int, str]], *, height: float = 12) -> None:
        """A bar of parts beside each other, in proportion. It is decoration: the numbers stand beside it as text."""
        whole = sum(amount for amount, _ in parts) or 1
        x, operators = MARGIN, []
        for amount, colour in parts:
            wide = self.inner * amount / whole
            operators.append(f"{colour} rg {x:.2f} {self.y - height:.2f} {wide:.2f} {height:.2f} re f")
            x += wide
        self._put(self._marker.decoration("\n".join(operators)))
        self.y -= height

    def _operators(self, lines: Sequence[_Line], x: float, y: float) -> list[str]:
        """Lines below each other."""
        operators = []
        for line in lines:
            y -= line.height
            operators.append(self._text(line, x, y + line.words.size * _BASE))
        return operators

    def _piece(self, tag: Tag | None, operators: Sequence[str]) -> None:
        """A piece of the page that belongs to a tag, or is there to be seen only."""
        content = "\n".join(operators)
        if tag is None:
            self._put(self._marker.decoration(content))
        else:
            self._put(f"{self._marker.begin(tag)}\n{content}\n{self._marker.end()}")

    def _text(self, line: _Line, x: float, y: float) -> str:
        key = (line.text, line.words.style, line.words.size)
        drawn, meant = self._drawn.get(key) or self._draw(key)
        shown = f"BT {line.words.colour} rg {x:.2f} {y:.2f} Td {drawn} ET"
        return f"/Span <</ActualText <{meant}>>> BDC {shown} EMC" if meant else shown

    def _draw(self, key: tuple[str, str, float]) -> tuple[str, str]:
        """What draws a text, and what it means where its glyphs do not say it; short ones, which recur, are kept."""
        text, style, size = key
        seen = scripts.as_seen(text)
        meant = ""
        if seen != text or not self._fonts.has_all(seen, style):
            # What is copied or read aloud is the text itself, not its glyphs (ISO 32000-1, 14.9.4).
            meant = ("\ufeff" + text).encode("utf-16-be", "replace").hex()
        found = self._fonts.operators(seen, style, size), meant
        if len(text) <= _SHORT:
            self._drawn[key] = found
        return found

    def _lines(self, words: Words, width: float) -> Iterator[_Line]:
        for paragraph in words.text.splitlines():
            if self._width(paragraph, words) <= width:
                if paragraph.strip():
                    yield _Line(" ".join(paragraph.split()), words)
                continue
            line, used = "", 0.0
            blank = self._width(" ", words)
            for word in self._words(paragraph, words, width):
                wide = self._width(word, words)
                if line and used + blank + wide > width:
                    yield _Line(line, words)
                    line, used = word, wide
                else:
                    line, used = (f"{line} {word}", used + blank + wide) if line else (word, wide)
            if line:
                yield _Line(line, words)

    def _words(self, text: str, words: Words, width: float) -> Iterator[str]:
        """The words of a text; those that are wider than the line in pieces."""
        for word in text.split():
            if self._width(word, words) <= width:
                yield word
                continue
            piece, used = "", 0.0
            for char in word:
                wide = self._width(char, words)
                if piece and used + wide > width:
                    yield piece
                    piece, used = "", 0.0
                piece, used = piece + char, used + wide
            yield piece

    def _width(self, text: str, words: Words) -> float:
        if len(text) > _SHORT:
            return self._fonts.width(text, words.style, words.size)
        key = (text, words.style, words.size)
        if key not in self._known:
            self._known[key] = self._fonts.width(text, words.style, words.size)
        return self._known[key]

    def _put(self, operators: str) -> None:
        self._pages[-1].append(operators)

    def finish(self) -> bytes:
        """The document. Nothing can be added afterwards."""
        for number, operators in enumerate(self._pages):
            for place, mark in enumerate(self._bookmarks):
                if mark.page == number:
                    self._canvas.bookmarkPage(f"p{place}", fit="XYZ", left=0, top=mark.top)
                    self._canvas.addOutlineEntry(mark.title, f"p{place}", mark.level, closed=mark.level > 0)
            self._canvas.addLiteral("\n".join((*operators, *self._margins(number))))
            self._canvas.showPage()
        document = self._canvas._doc
        self._marker.write(document, self.root, list(document.Pages.pages))
        self._canvas.showOutline()
        self._canvas.save()
        return self._file.getvalue()

    def _margins(self, number: int) -> Iterator[str]:
        pages = Words(f"Page {number + 1} of {len(self._pages)}", 7.5, colour=GREY)
        foot = MARGIN - 8
        head = self.height - MARGIN
        yield self._marginal(Words(self._title, 7.5, colour=GREY), MARGIN, foot)
        yield self._marginal(pages, self.width - MARGIN - self._width(pages.text, pages), foot)
        yield self._marginal(Words(self._note, 7.5, colour=GREY), MARGIN, head)
        if self._marking:
            marking = Words(self._marking, 9, fonts.BOLD, RED)
            middle = (self.width - self._width(marking.text, marking)) / 2
            yield self._marginal(marking, middle, head + 14)
            yield self._marginal(marking, middle, foot - 14)

    def _marginal(self, words: Words, x: float, y: float) -> str:
        line = next(self._lines(words, self.inner * 0.7), _Line("", words))
        return self._marker.decoration(self._text(line, x, y))


def _looks(cells: Sequence[Cell], widths: Sequence[float]) -> Iterator[Look]:
    """Where the texts of such cells stand in a row."""
    x = MARGIN + _PAD
    for cell, width in zip(cells, widths, strict=True):
        drop = _PAD
        for words in cell:
            drop += words.size * _LEADING
            baseline = drop - words.size * _BASE
            yield Look(x, baseline, width - 2 * _PAD, words.size, words.style, words.colour)
        x += width


def _blank(cell: Cell) -> list[_Line]:
    return [_Line("", words) for words in cell]


def _height(lines: Sequence[_Line]) -> float:
    return sum([line.height for line in lines])


def _fitting(lines: Sequence[_Line], room: float) -> list[_Line]:
    """As many lines as fit; one at least, so that what is too high for any page still gets on."""
    used = 0.0
    for place, line in enumerate(lines):
        used += line.height
        if place and used > room:
            return list(lines[:place])
    return list(lines)
