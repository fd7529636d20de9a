"""The report as tables: what `csv_table` and `xlsx_table` of the kit write, whose cells are never formulas."""

from __future__ import annotations

from collections.abc import Iterator

from doorward import Cell, Sheet, csv_table, xlsx_table

from .report import STATUS_WORDS, Report
from .sprs import Status
from .ssp_mapping import COLUMNS, NAMES, Said

Rows = Iterator[list[Cell]]

OBJECTIVES = (
    *("Family", "Requirement", "Practice", "Title", "Status", "Weight", "Points lost", "Objective", "What it asks for"),
    *("Stage", "Finding", "Reason", "Reviewed by", "Reviewed on", "Evidence"),
)
POAM = (
    *("Requirement", "Practice", "Title", "Weakness", "Risk", "Remediation", "Responsible", "Due", "Open"),
    *("Milestones", "Why it may not wait", "Level of risk", "Overdue", "How it ended"),
)
SSP = tuple(COLUMNS)
EVIDENCE = ("No.", "File", "Title", "SHA-256", "Collected", "How it was obtained", "Objectives")
FAMILIES = (
    *("Family", "Name", "Requirements", *STATUS_WORDS.values()),
    *("Objectives", "With a finding", "With evidence", "Files", "Points lost"),
)


def objective_rows(report: Report) -> Rows:
    """A row for each objective, with what is said of its requirement."""
    for part in report.parts:
        requirement = part.requirement
        head: list[Cell] = [requirement.family, requirement.id, requirement.practice, requirement.title]
        head += [STATUS_WORDS[part.status], requirement.weight, part.cost]
        for line in part.objectives:
            found: list[Cell] = [line.id, line.text, line.stage, line.finding, line.reason]
            yield [*head, *found, line.reviewed_by, line.reviewed_on, "\n".join(line.evidence)]


def poam_rows(report: Report) -> Rows:
    """A row for each entry of the POA&M."""
    for line in report.poam:
        requirement = report.catalogue.requirement_by_id.get(line.requirement)
        named: list[Cell] = [requirement.practice, requirement.title] if requirement else ["", ""]
        steps = [
            f"{step.due.isoformat() if step.due else 'no day'}, {'done' if step.done else 'open'}: {step.text}"
            for step in line.milestones
        ]
        said: list[Cell] = [line.weakness, line.risk, line.remediation, line.responsible, line.due, not line.closed]
        is_late = line.is_late(report.made_at.date())
        yield [
            *(line.requirement, *named, *said, "\n".join(steps), line.refused or ""),
            *(line.level, is_late, line.ended),
        ]


def evidence_rows(report: Report) -> Rows:
    """A row for each file, with the objectives that it shows."""
    shown: dict[str, list[str]] = {name: [] for name in report.evidence}
    for part in report.parts:
        for objective in part.objectives:
            for name in objective.evidence:
                shown[name].append(objective.id)
    for number, (name, line) in enumerate(report.evidence.items(), start=1):
        yield [number, line.name, line.title, line.sha256, line.collected, line.how, " ".join(shown[name])]


def family_rows(report: Report) -> Rows:
    """A row for each family, with its numbers."""
    for line in report.families:
        counts: list[Cell] = [line.requirements[status] for status in Status]
        numbers: list[Cell] = [line.objectives, line.found, line.covered, line.evidence, line.cost]
        yield [line.family.code, line.family.name, sum(line.requirements.values()), *counts, *numbers]


def report_csv(report: Report) -> str:
    """The objectives as CSV: one table, since a file of that kind holds one."""
    return csv_table(OBJECTIVES, objective_rows(report))


def ssp_rows(report: Report) -> Rows:
    """A row for each requirement, with what the system security plan says of it."""
    for part in report.parts:
        said = part.plan or Said()
        yield [part.requirement.id, part.requirement.title, *(getattr(said, name) for name in NAMES)]


def ssp_csv(report: Report) -> str:
    """The SSP mapping as CSV, in the form in which it is loaded."""
    return csv_table(SSP, ssp_rows(report))


def ssp_xlsx(report: Report) -> bytes:
    """The same as a workbook of one sheet."""
    return xlsx_table([_ssp_sheet(report)], title=report.title)


def _ssp_sheet(report: Report) -> Sheet:
    return Sheet("SSP", SSP, ssp_rows(report), (13, 40, 16, 12, 24, 24, 30, 14, 9, 60))


def poam_csv(report: Report) -> str:
    """The POA&M as CSV."""
    return csv_table(POAM, poam_rows(report))


def poam_xlsx(report: Report) -> bytes:
    """The POA&M as a workbook of one sheet."""
    return xlsx_table([_poam_sheet(report)], title=report.title)


def _poam_sheet(report: Report) -> Sheet:
    return Sheet("POA&M", POAM, poam_rows(report), (13, 16, 40, 40, 40, 40, 20, 13, 8, 40, 40, 13, 10, 30))


def report_xlsx(report: Report) -> bytes:
    """Everything as a workbook: objectives, families, POA&M, SSP mapping and evidence, a sheet each."""
    return xlsx_table(
        [
            Sheet("Objectives", OBJECTIVES, objective_rows(report), (8, 13, 16, 40, 13, 9, 12, 13, 50, 16, 16, 30)),
            Sheet("Families", FAMILIES, family_rows(report), (8, 36)),
            _poam_sheet(report),
            _ssp_sheet(report),
            Sheet("Evidence", EVIDENCE, evidence_rows(report), (6, 55, 30, 55, 13, 24, 30)),
        ],
        title=report.title,
    )
