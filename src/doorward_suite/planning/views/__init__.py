"""The pages and addresses of planning, a few lines each: who may enter stands above, what happens in `actions`."""

from __future__ import annotations

from . import entering, moderating, organising, results, taking_part, tokens
from .base import blueprint

__all__ = ["blueprint", "entering", "moderating", "organising", "results", "taking_part", "tokens"]
