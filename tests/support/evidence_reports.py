"""A report of an assessment, made of plain values: some of everything, with the texts that a test wants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256

from doorward_suite.evidence.artifact_names import artifact_name
from doorward_suite.evidence.catalogue import built_in
from doorward_suite.evidence.poam_rules import standing, why_not_on_poam
from doorward_suite.evidence.report import EvidenceLine, Milestone, ObjectiveLine, PoamLine, Report, RequirementPart
from doorward_suite.evidence.sprs import Status, score

NOT_MET = ("3.1.3", "3.1.5")


def a_report(
    *,
    files: int = 12,
    title: str = "Head office",
    evidence_title: str = "Access policy",
    reason: str = "Seen.",
    marking: str = "CUI",
) -> Report:
    """A report in which 3.1.3 and 3.1.5 are not met, 3.13.11 in part, 3.1.16 not applicable, and all else is met.

    Arguments:
        files: how many pieces of evidence there are, one objective after the other.
        title, evidence_title, reason, marking: texts in it.
    """
    catalogue = built_in()
    statuses = {each.id: Status.MET for each in catalogue.requirements}
    statuses |= dict.fromkeys(NOT_MET, Status.NOT_MET)
    statuses |= {"3.13.11": Status.PARTIAL, "3.1.16": Status.NOT_APPLICABLE}
    evidence: dict[str, EvidenceLine] = {}
    held: dict[str, list[str]] = {each.id: [] for each in catalogue.objectives}
    for number in range(1, files + 1):
        objective = catalogue.objectives[(number - 1) % len(catalogue.objectives)].id
        day = date(2026, 3, 1)
        name = artifact_name(
            catalogue, [objective], evidence_title, number=number, version=1, collected=day, extension="pdf"
        )
        digest = sha256(str(number).encode()).hexdigest()
        evidence[name] = EvidenceLine(name, evidence_title, digest, day, "Screenshot")
        held[objective].append(name)
    parts = tuple(
        RequirementPart(
            requirement,
            f"Official words of {requirement.id}." if requirement.id == "3.1.1" else "",
            statuses[requirement.id],
            tuple(
                ObjectiveLine(
                    id=each.id,
                    text=each.title,
                    stage="Reviewed" if held[each.id] else "Not started",
                    finding="Met" if held[each.id] else "",
                    reason=reason if held[each.id] else "",
                    reviewed_by="Rita Reviewer" if held[each.id] else "",
                    reviewed_on=date(2026, 4, 2) if held[each.id] else None,
                    evidence=tuple(held[each.id]),
                )
                for each in requirement.objectives
            ),
            "By the firewall." if requirement.id == "3.1.1" else "",
        )
        for requirement in catalogue.requirements
    )
    poam = tuple(
        PoamLine(
            number,
            weakness=f"Weakness of {number}",
            risk=f"Risk of {number}",
            remediation=f"Remedy of {number}",
            responsible="Otto Owner",
            due=date(2026, 9, 1),
            milestones=(Milestone("First step", date(2026, 6, 1), True), Milestone("Last step", None, False)),
            closed=False,
            refused=why_not_on_poam(catalogue.requirement_by_id[number], statuses[number]),
        )
        for number in (*NOT_MET, "3.13.11")
    )
    return Report(
        title=title,
        organisation="Example Works, Inc.",
        catalogue=catalogue,
        made_at=datetime(2026, 5, 4, 12, 30, tzinfo=UTC),
        made_by="Lea Lead",
        parts=parts,
        evidence=evidence,
        poam=poam,
        score=score(catalogue, statuses),
        standing=standing(catalogue, statuses, {line.requirement for line in poam}),
        marking=marking,
    )
