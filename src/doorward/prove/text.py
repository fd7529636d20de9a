"""Findings for people at a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from doorward.prove.findings import Finding, Severity

_COLOURS = {Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan", Severity.NOTE: "white"}
_WIDTH = 100


def lines(findings: Sequence[Finding], *, notes: bool = True) -> Iterator[str]:
    """What was found, one paragraph for each kind with the places below it, and a last line that counts.

    Arguments:
        findings: in the order in which to show them.
        notes: whether notes are shown, or only counted.
    """
    shown = [one for one in findings if notes or one.severity is not Severity.NOTE]
    kinds: dict[tuple[str, Severity], list[Finding]] = {}
    for one in shown:
        kinds.setdefault((one.id, one.severity), []).append(one)
    for (_, severity), several in kinds.items():
        yield from _paragraph(severity, several)
    yield summary(findings)


def _paragraph(severity: Severity, several: Sequence[Finding]) -> Iterator[str]:
    first = several[0]
    yield f"{click.style(severity.value.upper().ljust(6), fg=_COLOURS[severity], bold=True)} {first.id}"
    for one in several:
        place = f"  ({one.where})" if one.where else ""
        yield from _wrapped(f"{one.what}{place}", "  • ", "    ")
    if severity is not Severity.NOTE:
        yield from _wrapped(first.why, "    ")
        yield from _wrapped(f"Mend: {first.mend}", "    ")
        asvs = f"ASVS {' '.join(first.asvs)} · " if first.asvs else ""
        yield click.style(f"    {asvs}{first.handbook}", dim=True)
    yield ""


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    """Paths and addresses stay whole, so that they can be clicked and copied."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(findings: Sequence[Finding]) -> str:
    """How many of each severity there are."""
    counts = Counter(one.severity for one in findings)
    if not findings:
        return click.style("Nothing found.", fg="green")
    said = ", ".join(f"{counts[severity]} {severity.value}" for severity in Severity if counts[severity])
    bad = counts[Severity.HIGH] + counts[Severity.MEDIUM]
    return click.style(f"Found: {said}.", fg="red" if bad else "green")
