"""One's own jobs: what pages show of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doorward.core.jobs import CANCELLED, DONE, FAILED, OVER, RUNNING, WAITING
from doorward.errors import NotFound
from doorward.store import jobs
from doorward.store.job_models import JobRecord
from doorward.web.here import here

_WORDS = {WAITING: "Waiting", RUNNING: "At work", DONE: "Done", FAILED: "Did not work", CANCELLED: "Cancelled"}
_LOOKS = {WAITING: "", RUNNING: "info", DONE: "ok", FAILED: "bad", CANCELLED: "warn"}


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job as its owner sees it.

    Arguments:
        id, title: which it is.
        state: waiting, running, done, failed or cancelled; `words` and `looks` say it on a page.
        done, total: how far it is; `total` is None while nobody knows.
        error: a sentence, where it failed.
        page, file: addresses; `file` is empty where there is no result, or not any more.
    """

    id: str
    title: str
    state: str
    done: int
    total: int | None
    error: str
    file_name: str
    page: str
    file: str

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def words(self) -> str:
        return _WORDS[self.state]

    @property
    def looks(self) -> str:
        return _LOOKS[self.state]

    @property
    def text(self) -> str:
        """How far it is, as a sentence."""
        if self.state == WAITING:
            return "Waiting for its turn."
        if self.state == RUNNING and self.total:
            return f"{self.done} of {self.total}."
        if self.state == RUNNING:
            return f"{self.done} so far." if self.done else "Just begun."
        if self.state == DONE:
            return "All done." if self.file or not self.file_name else "Done. The file was kept for a day and is gone."
        return self.error if self.state == FAILED else "This was cancelled."

    def as_json(self) -> dict[str, Any]:
        """For the script of the page."""
        shown = {name: getattr(self, name) for name in ("state", "words", "looks", "text", "done", "total", "file")}
        return {**shown, "over": self.is_over}


def own_job(job_id: str) -> ShownJob:
    """A job of the caller's own, for a page that shows how far it is.

    Errors:
        NotFound: there is no such job, or it is somebody else's.
    """
    return shown(own_record(job_id))


def own_record(job_id: str) -> JobRecord:
    """The record of a job of the caller's own; of anybody else's it is as if there were none."""
    at = here()
    with at.door.store.reading() as db:
        record = jobs.by_id(db, job_id)
    if record is None or not at.caller or record.owner_id != at.caller.id:
        raise NotFound("There is no such job, or it is not yours.")
    return record


def shown(record: JobRecord) -> ShownJob:
    page = f"/account/jobs/{record.id}"
    return ShownJob(
        id=record.id,
        title=record.title or "Background work",
        state=record.state,
        done=record.done,
        total=record.total,
        error=record.error,
        file_name=record.result_name,
        page=page,
        file=f"{page}/file" if record.result_key else "",
    )
