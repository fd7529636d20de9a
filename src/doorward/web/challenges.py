"""Challenges for passkeys: random, for five minutes, for one purpose in one browser, and once.

Nothing is stored when one is given out: the page holds it as a signed ticket, and sends it back with the answer.
"""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

from doorward.core.passkeys import CHALLENGE_BYTES, Place, Unproved, place_of
from doorward.core.secrets import SecretError
from doorward.core.sessions import identifier_hash
from doorward.core.transport import host_name
from doorward.errors import Invalid
from doorward.store.spent import spend
from doorward.web.here import Here

LIFE = timedelta(minutes=5)
#: What a challenge may be for; one for signing in does not register a passkey.
REGISTER, SIGN_IN, SECOND_STEP, CONFIRM = "register", "sign-in", "second-step", "confirm"
_PURPOSE = "passkey"


def place_here(at: Here) -> Place | None:
    """The host of this request, which the gate has found on the list; None where browsers allow no passkeys."""
    return place_of(host_name(at.client.host), at.origin)


def must_have_place(at: Here) -> Place:
    """The host of this request. Raises Invalid where browsers allow no passkeys."""
    place = place_here(at)
    if place is None:
        raise Invalid({"passkey": "Passkeys need a host name. This page was opened by the address of the machine."})
    return place


def new_challenge(at: Here, purpose: str, owner: str = "") -> tuple[bytes, str]:
    """A challenge and its ticket.

    Arguments:
        purpose: one of those above.
        owner: the account's id, where it is known.
    """
    at.is_private = True  # no cache keeps it
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    text = base64.urlsafe_b64encode(challenge).decode()
    return challenge, at.door.keys.sign(_PURPOSE, ".".join((purpose, owner, _browser(at), text)), at.now)


def use_challenge(at: Here, ticket: str, purpose: str, owner: str = "") -> bytes:
    """The challenge of a ticket, which from now on is worth nothing, whatever the answer to it is.

    Errors:
        Unproved: the ticket is not ours, too old, used, of another browser, or for something else.
    """
    try:
        value = at.door.keys.unsign(_PURPOSE, ticket, LIFE, at.now)
    except SecretError:
        raise Unproved("challenge too old or not ours") from None
    bound, _, challenge = value.rpartition(".")
    if not secrets.compare_digest(bound.encode(), ".".join((purpose, owner, _browser(at))).encode()):
        raise Unproved("challenge for something else")
    with at.door.store.transaction(at.caller) as tx:
        if not spend(tx, f"{_PURPOSE}:{challenge}", tx.now + LIFE):
            raise Unproved("challenge used before")
    return base64.urlsafe_b64decode(challenge)


def _browser(at: Here) -> str:
    at.caller  # noqa: B018  (looking up the caller tells whether the cookie is one of ours)
    return identifier_hash(at.identifier or "")
