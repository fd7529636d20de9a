"""Planning: an organiser asks a town, and whoever holds a token contributes. What the portal needs of the app."""

from __future__ import annotations

from pathlib import Path

from doorward import JobKind, Leaving, Migrations

from .access import ROLES, SCOPES
from .actions import helping, leaving, reminding, sheets
from .examples import EXAMPLES as _ON_PAGES
from .examples_ai import AI_EXAMPLES
from .examples_api import API_EXAMPLES
from .files import INTAKES
from .queries import sizes
from .views import blueprint

TITLE = "Planning"
SENTENCE = "Ask a town: whoever holds a token contributes, discusses and sets priorities."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="planning_0004")
EXAMPLES = {**_ON_PAGES, **API_EXAMPLES, **AI_EXAMPLES}
JOBS = {
    sheets.KIND: JobKind(sheets.make),
    "planning.remind": JobKind(reminding.remind, every=reminding.EVERY),
    "planning.measure": JobKind(sizes.measure, every=sizes.EVERY),
    helping.KIND: JobKind(helping.help_out, tries=1, waits=True),
}
LEAVING = Leaving(
    "planning",
    export=leaving.everything_of,
    soft=leaving.let_go,
    hard=leaving.erase,
    stays=(
        "You organise nothing any more, and tokens that you made end. What you contributed to consultations stays "
        "there, without a name, as it was before."
    ),
    goes=(
        "You organise nothing any more, and tokens that you made end. What you contributed to consultations and said "
        "there is erased, with your support and your dots. Consultations that you began stay with their other "
        "organisers; those that have none are deleted."
    ),
)

__all__ = [
    "EXAMPLES",
    "INTAKES",
    "JOBS",
    "LEAVING",
    "MIGRATIONS",
    "ROLES",
    "SCOPES",
    "SENTENCE",
    "TITLE",
    "blueprint",
]
