"""No page of ours needs what the door's policy forbids: inline code, markup from strings, anything from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import forbidden

SOURCE = Path(__file__).resolve().parents[1] / "src"


#: The report of a proof is a file that needs nothing else: it is never served, and its own policy lets nothing run.
REPORT = "doorward/prove/templates/report.html"


def test_no_page_of_the_source_contains_anything_forbidden() -> None:
    found = [one for one in forbidden(SOURCE) if not (REPORT in one and "an inline style sheet" in one)]
    assert not found, "\n" + "\n".join(found)


PLANTED = {
    "a handler": ("x.html", '<p>\n<button class="a" onclick="go()">', "x.html:2: an inline handler"),
    "a style": ("x.html", "<p style='color: red'>", "a style attribute"),
    "a style sheet": ("x.html", "<style>p {}</style>", "an inline style sheet"),
    "a script": ("x.html", '<script nonce="{{ csp_nonce() }}">go()</script>', "an inline script"),
    "a data block": ("x.html", '<script type="application/json">{}</script>', "an inline script"),
    "a script link": ("x.html", '<a href="javascript:go()">', "a script address"),
    "unescaped": ("x.html", "{{ name | safe }}", "the filter safe"),
    "escaping off": ("x.html", "{% autoescape false %}", "escaping switched off"),
    "a foreign script": ("x.html", '<script src="https://cdn.example/x.js">', "an address of somebody else"),
    "a foreign image": ("x.html", '<img src="//cdn.example.org/x.png">', "an address of somebody else"),
    "markup from a string": ("x.js", "node.innerHTML = text", "HTML from a string"),
    "code from a string": ("x.js", "eval(text)", "code from a string"),
    "a foreign font": ("x.css", "a { src: url(https://fonts.example/x) }", "an address of somebody else"),
    "a foreign sheet": ("x.css", "@import 'x.css';", "a style sheet from elsewhere"),
}


@pytest.mark.parametrize(("name", "text", "said"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_one_is_found(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    found = forbidden(tmp_path)
    assert len(found) == 1, found
    assert said in found[0]


ALLOWED = {
    "a module": ("x.html", '<script type="module" nonce="{{ csp_nonce() }}" src="{{ url_for("static") }}"></script>'),
    "a comment": ("x.html", "{# never onclick= or |safe #}<!-- <style> -->"),
    "a namespace": ("x.svg", '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'),
    "text content": ("x.js", "node.textContent = text; // never innerHTML"),
    "an attribute that only sounds like a handler": ("x.html", '<input data-on="1" content="x" name="only">'),
    "a variable": ("x.css", "a { color: var(--ink) } /* https://example.org */"),
}


@pytest.mark.parametrize(("name", "text"), ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_allowed_is_not_reported(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert forbidden(tmp_path) == []
