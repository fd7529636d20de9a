"""What a page elsewhere says of itself: a title and a sentence, read from its head. Plain values.

Whoever wrote the page chose every byte of it. Nothing of it is taken but short texts, which pages show as texts: no
markup, no address, no picture (OWASP ASVS 1.2.1, 1.3.6).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

LONGEST_TITLE, LONGEST_ABOUT = 200, 300
#: A page says what it is in its first part; the rest is not read.
_MOST_READ = 128 * 1024
_AT_ONCE = 8 * 1024
#: By which names pages say what: the first that is there counts.
_NAMES = {
    "title": ("og:title", "twitter:title"),
    "about": ("og:description", "description", "twitter:description"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of itself; empty where it says nothing."""

    title: str = ""
    about: str = ""


def read(html: str) -> Said:
    """What is in the head of a page, whatever was sent as such."""
    reader = _Head()
    for begin in range(0, min(len(html), _MOST_READ), _AT_ONCE):
        reader.feed(html[begin : min(begin + _AT_ONCE, _MOST_READ)])
        if reader.is_over:
            break
    found = {what: next(filter(None, map(reader.said.get, names)), "") for what, names in _NAMES.items()}
    return Said(
        plain(found["title"] or "".join(reader.title), LONGEST_TITLE),
        plain(found["about"], LONGEST_ABOUT),
    )


def plain(text: str, longest: int) -> str:
    """One line of text without what cannot be seen: nothing turns the direction of what stands beside it."""
    seen = (" " if sign.isspace() else "" if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    line = " ".join("".join(seen).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


class _Head(HTMLParser):
    """Reads a page until its head is over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_over = False
        self.said: dict[str, str] = {}
        self.title: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_title = tag == "title" and not self.title
        self.is_over = self.is_over or tag == "body"
        name = (given.get("property") or given.get("name") or "").lower()
        if tag == "meta" and name and not self.is_over:
            self.said.setdefault(name[:60], (given.get("content") or "")[:2_000])

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"
        self.is_over = self.is_over or tag == "head"

    def handle_data(self, data: str) -> None:
        if self._in_title and not self.is_over and sum(map(len, self.title)) < 2_000:
            self.title.append(data)
