"""A sheet as a PDF document of one page, with its fonts in it."""

from __future__ import annotations

import io
import threading
from functools import cache
from typing import Any

from .sheet import Bar, Code, Disc, Sheet, Text, fitted, font_file

_NAMES = {False: "honors-text", True: "honors-bold"}
#: reportlab keeps its fonts for the whole process.
_one_at_a_time = threading.Lock()


@cache
def _registered() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for bold, name in _NAMES.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(font_file(bold))))


def pdf_of(sheet: Sheet) -> bytes:
    """The document."""
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    with _one_at_a_time:
        _registered()
        page = Canvas(written, (sheet.width, sheet.height), invariant=True, pageCompression=1)
        page.setTitle(sheet.title)
        page.setCreator("Doorward")
        _bar(page, sheet, Bar(0, 0, sheet.width, sheet.height, sheet.background))
        for item in sheet.items:
            _put(page, sheet, item)
        page.save()
    return written.getvalue()


def _put(page: Any, sheet: Sheet, item: Text | Bar | Disc | Code) -> None:
    if isinstance(item, Text):
        text, size = fitted(item)
        page.setFillColor(item.colour)
        page.setFont(_NAMES[item.bold], size)
        draw = {"left": page.drawString, "middle": page.drawCentredString, "right": page.drawRightString}
        draw[item.anchor](item.x, sheet.height - item.y, text)
    elif isinstance(item, Bar):
        _bar(page, sheet, item)
    elif isinstance(item, Disc):
        page.setFillColor(item.colour)
        page.circle(item.x, sheet.height - item.y, item.radius, stroke=0, fill=1)
    else:
        _bar(page, sheet, Bar(item.x, item.y, item.side, item.side, "#ffffff"))
        cell, dark = item.cells()
        for x, y in dark:
            _bar(page, sheet, Bar(x, y, cell, cell, "#000000"))


def _bar(page: Any, sheet: Sheet, bar: Bar) -> None:
    page.setFillColor(bar.colour)
    page.rect(bar.x, sheet.height - bar.y - bar.height, bar.width, bar.height, stroke=0, fill=1)
