"""What no template, script or style sheet of ours may contain, because the door's policy forbids it to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
#: The only addresses that name nothing to be fetched.
NAMESPACES = ("http://www.w3.org/",)

IN_TEMPLATES = {
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "the filter safe": re.compile(r"\|\s*safe\b"),
    "escaping switched off": re.compile(r"\{%-?\s*autoescape\s+false"),
}
#: A picture is a page of its own, which the policy of the page around it does not reach: it may bring its style.
IN_PICTURES = {what: IN_TEMPLATES[what] for what in ("an inline handler", "an inline script", "a script address")}
IN_SCRIPTS = {
    "HTML from a string": re.compile(r"\.(innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|createContextualFragment"),
    "document.write": re.compile(r"document\.write"),
    "code from a string": re.compile(r"\beval\s*\(|\bnew\s+Function\b|set(?:Timeout|Interval)\(\s*['\"`]"),
    "a style from a string": re.compile(r"\.cssText\b|setAttribute\(\s*['\"]style['\"]"),
}
IN_STYLES = {"a style sheet from elsewhere": re.compile(r"@import")}
EVERYWHERE = {"an address of somebody else": re.compile(r"(?:https?:|['\"(=\s])//[a-z0-9-]+\.[a-z]", re.IGNORECASE)}

CHECKS = {
    ".html": (COMMENT, {**IN_TEMPLATES, **EVERYWHERE}),
    ".svg": (COMMENT, {**IN_PICTURES, **EVERYWHERE}),
    ".js": (SCRIPT_COMMENT, {**IN_SCRIPTS, **EVERYWHERE}),
    ".css": (SCRIPT_COMMENT, {**IN_STYLES, **EVERYWHERE}),
}


def forbidden(source: Path) -> list[str]:
    """Every forbidden thing in the pages below a folder, as lines for a person: file, line, what, and the text."""
    files = (path for path in sorted(source.rglob("*")) if path.suffix in CHECKS)
    return [f"{path.relative_to(source)}:{finding}" for path in files for finding in _in_file(path)]


def _in_file(path: Path) -> Iterator[str]:
    comment, checks = CHECKS[path.suffix]
    text = comment.sub(_only_line_ends, path.read_text())
    for namespace in NAMESPACES:
        text = text.replace(namespace, "")
    for what, pattern in checks.items():
        for match in pattern.finditer(text):
            yield f"{text.count(chr(10), 0, match.start()) + 1}: {what}: {match[0].strip()[:80]}"


def _only_line_ends(match: re.Match[str]) -> str:
    """Blank a comment out without moving the lines below it."""
    return "\n" * match[0].count("\n")
