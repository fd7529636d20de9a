"""What a mail says while it waits to be sent: encrypted, so that a stolen database gives no usable code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from doorward.core.mail_texts import Asker
from doorward.core.secrets import KeyRing, SecretError

_PURPOSE = "mail"


@dataclass(frozen=True, slots=True)
class Body:
    """What is encrypted.

    Arguments:
        text: the mail's text.
        to: the address that was typed, where it is not known yet whose it is.
        key: the same address as it is compared.
        asker: who asked, for a text that can only be written when it is sent.
    """

    text: str
    to: str
    key: str
    asker: Asker


def seal(keys: KeyRing, message_id: str, body: Body) -> str:
    """The body, encrypted; moved to another mail's row it does not open."""
    return keys.encrypt(_PURPOSE, json.dumps(asdict(body)).encode(), message_id)


def unseal(keys: KeyRing, message_id: str, sealed: str) -> Body:
    """The body again.

    Errors:
        SecretError: the key is gone, or the row was changed.
    """
    try:
        given = json.loads(keys.decrypt(_PURPOSE, sealed, message_id))
        return Body(given["text"], given["to"], given["key"], Asker(**given["asker"]))
    except (KeyError, TypeError, ValueError):
        raise SecretError from None
