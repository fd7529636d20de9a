"""Phases: which one a day lies in, and what may be done in it. Plain values in, decisions out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

SOON, COLLECT, DISCUSS, PRIORITISE, RESULTS = "soon", "collect", "discuss", "prioritise", "results"
PHASES = (COLLECT, DISCUSS, PRIORITISE, RESULTS)
NAMES = {
    SOON: "Not begun yet",
    COLLECT: "Collecting",
    DISCUSS: "Discussing",
    PRIORITISE: "Prioritising",
    RESULTS: "Results",
}

CONTRIBUTE, COMMENT, SUPPORT, REPORT, DOT = "contribute", "comment", "support", "report", "dot"
#: What participants may do in which phase. Nothing else in the app says it.
MAY: dict[str, frozenset[str]] = {
    SOON: frozenset(),
    COLLECT: frozenset({CONTRIBUTE, COMMENT, SUPPORT, REPORT}),
    DISCUSS: frozenset({COMMENT, SUPPORT, REPORT}),
    PRIORITISE: frozenset({DOT, REPORT}),
    RESULTS: frozenset({REPORT}),
}
REFUSALS = {
    CONTRIBUTE: "Contributions are not being collected now.",
    COMMENT: "Comments are not being taken now.",
    SUPPORT: "Support is not being counted now.",
    REPORT: "Nothing can be reported before the consultation has begun.",
    DOT: "Dots are not being taken now.",
}


def phase_on(day: date, begins: Sequence[date | None]) -> str:
    """The phase that a day lies in.

    Arguments:
        day: UTC.
        begins: the first day of each of `PHASES`; None for a phase that is left out.
    """
    begun = [phase for phase, first in zip(PHASES, begins, strict=True) if first is not None and first <= day]
    return begun[-1] if begun else SOON


def problems_with(begins: Sequence[date | None]) -> dict[str, str]:
    """What is wrong with the days on which the phases begin, by phase."""
    found: dict[str, str] = {}
    if begins[0] is None:
        found[COLLECT] = "Say the day on which collecting begins."
    latest = begins[0]
    for phase, first in zip(PHASES[1:], begins[1:], strict=True):
        if first is not None and latest is not None and first <= latest:
            found[phase] = f"{NAMES[phase]} begins after the phase before it."
        latest = first or latest
    return found
