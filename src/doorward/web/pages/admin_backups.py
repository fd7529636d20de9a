"""`/admin/backups`: the last backup, those that are kept, and a button that makes one now.

Only encrypted ones are made and given out here: administrators are trusted with people, and not with the server's
keys, nor with what others have written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue

from doorward.core.units import readable_size, readable_span
from doorward.store.backup import last_mark, made_at
from doorward.web import access, backups
from doorward.web.here import here
from doorward.web.limit import limit

_BLOCK = 256 * 1024
_ANY = "application/octet-stream"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/backups", "backups", overview, methods=["GET"])
    pages.add_url_rule("/admin/backups", "backup_now", back_up_now, methods=["POST"])
    pages.add_url_rule("/admin/backups/<name>/file", "backup_file", backup_file, methods=["GET"])


@access.role("admin")
@access.fresh
def overview() -> str:
    at = here()
    settings = at.door.settings
    try:
        rows, unreadable = backups.kept(settings), False
    except OSError:
        rows, unreadable = [], True
    last = last_mark(settings.data)
    return render_template(
        "doorward/admin/backups.html",
        last=last,
        last_at=made_at(last),
        rows=[(row, readable_size(row.size)) for row in rows],
        unreadable=unreadable,
        folder=settings.backup_folder,
        job=backups.latest_backup(at),
        has_key=backups.has_key(settings),
        every=readable_span(settings.backup_every) if settings.backup_every is not None else None,
        keep=settings.backup_keep,
    )


@access.role("admin")
@access.fresh
@limit("10/hour")
def back_up_now() -> ResponseReturnValue:
    """A job makes it; its page shows how far it is."""
    backups.ask_for_backup()
    return redirect("/admin/backups#now", 303)


@access.role("admin")
@access.fresh
@access.slow
def backup_file(name: str) -> Response:
    """A backup as a download: encrypted, never shown by the browser, never kept by anybody between."""
    at = here()
    file = backups.open_kept(at.door.settings, name)
    with at.door.store.transaction(at.caller) as tx:
        tx.journal("backup.taken", on=f"backup:{name}")
    response = Response(_blocks(file), content_type=_ANY)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Length"] = str(os.fstat(file.fileno()).st_size)
    response.headers["Cache-Control"] = "no-store"
    response.call_on_close(file.close)
    return response


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
