"""Reading what a browser would make of planted words: text, or a tag, an attribute, a script, an address that runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from doorward.prove.hostile import MARK, RAN
from doorward.prove.wire import Answer

_TAG = re.compile(r"zq(\d+)t")
_ATTRIBUTE = re.compile(r"zq(\d+)a")
_IN_CODE = re.compile(r"zq(\d+)z'\"")
_RUNS = re.compile(r"(?:javascript|vbscript|data):", re.I)
_ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "srcdoc", "poster", "content")
_CODE = ("text/javascript", "application/javascript", "text/css")
_MARKUP = ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml")


def broken_out(answer: Answer) -> dict[int, str]:
    """The numbers of the words that this answer does not show as mere text, with what they became."""
    if not MARK.search(answer.text) and "zq" not in answer.text:
        return {}
    if answer.kind in _CODE:
        return {int(found[1]): "code of a script" for found in _IN_CODE.finditer(answer.text)}
    if answer.kind not in _MARKUP:
        return {}
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    return reader.found


def running_addresses(answer: Answer) -> dict[int, str]:
    """The numbers of the words that became an address which runs code when it is followed."""
    if answer.kind not in _MARKUP or "zqran" not in answer.text:
        return {}
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    return reader.running


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[int, str] = {}
        self.running: dict[int, str] = {}
        self._code = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code = tag if tag in ("script", "style") else ""
        if named := _TAG.match(tag):
            self.found.setdefault(int(named[1]), "a tag")
        for name, value in attrs:
            if broken := _ATTRIBUTE.match(name):
                self.found.setdefault(int(broken[1]), "an attribute")
            if name.startswith("on"):
                self._note_code(value or "", f"code of {name}")
            if name in _ADDRESSES and _RUNS.match(re.sub(r"[\x00-\x20]", "", value or "")):
                for ran in RAN.finditer(value or ""):
                    self.running.setdefault(int(ran[1]), f"{name} of <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self._code = ""

    def handle_data(self, data: str) -> None:
        if self._code:
            self._note_code(data, f"text of a {self._code}")

    def _note_code(self, code: str, what: str) -> None:
        for found in _IN_CODE.finditer(code):
            self.found.setdefault(int(found[1]), what)
