"""Text that people send: a line or some lines of readable characters, or a sentence that says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata

#: Controls but line break and tab, half of an emoji pair, direction switches that garble a screen, and the mark that a
#: decoder leaves for broken UTF-8. Unicode adds no further controls and no further halves.
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffd]")


def one_line(text: str) -> str:
    """The text in NFC, trimmed, each run of white space one space. What a phone's keyboard sends is not punished."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def some_lines(text: str) -> str:
    """The text in NFC with its line breaks: each line trimmed, no blank lines around it, never two in a row."""
    lines: list[str] = []
    for line in unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        kept = line.rstrip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip("\n")


def problem_with(text: str, longest: int, *, what: str = "This") -> str | None:
    """Why a text, already through `one_line` or `some_lines`, is not accepted; None when it is.

    Arguments:
        text: what was sent.
        longest: the most characters it may have.
        what: how the sentence begins, such as "The name".
    """
    if not text:
        return f"{what} is empty."
    if len(text) > longest:
        return f"{what} is too long: at most {longest} characters, and it has {len(text)}."
    if _REFUSED.search(text):
        return f"{what} has characters that cannot be shown. Type it again."
    return None


def whole_number(text: str | None) -> int | None:
    """A number as it stands in an address or a form; None where it is none that a database keeps."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
