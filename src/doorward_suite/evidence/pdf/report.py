"""The assessment report as PDF: cover, summary, families, every requirement, the POA&M, and each file with its hash."""

from __future__ import annotations

from collections.abc import Iterator

from ..poam_rules import Outcome
from ..report import (
    OUTCOME_WORDS,
    STATUS_WORDS,
    FamilyLine,
    ObjectiveLine,
    PoamLine,
    Report,
    RequirementPart,
)
from ..sprs import Status
from .fonts import BOLD, MONO
from .sheet import Sheet
from .words import AMBER, GREEN, GREY, INK, RED, Cell, Column, Words

_COLOURS = {Status.MET: GREEN, Status.PARTIAL: AMBER, Status.NOT_MET: RED, Status.NOT_APPLICABLE: GREY}


def report_pdf(report: Report, *, paper: str = "letter") -> bytes:
    """The report as a PDF file, tagged, with page numbers and an outline.

    Arguments:
        report: what it says.
        paper: "letter" or "a4".
    """
    sheet = Sheet(report.title, paper=paper, marking=report.marking, note=f"Made {_moment(report)} by {report.made_by}")
    _cover(sheet, report)
    _summary(sheet, report)
    _families(sheet, report)
    _requirements(sheet, report)
    _poam(sheet, report)
    _evidence(sheet, report)
    return sheet.finish()


def _cover(sheet: Sheet, report: Report) -> None:
    sheet.space(150)
    sheet.paragraph(Words("ASSESSMENT REPORT", 10, BOLD, GREY))
    sheet.space(6)
    sheet.heading(1, Words(report.title, 26, BOLD))
    if report.organisation:
        sheet.paragraph(Words(report.organisation, 14))
    sheet.space(18)
    sheet.paragraph(Words(report.catalogue.name, 12, colour=GREY))
    sheet.paragraph(Words(f"{_moment(report)}, by {report.made_by}", 12, colour=GREY))
    sheet.space(40)
    if report.score is not None:
        sheet.paragraph(Words("SPRS SCORE", 10, BOLD, GREY))
        sheet.paragraph(Words(_score(report), 40, BOLD))
        sheet.paragraph(Words(f"of {report.score.lowest} to {report.score.highest}", 12, colour=GREY))
    if report.standing is not None:
        sheet.space(14)
        colour = {Outcome.FINAL: GREEN, Outcome.CONDITIONAL: AMBER, Outcome.NONE: RED}[report.standing.outcome]
        sheet.paragraph(Words(OUTCOME_WORDS[report.standing.outcome], 14, BOLD, colour))
    sheet.new_page()


def _score(report: Report) -> str:
    return "None" if report.score is None or report.score.value is None else str(report.score.value)


def _said_score(report: Report) -> str:
    return "there is no score" if _score(report) == "None" else f"the score is {_score(report)}"


def _summary(sheet: Sheet, report: Report) -> None:
    sheet.heading(2, Words("Summary", 16, BOLD))
    sheet.space(6)
    sheet.bar([(report.statuses[status], _COLOURS[status]) for status in Status])
    sheet.space(8)
    counted = ", ".join(f"{report.statuses[status]} {STATUS_WORDS[status].lower()}" for status in Status)
    objectives = sum(line.objectives for line in report.families)
    found = sum(line.found for line in report.families)
    covered = sum(line.covered for line in report.families)
    says = [
        f"{len(report.parts)} requirements: {counted}.",
        f"{objectives} objectives: {found} have a finding, {covered} have evidence.",
        f"{len(report.evidence)} files of evidence.",
        f"{report.open_poam} open entries on the plan of action and milestones, {len(report.poam)} in all.",
    ]
    if report.score is not None:
        says.append(f"{report.score.highest - report.score.points} points are lost; {_said_score(report)}.")
    if not report.loaded_wording:
        says.append("The titles are those of this system. The official wording of the standard is not loaded.")
    sheet.bullets([Words(text, 10) for text in says])
    if report.standing is not None and report.standing.reasons:
        sheet.space(10)
        sheet.heading(3, Words(OUTCOME_WORDS[report.standing.outcome], 11, BOLD))
        sheet.bullets([Words(reason, 9) for reason in report.standing.reasons])
    sheet.space(18)


def _families(sheet: Sheet, report: Report) -> None:
    sheet.heading(2, Words("Families", 16, BOLD), keep=330)
    sheet.space(6)
    scored = report.score is not None
    columns = [Column("Family", 5), Column("Requirements", 2), Column("Met", 1.2), Column("In part", 1.2)]
    columns += [Column("Not met", 1.3), Column("Not appl.", 1.4), Column("Objectives found", 1.8), Column("Files", 1.2)]
    columns += [Column("Points lost", 1.5)] if scored else []
    sheet.table(columns, (_family(line, scored) for line in report.families))
    sheet.new_page()


def _family(line: FamilyLine, scored: bool) -> list[Cell]:
    counts = [sum(line.requirements.values()), *(line.requirements[status] for status in Status)]
    cells: list[Cell] = [[Words(f"{line.family.code}  {line.family.name}", style=BOLD)]]
    cells += [[Words(str(count))] for count in counts]
    cells += [[Words(f"{line.found} of {line.objectives}")], [Words(str(line.evidence))]]
    return [*cells, [Words(str(line.cost))]] if scored else cells


def _requirements(sheet: Sheet, report: Report) -> None:
    for family in report.catalogue.families:
        name = f"{family.number}  {family.name}"
        sheet.heading(2, Words(name, 16, BOLD), keep=140)
        sheet.space(4)
        for part in report.parts_of(family):
            _requirement(sheet, report, part)
        sheet.space(10)


def _requirement(sheet: Sheet, report: Report, part: RequirementPart) -> None:
    requirement = part.requirement
    title = f"{requirement.practice}  {requirement.title}"
    sheet.heading(3, Words(title, 11, BOLD), bookmark=f"{requirement.id}  {requirement.title}", keep=90)
    status = STATUS_WORDS[part.status]
    lost = f", {part.cost} of {requirement.weight} points lost" if part.cost and requirement.weight else ""
    sheet.paragraph(Words(status + lost, 9, BOLD, _COLOURS[part.status]))
    if part.text:
        sheet.paragraph(Words(part.text, 9))
    if part.planned:
        sheet.paragraph(Words(f"System security plan: {part.planned}", 8, colour=GREY))
    if part.how_met:
        said = part.how_met if part.planned else f"In the system security plan: {part.how_met}"
        sheet.paragraph(Words(said, 9, colour=GREY))
    sheet.space(4)
    columns = [Column("Objective", 1.6), Column("What it asks for", 5.4), Column("Finding", 3), Column("Evidence", 5)]
    rows = (_objective(line, report) for line in part.objectives)
    sheet.table(columns, rows)
    sheet.space(12)


def _objective(line: ObjectiveLine, report: Report) -> list[Cell]:
    finding: list[Words] = [Words(line.finding or line.stage, style=BOLD if line.finding else "text")]
    if line.finding and line.finding != line.stage:
        by = ", ".join(filter(None, (line.reviewed_by, line.reviewed_on.isoformat() if line.reviewed_on else "")))
        finding += [Words(by, 7.5, colour=GREY)] if by else []
    if line.reason:
        finding.append(Words(line.reason, 7.5))
    return [[Words(line.id, style=BOLD)], [Words(line.text)], finding, _named(line, report)]


def _named(line: ObjectiveLine, report: Report) -> Cell:
    if not line.evidence:
        return [Words("None", colour=GREY)]
    cells = [Words(f"[{number}] {each.title}", 7.5) for number, each in report.named(line)]
    if more := " ".join(f"[{each}]" for each in report.referred(line)):
        cells.append(Words(f"and {len(line.evidence) - len(cells)} more: {more}", 7.5, colour=GREY))
    return cells


def _poam(sheet: Sheet, report: Report) -> None:
    sheet.heading(2, Words("Plan of action and milestones", 16, BOLD), keep=80)
    sheet.space(6)
    if report.close_by is not None:
        last = report.close_by.isoformat()
        says = f"It must be closed by {last}, 180 days after the conditional status (32 CFR 170.21(b))."
        sheet.paragraph(Words(says, 10))
        sheet.space(4)
    if not report.poam:
        sheet.paragraph(Words("There is no entry.", 10))
        sheet.space(12)
        return
    columns = [Column("Requirement", 1.8), Column("Weakness and risk", 5), Column("What is done", 5)]
    columns += [Column("Responsible", 2.4), Column("Due", 2)]
    sheet.table(columns, (_entry(line, report) for line in report.poam))
    sheet.space(14)


def _entry(line: PoamLine, report: Report) -> list[Cell]:
    weakness = [Words(line.weakness or "–")]
    if line.risk or line.level:
        head = f"{line.level} risk" if line.level else "Risk"
        weakness.append(Words(f"{head}: {line.risk}" if line.risk else head, 7.5, colour=GREY))
    if line.refused and not line.closed:
        weakness.append(Words(line.refused, 7.5, BOLD, RED))
    done = [Words(line.remediation or "–")]
    for step in line.milestones:
        day = f"{step.due.isoformat()}: " if step.due else ""
        done.append(
            Words(f"{'done' if step.done else 'open'}, {day}{step.text}", 7.5, colour=GREEN if step.done else INK)
        )
    state = Words("Closed", 7.5, BOLD, GREEN) if line.closed else Words("Open", 7.5, BOLD, AMBER)
    if line.is_late(report.made_at.date()):
        state = Words("Overdue", 7.5, BOLD, RED)
    due = [Words(line.due.isoformat() if line.due else "–"), state]
    due += [Words(line.ended, 7.5, colour=GREY)] if line.ended else []
    return [[Words(line.requirement, style=BOLD)], weakness, done, [Words(line.responsible or "–")], due]


def _evidence(sheet: Sheet, report: Report) -> None:
    sheet.heading(2, Words("Evidence", 16, BOLD), keep=80)
    sheet.space(4)
    if not report.evidence:
        sheet.paragraph(Words("There is none.", 10))
        return
    sheet.paragraph(Words("Each file by the name under which it is given out, with its SHA-256.", 10))
    sheet.space(4)
    columns = [Column("No.", 1), Column("File and SHA-256", 11), Column("Collected", 2.6)]
    looks = [[Words("")], [Words(""), Words("", 6.6, MONO, GREY)], [Words(""), Words("", 7, colour=GREY)]]
    sheet.listing(columns, looks, _files(report))


def _files(report: Report) -> Iterator[tuple[str, ...]]:
    for number, line in enumerate(report.evidence.values(), start=1):
        collected = line.collected.isoformat() if line.collected else "–"
        yield str(number), line.name, line.sha256, collected, line.how


def _moment(report: Report) -> str:
    return f"{report.made_at:%Y-%m-%d %H:%M} UTC"
