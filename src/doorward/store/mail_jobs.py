"""Which background job sends the mails that wait, and seeing to it that there is one."""

from __future__ import annotations

from doorward.store import jobs, mails
from doorward.store.transaction import Transaction

#: Sends whatever is due.
JOB = "kit.mail"


def ask_to_send(tx: Transaction) -> bool:
    """See to it that a job begins when the next waiting mail is due. True if one had to be asked for."""
    soonest = mails.next_due(tx.db)
    if soonest is None:
        return False
    begin = max(soonest, tx.now + mails.SHORTEST_WAIT)
    if jobs.is_waiting(tx.db, JOB, begin):
        return False
    tx.job(JOB, after=begin - tx.now)
    return True
