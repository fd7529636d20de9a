"""Reads a QR code from the pixels of a picture, as a phone does (ISO/IEC 18004): what has drawn it is not asked.

A clean picture needs no error correction: the data words are read as they stand, and the mask and the level of
correction from the code itself. Only the tables of the standard come from segno.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image
from segno import consts

Grid = list[list[bool]]
#: ISO/IEC 18004, table 10, by the three bits of the format.
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: (row * column) % 2 + (row * column) % 3 == 0,
    lambda row, column: ((row * column) % 2 + (row * column) % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + (row * column) % 3) % 2 == 0,
)
_FORMAT_MASK = 0b101010000010010
_LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
_BYTES = 0b0100


def text_in(picture: Image.Image) -> str:
    """The text of the QR code in a picture in which nothing else is dark.

    Errors:
        AssertionError: there is none, or it is not made as the standard says.
    """
    return _text(_grid(picture.convert("L")))


def _grid(picture: Image.Image) -> Grid:
    """The modules."""
    dark = picture.point(lambda value: 255 if value < 60 else 0)
    box = dark.getbbox()
    assert box
    left, top, right, bottom = box
    # The finder's upper edge is seven modules long (6.3.3): from it how many there are.
    edge = next(x for x in range(left, right) if not dark.getpixel((x, top)))
    version = round(((right - left) / ((edge - left) / 7) - 17) / 4)
    size = 17 + 4 * version
    wide, high = (right - left) / size, (bottom - top) / size
    return [
        [bool(dark.getpixel((int(left + (x + 0.5) * wide), int(top + (y + 0.5) * high)))) for x in range(size)]
        for y in range(size)
    ]


def _text(grid: Grid) -> str:
    size = len(grid)
    version = (size - 17) // 4
    level, mask = _format_of(grid)
    bits = [grid[y][x] ^ _MASKS[mask](y, x) for y, x in _way(size, version)]
    words = [int("".join(map(str, map(int, bits[at : at + 8]))), 2) for at in range(0, len(bits) - 7, 8)]
    stream = "".join(f"{word:08b}" for word in _in_order(words, version, level))
    assert int(stream[:4], 2) == _BYTES
    counted = 8 if version < 10 else 16
    length = int(stream[4 : 4 + counted], 2)
    content = stream[4 + counted : 4 + counted + 8 * length]
    return bytes(int(content[at : at + 8], 2) for at in range(0, len(content), 8)).decode()


def _format_of(grid: Grid) -> tuple[str, int]:
    """The level of correction and the mask, from beside the upper left finder (7.9)."""
    places = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    told = int("".join(str(int(grid[y][x])) for y, x in places), 2) ^ _FORMAT_MASK
    return _LEVELS[told >> 13], told >> 10 & 0b111


def _way(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Where data stands: from the lower right, in columns of two, up and down (7.7.3)."""
    taken = _functions(size, version)
    upwards = True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        for y in range(size - 1, -1, -1) if upwards else range(size):
            yield from ((y, x) for x in (right, right - 1) if (y, x) not in taken)
        upwards = not upwards


def _functions(size: int, version: int) -> set[tuple[int, int]]:
    """Finders, timing, alignment, format and version: where no data stands."""
    taken = {(y, x) for y in range(9) for x in range(9)}
    taken |= {(y, x) for y in range(9) for x in range(size - 8, size)}
    taken |= {(y, x) for y in range(size - 8, size) for x in range(9)}
    taken |= {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    middles = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for middle in ((y, x) for y in middles for x in middles if (y, x) not in corners):
        taken |= {(middle[0] + dy, middle[1] + dx) for dy in range(-2, 3) for dx in range(-2, 3)}
    if version > 6:
        taken |= {(y, x) for y in range(6) for x in range(size - 11, size - 8)}
        taken |= {(x, y) for y in range(6) for x in range(size - 11, size - 8)}
    return taken


def _in_order(words: list[int], version: int, level: str) -> list[int]:
    """The data words of all blocks, one block after the other (7.6)."""
    error = {"L": consts.ERROR_LEVEL_L, "M": consts.ERROR_LEVEL_M, "Q": consts.ERROR_LEVEL_Q, "H": consts.ERROR_LEVEL_H}
    sizes = [block.num_data for block in consts.ECC[version][error[level]] for _ in range(block.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    reading = iter(words)
    for place in range(max(sizes)):
        for block, wide in zip(blocks, sizes, strict=True):
            if place < wide:
                block.append(next(reading))
    return [word for block in blocks for word in block]
