"""What a page of the door asks of whoever can run the checks: `serve` joins the two, which do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doorward.core.access import Caller


@dataclass(frozen=True, slots=True)
class Explained:
    """What the handbook says of one kind of finding.

    Arguments:
        id: as in findings.
        title: the mistake in a few words.
        severity: how much it matters, as a rule: "high", "medium", "low", "note".
        why: what somebody could do with it.
        mend: what to do.
        asvs: ids of OWASP ASVS 5.0 requirements.
    """

    id: str
    title: str
    severity: str
    why: str
    mend: str
    asvs: tuple[str, ...]


class Checker(Protocol):
    """Runs the static checks on the app that is running."""

    def run(self, actor: Caller) -> None:
        """Check now, and keep what was found. Raises what the store raises."""

    def explain(self, finding_id: str) -> Explained | None:
        """What the handbook says of this kind; None where there is none."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What came of a run of `prove`, as plain values.

    Arguments:
        summary: small facts by name: `counts` of findings by severity, `attacks`, `held`, `covered`, `uncovered`.
        findings: the worst first, as mappings of texts.
        report: the page of it, as HTML.
    """

    summary: Mapping[str, object]
    findings: Sequence[Mapping[str, object]]
    report: bytes


class Prover(Protocol):
    """Lets the app be attacked, on empty records in a temporary place."""

    def run(self, progress: Callable[[int, int], None]) -> Proved:
        """Prove now; it takes minutes. `progress` is told how far it is, and may end it by raising.

        Errors:
            Conflict: another proof is running here, or this one could not be done; with why.
        """
