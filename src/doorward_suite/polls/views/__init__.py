"""The pages and addresses of polls, a few lines each: who may enter stands above, what happens in `actions`."""

from __future__ import annotations

from .. import api
from . import (
    addresses,
    drafting,
    joining,
    making,
    moving,
    pictures,
    playing,
    presenting,
    proposals,
    questions,
    results,
    voters,
)
from .base import blueprint

api.add_to(blueprint)

__all__ = [
    "addresses",
    "blueprint",
    "drafting",
    "joining",
    "making",
    "moving",
    "pictures",
    "playing",
    "presenting",
    "proposals",
    "questions",
    "results",
    "voters",
]
