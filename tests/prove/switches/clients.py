"""The server as a client of others."""

from __future__ import annotations

import ssl
from typing import Any

from doorward.web import smtp
from doorward.web.outbound.messenger import Messenger
from tests.prove.switches import Switch, replaced


def _careless(*_: Any) -> ssl.SSLContext:
    """A client that takes whatever it gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


SWITCHES = (
    Switch(
        "certificates of others",
        replaced(Messenger, "_trust", property(_careless)),
        "Whom the server asks has to show a certificate that holds.",
    ),
    Switch(
        "certificates of mail servers",
        replaced(smtp, "_context", _careless),
        "A mail server has to show a certificate that holds.",
        on_server=True,
    ),
)
