"""Hand a mail to a mail server: always over TLS with a certificate that was verified, or to nobody.

`smtps://` speaks TLS from the first byte (RFC 8314), `smtp+starttls://` before anything is said; a server that offers
no STARTTLS, or whose certificate is another's, gets neither the password nor the mail.
"""

from __future__ import annotations

import smtplib
import ssl
import sys
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20.0
_PORTS = {"smtps": 465, "smtp+starttls": 587}
_PERMANENT = 500


class NotDelivered(Exception):
    """The mail was not taken.

    Arguments:
        reason: for administrators.
        final: whether another attempt is of no use: the server has refused this mail for good.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.reason = "".join(sign if sign.isprintable() else " " for sign in reason)[:280]
        self.final = final
        super().__init__(self.reason)


class Transport(Protocol):
    """What takes mails."""

    def send(self, message: EmailMessage) -> None:
        """Send it. Raises NotDelivered."""


class SmtpTransport:
    """A mail server.

    Arguments:
        url: as the setting `smtp_url` has it.
        authority: a file with the certificate of the authority to trust instead of the public ones.
    """

    def __init__(self, url: str, authority: str | None) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._authority = authority

    def __repr__(self) -> str:
        return f"<SmtpTransport {self._host}:{self._port}>"

    def send(self, message: EmailMessage) -> None:
        """Send one mail over a connection of its own.

        Errors:
            NotDelivered: not taken; final only where the server refused this very mail with a 5xx (RFC 5321 4.2.1).
        """
        name = str(message["From"]).rpartition("@")[2].rstrip(">")
        try:
            with self._connected(name) as server:
                if self._user:
                    server.login(self._user, self._password)
                _send(server, message)
        except smtplib.SMTPException as problem:
            raise NotDelivered(_words(problem)) from None
        except ssl.SSLError as problem:
            raise NotDelivered(f"The mail server's certificate or TLS is not right: {_tls_words(problem)}") from None
        except (OSError, ValueError) as problem:
            text = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            raise NotDelivered(f"The mail server cannot be reached: {text}") from None

    def _connected(self, name: str) -> smtplib.SMTP:
        context = _context(self._authority)
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, name, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self._host, self._port, name, timeout=TIMEOUT_SECONDS)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def _context(authority: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError):
        raise NotDelivered("The file that smtp_ca names cannot be read as a certificate.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """The part in which a 5xx is about this mail, and not about the server or our password."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        raise NotDelivered(_answer(code, text), final=code >= _PERMANENT) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
        raise NotDelivered(_answer(refused.smtp_code, refused.smtp_error), final=refused.smtp_code >= 500) from None


def _answer(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server said {code}: {said}"


def _words(problem: smtplib.SMTPException) -> str:
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return f"The mail server does not take the user and password of smtp_url ({problem.smtp_code})."
    if isinstance(problem, smtplib.SMTPResponseException):
        return _answer(problem.smtp_code, problem.smtp_error)
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return "The mail server offers no TLS, or no sign-in over it, so it was told nothing."
    return "The connection to the mail server broke off."


def _tls_words(problem: ssl.SSLError) -> str:
    return getattr(problem, "verify_message", "") or problem.reason or "it could not be agreed on"


class Terminal:
    """No mail server: each mail is shown on the terminal of the server, for whoever runs it."""

    def send(self, message: EmailMessage) -> None:
        """Print it."""
        text = message.get_content().rstrip()
        lines = [f"To: {message['To']}", f"Subject: {message['Subject']}", "", *text.splitlines()]
        shown = "\n".join(f"  | {line}" for line in lines)
        sys.stdout.write(f"\nA mail, shown here since no mail server is set (DOORWARD_SMTP_URL):\n{shown}\n\n")
        sys.stdout.flush()
