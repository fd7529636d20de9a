"""The static checks, one area a file. `run` gives every finding, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType

from doorward.prove.checks import (
    accounts,
    allowances,
    backups,
    cookies,
    database,
    files,
    journal,
    keys,
    limits,
    outbound,
    passwords,
    proxy,
    reach,
    rules,
    sessions,
    settings,
    source,
    templates,
    tls,
    tokens,
)
from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding

AREAS: tuple[ModuleType, ...] = (
    *(keys, files, settings, proxy, tls, cookies, limits, passwords, sessions),
    *(accounts, tokens, backups, database, journal, outbound, rules, templates, source),
)


def run(facts: Facts) -> list[Finding]:
    """Every finding of every check, the worst first; what a comment in the source allows is a note."""
    found = [finding for area in AREAS for finding in area.check(facts)]
    return in_order([*allowances.applied(facts, found), *allowances.check(facts, found)])


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, then by kind and place."""
    return sorted(dict.fromkeys(findings), key=lambda one: (one.severity.rank, one.id, _place(one.where)))


def _place(where: str) -> tuple[str, int]:
    name, _, line = where.rpartition(":")
    return (name, int(line)) if line.isdecimal() else (where, 0)


def kinds() -> Iterator[Kind]:
    """Every kind of finding that a check can report, by area."""
    for module in (*AREAS, allowances, reach):
        yield from sorted((one for one in vars(module).values() if isinstance(one, Kind)), key=lambda one: one.id)


def module_of(area: str) -> ModuleType:
    """The check of this area."""
    return next(module for module in (*AREAS, allowances, reach) if module.__name__.endswith(f".{area}"))


def kind_of(finding_id: str) -> Kind | None:
    """The kind of this id."""
    return next((kind for kind in kinds() if kind.id == finding_id), None)
