"""The pages and addresses of planning, a few lines each: who may enter stands above, what happens in `actions`."""

from __future__ import annotations

from .. import api
from . import entering, helping, moderating, organising, results, sorting, taking_part, tokens, watching
from .base import blueprint

api.add_to(blueprint)

__all__ = [
    "blueprint", "entering", "helping", "moderating", "organising", "results", "sorting", "taking_part", "tokens",
    "watching",
]  # fmt: skip
