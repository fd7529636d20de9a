"""Honors: a school or a competition publishes its awards. What the portal needs of the app stands here."""

from __future__ import annotations

from pathlib import Path

from doorward import Migrations

from .access import ROLES
from .examples import EXAMPLES
from .views import blueprint

TITLE = "Honors"
SENTENCE = "Show the world who was awarded what, under the name that each has agreed to."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="honors_0002")

__all__ = ["EXAMPLES", "MIGRATIONS", "ROLES", "SENTENCE", "TITLE", "blueprint"]
