"""Codes by e-mail: asked for, typed or opened as a link; for the browser that asked and no other."""

from __future__ import annotations

from flask import request

from doorward.core.mail_addresses import Address
from doorward.core.sessions import identifier_hash
from doorward.core.tokens import new_code, new_one_time_code, read_code, same, token_hash
from doorward.core.transport import address_group
from doorward.errors import Conflict, Refused
from doorward.store import mail_codes
from doorward.store.mail_codes import NewCode
from doorward.store.mail_models import MailCode
from doorward.store.transaction import Transaction
from doorward.web.devices import known_accounts
from doorward.web.here import Here

#: 17 signs to the power of eight: seven thousand million codes, of which five may be tried.
LENGTH = 8
_PURPOSE = "mail-code"


class WrongMailCode(Refused):
    """The one answer to a code that is wrong, was used, ran out, or was asked for elsewhere or in vain."""

    code = "wrong_code"
    status = 401
    default = (
        "This code is not right, or does not work any more. A code works once, for 30 minutes, in the browser in which "
        "it was asked for, and bears five tries. Look whether a newer one has come, or ask for another."
    )


def browser_of(at: Here) -> str:
    """This browser, as codes are bound to it: its session, or its visit; empty for one that keeps no cookie."""
    at.caller  # noqa: B018  (looking up the caller tells whether the cookie is one of ours)
    if at.session is not None:
        return f"session:{at.session.id}"
    return f"visit:{identifier_hash(at.identifier)}" if at.identifier else ""


def ask(at: Here, tx: Transaction, purpose: str, address: Address, account_id: str | None) -> tuple[int, str, str]:
    """A new code for this browser: its number, the code to type, and the secret of its link. Nothing is looked up.

    Arguments:
        purpose: of `store.mail_codes`.
        account_id: whose address shall be verified; None for recovery.
    Errors:
        Conflict: the browser keeps no cookies, so that nothing can be bound to it.
    """
    browser = browser_of(at)
    if not browser:
        raise Conflict("Your browser did not keep a cookie of this site. Allow cookies, then load the page again.")
    code, link = new_code(length=LENGTH), new_one_time_code()
    kept = NewCode(
        purpose=purpose,
        browser=browser,
        account_id=account_id,
        address_key=address.key,
        code_mac=at.door.keys.mac(_PURPOSE, _bound(code, token_hash(link))).hex(),
        link=link,
        asked_from=address_group(at.client.address),
        known_to=" ".join(known_accounts(at)),
    )
    return mail_codes.add(tx, kept), f"{code[:4]}-{code[4:]}", link


def _bound(code: str, link_hash: str) -> bytes:
    return f"{link_hash}:{code}".encode()


def use_typed(at: Here, purpose: str, typed: str) -> MailCode:
    """The code that this browser asked for, if it is what was typed; it is used up. Every try counts.

    Errors:
        WrongMailCode: it is not.
    """
    code = read_code(typed, length=LENGTH) or "-"
    with at.door.store.transaction(at.caller) as tx:
        asked = mail_codes.asked(tx.db, purpose, browser_of(at), tx.now)
        counted = asked is not None and mail_codes.count_try(tx, asked.id)
    # Outside, so that a wrong try stays counted.
    if asked is None or not counted or not _is_it(at, asked, code):
        raise WrongMailCode
    return _prove(at, asked)


def _is_it(at: Here, asked: MailCode, code: str) -> bool:
    return at.door.keys.mac_holds(_PURPOSE, _bound(code, asked.link_hash), bytes.fromhex(asked.code_mac))


def find_link(at: Here, purpose: str, link: str) -> MailCode | None:
    """What a link stands for, in whichever browser it is open; None if it is unknown, used or too old."""
    with at.door.store.reading() as db:
        return mail_codes.of_link(db, purpose, link, at.now)


def is_of_this_browser(at: Here, found: MailCode) -> bool:
    """Was it asked for here?"""
    return same(found.browser, browser_of(at))


def use_link(at: Here, purpose: str, link: str) -> MailCode:
    """Use a link up, in the browser that asked for it.

    Errors:
        WrongMailCode: it is unknown, used, too old, or was asked for elsewhere.
    """
    found = find_link(at, purpose, link)
    if found is None or not is_of_this_browser(at, found):
        raise WrongMailCode
    return _prove(at, found)


def _prove(at: Here, asked: MailCode) -> MailCode:
    with at.door.store.transaction(at.caller) as tx:
        if not mail_codes.prove(tx, asked.id):
            raise WrongMailCode
    return asked


def count_asking(at: Here, account_id: str | None = None) -> None:
    """Count a code that is asked for, whoever's the address is.

    Errors:
        Limited: too many were asked for from this address of the network, or for this account.
    """
    limit = at.door.limits.mail_codes
    if account_id is not None:
        at.door.limiter.take(limit, f"account:{account_id}")
    else:
        at.door.limiter.take(limit, address_group(at.client.address))


def is_asked(at: Here, purpose: str) -> bool:
    """Has this browser asked for a code that could still come?"""
    with at.door.store.reading() as db:
        return mail_codes.asked(db, purpose, browser_of(at), at.now) is not None


def form_code() -> str:
    """The code that was typed into the form of this request."""
    return request.form.get("code", "")[:80]
