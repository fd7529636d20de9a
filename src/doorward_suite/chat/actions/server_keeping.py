"""How much the whole server keeps of files: set by administrators, and told in the rooms that have to give.

The disk is one for all rooms. So this limit is for every room, also for those that nobody moderates.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from doorward import Caller, Forbidden, Invalid, Job, reading, transaction

from .. import access
from ..models import Message, ServerKeeps
from ..queries import server_keeping as queries
from .keeping import MOST_MIB, server_says

#: Tells the rooms that have to give.
TELLING = "chat.server_keeping"
FAIRLY = "The heaviest room gives first, in it whoever has the most, and of theirs the oldest; what is pinned is kept."


def judged(typed: Mapping[str, str]) -> int:
    """The limit as somebody typed it into `files_mib`; empty is none.

    Errors:
        Invalid: it is no such number.
    """
    text = typed.get("files_mib", "") or "0"
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    if not 0 <= number <= MOST_MIB:
        raise Invalid({"files_mib": f"Write a number up to {MOST_MIB}, or 0 for no limit."})
    return number


def set_limit(actor: Caller, files_mib: int) -> None:
    """Say how much the server keeps of the files of all rooms together. What is beyond it is erased within a day.

    Arguments:
        files_mib: 0 for no limit.

    Errors:
        Forbidden: the actor is no administrator.
    """
    if not actor.is_admin:
        raise Forbidden("Only an administrator of the server sets what it keeps.")
    with transaction(actor) as tx:
        row = tx.db.get(ServerKeeps, 1, with_for_update=True)
        if (row.files_mib if row else 0) == files_mib:
            return
        if row is None:
            row = ServerKeeps(id=1)
            tx.db.add(row)
        row.files_mib, row.set_at = files_mib, tx.now
        tx.journal("chat.server_keeping_set", files_mib=files_mib)
        if files_mib:
            tx.job(TELLING, {"set_at": tx.now.isoformat()}, title="What the server keeps is told in the rooms")


def tell(job: Job) -> None:
    """The job: the server says in each room that has to give how much that is. Each room is told once."""
    with reading() as db:
        row = db.get(ServerKeeps, 1)
        if row is None or row.set_at.isoformat() != job.arguments["set_at"]:
            return  # something else was set since
        over, mib = queries.sizes(db).over(row.files_mib), row.files_mib
    for number, (room_id, goes) in enumerate(over.items(), start=1):
        _tell(job, room_id, goes, mib, f"keeps-{row.set_at:%Y%m%d%H%M%S}-{room_id}"[:40])
        job.progress(number, len(over))


def _tell(job: Job, room_id: int, goes: int, mib: int, once: str) -> None:
    with transaction(job.actor) as tx:
        room = access.hold_room(tx.db, room_id)
        sent = select(Message.id).where(Message.author_id == "", Message.client_id == once)
        if room is None or tx.db.scalar(sent) is not None:
            return
        text = f"An administrator has set that this server keeps {mib} MiB of files in all its rooms. {in_words(goes)}"
        server_says(tx, room, f"{text} of the files here are too much, and go within a day. {FAIRLY}", once)


def in_words(size: int) -> str:
    """A size for people: in MiB, or in KiB where it is less than one."""
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{max(size, 1) / 2**10:.1f} KiB"
