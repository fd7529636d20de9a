"""A sheet as a PNG picture."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

from .sheet import Bar, Code, Disc, Sheet, Text, fitted, font_file

_ANCHORS = {"left": "ls", "middle": "ms", "right": "rs"}


@lru_cache(maxsize=64)
def _font(bold: bool, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(io.BytesIO(font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)


def png_of(sheet: Sheet, scale: float) -> bytes:
    """The picture.

    Arguments:
        scale: pixels in a point.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (round(sheet.width * scale), round(sheet.height * scale)), sheet.background)
    draw = ImageDraw.Draw(picture)
    for item in sheet.items:
        _put(draw, item, scale)
    written = io.BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(written, "PNG", optimize=False)
    return written.getvalue()


def _put(draw: Any, item: Text | Bar | Disc | Code, scale: float) -> None:
    if isinstance(item, Text):
        text, size = fitted(item)
        font = _font(item.bold, max(1, round(size * scale)))
        draw.text((item.x * scale, item.y * scale), text, item.colour, font, _ANCHORS[item.anchor])
    elif isinstance(item, Bar):
        _rectangle(draw, item.x, item.y, item.width, item.height, item.colour, scale)
    elif isinstance(item, Disc):
        box = (item.x - item.radius, item.y - item.radius, item.x + item.radius, item.y + item.radius)
        draw.ellipse(tuple(side * scale for side in box), fill=item.colour)
    else:
        _rectangle(draw, item.x, item.y, item.side, item.side, "#ffffff", scale)
        cell, dark = item.cells()
        for x, y in dark:
            _rectangle(draw, x, y, cell, cell, "#000000", scale)


def _rectangle(draw: Any, x: float, y: float, width: float, height: float, colour: str, scale: float) -> None:
    left, top = round(x * scale), round(y * scale)
    right, bottom = max(left, round((x + width) * scale) - 1), max(top, round((y + height) * scale) - 1)
    draw.rectangle((left, top, right, bottom), fill=colour)
