"""What happens behind a run of `prove`: jobs done, mails sent, one that failed, room that is used up."""

from __future__ import annotations

import contextlib
import io
import re
import time
from collections.abc import Callable

from doorward.core import mail_bodies
from doorward.core.access import HOST
from doorward.core.mail_bodies import Body
from doorward.core.mail_texts import Asker
from doorward.store import jobs, mails, proving
from doorward.store.mails import NewMail
from doorward.web.extension import Doorward

_LONGEST = 10.0
_PAUSE = 0.05
_ADDRESS = "prove@example.org"
#: As the server shows a mail on its terminal where no mail server is set.
_MAIL = re.compile(r"  \| To: (?P<to>.*)\n(?:  \| .*\n)*?  \| Subject: .*\n  \|\s*\n(?P<text>(?:  \|.*\n)*)")


def settle(door: Doorward, log: list[str], *, served: bool) -> None:
    """Wait until nothing is due in the background; where no server runs, do it here.

    Arguments:
        log: what the server has printed; what is printed here is put there too.
        served: whether a server runs that does it.
    """
    if not served:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            door.jobs.run_due()
        log.append(printed.getvalue())
        return
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until and _is_busy(door):
        time.sleep(_PAUSE)


def _is_busy(door: Doorward) -> bool:
    now = door.clock()
    with door.store.reading() as db:
        return bool(jobs.due(db, door.jobs.kinds, now)) or proving.is_something_done(db)


def mail_to(door: Doorward, log: list[str], address: str, *, served: bool) -> str:
    """The text of the newest mail to an address, as soon as it is sent; empty if none comes."""
    until = time.monotonic() + _LONGEST
    while True:
        settle(door, log, served=served)
        texts = [found["text"] for found in _MAIL.finditer("".join(log)) if address in found["to"]]
        if texts or not served or time.monotonic() > until:
            return texts[-1].replace("  | ", "").replace("  |", "") if texts else ""
        time.sleep(_PAUSE)


def without_mails(text: str) -> str:
    """What a server has printed, without the mails that it shows in the place of a mail server."""
    return _MAIL.sub("", text)


def failed_mail(door: Doorward) -> int:
    """Put a mail into the outbox that could not be sent. Its number."""
    message_id = f"proof-{time.monotonic_ns()}@example.org"
    body = Body("A proof.", _ADDRESS, _ADDRESS, Asker("nobody", "127.0.0.1"))
    sealed = mail_bodies.seal(door.keys, message_id, body)
    with door.store.transaction(HOST) as tx:
        number = mails.add(tx, NewMail("told", "A proof", message_id, sealed, recipient=_ADDRESS))
        mails.note_failed(tx, number, 0, "The mail server was not there.", keep=True)
    return number


def fill_quota(door: Doorward, intake: str, account_id: str, left: int) -> Callable[[], None]:
    """Let an account look as if it could send only so many bytes more by an intake, until this is undone."""
    wanted, holder = door.intakes[intake], f"account:{account_id}"
    with door.store.transaction(HOST) as tx:
        raised = proving.use_up(tx, wanted, holder, left)

    def undo() -> None:
        with door.store.transaction(HOST) as tx:
            proving.use_less(tx, wanted, holder, raised)

    return undo
