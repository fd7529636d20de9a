"""Ask for a mail: a row of the outbox, written with the change that asks for it. Sending happens in the background.

So a page never waits for a mail server, and its answer and its time do not tell whether there is anybody to write to.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask import request

from doorward.core import mail_bodies
from doorward.core.mail_addresses import Address, sender_for
from doorward.core.mail_bodies import Body
from doorward.core.mail_texts import Asker, Text
from doorward.settings import Settings
from doorward.store import emails, mail_codes, mails
from doorward.store.mail_jobs import JOB
from doorward.store.mails import NewMail
from doorward.store.transaction import Transaction
from doorward.web.agents import browser_name
from doorward.web.here import Here
from doorward.web.parts import Parts

#: Kinds of mails that tell something and hold no code.
TOLD = "told"


def is_sent(settings: Settings) -> bool:
    """Do mails leave this server? Otherwise they are shown on its terminal."""
    return settings.smtp_url is not None


def sender_of(settings: Settings) -> str:
    """The address that mails come from."""
    return settings.mail_from or sender_for(settings.smtp_url)


def asker_of(at: Here) -> Asker:
    """Where this request comes from, in words that no header can choose."""
    return Asker(browser_name(request.headers.get("User-Agent", "")), at.client.address)


def tell(at: Here, tx: Transaction, account_id: str, to: str | None, text: Text) -> None:
    """Write to somebody about their account; without an address there is nobody to write to."""
    tell_by(at.door.parts, tx, account_id, to, text, asker_of(at))


def tell_by(
    parts: Parts,
    tx: Transaction,
    account_id: str | None,
    to: str | None,
    text: Text,
    asker: Asker,
    kind: str = TOLD,
) -> None:
    """The same where there need be no request, such as for a command on the host.

    Arguments:
        account_id: None where the account is gone.
        kind: `TOLD`, or `mails.FAREWELL` for what nothing shall be left of.
    """
    if to:
        new = NewMail(kind, text.subject, _new_id(parts.settings), "", to, account_id)
        _queue(parts, tx, new, text.body, text.body, asker)


def tell_owner(at: Here, tx: Transaction, account_id: str, text: Text) -> None:
    """Write to the verified address of an account, if it has one."""
    tell(at, tx, account_id, emails.verified(tx.db, account_id), text)


def send_code(
    at: Here,
    tx: Transaction,
    purpose: str,
    code_id: int,
    address: Address,
    texts: tuple[Text, Text],
    account_id: str | None,
) -> None:
    """Send a code to an address that somebody typed, if it turns out that it may be sent.

    Arguments:
        purpose: of `store.mail_codes`.
        texts: with the code, and without it.
        account_id: whose address it shall become; None where it is not looked up yet whose it is.
    """
    to = address.text if account_id is not None else ""
    subject, expires = texts[0].subject, tx.now + mail_codes.LIFE
    new = NewMail(purpose, subject, _new_id(at.door.settings), "", to, account_id, code_id, expires)
    _queue(at.door.parts, tx, new, texts[0].body, texts[1].body, asker_of(at), address)


def _queue(
    parts: Parts, tx: Transaction, new: NewMail, text: str, outline: str, asker: Asker, address: Address | None = None
) -> None:
    typed = address or Address("", "")
    body = Body(text, typed.text, typed.key, asker)
    sealed = mail_bodies.seal(parts.keys, new.message_id, body)
    shown = "" if is_sent(parts.settings) else outline
    mails.add(tx, replace(new, sealed=sealed, outline=shown))
    tx.job(JOB)  # it looks for whatever is due


def _new_id(settings: Settings) -> str:
    return f"{secrets.token_hex(16)}@{sender_of(settings).rpartition('@')[2]}"
