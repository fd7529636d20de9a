"""Where in a page a piece of a template stands: text, tag, attribute, script, style, comment.

A template is read in one line, its branches one after the other. `Page` follows the HTML between the holes in
which values will stand, and says for each hole in which context that is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

TEXT, TAG, NAME, VALUE, RAW, COMMENT = "text", "tag", "name", "value", "raw", "comment"

#: What stands for a value in the text of an attribute.
HOLE = "\0"
_RAW_TAGS = ("script", "style")
_SPACE = " \t\r\n\f"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, as far as the template says. Values that are filled in later are `HOLE` in its attributes."""

    name: str
    line: int
    attributes: dict[str, str]
    closing: bool = False


@dataclass(slots=True)
class _State:
    where: str = TEXT
    tag: str = ""
    line: int = 0
    closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    attribute: str = ""
    quote: str = ""
    value: str = ""
    raw: str = ""
    pending: str = ""


class Page:
    """Follows one template.

    Arguments:
        on_tag: called with every tag, when it is complete.
    """

    def __init__(self, on_tag: Callable[[Tag], None]) -> None:
        self.state = _State()
        self._on_tag = on_tag
        self._steps: dict[str, Callable[[str, int], None]] = {
            TEXT: self._in_text,
            TAG: self._in_tag,
            NAME: self._in_name,
            VALUE: self._in_value,
            RAW: self._in_raw,
            COMMENT: self._in_comment,
        }

    def copy(self) -> _State:
        """Where the page stands now, to come back to for another branch."""
        return replace(self.state, attributes=dict(self.state.attributes))

    @property
    def where(self) -> str:
        return self.state.where

    def fresh(self) -> None:
        """Begin anew, as in a macro."""
        self.state = _State()

    def hole(self) -> None:
        """A value stands here."""
        state = self.state
        if state.where == VALUE:
            state.value += HOLE
        elif state.where == TAG and state.pending == "=":
            state.where, state.quote, state.value, state.pending = VALUE, "", HOLE, ""
        elif state.where == TAG and not state.pending:
            state.where, state.attribute = NAME, HOLE
        elif state.where == NAME:
            state.attribute += HOLE

    def feed(self, text: str, line: int) -> int:
        """Follow this text. The line behind it."""
        for char in text:
            self._steps[self.state.where](char, line)
            line += char == "\n"
        return line

    def _in_text(self, char: str, line: int) -> None:
        state = self.state
        if char == "<":
            state.pending, state.line = "<", line
        elif state.pending == "<" and (char.isalpha() or char == "/"):
            state.where, state.tag, state.closing = TAG, char if char != "/" else "", char == "/"
            state.attributes, state.pending = {}, "name"
        elif state.pending and state.pending + char in ("<!", "<!-", "<!--"):
            state.pending += char
            if state.pending == "<!--":
                state.where, state.pending = COMMENT, ""
        else:
            state.pending = ""

    def _in_comment(self, char: str, _line: int) -> None:
        state = self.state
        state.pending = (state.pending + char)[-3:]
        if state.pending == "-->":
            state.where, state.pending = TEXT, ""

    def _in_raw(self, char: str, line: int) -> None:
        state = self.state
        state.pending = (state.pending + char)[-20:]
        if state.pending.lower().endswith(f"</{state.raw}>"):
            self._on_tag(Tag(state.raw, line, {}, closing=True))
            state.where, state.pending, state.raw = TEXT, "", ""

    def _in_tag(self, char: str, line: int) -> None:
        state = self.state
        if char == ">":
            self._end_of_tag()
        elif state.pending == "name":
            if char in _SPACE or char == "/":
                state.pending = ""
            else:
                state.tag += char
        elif state.pending == "=" and char not in _SPACE:
            state.where, state.quote = VALUE, char if char in "\"'" else ""
            state.value, state.pending = "" if state.quote else char, ""
        elif char == "=" and state.attribute:
            state.pending = "="
        elif char not in _SPACE and char != "/":
            state.where, state.attribute = NAME, char

    def _in_name(self, char: str, line: int) -> None:
        state = self.state
        if char not in _SPACE and char not in "=>/":
            state.attribute += char
            return
        state.attribute = state.attribute.lower()
        state.attributes.setdefault(state.attribute, "")
        state.where, state.pending = TAG, "=" if char == "=" else ""
        if char == ">":
            self._end_of_tag()

    def _in_value(self, char: str, line: int) -> None:
        state = self.state
        ends = char == state.quote if state.quote else char in _SPACE or char == ">"
        if not ends:
            state.value += char
            return
        state.attributes[state.attribute] = state.value
        state.where, state.attribute, state.value = TAG, "", ""
        if char == ">" and not state.quote:
            self._end_of_tag()

    def _end_of_tag(self) -> None:
        state = self.state
        name = state.tag.lower()
        self._on_tag(Tag(name, state.line, dict(state.attributes), state.closing))
        raw = name in _RAW_TAGS and not state.closing
        self.state = _State(where=RAW if raw else TEXT, raw=name if raw else "", attributes=dict(state.attributes))
