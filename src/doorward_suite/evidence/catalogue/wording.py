"""The official wording of a standard, which the catalogue does not carry: it comes from a file somebody hands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class RequirementWording:
    """What NIST says of one requirement; empty texts where the file that has them was not read.

    Arguments:
        text: the requirement itself.
        discussion: what it means (SP 800-171).
        examine, interview, test: what an assessor may look at, whom they may ask, what they may try (SP 800-171A).
    """

    text: str = ""
    discussion: str = ""
    examine: str = ""
    interview: str = ""
    test: str = ""


_PARTS = tuple(each.name for each in fields(RequirementWording))


@dataclass(frozen=True, slots=True)
class Wording:
    """The official wording, by id. What is not in it has only the catalogue's own title."""

    requirements: Mapping[str, RequirementWording] = field(default_factory=dict)
    objectives: Mapping[str, str] = field(default_factory=dict)

    def with_more(self, other: Wording) -> Wording:
        """Both together; where both say something, the other counts."""
        merged = dict(self.requirements)
        for number, words in other.requirements.items():
            said = {name: text for name in _PARTS if (text := getattr(words, name))}
            merged[number] = replace(merged.get(number, RequirementWording()), **said)
        return Wording(MappingProxyType(merged), MappingProxyType({**self.objectives, **other.objectives}))


def plain(wording: Wording) -> dict[str, Any]:
    """The wording as JSON values, as it may be stored. Empty texts are left out."""
    return {
        "requirements": {
            number: {name: text for name in _PARTS if (text := getattr(words, name))}
            for number, words in wording.requirements.items()
        },
        "objectives": dict(wording.objectives),
    }


def from_plain(stored: Mapping[str, Any]) -> Wording:
    """What `plain` made, as wording again."""
    requirements = {number: RequirementWording(**words) for number, words in stored["requirements"].items()}
    return Wording(MappingProxyType(requirements), MappingProxyType(dict(stored["objectives"])))
