"""What the assessment report says: plain values that queries fill, and that page, PDF and tables are made of.

One idea of the numbers for all three: what is counted is counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from .catalogue import Catalogue, Family, Requirement
from .poam_rules import Outcome, Standing
from .sprs import Score, Status, points_lost
from .ssp_mapping import STATES, Said

STATUS_WORDS = {
    Status.MET: "Met",
    Status.PARTIAL: "Met in part",
    Status.NOT_MET: "Not met",
    Status.NOT_APPLICABLE: "Not applicable",
}
OUTCOME_WORDS = {
    Outcome.FINAL: "Everything is met.",
    Outcome.CONDITIONAL: "What is not met may wait on the POA&M.",
    Outcome.NONE: "No CMMC status as it stands.",
}
#: Pieces of evidence that an objective names; the others are referred to. All of them stand in the last part.
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of evidence as a report names it.

    Arguments:
        name: of its file, as it is downloaded and packed.
        title: what people call it.
        sha256: of the version that is meant, 64 hexadecimal digits.
        collected: the day, where it is known.
        how: how it was obtained, such as "Screenshot"; may be empty.
    """

    name: str
    title: str
    sha256: str
    collected: date | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """How one objective stands.

    Arguments:
        id: of the objective.
        text: the official wording where it is loaded, else our title.
        stage: in words, such as "In review".
        finding: in words, such as "Met"; empty while nobody has found anything.
        reason: what the reviewer said; may be empty.
        reviewed_by: the name; empty while it is not reviewed.
        reviewed_on: the day.
        evidence: names of files in `Report.evidence`.
    """

    id: str
    text: str
    stage: str
    finding: str = ""
    reason: str = ""
    reviewed_by: str = ""
    reviewed_on: date | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementPart:
    """How one requirement stands.

    Arguments:
        requirement: of the catalogue.
        text: the official wording where it is loaded, else empty.
        status: what its objectives come to.
        objectives: all of them, in the order of the standard.
        how_met: what the system security plan says of it; may be empty.
        plan: the same with where it stands and whose doing it is; None where nothing is written.
    """

    requirement: Requirement
    text: str
    status: Status
    objectives: tuple[ObjectiveLine, ...]
    how_met: str = ""
    plan: Said | None = None

    @property
    def cost(self) -> int:
        """The points it costs as it stands."""
        return points_lost(self.requirement, self.status)

    @property
    def planned(self) -> str:
        """What the system security plan says in few words: state, whose doing, who answers for it, and where."""
        if self.plan is None:
            return ""
        state = STATES[self.plan.state] if self.plan.state else ""
        return " · ".join(part for part in (state, self.plan.whose, self.plan.responsible, self.plan.where) if part)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Names of the files that any of its objectives has, each once."""
        return tuple(dict.fromkeys(name for objective in self.objectives for name in objective.evidence))


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step on the way to closing an entry of the POA&M."""

    text: str
    due: date | None
    done: bool


@dataclass(frozen=True, slots=True)
class PoamLine:
    """One entry of the plan of action and milestones.

    Arguments:
        requirement: its id.
        weakness, risk, remediation: what people wrote; may be empty.
        responsible: a name; may be empty.
        due: when it is to be closed.
        milestones: in the order of their days.
        closed: whether it is.
        refused: why this requirement may not be on a POA&M; None when it may.
        level: of the risk, in words; may be empty.
        ended: how it ended, in words; empty while it is open.
    """

    requirement: str
    weakness: str
    risk: str
    remediation: str
    responsible: str
    due: date | None
    milestones: tuple[Milestone, ...] = ()
    closed: bool = False
    refused: str | None = None
    level: str = ""
    ended: str = ""

    def is_late(self, today: date) -> bool:
        """Whether it should be closed by now."""
        return not self.closed and self.due is not None and self.due < today


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """The numbers of one family.

    Arguments:
        family: of the catalogue.
        requirements: how many, by status.
        objectives: how many there are.
        found: how many objectives have a finding.
        covered: how many objectives have evidence.
        evidence: how many files, each once.
        cost: points lost.
    """

    family: Family
    requirements: Mapping[Status, int]
    objectives: int
    found: int
    covered: int
    evidence: int
    cost: int


@dataclass(frozen=True)
class Report:
    """A whole report.

    Arguments:
        title: the name of the assessment.
        organisation: whose it is; may be empty.
        catalogue: the standard.
        made_at: the moment in UTC at which the numbers were read.
        made_by: the name of whoever asked for it.
        parts: every requirement, in the order of the standard.
        evidence: every file that is named, by its name.
        poam: the entries, open ones first.
        score: None for a catalogue without weights.
        standing: the status that it comes to; None for a catalogue without weights.
        marking: stands at the head and foot of every page, such as "CUI"; may be empty.
        loaded_wording: whether the official wording is in it, or our titles in its place.
        close_by: the last day for closing the POA&M; None without a conditional status.
    """

    title: str
    organisation: str
    catalogue: Catalogue
    made_at: datetime
    made_by: str
    parts: tuple[RequirementPart, ...]
    evidence: Mapping[str, EvidenceLine]
    poam: tuple[PoamLine, ...] = ()
    score: Score | None = None
    standing: Standing | None = None
    marking: str = ""
    loaded_wording: bool = False
    close_by: date | None = None

    @cached_property
    def families(self) -> tuple[FamilyLine, ...]:
        """The numbers of every family, in the order of the standard."""
        parts: dict[str, list[RequirementPart]] = {family.code: [] for family in self.catalogue.families}
        for part in self.parts:
            parts[part.requirement.family].append(part)
        return tuple(_family_line(family, parts[family.code]) for family in self.catalogue.families)

    @cached_property
    def statuses(self) -> Mapping[Status, int]:
        """How many requirements there are of each status; every status is in it."""
        counted = Counter(part.status for part in self.parts)
        return {status: counted[status] for status in Status}

    @cached_property
    def open_poam(self) -> int:
        return sum(not line.closed for line in self.poam)

    @cached_property
    def late_poam(self) -> int:
        return sum(line.is_late(self.made_at.date()) for line in self.poam)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number under which each file is referred to, by its name; from 1, in the order of `evidence`."""
        return {name: number for number, name in enumerate(self.evidence, start=1)}

    def named(self, line: ObjectiveLine) -> list[tuple[int, EvidenceLine]]:
        """The first pieces of evidence of an objective, each with its number."""
        return [(self.numbers[name], self.evidence[name]) for name in line.evidence[:MOST_NAMED]]

    def referred(self, line: ObjectiveLine) -> list[str]:
        """The numbers of its further pieces, in few words, such as "3–7"."""
        return ranges(self.numbers[name] for name in line.evidence[MOST_NAMED:])

    def parts_of(self, family: Family) -> tuple[RequirementPart, ...]:
        return tuple(part for part in self.parts if part.requirement.family == family.code)


def ranges(numbers: Iterable[int]) -> list[str]:
    """Numbers in few words: 1, 2, 3, 7 is "1–3" and "7"."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][-1] == number - 1:
            found[-1].append(number)
        else:
            found.append([number])
    return [str(group[0]) if len(group) == 1 else f"{group[0]}–{group[-1]}" for group in found]


def _family_line(family: Family, parts: Iterable[RequirementPart]) -> FamilyLine:
    parts = list(parts)
    objectives = [objective for part in parts for objective in part.objectives]
    counted = Counter(part.status for part in parts)
    return FamilyLine(
        family=family,
        requirements={status: counted[status] for status in Status},
        objectives=len(objectives),
        found=sum(bool(objective.finding) for objective in objectives),
        covered=sum(bool(objective.evidence) for objective in objectives),
        evidence=len({name for objective in objectives for name in objective.evidence}),
        cost=sum(part.cost for part in parts),
    )
