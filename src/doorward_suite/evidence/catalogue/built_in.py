"""The catalogue that comes with the app: NIST SP 800-171 Revision 2, which is CMMC level 2.

The files in `data/`, one a family, hold numbers, weights and titles. The numbers are those of NIST SP 800-171 Rev. 2
and SP 800-171A; weights are those of the NIST SP 800-171 DoD Assessment Methodology 1.2.1 (annex A), repeated by 32 CFR
170.24; `level_1` is FAR 52.204-21(b)(1) as 32 CFR 170.14(c)(2) names it; `never_on_poam` and `poam_when_partial` are 32
CFR 170.21(a)(2). Titles are written for this app: the official wording comes from NIST's workbooks.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from string import ascii_lowercase
from typing import Any

from .shapes import Catalogue, Family, Objective, Requirement

KEY = "nist-800-171r2"
NAME = "NIST SP 800-171 Rev. 2 / CMMC level 2"

#: The files, in the order of the standard.
_FAMILIES = ("ac", "at", "au", "cm", "ia", "ir", "ma", "mp", "ps", "pe", "ra", "ca", "sc", "si")


@cache
def built_in() -> Catalogue:
    """The catalogue, read once for each process."""
    return Catalogue(KEY, NAME, tuple(_family(name) for name in _FAMILIES))


def _family(name: str) -> Family:
    facts = tomllib.loads(files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))
    code: str = facts["code"]
    return Family(
        code, facts["number"], facts["name"], tuple(_requirement(code, each) for each in facts["requirement"])
    )


def _requirement(code: str, facts: dict[str, Any]) -> Requirement:
    number: str = facts["id"]
    return Requirement(
        id=number,
        practice=f"{code}.L2-{number}",
        family=code,
        title=facts["title"],
        basic=facts["kind"] == "basic",
        weight=facts.get("weight"),
        objectives=tuple(
            Objective(f"{number}[{letter}]", number, title)
            for letter, title in zip(ascii_lowercase, facts["objectives"], strict=False)
        ),
        partial_weight=facts.get("partial_weight"),
        partial_means=facts.get("partial_means", ""),
        level_1=facts.get("level_1"),
        never_on_poam=facts.get("never_on_poam", False),
        poam_when_partial=facts.get("poam_when_partial", False),
        no_score_without=facts.get("no_score_without", False),
    )
