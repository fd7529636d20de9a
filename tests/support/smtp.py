"""A real mail server on loopback (aiosmtpd), with TLS from an authority of the test's own."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.server import free_port

USER, PASSWORD = "door", "a p@ss:word/that needs %quoting"
QUOTED = "a%20p%40ss%3Aword%2Fthat%20needs%20%25quoting"


@dataclass
class Certificate:
    """A certificate for this machine, with its authority's."""

    authority: Path
    context: ssl.SSLContext


def certificate(folder: Path, *names: str) -> Certificate:
    """A new authority, and a certificate of it for these names; by default for 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _signed(
        root_key, root_key, "test authority", "test authority", x509.BasicConstraints(ca=True, path_length=0)
    )
    addresses = [_name(name) for name in names or ("127.0.0.1",)]
    leaf = _signed(key, root_key, "mail", "test authority", x509.SubjectAlternativeName(addresses))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "mail.pem").write_bytes(leaf.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "mail.pem")
    return Certificate(folder / "ca.pem", context)


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed(key: Any, by: Any, subject: str, issuer: str, extension: x509.ExtensionType) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        key.public_key(),
        x509.random_serial_number(),
        now - day,
        now + day,
    )
    return builder.add_extension(extension, critical=False).sign(by, hashes.SHA256())


@dataclass
class MailServer:
    """A mail server that can refuse.

    Arguments:
        certificate: of the server; None for one that speaks no TLS at all.
        implicit: TLS from the first byte.
        answers: what it says to the next mails, one each; then it takes everything.
    """

    certificate: Certificate | None
    implicit: bool = False
    answers: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    raw: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    hold: threading.Event | None = None

    def start(self) -> MailServer:
        options: dict[str, Any] = {"authenticator": self._authenticate, "auth_require_tls": True}
        if self.certificate is not None and self.implicit:
            options |= {"ssl_context": self.certificate.context, "auth_require_tls": False}  # TLS is there already
        elif self.certificate is not None:
            options |= {"tls_context": self.certificate.context, "require_starttls": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    def url(self, user: bool = True) -> str:
        scheme = "smtps" if self.implicit else "smtp+starttls"
        return f"{scheme}://{f'{USER}:{QUOTED}@' if user else ''}127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raw]  # type: ignore[misc]

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.passwords.append(given.password.decode())
        right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.said.append(f"MAIL {address}")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.raw.append(envelope.content)
        return answer


Start = Callable[..., MailServer]
