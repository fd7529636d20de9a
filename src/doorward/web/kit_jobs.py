"""The background jobs of the kit itself, and those that apps name, as one list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from doorward.errors import StartRefused
from doorward.store import leaving
from doorward.store.job_runner import Job, JobKind, JobRunner
from doorward.store.leaving import Leaving
from doorward.store.mail_jobs import JOB as MAIL
from doorward.web import app_mail, backups, exporting, proofs
from doorward.web.mail_sending import MailSender
from doorward.web.outbound.fetch import with_fetch

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

KIT = "kit."
#: An app that fails to let go is asked for weeks, every hour: somebody who left is not to be kept by a full disk.
_ASKED_TO_LET_GO = 1000
_APP = re.compile(r"[a-z][a-z0-9]{0,29}")

Given = Mapping[str, JobKind | Callable[[Job], None]]


def kit_jobs(door: Doorward) -> dict[str, JobKind]:
    """The kit's own kinds, by name; every name begins with `kit.`."""
    return {
        proofs.KIND: JobKind(partial(proofs.prove, door), tries=1, fresh=True),
        backups.KIND: JobKind(partial(backups.back_up, door), tries=1, fresh=True),
        backups.SCHEDULED: JobKind(
            partial(backups.back_up_if_due, door),
            every=backups.LOOKED_EVERY if door.settings.backup_every is not None else None,
        ),
        exporting.KIND: JobKind(partial(exporting.export, door), fresh=True),
        **{f"{leaving.KIND}{one.app}": JobKind(partial(_let_go, one), tries=_ASKED_TO_LET_GO) for one in door.leaving},
        app_mail.KIND: JobKind(partial(app_mail.write, door), tries=20),
        # Tried for long, since it waits for the database and not for a mail server: that is noted at each mail.
        MAIL: JobKind(MailSender(door).work, tries=50, wait=timedelta(seconds=30)),
    }


def open_jobs(door: Doorward, given: Given) -> JobRunner:
    """What runs the jobs behind this door, whose parts are open.

    Errors:
        StartRefused: a name that an app cannot have.
    """
    store, kinds = door.parts.store, _all_kinds(door, given)
    with store.transaction() as tx:
        leaving.remember_apps(tx, [one.app for one in door.leaving])
        waiting = [f"{leaving.KIND}{app}" for app in leaving.apps(tx.db)]
    store.job_kinds = frozenset(kinds) | frozenset(waiting)
    runner = JobRunner(store, kinds)
    runner.ask_for_recurring()
    return runner


def _all_kinds(door: Doorward, given: Given) -> dict[str, JobKind]:
    for one in door.leaving:
        if not _APP.fullmatch(one.app):
            raise StartRefused(f"leaving names the app {one.app!r}: use small letters and digits, at most 30.")
    for name in given:
        if name.startswith(KIT) or len(name) > 60:
            raise StartRefused(f"jobs names {name!r}: call it by your app, such as polls.export, in 60 characters.")
    apps = {name: kind if isinstance(kind, JobKind) else JobKind(kind) for name, kind in given.items()}
    return {**kit_jobs(door), **{name: with_fetch(door, kind) for name, kind in apps.items()}}


def _let_go(one: Leaving, job: Job) -> None:
    """One app's part, when somebody leaves: in one transaction."""
    account_id, how = job.arguments["account"], job.arguments["how"]
    job.store.grouped(job.actor, lambda tx: leaving.let_go(tx, one, account_id, how))
