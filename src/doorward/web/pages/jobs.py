"""`/account/jobs/<id>`: how far one's own job is, and its result. Of anybody else's, nothing is here."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from doorward.core.access import Rule, judge
from doorward.errors import NotFound, SignInAgain
from doorward.store.job_models import JobRecord
from doorward.web import access
from doorward.web.here import here
from doorward.web.jobs import own_job, own_record, shown

_BLOCK = 64 * 1024
_GONE = "The file of this job was kept for a day and is gone. Ask for it again."


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/account/jobs/<job_id>", "job", job_page, methods=["GET"])
    pages.add_url_rule("/account/jobs/<job_id>/state", "job_state", job_state, methods=["GET"])
    pages.add_url_rule("/account/jobs/<job_id>/file", "job_file", job_file, methods=["GET"])


@access.member
def job_page(job_id: str) -> ResponseReturnValue:
    record = own_record(job_id)
    return render_template("doorward/job.html", job=shown(record), asks_again=_asks_again(record))


@access.member
@access.passive
def job_state(job_id: str) -> ResponseReturnValue:
    """For the script of the page, which asks again and again: that keeps no session alive."""
    return own_job(job_id).as_json()


@access.member
@access.slow
def job_file(job_id: str) -> Response:
    """The result, as a download: never shown by the browser, never kept by anybody between."""
    at, record = here(), own_record(job_id)
    if _asks_again(record):
        raise SignInAgain
    file = at.door.jobs.files.open(record.result_key) if record.result_key else None
    if file is None:
        raise NotFound(_GONE)
    if _is_guarded(record):
        with at.door.store.transaction(at.caller) as tx:
            tx.journal("job.result_taken", on=f"account:{at.caller.id}", kind=record.kind)
    response = Response(_blocks(file), content_type=mimetypes.guess_type(record.result_name)[0] or _ANY)
    response.headers.set("Content-Disposition", "attachment", filename=record.result_name)
    response.headers["Cache-Control"] = "no-store"
    return response


_ANY = "application/octet-stream"


def _asks_again(record: JobRecord) -> bool:
    """Does the result ask for somebody who has just proved who they are?"""
    at = here()
    return _is_guarded(record) and judge(Rule(fresh=True), at.caller, at.now, at.door.settings.fresh_for) is not None


def _is_guarded(record: JobRecord) -> bool:
    kind = here().door.jobs.kinds.get(record.kind)
    return kind is None or kind.fresh


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
