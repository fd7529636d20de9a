"""What a catalogue is made of: families of requirements, and the objectives by which each requirement is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from .numbers import read_number


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing that an assessor finds satisfied or not (NIST SP 800-171A).

    Arguments:
        id: such as "3.1.1[a]".
        requirement: the id of the requirement it belongs to.
        title: a few words of our own.
    """

    id: str
    requirement: str
    title: str

    @property
    def letters(self) -> str:
        """What stands in the brackets, such as "a"; empty in a catalogue that numbers differently."""
        return self.id.partition("[")[2].removesuffix("]")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One security requirement, met when all its objectives are.

    Arguments:
        id: such as "3.1.1".
        practice: how CMMC names it, such as "AC.L2-3.1.1" (32 CFR 170.14(c)).
        family: the code of its family, such as "AC".
        title: a short sentence of our own.
        basic: whether NIST calls it basic (from FIPS 200); else it is derived.
        weight: points lost when it is not met: 1, 3 or 5 (DoD assessment methodology 1.2.1, annex A; 32 CFR 170.24);
            None when it has none.
        partial_weight: points lost when it is met in part; None where the standard knows no part.
        partial_means: what "in part" means for it; empty where there is no part.
        level_1: the level 1 practice that asks for the same, such as "AC.L1-b.1.i"; None outside level 1.
        never_on_poam: whether 32 CFR 170.21(a)(2)(iii) names it as one that no POA&M may hold.
        poam_when_partial: whether it may be on a POA&M when met in part, whatever its weight (170.21(a)(2)(ii)).
        no_score_without: whether there is no score at all while it is not met: the system security plan.
        objectives: in the order of the standard, at least one.
    """

    id: str
    practice: str
    family: str
    title: str
    basic: bool
    weight: int | None
    objectives: tuple[Objective, ...]
    partial_weight: int | None = None
    partial_means: str = ""
    level_1: str | None = None
    never_on_poam: bool = False
    poam_when_partial: bool = False
    no_score_without: bool = False

    @property
    def can_be_partial(self) -> bool:
        return self.partial_weight is not None


@dataclass(frozen=True, slots=True)
class Family:
    """A group of requirements.

    Arguments:
        code: two letters, such as "AC".
        number: what the ids of its requirements begin with, such as "3.1".
        name: as NIST names it.
        requirements: in the order of the standard.
    """

    code: str
    number: str
    name: str
    requirements: tuple[Requirement, ...]

    @property
    def objectives(self) -> tuple[Objective, ...]:
        return tuple(objective for requirement in self.requirements for objective in requirement.objectives)


@dataclass(frozen=True)
class Catalogue:
    """A standard to collect evidence for.

    Arguments:
        key: names it in the records and never changes, such as "nist-800-171r2".
        name: for people.
        families: in the order of the standard.
    """

    key: str
    name: str
    families: tuple[Family, ...]

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """All requirements, in the order of the standard."""
        return tuple(requirement for family in self.families for requirement in family.requirements)

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, in the order of the standard."""
        return tuple(objective for family in self.families for objective in family.objectives)

    @cached_property
    def family_by_code(self) -> Mapping[str, Family]:
        return MappingProxyType({family.code: family for family in self.families})

    @cached_property
    def requirement_by_id(self) -> Mapping[str, Requirement]:
        return MappingProxyType({requirement.id: requirement for requirement in self.requirements})

    @cached_property
    def objective_by_id(self) -> Mapping[str, Objective]:
        return MappingProxyType({objective.id: objective for objective in self.objectives})

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each objective stands in the standard, from 0, by its id: what lists are sorted by."""
        return MappingProxyType({objective.id: place for place, objective in enumerate(self.objectives)})

    def family(self, code: str) -> Family | None:
        """The family of a code, in either case; None where there is none."""
        return self.family_by_code.get(code.strip().upper())

    def requirement(self, written: str) -> Requirement | None:
        """A requirement by its id, however that is written; None where there is none."""
        return self.requirement_by_id.get(written) or self.requirement_by_id.get(read_number(written) or "")

    def objective(self, written: str) -> Objective | None:
        """An objective by its id, however that is written; None where there is none.

        NIST gives no letter to the only objective of a requirement; CMMC calls it "[a]", and so does the id here. So
        "3.13.4" finds "3.13.4[a]", and finds nothing where there are several.
        """
        found = self.objective_by_id.get(written) or self.objective_by_id.get(read_number(written) or "")
        if found:
            return found
        requirement = self.requirement(written)
        return requirement.objectives[0] if requirement and len(requirement.objectives) == 1 else None

    @property
    def is_scored(self) -> bool:
        """Whether its requirements have weights, so that there is a score."""
        return any(requirement.weight is not None for requirement in self.requirements)
