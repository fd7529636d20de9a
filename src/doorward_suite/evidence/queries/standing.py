"""Where objectives stand, and what that makes of requirements, families and the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ..catalogue import Catalogue, Family, Requirement
from ..models import ITEMS, LINKS, PROGRESS, VERSIONS, Progress
from ..sprs import Score, Status, score
from ..stages import MET, NOT_APPLICABLE, NOT_MET, REVIEWED, STAGES, Standing


@dataclass(slots=True)
class Tally:
    """The numbers of some objectives: of a requirement, a family or all.

    Arguments:
        total: how many there are.
        stages: how many are at each stage.
        findings: how many were found met, not met, not applicable.
        partly: how many of the not met are met in part.
        covered: how many have at least one piece of evidence.
        overdue: how many should have been reviewed by now.
    """

    total: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    partly: int = 0
    covered: int = 0
    overdue: int = 0

    def add(self, other: Tally) -> None:
        self.total += other.total
        self.stages.update(other.stages)
        self.findings.update(other.findings)
        self.partly += other.partly
        self.covered += other.covered
        self.overdue += other.overdue

    @property
    def reviewed(self) -> int:
        return self.stages[REVIEWED]

    @property
    def status(self) -> Status | None:
        """How a requirement with these objectives stands; None while that is open (NIST SP 800-171A: all must be)."""
        if self.findings[NOT_MET]:
            rest_holds = self.reviewed == self.total and self.findings[NOT_MET] == self.partly
            return Status.PARTIAL if rest_holds else Status.NOT_MET
        if self.reviewed < self.total or not self.total:
            return None
        return Status.MET if self.findings[MET] else Status.NOT_APPLICABLE

    def as_json(self) -> dict[str, int]:
        return {
            "objectives": self.total,
            **{stage: self.stages[stage] for stage in STAGES},
            **{finding: self.findings[finding] for finding in (MET, NOT_MET, NOT_APPLICABLE)},
            "with_evidence": self.covered,
            "overdue": self.overdue,
        }


def tallies(db: Session, number: int, today: date, family: str | None = None) -> dict[str, Tally]:
    """The numbers of every requirement of an assessment, by its id: one query, however much evidence there is.

    Arguments:
        number: of the assessment.
        today: what is due before it is overdue.
        family: only of this family.
    """
    c = PROGRESS.c
    late = case(((c.due_on < today) & (c.stage != REVIEWED), 1), else_=0)
    group = (c.requirement, c.stage, c.finding, c.partly)
    query = select(*group, func.count(), func.sum(case((c.evidence > 0, 1), else_=0)), func.sum(late))
    query = query.where(c.assessment_id == number).group_by(*group)
    if family is not None:
        query = query.where(c.family == family)
    found: dict[str, Tally] = {}
    for requirement, stage, finding, partly, count, covered, overdue in db.execute(query):
        one = Tally(count, Counter({stage: count}), Counter(), count if partly else 0, int(covered), int(overdue))
        if finding:
            one.findings[finding] = count
        found.setdefault(requirement, Tally()).add(one)
    return found


def together(some: Iterable[Tally]) -> Tally:
    """The numbers of several as one."""
    whole = Tally()
    for one in some:
        whole.add(one)
    return whole


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A requirement in a list."""

    requirement: Requirement
    tally: Tally

    @property
    def status(self) -> Status | None:
        return self.tally.status


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """A family in a list.

    Arguments:
        lost: the points that it costs now.
    """

    family: Family
    tally: Tally
    met: int
    lost: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How a whole assessment stands."""

    families: list[FamilyLine]
    tally: Tally
    score: Score
    statuses: Mapping[str, Status]

    @property
    def met(self) -> int:
        """How many requirements are met, or not applicable."""
        return sum(family.met for family in self.families)


def overview(db: Session, catalogue: Catalogue, number: int, today: date) -> Overview:
    """How a whole assessment stands, family by family, with its score."""
    by_requirement = tallies(db, number, today)
    statuses = {one: status for one, tally in by_requirement.items() if (status := tally.status) is not None}
    scored = score(catalogue, statuses)
    families = [
        FamilyLine(
            family,
            together(by_requirement.get(one.id, Tally()) for one in family.requirements),
            sum(statuses.get(one.id) in (Status.MET, Status.NOT_APPLICABLE) for one in family.requirements),
            scored.lost_by_family[family.code],
        )
        for family in catalogue.families
    ]
    return Overview(families, together(line.tally for line in families), scored, statuses)


def family_lines(db: Session, family: Family, number: int, today: date) -> list[RequirementLine]:
    """The requirements of a family, in the order of the standard."""
    found = tallies(db, number, today, family.code)
    return [RequirementLine(one, found.get(one.id, Tally())) for one in family.requirements]


def standing_of(db: Session, progress: Progress) -> Standing:
    """Where one objective stands, as far as its next step depends on it."""
    return standings_of(db, [progress])[progress.id]


def standings_of(db: Session, rows: Sequence[Progress]) -> dict[int, Standing]:
    """The same for several: who had a part in collecting handed it in, linked evidence, or added what is linked."""
    collectors = {one.id: {one.collected_by} - {""} for one in rows}
    linked = (
        select(LINKS.c.progress_id, LINKS.c.linked_by, VERSIONS.c.added_by)
        .join(ITEMS, ITEMS.c.id == LINKS.c.item_id)
        .join(VERSIONS, VERSIONS.c.item_id == ITEMS.c.id)
        .where(LINKS.c.progress_id.in_(collectors), ITEMS.c.deleted_at.is_(None))
        .distinct()
    )
    for progress_id, linked_by, added_by in db.execute(linked):
        collectors[progress_id] |= {linked_by, added_by}
    return {one.id: Standing(one.stage, one.evidence, collectors[one.id]) for one in rows}
