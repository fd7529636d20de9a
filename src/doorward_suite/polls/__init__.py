"""Polls: ask a room, and watch the answers come in. What the portal needs of the app stands here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from doorward import JobKind, Leaving, Migrations

from . import actions, queries
from .actions import checking, drafting
from .examples import EXAMPLES
from .files import INTAKES
from .views import blueprint

TITLE = "Polls"
SENTENCE = "Ask a room, let phones answer, watch the bars move."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="polls_0009")
JOBS = {
    drafting.KIND: JobKind(drafting.draft, tries=1, waits=True),
    # Whatever is left when the server stops is looked at after its next start.
    checking.KIND: JobKind(checking.check, wait=timedelta(minutes=1), waits=True),
}
SCOPES = {
    "polls:read": "Read your polls and their results",
    "polls:write": "Make polls, change and delete yours, open and close their questions",
}
LEAVING = Leaving(
    "polls",
    export=queries.everything_of,
    soft=actions.close_polls_of,
    hard=actions.erase_polls_of,
    stays="Your polls are closed and take no more answers; administrators still see their results. Votes that you gave "
    "stay counted, without your name.",
    goes="Your polls, their questions and every answer that people gave to them are erased. Votes that you gave to the "
    "polls of others stay counted, without your name.",
)

__all__ = ["EXAMPLES", "INTAKES", "JOBS", "LEAVING", "MIGRATIONS", "SCOPES", "SENTENCE", "TITLE", "blueprint"]
