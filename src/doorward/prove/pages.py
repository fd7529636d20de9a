"""Reading a page as a browser would: its links, its forms and what in it could run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


@dataclass(slots=True)
class Field:
    """One field of a form.

    Arguments:
        name, type, value: as in the page; the type of a select is "select", of a text area "textarea".
        required: whether the form asks for it.
        checked: for boxes and radio buttons.
        options: the values of a select.
        rules: other attributes, such as `min`, `max`, `pattern`, `maxlength`, `autocomplete`.
    """

    name: str
    type: str
    value: str = ""
    required: bool = False
    checked: bool = False
    options: tuple[str, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Form:
    """A form of a page. `action` is a path of the same site, `page` the path it stands on."""

    action: str
    method: str
    enctype: str
    fields: list[Field]
    page: str
    foreign: bool = False

    @property
    def has_token(self) -> bool:
        return any(one.name == "csrf_token" for one in self.fields)


@dataclass(slots=True)
class Found:
    """What was found in one page: see `Page`."""

    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    csrf_token: str = ""
    scripts: list[tuple[str, str]] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)


#: How the pages of the kit, and of apps that build on them, name the token.
_TOKEN = re.compile(r'<meta name="csrf-token" content="([\w.-]+)">')


class Page:
    """A page. It is read when it is first asked what is in it, since most are opened for their token alone.

    Arguments:
        path: where it was found.
        html: its text; empty where the answer was no page.
        hosts: names of the site besides those of this machine.
    """

    def __init__(self, path: str, html: str = "", hosts: frozenset[str] = frozenset()) -> None:
        self.path = path
        self._html = html
        self._hosts = hosts

    @cached_property
    def _found(self) -> Found:
        reader = _Reader(self.path, self._hosts)
        if self._html:
            reader.feed(self._html)
            reader.close()
        return reader.found

    @property
    def links(self) -> list[str]:
        """Paths of the same site that it names, in whatever attribute, in order, each once."""
        return self._found.links

    @property
    def forms(self) -> list[Form]:
        """Its forms."""
        return self._found.forms

    @cached_property
    def csrf_token(self) -> str:
        """The token for scripts, from `<meta name="csrf-token">`, or else that of a form."""
        quick = _TOKEN.search(self._html)
        fields = (one for form in self.forms for one in form.fields) if quick is None else ()
        hidden = (one.value for one in fields if one.name == "csrf_token")
        return quick[1] if quick is not None else self._found.csrf_token or next(hidden, "")

    @property
    def scripts(self) -> list[tuple[str, str]]:
        """Of each script, its `src` (empty if inline) and its nonce."""
        return self._found.scripts

    @property
    def handlers(self) -> list[str]:
        """Attributes that hold code, such as `a onclick`."""
        return self._found.handlers

    @property
    def styles(self) -> list[str]:
        """The tags that carry a `style` attribute, and `style` elements without a nonce."""
        return self._found.styles

    @property
    def foreign(self) -> list[str]:
        """Addresses of other sites that the page loads something from."""
        return self._found.foreign

    @property
    def headings(self) -> list[str]:
        """The texts of h1 to h3."""
        return self._found.headings


_LOADS = {"script": "src", "img": "src", "iframe": "src", "embed": "src", "object": "data", "audio": "src"}
_RULES = {"min", "max", "pattern", "maxlength", "minlength", "autocomplete", "placeholder", "step", "accept"}
_TEXT_TYPES = {"input", "textarea", "select"}


class _Reader(HTMLParser):
    def __init__(self, path: str, hosts: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._hosts = hosts | {"here", "localhost", "127.0.0.1", "[::1]"}
        self.path = path
        self.found = Found()
        self._form: Form | None = None
        self._area: Field | None = None
        self._select: Field | None = None
        self._heading = False
        self._loose: dict[str, list[Field]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        self._note_code(tag, given)
        self._note_links(tag, given)
        if tag == "form":
            self._form = self._new_form(given)
        elif tag == "meta" and given.get("name") == "csrf-token":
            self.found.csrf_token = given.get("content", "")
        elif tag == "option" and self._select is not None:
            self._option(given, present)
        elif tag in _TEXT_TYPES or tag == "button":
            self._field(tag, given, present)
        elif tag in ("h1", "h2", "h3"):
            self._heading = True
            self.found.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag in ("h1", "h2", "h3"):
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        if self._heading:
            self.found.headings[-1] = (self.found.headings[-1] + data).strip()
        for word in data.split():
            if "://" in word or word.startswith("/"):
                self._add_link(word.strip(".,;()<>"))

    def close(self) -> None:
        super().close()
        for form in self.found.forms:
            form.fields = [one for one in form.fields if one.name]

    def _new_form(self, given: dict[str, str]) -> Form:
        action, foreign = self._own(given.get("action") or self.path)
        method = (given.get("method") or "get").upper()
        made = Form(action, method, given.get("enctype", ""), [], self.path, foreign)
        self.found.forms.append(made)
        if given.get("id"):
            made.fields += self._loose.pop(given["id"], [])
            self._loose[given["id"]] = made.fields
        return made

    def _field(self, tag: str, given: dict[str, str], present: set[str]) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text").lower() if tag != "textarea" else "textarea"
        kind = "select" if tag == "select" else kind
        made = Field(
            given.get("name", ""),
            kind,
            given.get("value", ""),
            "required" in present,
            "checked" in present,
            (),
            {name: value for name, value in given.items() if name in _RULES},
        )
        if tag == "textarea":
            self._area = made
        if tag == "select":
            self._select = made
        if "form" in given:
            self._loose.setdefault(given["form"], []).append(made)
        elif self._form is not None:
            self._form.fields.append(made)

    def _option(self, given: dict[str, str], present: set[str]) -> None:
        assert self._select is not None  # nosec B101
        value = given.get("value", "")
        self._select.options += (value,)
        if "selected" in present or len(self._select.options) == 1:
            self._select.value = value

    def _note_code(self, tag: str, given: dict[str, str]) -> None:
        if tag == "script":
            self.found.scripts.append((given.get("src", ""), given.get("nonce", "")))
        if tag == "style" and not given.get("nonce"):
            self.found.styles.append("style")
        for name, value in given.items():
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                self.found.handlers.append(f"{tag} {name}")
            if name == "style":
                self.found.styles.append(tag)

    def _note_links(self, tag: str, given: dict[str, str]) -> None:
        loads = _LOADS.get(tag) or ("href" if tag == "link" else "")
        for name, value in given.items():
            if value.startswith(("/", "http://", "https://")) or name in ("href", "src", "action"):
                path, foreign = self._own(value)
                if foreign and name == loads:
                    self.found.foreign.append(value)
                elif not foreign and name != "action":
                    self._add_link(path)

    def _add_link(self, value: str) -> None:
        path, foreign = self._own(value)
        if not foreign and path not in self.found.links:
            self.found.links.append(path)

    def _own(self, value: str) -> tuple[str, bool]:
        """The path of an address, and whether it is of another site."""
        try:
            whole = urlsplit(urljoin(f"http://here{self.path}", value.strip()))
        except ValueError:
            return "", True
        if whole.scheme not in ("http", "https"):
            return "", True
        path = whole.path or "/"
        return f"{path}?{whole.query}" if whole.query else path, not self._is_ours(whole.netloc)

    def _is_ours(self, netloc: str) -> bool:
        host, _, port = netloc.rpartition(":")
        return netloc in self._hosts or (port.isdigit() and host in self._hosts)
