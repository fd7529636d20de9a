"""`doorward: allow <id> because …`: a comment in the source turns a finding into a note, if it says why.

It stands on the line of the finding, or in the comment directly above it. In templates: `{# doorward: allow … #}`.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.reading import text_of
from doorward.prove.findings import Finding, Severity

NO_REASON = Kind(
    "allowances.no-reason",
    "A finding is allowed without a reason",
    Severity.MEDIUM,
    "Nobody who reads it later can tell whether it is still right, so it does not count.",
    "Write why: # doorward: allow <id> because …",
    ("15.1.5",),
)
STALE = Kind(
    "allowances.stale",
    "A comment allows what is not there",
    Severity.LOW,
    "It would silently allow the mistake if it came back.",
    "Remove the comment.",
    ("15.1.5",),
)

_ALLOW = re.compile(r"doorward:\s*allow\s+([a-z][a-z0-9.-]*)(?:\s+because\s+(\S.*?))?\s*(?:#\}|-#\}|$)")
_IN_TEMPLATE = re.compile(r"\{#-?(.*?)-?#\}", re.DOTALL)
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Allowance:
    """One such comment.

    Arguments:
        file: as findings name it.
        line: where it stands.
        counts: the lines for which it counts.
        id: what it allows.
        reason: why; empty where none is given.
    """

    file: str
    line: int
    counts: frozenset[int]
    id: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        file, _, line = finding.where.rpartition(":")
        return self.id == finding.id and file == self.file and line.isdecimal() and int(line) in self.counts


def applied(facts: Facts, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; those that a comment allows with a reason as notes that give it."""
    allowances = [one for one in _all(facts) if one.reason]
    for finding in findings:
        reason = next((one.reason for one in allowances if one.covers(finding)), "")
        if reason:
            finding = replace(finding, severity=Severity.NOTE, what=f"{finding.what} Allowed, because {reason}")
        yield finding


def check(facts: Facts, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Comments that do not count."""
    found = list(findings)
    for one in _all(facts):
        where = f"{one.file}:{one.line}"
        if not one.reason:
            yield NO_REASON.found(f"{one.id} is allowed, and nobody says why.", where)
        elif not any(one.covers(finding) for finding in found):
            yield STALE.found(f"{one.id} is allowed here, and nothing of that kind was found.", where)


def _all(facts: Facts) -> list[Allowance]:
    found: list[Allowance] = []
    for path in facts.sources:
        found += _in_python(facts.shown(path), text_of(path))
    for template in facts.templates:
        found += _in_template(template.file, template.source)
    return found


def _in_python(file: str, source: str) -> Iterator[Allowance]:
    if "doorward:" not in source:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return
    alone = {
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    }
    for token in tokens:
        match = _ALLOW.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            yield _allowance(file, token.start[0], _counts(token.start[0], alone), match)


def _counts(line: int, alone: set[int]) -> frozenset[int]:
    """The comment's own line; of a comment that stands alone the first line below it that is none."""
    below = line
    while below in alone:
        below += 1
    return frozenset({line, below})


def _in_template(file: str, source: str) -> Iterator[Allowance]:
    for comment in _IN_TEMPLATE.finditer(source):
        match = _ALLOW.search(" ".join(comment[1].split()))
        if match:
            first = source.count("\n", 0, comment.start()) + 1
            last = first + comment[0].count("\n")
            rest = source[comment.end() :].split("\n", 1)[0].strip()
            alone = not rest and not source[: comment.start()].rpartition("\n")[2].strip()
            yield _allowance(file, first, frozenset({*range(first, last + 1), *([last + 1] if alone else [])}), match)


def _allowance(file: str, line: int, counts: frozenset[int], match: re.Match[str]) -> Allowance:
    reason = (match[2] or "").strip()
    return Allowance(file, line, counts, match[1], reason if len(reason) >= _SHORTEST else "")
