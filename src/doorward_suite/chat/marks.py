"""What people write, as Markdown, made into what a page shows. Rendered on the server and nowhere else.

markdown-it reads it, with HTML switched off and links to http and https only; nh3 sanitises what comes of it; then it
is taken apart into a tree of elements and texts. Pages write the tree down as HTML; the stream sends the tree itself,
and the script builds elements of it, so that no text ever becomes markup in the browser (Trusted Types).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

#: A text, or an element: name, attributes, children.
Node = str | list["str | dict[str, str] | Sequence[Node]"]

_INLINE = ("br", "strong", "em", "s", "code", "a", "span")
_BLOCKS = ("p", "pre", "blockquote", "ul", "ol", "li", "hr", "h1", "h2", "h3", "h4", "h5", "h6")
_TABLES = ("table", "thead", "tbody", "tr", "th", "td")
_TAGS = frozenset({*_INLINE, *_BLOCKS, *_TABLES})
_EMPTY = frozenset({"br", "hr"})
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_KEPT = {"a": ("href", "rel", "target"), "ol": ("start",), "span": ("class",)}
_SCHEMES = frozenset({"http", "https"})
#: Longer code is shown as it is: highlighting is for reading, and nobody reads that much here.
_LONGEST_HIGHLIGHTED = 8_000
_NAME = re.compile(r"(?<![\w@./])@([^\W_](?:[\w.\-]{0,38}[^\W_])?)")
# A line in which nothing is Markdown: it begins with a letter, and has no sign that means something further in.
_PLAIN = re.compile(r"[^\W\d_](?:[^\x00-\x1f\x7f-\x9f*_`~\[\]<>|/\\&@]*[^\s\x00-\x1f\x7f-\x9f*_`~\[\]<>|/\\&@])?")


def names_in(text: str) -> list[str]:
    """What stands behind an at sign, in the order in which it stands there, each once."""
    return list(dict.fromkeys(_NAME.findall(text))) if "@" in text else []


@lru_cache(maxsize=4096)
def tree(text: str, named: frozenset[str] = frozenset()) -> list[Node]:
    """What a message shows, as a tree. Remembered, since every reader of a page asks for it; do not change it.

    Arguments:
        text: Markdown.
        named: the names in it that are people's, case folded; they are marked.
    """
    if _PLAIN.fullmatch(text):
        return [["p", {}, [text]]]
    found = rendered(text)
    return _with_names(found, named) if named else found


def rendered(text: str) -> list[Node]:
    """What a text shows, by Markdown and the sanitiser, whatever is in it. `tree` gives the same, and sooner."""
    cleaned = nh3.clean(
        _markdown.render(text),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        allowed_classes={"span": _CLASSES},
    )
    reader = _Reader()
    reader.feed(cleaned)
    reader.close()
    return reader.top


def links_in(text: str) -> list[str]:
    """Where the links of a text lead, in their order; what is code is no link."""
    return _links(tree(text))


def _links(nodes: Sequence[Node]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if isinstance(node, str) or node[0] in ("code", "pre"):
            continue
        if node[0] == "a":
            found.append(str(node[1].get("href", "")))  # type: ignore[union-attr]
        found += _links(node[2])  # type: ignore[arg-type]
    return [one for one in found if one]


def html(text: str, named: frozenset[str] = frozenset()) -> str:
    """What a message shows, as HTML."""
    return "".join(_written(node) for node in tree(text, named))


def first_line(text: str, longest: int = 120) -> str:
    """The beginning of a message as plain text, for a line that leads to it."""
    words = " ".join(_texts(tree(text))).split()
    line = " ".join(words)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _texts(nodes: Sequence[Node]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        found += [node] if isinstance(node, str) else _texts(node[2])  # type: ignore[arg-type]
    return found


def _written(node: Node) -> str:
    if isinstance(node, str):
        return escape(node)
    tag, attributes, children = node
    assert isinstance(attributes, Mapping)  # nosec B101  # (for the type checker)
    said = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    inner = "".join(_written(child) for child in children)
    return f"<{tag}{said}>" if tag in _EMPTY else f"<{tag}{said}>{inner}</{tag}>"


class _Reader(HTMLParser):
    """Takes sanitised HTML apart. What is not on the list is left out here once more."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top: list[Node] = []
        self._open: list[tuple[str, list[Node]]] = []

    @property
    def _here(self) -> list[Node]:
        return self._open[-1][1] if self._open else self.top

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            return
        children: list[Node] = []
        given = {name: value for name, value in attrs if value}
        kept = {name: given[name] for name in _KEPT.get(tag, ()) if name in given}
        self._here.append([tag, kept, children])
        if tag not in _EMPTY:
            self._open.append((tag, children))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if data != "\n" or (self._open and self._open[-1][0] in ("pre", "code", "span", "p")):
            self._here.append(data)


def _with_names(nodes: Sequence[Node], named: frozenset[str]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            found += _marked(node, named)
        elif node[0] in ("code", "pre", "a"):
            found.append(node)
        else:
            found.append([node[0], node[1], _with_names(node[2], named)])  # type: ignore[arg-type]
    return found


def _marked(text: str, named: frozenset[str]) -> list[Node]:
    found: list[Node] = []
    end = 0
    for match in _NAME.finditer(text):
        if match[1].casefold() not in named:
            continue
        found += [text[end : match.start()], ["span", {"class": "mention"}, [match[0]]]]
        end = match.end()
    return [one for one in [*found, text[end:]] if one]


def _is_link(address: str) -> bool:
    """Only complete addresses of the web: nothing that would lead into this server by a relative one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES and bool(parts.netloc)


def _highlighted(code: str, language: str, _rest: str) -> str:
    if not language or len(code) > _LONGEST_HIGHLIGHTED:
        return ""
    try:
        lexer = get_lexer_by_name(language.split()[0], stripnl=False)
    except ClassNotFound:
        return ""
    made: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return made


def _reader_of_markdown() -> MarkdownIt:
    reader = MarkdownIt(
        "commonmark", {"html": False, "linkify": True, "breaks": True, "highlight": _highlighted, "maxNesting": 12}
    )
    reader.enable(["strikethrough", "table", "linkify"])
    reader.disable(["image", "reference"])
    reader.validateLink = _is_link  # type: ignore[method-assign,assignment]
    finder = reader.linkify
    assert isinstance(finder, LinkifyIt)  # nosec B101  # (for the type checker)
    finder.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    return reader


_CLASSES = {name for name in STANDARD_TYPES.values() if name}
_markdown = _reader_of_markdown()
