"""The pages and addresses of evidence, a few lines each: who may enter stands above, what happens in `actions`."""

from __future__ import annotations

from .. import api
from . import assessments, catalogues, items, objectives, packages, poam, report, ssp, team
from .base import blueprint

api.add_to(blueprint)

__all__ = ["assessments", "blueprint", "catalogues", "items", "objectives", "packages", "poam", "report", "ssp", "team"]
