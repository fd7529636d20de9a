"""The sender: a background job that takes the mails which are due, finds out who they go to, and hands them over.

Whether an address is anybody's is only looked up here, where nobody waits for the answer. A mail is claimed, sent, and
noted as sent; who is killed in between sends it again later under the same Message-ID, and loses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doorward.core import mail_bodies, mail_texts
from doorward.core.access import Caller
from doorward.core.journal import FAILED
from doorward.core.mail import Mail, compose, pause_after
from doorward.core.mail_bodies import Body
from doorward.core.secrets import SecretError
from doorward.store import emails, mail_codes, mails
from doorward.store.job_runner import Job
from doorward.store.mail_codes import RECOVER, VERIFY
from doorward.store.mail_jobs import ask_to_send
from doorward.store.mail_models import MailCode, OutboxMail
from doorward.store.transaction import Transaction
from doorward.web.mailing import sender_of
from doorward.web.smtp import NotDelivered, SmtpTransport, Terminal, Transport

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

_SENDER = Caller(name="(mail)")
_LATE = "It could not be sent before its code ran out."
_KEY_GONE = "It cannot be read any more: the secret key that it was encrypted with is gone."


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail that was claimed and may be sent."""

    id: int
    attempt: int
    mail: Mail
    leaves_nothing: bool = False


class MailSender:
    """Sends what is due.

    Arguments:
        door: whose mails they are; looked at when there is work, since it is not open yet when jobs are named.
    """

    def __init__(self, door: Doorward) -> None:
        self._door = door

    def work(self, job: Job) -> None:
        """Send everything that is due, and see to it that what is due later is looked at then."""
        if job.attempt > 1:
            with self._door.store.transaction(_SENDER) as tx:
                mails.take_back(tx, job.id)
        count = 0
        while self._send_next(job.id):
            count += 1
            job.progress(count)
        self._look_ahead()

    def _send_next(self, job_id: str) -> bool:
        with self._door.store.transaction(_SENDER) as tx:
            row = mails.claim(tx, job_id)
            if row is None:
                return False
            ready = self._ready(tx, row)
        if ready is not None:
            self._send(ready)
        return True

    # -- what it is, and for whom -----------------------------------------------------------------------------

    def _ready(self, tx: Transaction, row: OutboxMail) -> Ready | None:
        if row.expires_at is not None and row.expires_at <= tx.now:
            self._give_up(tx, row, _LATE)
            return None
        try:
            body = mail_bodies.unseal(self._door.keys, row.message_id, row.sealed or "")
        except SecretError:
            self._give_up(tx, row, _KEY_GONE)
            return None
        text = self._text(tx, row, body)
        if text is None:
            mails.drop(tx, row.id)
            return None
        mail = Mail(row.recipient, row.subject, text, row.message_id, tx.now)
        return Ready(row.id, row.attempts, mail, leaves_nothing=row.kind == mails.FAREWELL)

    def _text(self, tx: Transaction, row: OutboxMail, body: Body) -> str | None:
        """What it says; None where it shall not be sent at all."""
        if row.kind not in (VERIFY, RECOVER):
            return body.text
        code = tx.db.get(MailCode, row.code_id) if row.code_id is not None else None
        if code is None:
            return None
        text = self._to_owner(tx, row, code, body) if row.kind == RECOVER else self._to_wisher(tx, row, code, body)
        if text is None:
            mail_codes.kill(tx, code.id)
        return text

    def _to_owner(self, tx: Transaction, row: OutboxMail, code: MailCode, body: Body) -> str | None:
        """Recovery: only to a verified address, as its owner wrote it, and not too often."""
        owner = emails.owner_of(tx.db, body.key)
        if owner is None or not emails.may_recover(owner) or mail_codes.is_too_much(tx.db, code, owner.id):
            return None
        if row.account_id not in (None, owner.id):
            return None  # between two attempts the address went to another account
        is_first = row.account_id is None
        row.account_id, row.recipient = owner.id, emails.verified(tx.db, owner.id) or ""
        mail_codes.belongs_to(tx, code.id, owner.id)
        if is_first:
            tx.journal("account.recovery_asked", on=f"account:{owner.id}", name=owner.name, place=body.asker.address)
        return body.text

    def _to_wisher(self, tx: Transaction, row: OutboxMail, code: MailCode, body: Body) -> str | None:
        """Verification: to the address that the account still wants; to somebody else's goes another text, no code."""
        record = emails.of_account(tx.db, row.account_id or "")
        if record is None or record.wanted_key != body.key or mail_codes.is_too_much(tx.db, code, None):
            return None
        owner = emails.owner_of(tx.db, body.key)
        if owner is None:
            return body.text
        mail_codes.kill(tx, code.id)
        told = mail_texts.taken(self._door.settings.site_name, owner.name, body.asker)
        row.subject, row.outline, row.code_id, row.expires_at = told.subject, "", None, None
        row.account_id, row.recipient = owner.id, emails.verified(tx.db, owner.id) or row.recipient
        row.kind = "told"
        again = Body(told.body, body.to, body.key, body.asker)
        row.sealed = mail_bodies.seal(self._door.keys, row.message_id, again)
        return told.body

    # -- handing it over --------------------------------------------------------------------------------------

    def _send(self, ready: Ready) -> None:
        settings = self._door.settings
        try:
            message = compose(ready.mail, sender_of(settings), settings.site_name)
            self._transport().send(message)
        except NotDelivered as problem:
            self._not_sent(ready, problem)
        except ValueError as problem:  # a header that cannot be: no attempt makes it better
            self._not_sent(ready, NotDelivered(f"It cannot be written as a mail: {problem}", final=True))
        else:
            with self._door.store.transaction(_SENDER) as tx:
                if mails.note_sent(tx, ready.id, ready.attempt) and ready.leaves_nothing:
                    mails.drop(tx, ready.id)

    def _transport(self) -> Transport:
        settings = self._door.settings
        return SmtpTransport(settings.smtp_url, settings.smtp_ca) if settings.smtp_url else Terminal()

    def _not_sent(self, ready: Ready, problem: NotDelivered) -> None:
        with self._door.store.transaction(_SENDER) as tx:
            row = tx.db.get(OutboxMail, ready.id)
            if row is None:
                return
            pause = None if problem.final else pause_after(ready.attempt)
            is_late = pause is not None and row.expires_at is not None and tx.now + pause >= row.expires_at
            if pause is None or is_late:
                self._give_up(tx, row, problem.reason, keep=True)
            else:
                mails.put_back(tx, ready.id, ready.attempt, problem.reason, tx.now + pause)

    def _give_up(self, tx: Transaction, row: OutboxMail, reason: str, *, keep: bool = False) -> None:
        if mails.note_failed(tx, row.id, row.attempts, reason, keep=keep):
            on = f"account:{row.account_id}" if row.account_id else f"mail:{row.id}"
            tx.journal("mail.failed", on=on, outcome=FAILED, mail=row.id, about=row.kind, attempts=row.attempts)

    def _look_ahead(self) -> None:
        with self._door.store.transaction(_SENDER) as tx:
            ask_to_send(tx)
