"""A finding: what a check or an attack reports, in words that an owner and a developer can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much it matters. `HIGH` and `MEDIUM` fail a run; `LOW` fails a strict one; a `NOTE` never does."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """For sorting: the worst first."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Arguments:
        id: the check or attack that found it, stable, `area.what`, such as `tls.plain-http`.
        severity: how much it matters.
        what: what was found, a sentence.
        why: why it matters, a sentence or two.
        mend: what to do, as one can do it.
        where: a file and line, a setting, an address, or a request; empty for the whole installation.
        asvs: ids of the OWASP ASVS 5.0 requirements that it speaks of.
        request: for an attack, what was sent, without secrets.
        answer: for an attack, what came back, shortened.
    """

    id: str
    severity: Severity
    what: str
    why: str
    mend: str
    where: str = ""
    asvs: tuple[str, ...] = ()
    request: str = ""
    answer: str = ""

    @property
    def handbook(self) -> str:
        """The page of the handbook that explains it: one page for each area, one heading for each id."""
        area, _, _ = self.id.partition(".")
        return f"docs/handbook/findings/{area}.md#{self.id.replace('.', '-')}"
