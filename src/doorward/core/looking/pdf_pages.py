"""One page of a PDF document as a picture, drawn by PDFium, within bounds.

PDFium is a large parser in C++ for files that strangers make. It is loaded nowhere but in the process that looks into
files, and that process draws one page in its life (`store/examiner.py`). Forms and their scripts are not started.
"""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from doorward.errors import FileRefused

#: Dots for each point of the page at most: what is finer than 600 to the inch shows nothing more.
_MOST_SCALE = 600 / 72
#: Points of a page's side: what the format itself allows (ISO 32000-1, annex C), ten times over.
_LONGEST_SIDE = 144_000
_BROKEN = "This document cannot be shown: it is broken, or wants a password."


def draw(source: BinaryIO, number: int, side: int) -> Image.Image:
    """Draw a page.

    Arguments:
        source: the document, which was looked into before.
        number: of the page, from 1.
        side: the longest side of the picture, in pixels.

    Errors:
        FileRefused: there is no such page, or none can be drawn.
    """
    import pypdfium2  # here alone: no other process needs it

    try:
        with pypdfium2.PdfDocument(source.read()) as document:
            count = len(document)
            if not 1 <= number <= count:
                raise FileRefused(f"This document has {count} pages: there is no page {number}.", why="page")
            page = document[number - 1]
            longest = max(page.get_size())
            if not 0 < longest <= _LONGEST_SIDE:
                raise FileRefused("This page is larger than any that can be shown.", why="pixels")
            drawn = page.render(scale=min(side / longest, _MOST_SCALE), may_draw_forms=False)
            picture: Image.Image = drawn.to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, OSError, OverflowError, MemoryError):
        raise FileRefused(_BROKEN, why="broken") from None
    picture.format = "PNG"  # lines and letters, which are kept as they are while that is not too large
    return picture
