"""What happened with one's own account, in words, from the journal (OWASP ASVS 6.3.7, 7.5.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from doorward.core.journal import Sealed

_WORDS = {
    "account.created": "The account was made",
    "account.registered": "The account was made by registering",
    "account.export_asked": "An export of what is stored was asked for",
    "job.result_taken": "A file with what is stored was downloaded",
    "account.approved": "An administrator approved the account",
    "account.password_changed": "The password was changed",
    "account.password_reset": "A new password was chosen with a link from the host",
    "account.password_recovered": "A new password was chosen with a code from an e-mail",
    "account.recovery_asked": "A code to choose a new password was sent by e-mail",
    "email.asked": "An e-mail address was given",
    "email.not_wanted": "An e-mail address was taken back before it was verified",
    "email.verified": "An e-mail address was verified",
    "email.removed": "The e-mail address was removed",
    "account.reset_asked": "A link to choose a new password was made",
    "account.roles_changed": "The roles were changed",
    "account.blocked": "The account was blocked",
    "account.unblocked": "The account was unblocked",
    "account.sessions_ended": "An administrator ended all sessions",
    "account.factors_reset": "All second factors were reset",
    "factor.added": "A second factor was set up",
    "factor.removed": "A second factor was removed",
    "factor.not_added": "Setting up a passkey did not work",
    "factor.codes_made": "New recovery codes were made",
    "factor.refused": "A second factor did not work",
    "account.role_kept": "A role would have gone, but nobody else administers here",
    "identity.linked": "A sign-in provider was linked with the account",
    "identity.unlinked": "A sign-in provider was unlinked from the account",
    "session.ended_by_provider": "Signed out at the provider, so here too",
    "session.identity_accepted": "A provider said who it is, and a second factor was asked for",
    "token.created": "An access token was made",
    "token.rotated": "An access token got another secret",
    "token.revoked": "An access token was revoked",
    "session.password_accepted": "The password was right, and a second factor was asked for",
    "session.started": "Signed in",
    "session.ended": "A session was ended",
    "session.others_ended": "All other sessions were ended",
    "session.confirmed": "Confirmed who is there",
    "session.refused": "A sign-in did not work",
    "session.locked_out": "A sign-in was refused after too many failures",
    "session.confirm_refused": "A confirmation did not work",
}


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """One line for the person: what, when, from where, and whether to look twice."""

    at: datetime
    words: str
    address: str
    state: str


def in_words(sealed: Sealed) -> AccountEvent:
    """An entry of the journal for the person whom it is about."""
    entry = sealed.entry
    words = _WORDS.get(entry.event, entry.event.replace(".", ": ").replace("_", " "))
    details = json.loads(entry.details)
    if entry.event == "session.started" and details.get("new_browser"):
        words = "Signed in from a new browser"
    state = {"ok": "", "refused": "warn", "failed": "warn"}[entry.outcome]
    return AccountEvent(
        datetime.fromisoformat(entry.at), words, entry.address or details.get("place") or "the host", state
    )
