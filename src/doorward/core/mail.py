"""Mail as a message: composed by the standard library, with nothing in a header that was not looked at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from doorward.core.mail_addresses import read_address
from doorward.errors import BadRequest

#: After how many attempts a mail is given up, and shown to administrators as failed.
MOST_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=4)


class UnsafeHeader(BadRequest):
    """A header would hold a line break, a control character or something else that cannot be seen."""

    code = "unsafe_header"
    default = "This text cannot stand in the header of a mail."


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, ready to be sent.

    Arguments:
        to: an address as `read_address` gave it.
        subject: one line.
        text: plain text.
        message_id: without its angle brackets, `…@domain`; the same at every attempt, so that whoever gets it twice
            can tell.
        at: the date that it carries.
    """

    to: str
    subject: str
    text: str
    message_id: str
    at: datetime


def compose(mail: Mail, sender: str, sender_name: str) -> EmailMessage:
    """The message for a mail server.

    Arguments:
        sender: the address it comes from.
        sender_name: the site's name.
    Errors:
        UnsafeHeader: a value for a header holds what cannot be seen (CWE-93).
        BadAddress: the recipient or sender is no address.
    """
    for value in (mail.to, mail.subject, mail.message_id, sender, sender_name):
        must_be_one_line(value)
    message = EmailMessage(policy=SMTP)
    message["From"] = HeaderAddress(sender_name, addr_spec=read_address(sender).text)
    message["To"] = HeaderAddress(addr_spec=read_address(mail.to).text)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # nobody's absence note answers it (RFC 3834)
    message.set_content(_printable(mail.text), cte="quoted-printable")
    return message


def must_be_one_line(value: str) -> None:
    """Raise UnsafeHeader unless every character of a header's value can be seen, or is a plain space."""
    if not value.isprintable():
        raise UnsafeHeader


def _printable(text: str) -> str:
    """The body: line ends of one kind, and no other control character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(sign if sign.isprintable() else " " for sign in line) for line in lines)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the given number of failed attempts; None when there shall be no further one.

    It doubles from 30 seconds to 4 hours, so that a mail is tried for about half a day.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled: timedelta = _FIRST_PAUSE * 2 ** max(0, attempts - 1)
    return min(_LONGEST_PAUSE, doubled)
