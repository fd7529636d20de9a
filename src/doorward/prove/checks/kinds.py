"""A kind of finding: what stays the same each time a check reports it. The handbook is made of these texts."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.prove.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Kind:
    """One mistake that a check knows.

    Arguments:
        id: `area.what`, stable; the area is the name of the check's file.
        title: the mistake in a few words, for lists.
        severity: how much it matters, where the check does not say otherwise.
        why: what somebody could do with it.
        mend: what to do about it.
        asvs: the OWASP ASVS 5.0 requirements that it speaks of.
    """

    id: str
    title: str
    severity: Severity
    why: str
    mend: str
    asvs: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def anchor(self) -> str:
        """Its heading in the handbook."""
        return self.id.replace(".", "-")

    def found(self, what: str, where: str = "", *, severity: Severity | None = None, mend: str = "") -> Finding:
        """A finding of this kind.

        Arguments:
            what: what was found, a sentence.
            where: a file and line, a setting, or an address.
            severity: instead of the kind's own.
            mend: instead of the kind's own, where more is known.
        """
        return Finding(
            id=self.id,
            severity=severity or self.severity,
            what=what,
            why=self.why,
            mend=mend or self.mend,
            where=where,
            asvs=self.asvs,
        )
