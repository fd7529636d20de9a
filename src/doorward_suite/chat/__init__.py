"""Chat: a team's own rooms. What the portal needs of the app stands here."""

from __future__ import annotations

from pathlib import Path

from doorward import Leaving, Migrations

from .actions import leaving, previews
from .examples import EXAMPLES
from .files import INTAKES
from .jobs import JOBS
from .queries import personal
from .views import blueprint

TITLE = "Chat"
SENTENCE = "Talk in rooms of your own: threads, mentions, and everything where it was said."
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", head="chat_0012")
OUTBOUNDS = (previews.OUTBOUND,)
SCOPES = {
    "chat:read": "Read the rooms you are in, and what is said in them",
    "chat:write": "Write in the rooms you are in, make rooms, change and delete your messages",
}
LEAVING = Leaving(
    "chat",
    export=personal.everything_of,
    soft=leaving.let_go,
    hard=leaving.erase,
    stays="You are out of every room. What you wrote stays where you wrote it, under “Deleted account”.",
    goes="You are out of every room. What you wrote is erased; that there was a message stays to be seen.",
)

__all__ = [
    "EXAMPLES",
    "INTAKES",
    "JOBS",
    "LEAVING",
    "MIGRATIONS",
    "OUTBOUNDS",
    "SCOPES",
    "SENTENCE",
    "TITLE",
    "blueprint",
]
