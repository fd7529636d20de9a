"""What a person is to be told about their account, for apps that show it before the next sign-in does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorward.store import notices
from doorward.web.here import here


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """One sentence for the person.

    Arguments:
        at: when it was left, UTC.
        text: what happened and what to do, in plain words.
    """

    at: datetime
    text: str


def account_notices() -> tuple[AccountNotice, ...]:
    """What whoever is signed in has not been told yet about their account, oldest first: such as that a link to choose
    a new password was made for them (OWASP ASVS 6.3.7).

    Only in a session of one's own; for visitors, participants and programs there is none. Reading tells nothing off:
    the next sign-in shows it all the same, since who is signed in here may not be the owner.
    """
    at = here()
    if not at.caller.is_signed_in or at.session is None:
        return ()
    with at.door.store.reading() as db:
        return tuple(AccountNotice(one.created_at, one.text) for one in notices.of_account(db, at.caller.id))
