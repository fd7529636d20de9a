"""`/ca.pem` and `/trust`: how a phone comes to trust this server's own certificate authority."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from doorward.core.transport import is_loopback
from doorward.errors import NotFound
from doorward.web import access
from doorward.web.here import Here, here


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/ca.pem", "ca_pem", ca_pem)
    pages.add_url_rule("/trust", "trust", trust)


@access.public
def ca_pem() -> Response:
    """The public certificate of the authority. Its key never leaves the host."""
    # This type, and no attachment, is what makes an iPhone offer to install it.
    return Response(_certificate(here()), content_type="application/x-x509-ca-cert")


@access.public
def trust() -> ResponseReturnValue:
    at = here()
    return render_template(
        "doorward/trust.html",
        fingerprint=_fingerprint(_certificate(at)),
        ca_url="/ca.pem",
        addresses=_for_other_devices(at.door.addresses) or [at.origin],
    )


def _for_other_devices(addresses: Iterable[str]) -> list[str]:
    """The addresses that do not lead each device to itself, where a phone would find nothing."""
    return [address for address in addresses if not is_loopback(urlsplit(address).hostname or "")]


def _certificate(at: Here) -> str:
    path = at.door.settings.data / "tls" / "ca.pem"
    if not path.is_file():
        raise NotFound("This server has no certificate authority of its own.")
    return path.read_text()


def _fingerprint(pem: str) -> str:
    import ssl

    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    return ":".join(digest[start : start + 2] for start in range(0, len(digest), 2))
