"""Mails that an app writes to people with an account: that somebody named them, that something is overdue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from doorward.core.mail_texts import Asker, Text
from doorward.core.texts import one_line
from doorward.store import accounts, emails, mails
from doorward.store.accounts import ACTIVE
from doorward.store.job_runner import Job
from doorward.store.transaction import Transaction
from doorward.web import mailing

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

#: The kind of the job that puts such a mail into the outbox.
KIND = "kit.write"
#: So many an hour with one subject: a page that tells of everything shall not fill a mailbox.
MOST = 20
_HOUR = timedelta(hours=1)
_LONGEST_SUBJECT = 150
_THE_SITE = Asker("", "")


def write_to(tx: Transaction, account_id: str, subject: str, text: str, *, path: str = "") -> None:
    """Write a mail to somebody's verified address, once this transaction is committed.

    Nothing comes of it where there is no such address, or where they were written twenty mails with this subject within
    the hour. Never write what must stay behind the door: a mail goes through many hands.

    Arguments:
        account_id: whose.
        subject: one line.
        text: a few plain lines, such as what happened. Where from and how to go there is added.
        path: where to go, such as `/shelf/7`; empty for nowhere.
    """
    tx.job(KIND, {"account": account_id, "subject": one_line(subject)[:_LONGEST_SUBJECT], "text": text, "path": path})


def write(door: Doorward, job: Job) -> None:
    """The job: put the mail into the outbox, if there is somebody to write to."""
    account_id, subject = job.arguments["account"], job.arguments["subject"]
    site = door.settings.site_name
    with door.store.transaction(job.actor) as tx:
        account = accounts.by_id(tx.db, account_id)
        to = emails.verified(tx.db, account_id) if account is not None and account.status == ACTIVE else None
        if not to or mails.how_often(tx.db, account_id, subject, tx.now - _HOUR) >= MOST:
            return
        lines = [job.arguments["text"], *_where(door, job.arguments["path"]), f"This mail is from {site}."]
        mailing.tell_by(door.parts, tx, account_id, to, Text(subject, "\n\n".join(lines)), _THE_SITE)


def _where(door: Doorward, path: str) -> list[str]:
    """The address to go to; the path alone where nobody has said under which address people reach this server."""
    base = door.settings.public_url or door.network_address or ""
    return [f"{base.rstrip('/')}{path}"] if path else []
