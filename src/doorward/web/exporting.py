"""A person's export: a job that puts what is stored about them into a ZIP, with a page to read it by."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from doorward.errors import NotFound
from doorward.store import accounts, jobs, leaving
from doorward.store.job_models import JobRecord
from doorward.store.job_runner import Job
from doorward.web.here import here
from doorward.web.jinja import STATIC
from doorward.web.personal_data import SECTIONS

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

KIND = "kit.export"
#: The page shows so many of a kind; the file beside it has all.
_SHOWN = 100
#: A time as the files have it, in UTC.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")


def ask_for_export() -> str:
    """Ask for the caller's export; one that is on its way already is the same. The job's id."""
    at = here()
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)  # so that of two who ask at once the second finds the first's
        if account is None:
            raise NotFound
        waiting = [job for job in jobs.of_account(tx.db, account.id) if job.kind == KIND and job.finished_at is None]
        if waiting:
            return waiting[0].id
        tx.journal("account.export_asked", on=f"account:{account.id}")
        return tx.job(KIND, title="Export of what is stored about you", owner=account.id)


def latest_export() -> JobRecord | None:
    """The caller's last export, if its file is still there or will be."""
    at = here()
    with at.door.store.reading() as db:
        mine = [job for job in jobs.of_account(db, at.caller.id) if job.kind == KIND]
    return mine[0] if mine and (mine[0].result_key or mine[0].finished_at is None) else None


def export(door: Doorward, job: Job) -> None:
    """The job: each part of the kit and each app is a step; nothing is read twice."""
    steps = len(SECTIONS) + len(door.leaving)
    shown: list[dict[str, Any]] = []
    with job.store.reading() as db, zipfile.ZipFile(job.file(_file_name(job)), "w", zipfile.ZIP_DEFLATED) as archive:
        job.progress(0, steps)
        for number, section in enumerate(SECTIONS, start=1):
            file = f"{section.name}.json"
            rows = _put_rows(archive, file, section.rows(db, job.actor.id))
            shown.append({"title": section.title, "about": section.about, "file": file, **_readable(rows)})
            job.progress(number)
        apps = []
        for number, one in enumerate(door.leaving, start=len(SECTIONS) + 1):
            files = []
            for name, piece in leaving.pieces(db, one, job.actor.id):
                files.append(f"{one.app}/{_plain(name)}.json")
                archive.writestr(files[-1], json.dumps(piece, ensure_ascii=False, indent=1))
                job.progress(number - 1)
            apps.append({"name": one.app, "files": files})
            job.progress(number)
        archive.writestr("index.html", _index(door, job, shown, apps))
        for sheet in ("door.css", "tables.css"):
            archive.write(STATIC / sheet, sheet)


def _put_rows(archive: zipfile.ZipFile, file: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the rows as a JSON array, one after the other, however many there are. The first of them, for the page."""
    rest = iter(rows)
    first = list(islice(rest, _SHOWN + 1))
    before = "[\n"
    with archive.open(file, "w") as out:
        for row in chain(first, rest):
            out.write(f"{before}{_line(row)}".encode())
            before = ",\n"
        out.write(b"\n]\n" if first else b"[]\n")
    return first


def _readable(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows as texts for people, and the columns in which something stands."""
    texts = [{key: _as_text(value) for key, value in row.items()} for row in rows]
    columns = dict.fromkeys(key for row in texts for key, text in row.items() if text)
    return {"rows": texts, "columns": list(columns)}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')}: {_as_text(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_as_text, value))
    if isinstance(value, str) and _TIME.fullmatch(value):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    return "" if value is None else str(value)


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _index(door: Doorward, job: Job, shown: list[dict[str, Any]], apps: list[dict[str, Any]]) -> str:
    template = door.app.jinja_env.get_template("doorward/export.html")
    return template.render(
        site_name=door.settings.site_name,
        name=job.actor.name,
        now=job.store.clock(),
        sections=shown,
        apps=apps,
        most=_SHOWN,
    )


def _file_name(job: Job) -> str:
    return f"{_plain(job.actor.name)}-{job.store.clock():%Y-%m-%d}.zip"


def _plain(name: str) -> str:
    """A part of a file's name that every system takes, and that leads nowhere else."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:80] or "export"
