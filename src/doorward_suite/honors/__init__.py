"""Honors: a school or a competition publishes its awards. What the portal needs of the app stands here."""

from __future__ import annotations

from pathlib import Path

from doorward import Migrations

from .access import ROLES
from .commands import COMMANDS
from .examples import EXAMPLES
from .files import INTAKES
from .jobs import JOBS
from .views import blueprint

TITLE = "Honors"
SENTENCE = "Show the world who was awarded what, under the name that each has agreed to."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="honors_0006")

__all__ = ["COMMANDS", "EXAMPLES", "INTAKES", "JOBS", "MIGRATIONS", "ROLES", "SENTENCE", "TITLE", "blueprint"]
