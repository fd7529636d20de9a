"""Templates: what is not escaped, inline code, addresses that others choose, forms without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError

from doorward.prove.checks.facts import Facts, GuardedRoute, Template
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.template_walk import Form, Hole, Seen, walk
from doorward.prove.findings import Finding, Severity

UNESCAPED = Kind(
    "templates.unescaped",
    "A value is put into the page as it is",
    Severity.HIGH,
    "If anybody else chooses a part of it, they write the page: other people see and send what the writer wants.",
    "Remove |safe, Markup or autoescape false. For rich text, clean it with nh3 where it is stored.",
    ("1.2.1", "1.3.1", "3.2.2"),
)
NOT_HTML = Kind(
    "templates.name-not-escaped",
    "A page whose name switches escaping off",
    Severity.HIGH,
    "Flask escapes in .html, .htm, .xml, .xhtml and .svg only; in this file every value stands as it is.",
    "Give the file a name that ends in .html.",
    ("1.2.1",),
)
UNQUOTED = Kind(
    "templates.unquoted",
    "A value in a tag without quotes",
    Severity.HIGH,
    "Escaping does not cover spaces: whoever chooses the value adds attributes and handlers to the tag.",
    "Put quotes around the value of the attribute.",
    ("1.2.1",),
)
IN_SCRIPT = Kind(
    "templates.value-in-script",
    "A value inside a script",
    Severity.HIGH,
    "Escaping for HTML does not hold in a script: whoever chooses the value writes code that runs.",
    "Put the value into a data- attribute, with |tojson|forceescape for more than a text, and read it in a module.",
    ("1.2.3",),
)
IN_STYLE = Kind(
    "templates.value-in-style",
    "A value inside a style",
    Severity.MEDIUM,
    "Whoever chooses the value changes how the page looks, covers its parts, or loads from elsewhere.",
    "Choose a class in the template, and put the style into a style sheet.",
    ("1.2.1",),
)
HANDLER = Kind(
    "templates.inline-handler",
    "An inline handler",
    Severity.MEDIUM,
    "The door's policy refuses it, so it does nothing; it tempts people to loosen the policy for everything else.",
    "Add the handler in a module: addEventListener.",
    ("3.4.3", "1.2.3"),
)
SCRIPT = Kind(
    "templates.inline-script",
    "An inline script",
    Severity.MEDIUM,
    "Without the page's nonce it does not run; with it, whatever is put into it runs as the page's own.",
    'Put it into a static file: <script type="module" src=… nonce="{{ csp_nonce() }}">.',
    ("3.4.3",),
)
STYLE = Kind(
    "templates.inline-style",
    "An inline style",
    Severity.LOW,
    "The door's policy refuses it, so it does nothing; it tempts people to loosen the policy.",
    "Put it into a style sheet.",
    ("3.4.3",),
)
SCRIPT_LINK = Kind(
    "templates.script-link",
    "A link that runs code",
    Severity.MEDIUM,
    "The door's policy refuses javascript: addresses; where it is loosened they run as the page's own code.",
    "Use a button and a module.",
    ("1.2.2", "3.4.3"),
)
ADDRESS = Kind(
    "templates.address",
    "An address that is a value from its beginning",
    Severity.NOTE,
    "If others choose it, they send people elsewhere, or to a javascript: address where the policy is loosened.",
    "Use url_for, or write the beginning of the address in the template, unless the view makes the address itself.",
    ("1.2.2",),
)
NO_TOKEN = Kind(
    "templates.form-without-token",
    "A form without a token",
    Severity.MEDIUM,
    "The door refuses what it sends. Whoever meets that is tempted to exempt the route.",
    'Put <input type="hidden" name="csrf_token" value="{{ csrf_token() }}"> into the form.',
    ("3.5.1",),
)
GET_FORM = Kind(
    "templates.get-form",
    "A form that sends by GET what should be a POST",
    Severity.MEDIUM,
    "What is typed stands in the address: in histories, logs and the Referer.",
    'Write method="post", with a token.',
    ("3.5.3", "14.2.1"),
)
ELSEWHERE = Kind(
    "templates.third-party",
    "Something from another server",
    Severity.MEDIUM,
    "That server learns who looks at the page, and what it sends runs or shows as the page's own. "
    "The door's policy refuses it.",
    "Put a copy into the static files.",
    ("3.6.1", "14.2.3", "3.4.3"),
)
BROKEN = Kind(
    "templates.unreadable",
    "A template that cannot be parsed",
    Severity.LOW,
    "It was not checked, and fails when it is used.",
    "Mend the syntax.",
    (),
)

_LOADING = {
    **dict.fromkeys(("script", "img", "iframe", "embed", "source", "video", "audio", "track"), "src"),
    "link": "href",
    "base": "href",
    "object": "data",
    "form": "action",
}
_OUTSIDE = re.compile(r"\s*(?:https?:)?//[a-z0-9\[]", re.IGNORECASE)
_CODE_LINK = re.compile(r"\s*(?:java|vb)script\s*:", re.IGNORECASE)
_DATA_SCRIPT = ("json", "template", "text/plain", "importmap", "speculationrules")
_EXTENSIONS = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
_LINKS = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "background", "ping")


def check(facts: Facts) -> Iterator[Finding]:
    """Every template of the app and of the door."""
    for template in facts.templates:
        try:
            seen = _walked(template.source)
        except TemplateSyntaxError as problem:
            yield BROKEN.found(f"{problem.message}.", f"{template.file}:{problem.lineno}")
            continue
        yield from _in_template(template, seen, facts)


@lru_cache(maxsize=1024)
def _walked(source: str) -> Seen:
    return walk(Environment(autoescape=True, extensions=_EXTENSIONS).parse(source))


def _in_template(template: Template, seen: Seen, facts: Facts) -> Iterator[Finding]:
    def at(line: int) -> str:
        return f"{template.file}:{line}"

    for line, text in seen.unescaped:
        yield UNESCAPED.found(f"{text}.", at(line))
    looks_like_page = any(tag.name in ("html", "body", "div", "p", "form", "a") for tag in seen.tags)
    if not template.escaped and looks_like_page and seen.holes:
        yield NOT_HTML.found(f"{template.name} is not escaped.", at(1))
    for hole in seen.holes:
        for kind, text in _of_hole(hole):
            chosen = kind is ADDRESS and hole.of_request
            if kind is ADDRESS and not chosen and template.own:
                continue  # the door's own views make them
            yield kind.found(text, at(hole.line), severity=Severity.MEDIUM if chosen else None)
    for tag in seen.tags:
        if not tag.closing:
            for kind, text in _of_tag(tag.name, tag.attributes):
                yield kind.found(text, at(tag.line))
    for form in seen.forms:
        for kind, text in _of_form(form, facts.routes):
            yield kind.found(text, at(form.line))


def _of_hole(hole: Hole) -> Iterator[tuple[Kind, str]]:
    shown = hole.text
    if hole.constant:
        return
    if hole.where == "raw" and hole.tag == "script" and not hole.is_json:
        yield IN_SCRIPT, f"{shown} stands in a script."
    elif hole.where == "raw" and hole.tag == "style":
        yield IN_STYLE, f"{shown} stands in a style sheet."
    elif hole.where in ("tag", "name"):
        if not hole.is_attributes:
            yield UNQUOTED, f"{shown} stands in a tag, outside of any quotes."
    elif hole.where == "value":
        if not hole.quote:
            yield UNQUOTED, f"{shown} is the value of {hole.attribute}, without quotes."
        if hole.attribute.startswith("on"):
            yield IN_SCRIPT, f"{shown} stands in the handler {hole.attribute}."
        elif hole.attribute == "style":
            yield IN_STYLE, f"{shown} stands in a style attribute."
        elif hole.attribute in _LINKS and hole.first and not hole.is_address:
            yield ADDRESS, f"{shown} is the whole beginning of {hole.attribute}."


def _of_tag(name: str, attributes: dict[str, str]) -> Iterator[tuple[Kind, str]]:
    for attribute, value in attributes.items():
        if re.fullmatch(r"on[a-z]+", attribute):
            yield HANDLER, f"<{name}> has the handler {attribute}."
        if attribute == "style":
            yield STYLE, f"<{name}> has a style attribute."
        if attribute in _LINKS and _CODE_LINK.match(value):
            yield SCRIPT_LINK, f"{attribute} of <{name}> is a javascript: address."
    address = attributes.get(_LOADING.get(name, ""), "")
    if _OUTSIDE.match(address) and attributes.get("rel", "") not in ("canonical", "license", "author"):
        yield ELSEWHERE, f"<{name}> names {address.strip()[:80]}."
    if name == "script" and "src" not in attributes:
        kind = attributes.get("type", "").lower()
        if not any(word in kind for word in _DATA_SCRIPT):
            yield SCRIPT, "A script stands in the page itself."
    if name == "style":
        yield STYLE, "A style sheet stands in the page itself."


def _of_form(form: Form, routes: object) -> Iterator[tuple[Kind, str]]:
    method = form.attributes.get("method", "get").strip().lower()
    if method == "post":
        elsewhere = _OUTSIDE.match(form.attributes.get("action", ""))
        if not form.has_token and not elsewhere:
            yield NO_TOKEN, "A form sends by POST and has no field csrf_token."
    elif method == "get":
        if form.asks_password:
            yield GET_FORM, "A form with a password sends by GET."
        elif isinstance(routes, list | tuple) and _only_writes(form, routes):
            yield GET_FORM, f"A form sends by GET to {form.endpoint or form.attributes.get('action')}."


def _only_writes(form: Form, routes: list[GuardedRoute] | tuple[GuardedRoute, ...]) -> bool:
    """Does the form lead to a route of the app that answers no GET?"""
    action = form.attributes.get("action", "").split("?", 1)[0]
    methods = {one.route.method for one in routes if _leads_to(form.endpoint, action, one)}
    return bool(methods) and "GET" not in methods


def _leads_to(endpoint: str, action: str, one: GuardedRoute) -> bool:
    if endpoint:
        return one.route.endpoint == endpoint
    pattern = "".join(
        "[^/]+" if part.startswith("<") else re.escape(part) for part in re.split(r"(<[^>]*>)", one.route.path)
    )
    return bool(action) and re.fullmatch(pattern, action.replace("\0", "x")) is not None
