"""Whether the end of the journal is what was written."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

BROKEN = Kind(
    "journal.broken",
    "The journal was changed",
    Severity.HIGH,
    "Somebody with access to the database or its files changed what happened, or a backup was put back in part.",
    "Run doorward journal verify for the first place, keep a copy of the data folder, and find out who was there.",
    ("16.4.2",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """The last entries against their seals; `doorward journal verify` checks all of them."""
    if facts.journal_break:
        yield BROKEN.found(f"The journal is broken: {facts.journal_break}.", "journal")
