"""The catalogue: families, requirements and objectives of a standard, and where they come from.

`built_in()` is NIST SP 800-171 Revision 2 with the objectives of SP 800-171A, which is CMMC level 2.
Titles are in our own words.
"""

from __future__ import annotations

from .built_in import KEY, built_in
from .nist_workbooks import load_wording
from .numbers import read_number
from .own import OwnCatalogue, WrongCatalogue, read_catalogue
from .shapes import Catalogue, Family, Objective, Requirement
from .template import catalogue_json, catalogue_table
from .wording import RequirementWording, Wording

__all__ = [
    "KEY",
    "Catalogue",
    "Family",
    "Objective",
    "OwnCatalogue",
    "Requirement",
    "RequirementWording",
    "Wording",
    "WrongCatalogue",
    "built_in",
    "catalogue_json",
    "catalogue_table",
    "load_wording",
    "read_catalogue",
    "read_number",
]
