"""What weakens or ends an account is told to its owner by mail too, at once, where there is a verified address.

A notice at the next sign-in comes too late for whoever was just shut out (OWASP ASVS 6.3.7).
"""

from __future__ import annotations

from datetime import timedelta

from doorward.core import mail_texts
from doorward.core.mail_texts import HAPPENED, Asker
from doorward.store import emails, mails
from doorward.store.transaction import Transaction
from doorward.web import mailing
from doorward.web.here import Here
from doorward.web.parts import Parts

PASSWORD_CHANGED, FACTOR_ADDED, FACTOR_REMOVED = "password_changed", "factor_added", "factor_removed"  # nosec B105
NEW_BROWSER, LINK_MADE, DELETED = "new_browser", "link_made", "deleted"

#: So often the same is told in an hour: whoever is in somebody's account shall not fill their mailbox.
MOST = 5
_HOUR = timedelta(hours=1)
_HOST = Asker("a command on the server", "")


def tell(at: Here, tx: Transaction, account_id: str, name: str, what: str) -> None:
    """Write to the account's owner that this has happened, if they have a verified address.

    Arguments:
        name: the account's.
        what: one of those above.
    """
    if what == NEW_BROWSER and not at.door.settings.mail_new_browser:
        return
    _tell(at.door.parts, tx, account_id, name, what, mailing.asker_of(at))


def tell_from_host(parts: Parts, tx: Transaction, account_id: str, name: str, what: str) -> None:
    """The same for what a command on the host did."""
    _tell(parts, tx, account_id, name, what, _HOST)


def _tell(parts: Parts, tx: Transaction, account_id: str, name: str, what: str, asker: Asker) -> None:
    to = emails.verified(tx.db, account_id)
    text = mail_texts.happened(parts.settings.site_name, name, asker, *HAPPENED[what])
    if to and mails.how_often(tx.db, account_id, text.subject, tx.now - _HOUR) < MOST:
        mailing.tell_by(parts, tx, account_id, to, text, asker)


def say_farewell(at: Here, tx: Transaction, to: str | None, name: str) -> None:
    """Write to who has just deleted their account; with the mail, the last that is known of the address goes."""
    text = mail_texts.happened(at.door.settings.site_name, name, mailing.asker_of(at), *HAPPENED[DELETED])
    mailing.tell_by(at.door.parts, tx, None, to, text, mailing.asker_of(at), kind=mails.FAREWELL)
