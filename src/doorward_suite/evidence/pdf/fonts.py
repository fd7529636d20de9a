"""The fonts of a PDF, and how wide a text is in them. What one font lacks, another draws, and at last a box does."""

from __future__ import annotations

import importlib
import io
from functools import cache
from typing import Any

#: From the package pymupdf-fonts, under the SIL Open Font License: FiraGO for words, Cascadia Mono for hashes.
_FILES = {"text": "FiraGO_Regular", "bold": "FiraGO_Bold", "mono": "CascadiaMono_Regular"}
#: Fonts that a reader of PDF brings along (ISO 32000-1, 9.7.5.2), for scripts that would take megabytes to embed.
_CHINESE, _JAPANESE, _KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
#: Drawn for a character that no font has.
_BOX = "[]"
_NONE = "none"

TEXT, BOLD, MONO = "text", "bold", "mono"


class Fonts:
    """The fonts of one document. They are of one document alone, since each remembers which of its glyphs are used."""

    def __init__(self, document: Any) -> None:
        from reportlab.pdfbase.ttfonts import TTFont

        self._document = document
        self._faces: dict[str, Any] = {
            style: TTFont(f"doorward-{style}", io.BytesIO(_buffer(style)), asciiReadable=1) for style in _FILES
        }
        self._ascii = {style: [_em(face, code) for code in range(128)] for style, face in self._faces.items()}
        self._widest = {style: max(widths[32:127]) for style, widths in self._ascii.items()}
        self._names = {style: self._first_name(face) for style, face in self._faces.items()}

    def width(self, text: str, style: str, size: float) -> float:
        """How wide a text is, in points."""
        if text.isascii():
            widths = self._ascii[style]
            return size * sum(map(widths.__getitem__, text.encode()))
        return size * sum(self._piece_width(font, piece) for font, piece in self._split(text, style))

    def widest(self, style: str) -> float:
        """The widest character of ASCII, in sizes of the font."""
        return self._widest[style]

    def plain_font(self, style: str) -> str:
        """The name of what draws ASCII, in the language of PDF."""
        return self._names[style]

    def operators(self, text: str, style: str, size: float) -> str:
        """What draws a text, in the language of PDF.

        Arguments:
            text: as it is seen from left to right.
            style: `TEXT`, `BOLD` or `MONO`.
            size: in points.
        """
        if text.isascii():
            return f"{self._names[style]} {size:g} Tf ({_escaped(text)}) Tj"
        return " ".join(self._drawn(font, piece, size) for font, piece in self._split(text, style))

    def has_all(self, text: str, style: str) -> bool:
        """Whether every character of a text has a glyph of its own."""
        return text.isascii() or all(font != _NONE for font, _ in self._split(text, style))

    def _split(self, text: str, style: str) -> list[tuple[str, str]]:
        """Pieces, each with the font that draws it."""
        pieces: list[tuple[str, str]] = []
        for char in text:
            font = self._font_of(char, style, text)
            if pieces and pieces[-1][0] == font:
                pieces[-1] = (font, pieces[-1][1] + char)
            else:
                pieces.append((font, char))
        return pieces

    def _font_of(self, char: str, style: str, text: str) -> str:
        for candidate in (style, TEXT):
            if ord(char) in self._faces[candidate].face.charToGlyph:
                return candidate
        return _foreign(char, text) or _NONE

    def _piece_width(self, font: str, piece: str) -> float:
        """In sizes of the font."""
        if font == _NONE:
            return len(piece) * self.width(_BOX, TEXT, 1)
        if font in self._faces:
            return sum(_em(self._faces[font], ord(char)) for char in piece)
        return float(_reader_font(font).stringWidth(piece, 1))

    def _drawn(self, font: str, piece: str, size: float) -> str:
        if font == _NONE:
            return self.operators(_BOX * len(piece), TEXT, size)
        if font not in self._faces:
            face = _reader_font(font)
            return f"{self._document.getInternalFontName(font)} {size:g} Tf ({face.formatForPdf(piece)}) Tj"
        face = self._faces[font]
        return " ".join(
            f"{face.getSubsetInternalName(subset, self._document)} {size:g} Tf ({_octal(content)}) Tj"
            for subset, content in face.splitString(piece, self._document)
        )

    def _first_name(self, face: Any) -> str:
        face.splitString(" ", self._document)
        return str(face.getSubsetInternalName(0, self._document))


def _foreign(char: str, text: str) -> str:
    """The font for Chinese, Japanese and Korean; which of them Chinese characters are in, the rest of the text says."""
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return _KOREAN
    if 0x3040 <= code <= 0x30FF or 0xFF66 <= code <= 0xFF9F:
        return _JAPANESE
    if 0x4E00 <= code <= 0x9FFF or 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFFEF:
        return _JAPANESE if any(0x3040 <= ord(each) <= 0x30FF for each in text) else _CHINESE
    return ""


@cache
def _buffer(style: str) -> bytes:
    content: bytes = importlib.import_module(f"pymupdf_fonts.{_FILES[style]}").fontbuffer
    return content


@cache
def _reader_font(name: str) -> Any:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont

    face = UnicodeCIDFont(name)
    registerFont(face)
    return face


def _em(face: Any, code: int) -> float:
    """How wide a character is, in sizes of the font."""
    return float(face.face.charWidths.get(code, face.face.defaultWidth)) / 1000


def _escaped(text: str) -> str:
    """A string of PDF (ISO 32000-1, 7.3.4.2) of plain ASCII."""
    return _octal(text.encode()) if not text.isprintable() or _SPECIAL.intersection(text) else text


def _octal(content: bytes) -> str:
    """A string of PDF, with everything but plain ASCII as octal numbers."""
    return "".join(_ESCAPES[byte] for byte in content)


_SPECIAL = frozenset("()\\")
_ESCAPES = [chr(byte) if 32 <= byte < 127 and chr(byte) not in _SPECIAL else f"\\{byte:03o}" for byte in range(256)]
