"""Recovery by e-mail: a code to the verified address lets somebody choose another password, and nothing else.

What asks does not look whether the address is anybody's: it writes the same rows for all. Who sends looks, later.
It never skips a second factor, and signs nobody in.
"""

from __future__ import annotations

from doorward.core import mail_texts
from doorward.core.mail_texts import VEIL
from doorward.errors import Invalid
from doorward.settings import Settings
from doorward.store import accounts, emails, mail_codes, notices, sessions
from doorward.store.mail_codes import RECOVER
from doorward.store.mail_models import MailCode
from doorward.store.models import Account
from doorward.web import mailing
from doorward.web.change_password import judge_reused
from doorward.web.emails import read_email
from doorward.web.helpers import page_address
from doorward.web.here import Here
from doorward.web.mail_codes import WrongMailCode, ask, browser_of, count_asking
from doorward.web.new_passwords import judge_new_password, profile_of

_NOTICE = "Your password was changed with a code from an e-mail. If it was not you, somebody reads your mail."


def is_open(settings: Settings) -> bool:
    """Is there recovery by e-mail? Only where mail reaches people; or on a developer's machine, to try it."""
    return mailing.is_sent(settings) or not settings.production


def ask_code(at: Here, typed: str) -> None:
    """Send a code to the address, if it is the verified one of somebody. Nothing here tells whether it is.

    Errors:
        Invalid: it is no address at all. Limited: too many codes were asked for from this address of the network.
    """
    address = read_email(typed)
    count_asking(at)
    site, asker = at.door.settings.site_name, mailing.asker_of(at)
    with at.door.store.transaction(at.caller) as tx:
        number, code, link = ask(at, tx, RECOVER, address, None)
        where = page_address(f"/recover/link/{link}")
        texts = (mail_texts.recover(site, asker, code, where), mail_texts.recover(site, asker, VEIL, VEIL))
        mailing.send_code(at, tx, RECOVER, number, address, texts, None)


def account_here(at: Here) -> tuple[Account, MailCode] | None:
    """Whose password this browser may choose, and the code that says so."""
    at.is_private = True
    with at.door.store.reading() as db:
        proved = mail_codes.proved(db, RECOVER, browser_of(at), at.now)
        account = emails.owner_of(db, proved.address_key) if proved is not None else None
    if proved is None or account is None or account.id != proved.account_id or not emails.may_recover(account):
        return None
    return account, proved


def set_password(at: Here, password: str, again: str) -> None:
    """Give the account that this browser recovers another password. All its sessions end, and the person is told.

    Errors:
        WrongMailCode: there is none, or not any more. Invalid: with a sentence for each field that is wrong.
    """
    found = account_here(at)
    if found is None:
        raise WrongMailCode
    account, proved = found
    problems = judge_new_password(at.door.parts, password, again, account.name)
    problems = problems or judge_reused(at, account, password)
    if problems:
        raise Invalid(problems)
    _replace(at, account.id, proved.id, at.door.hashing.hash(password))


def _replace(at: Here, account_id: str, code_id: int, password_hash: str) -> None:
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, account_id)
        still = mail_codes.proved(tx.db, RECOVER, browser_of(at), tx.now)
        owner = emails.owner_of(tx.db, still.address_key) if still is not None else None
        if account is None or still is None or still.id != code_id or owner is None or owner.id != account_id:
            raise WrongMailCode
        if not emails.may_recover(account) or not mail_codes.use_up(tx, code_id):
            raise WrongMailCode
        accounts.replace_password(tx, account, password_hash, keep=profile_of(at.door.parts).history)
        ended = sessions.end_all(tx, account_id)
        notices.leave(tx, account_id, _NOTICE)
        told = mail_texts.recovered(at.door.settings.site_name, account.name, mailing.asker_of(at))
        mailing.tell_owner(at, tx, account_id, told)
        on = f"account:{account_id}"
        tx.journal("account.password_recovered", on=on, name=account.name, sessions_ended=ended)
