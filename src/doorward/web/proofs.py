"""A proof as a background job: asked for at `/admin/security`, done by whoever composed the app, kept for that page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doorward.errors import Conflict, NotFound
from doorward.store import accounts, check_runs, jobs
from doorward.store.job_runner import Job
from doorward.web.here import Here, here
from doorward.web.jobs import ShownJob, shown

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

KIND = "kit.proof"
_CANNOT = "This server cannot let itself be attacked. On the host, run: doorward prove --report proof.html"


def ask_for_proof() -> str:
    """Ask for a proof; one of the caller's own that is on its way already is the same. The job's id."""
    at = here()
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)  # so that of two who ask at once the second finds the first's
        if account is None:
            raise NotFound
        waiting = [job for job in jobs.of_account(tx.db, account.id) if job.kind == KIND and job.finished_at is None]
        if waiting:
            return waiting[0].id
        tx.journal("prove.asked")
        return tx.job(KIND, title="Proof: the app is attacked", owner=account.id)


def latest_proof(at: Here) -> ShownJob | None:
    """The caller's last proof, if it runs, could not be done, or its report is still there."""
    with at.door.store.reading() as db:
        mine = [job for job in jobs.of_account(db, at.caller.id) if job.kind == KIND]
    last = shown(mine[0]) if mine else None
    return last if last and (last.file or last.error or not last.is_over) else None


def prove(door: Doorward, job: Job) -> None:
    """The job: let the app be attacked, keep what came of it, and give its report to whoever asked.

    Errors:
        Conflict: nobody here can do it, or another proof is running.
    """
    if door.prover is None:
        raise Conflict(_CANNOT)
    job.progress(0, 100)
    came = door.prover.run(job.progress)
    job.file(f"proof-{job.store.clock():%Y-%m-%d}.html").write(came.report)
    with job.store.transaction(job.actor) as tx:
        check_runs.keep(tx, check_runs.PROVE, came.summary, came.findings)
