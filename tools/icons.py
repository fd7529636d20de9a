"""Draw the icons of chat that some systems want as PNG (iOS among them): `python -m tools.icons`.

The same shapes as in `icon.svg`, drawn four times as large and made smaller, so that edges are smooth.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[1] / "src" / "doorward_suite" / "chat" / "static"
SIZES = (180, 192, 512)
_DOOR, _PAPER, _BRASS = "#0f5750", "#ffffff", "#d99a2b"
_LARGE = 2048
_ONE = _LARGE // 512


def drawn() -> Image.Image:
    """The icon, as large as it is drawn: a speech bubble with three knobs, one of brass, on the colour of the door."""
    picture = Image.new("RGB", (_LARGE, _LARGE), _DOOR)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle([side * _ONE for side in (104, 160, 408, 344)], 24 * _ONE, _PAPER)
    draw.polygon([(x * _ONE, y * _ONE) for x, y in ((180, 340), (180, 408), (252, 344), (252, 340))], _PAPER)
    for middle, colour in ((192, _DOOR), (256, _DOOR), (320, _BRASS)):
        draw.circle((middle * _ONE, 252 * _ONE), 20 * _ONE, colour)
    return picture


def main() -> None:
    for size in SIZES:
        small = drawn().resize((size, size), Image.Resampling.LANCZOS)
        small.quantize(64).save(FOLDER / f"icon-{size}.png", optimize=True)


if __name__ == "__main__":
    main()
