"""Markdown: what it makes, and that nothing hostile comes through it, in the page's HTML or in the stream's tree."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward_suite.chat import marks

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example/)",
    "[x](/logout)",
    "[x](file:///etc/passwd)",
    "[x](mailto:a@b.example)",
    "<javascript:alert(1)>",
    '<https://x.example/" onmouseover="alert(1)>',
    '[x](https://x.example/ "\\" onclick=\\"alert(1)")',
    '[x](https://x.example/"onclick=alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    "<a href='https://x.example' onclick='alert(1)'>x</a>",
    "<iframe src=https://evil.example></iframe>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<!--<img src=x onerror=alert(1)>-->",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "`</code><script>alert(1)</script>`",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "> <b onmouseover=alert(1)>x</b>",
    "@<script>alert(1)</script>",
    "**<script>alert(1)</script>**",
    "https://x.example/<script>alert(1)</script>",
    "https://x.example/?a=%22onmouseover=alert(1)",
    "<div style='position:fixed;inset:0'>x</div>",
    "[" * 500 + "](" * 500,
    "> " * 300 + "deep",
    "*" * 2000,
]
_ALLOWED = {"a": {"href", "rel", "target"}, "ol": {"start"}, "span": {"class"}}


class _Judge(HTMLParser):
    """What a browser would find in it."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in marks._TAGS:
            self.wrong.append(tag)
        given = dict(attrs)
        self.wrong += [f"{tag} {name}" for name in given if name not in _ALLOWED.get(tag, set())]
        if tag == "a" and not (given.get("href") or "https://").lower().startswith(("http://", "https://")):
            self.wrong.append(str(given["href"]))
        if tag == "a" and given.get("rel") != "noopener noreferrer":
            self.wrong.append("rel")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)


def wrong_in(text: str) -> list[str]:
    judge = _Judge()
    judge.feed(marks.html(text, frozenset({"ben"})))
    judge.close()
    return judge.wrong + list(_wrong_in_tree(marks.tree(text, frozenset({"ben"}))))


def _wrong_in_tree(nodes: Any) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            continue
        tag, attributes, children = node
        found += [tag] if tag not in marks._TAGS else []
        found += [name for name in attributes if name not in _ALLOWED.get(tag, set())]
        found += _wrong_in_tree(children)
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_hostile_comes_through(attack: str) -> None:
    assert wrong_in(attack) == []


def test_the_judge_finds_what_is_hostile() -> None:
    judge = _Judge()
    judge.feed('<p onclick="x">a</p><script>b</script><a href="javascript:x">c</a>')
    assert {"p onclick", "script", "javascript:x", "rel"} <= set(judge.wrong)


_PIECES = ["<", ">", '"', "'", "&", "`", "```", "*", "_", "[", "]", "(", ")", "!", "javascript:", "https://x.example/"]
_PIECES += ["<script>", "onerror=", "\n", " ", "|", "---", "@ben", "a", "#", "data:", "&#x3c;", "\\", "~~", "1. "]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_whatever_is_put_together_stays_harmless(text: str) -> None:
    assert wrong_in(text) == []


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain words", "<p>plain words</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("hi @ben and @eve", '<p>hi <span class="mention">@ben</span> and @eve</p>'),
        ("`@ben`", "<p><code>@ben</code></p>"),
        (
            "https://x.example/a",
            '<p><a href="https://x.example/a" rel="noopener noreferrer" target="_blank">https://x.example/a</a></p>',
        ),
        ("x.example is no link", "<p>x.example is no link</p>"),
    ],
)
def test_what_people_write_is_shown_as_they_mean_it(text: str, html: str) -> None:
    got = marks.html(text, frozenset({"ben"}))
    assert got.replace(">\n<", "><") == html.replace(">\n<", "><")


@pytest.mark.parametrize(
    "text", ["1. one", "1) one", "+ one", "    code", " a", "a\u00a0", "\u3000a", "a\rb", "a\x00b"]
)
def test_one_line_may_be_markdown_without_looking_so(text: str) -> None:
    assert marks.tree(text) == marks.rendered(text)


@settings(max_examples=2_000)
@given(
    st.text(st.one_of(st.sampled_from("ab c1. \t)+-=#!:;'\"$%^(){},?\u00a0"), st.characters(exclude_categories=["Cs"])))
)
def test_what_is_shown_without_reading_it_as_markdown_is_what_markdown_shows(text: str) -> None:
    for one in (text, f"a{text}", f"say {text} z", f"see www.example.org{text}", f"mailto:{text}"):
        assert marks.tree(one) == marks.rendered(one)


def test_most_lines_that_people_write_are_shown_without_reading_them_as_markdown() -> None:
    for text in ("The build is ready.", "Łódź: at 10, or not?", "a - b + c = #4!", "Привет, мир"):
        assert marks._PLAIN.fullmatch(text)
        assert marks.tree(text) == marks.rendered(text) == [["p", {}, [text]]]


def test_code_is_coloured_by_classes_and_not_by_styles() -> None:
    shown = marks.html("```python\ndef f(): return 'x'\n```")
    assert '<span class="k">def</span>' in shown
    assert "style" not in shown


def test_the_names_in_a_text() -> None:
    assert marks.names_in("@ana, (@ben.k) mail@no.example @@x @é-1. /@path @ana") == ["ana", "ben.k", "é-1"]
