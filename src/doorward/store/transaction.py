"""One transaction: the change, its journal entries and its events. All of it happens, or none.

Events reach the listeners after the commit, entries and changes are committed together (laws 9 and 10).
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from doorward.core.access import Caller
from doorward.core.jobs import WAITING
from doorward.core.journal import OK, Entry, Sealed, canonical, clean, numbered
from doorward.core.streams import Event, Json, Publisher
from doorward.store.job_models import JobRecord
from doorward.store.models import JournalEntry, JournalHead

if TYPE_CHECKING:
    from doorward.core.uploads import Intake
    from doorward.store.file_records import StoredFile

_log = logging.getLogger("doorward.store")

# Made once, and past the ORM: every change pays for these.
_HEAD = select(JournalHead.seq, JournalHead.seal).with_for_update()
_MOVE_ON = update(JournalHead).values(seq=bindparam("last"), seal=bindparam("last_seal"))
_APPEND = insert(JournalEntry)


class Transaction:
    """What an action is handed: the records, the journal, and the events to come.

    Arguments:
        db: the SQLAlchemy session, already inside a writing transaction.
        actor: who does it.
        now: the time of the transaction, aware, UTC; the same for everything in it.
    """

    def __init__(self, db: Session, actor: Caller, now: datetime) -> None:
        self.db = db
        self.actor = actor
        self.now = now
        self.entries: list[Entry] = []
        self.events: list[Event] = []
        self.afterwards: list[Callable[[Publisher], None]] = []
        self.jobs: list[JobRecord] = []
        #: Keys of bytes that nothing needs once this is committed.
        self.dropped_bytes: list[str] = []

    def journal(self, event: str, *, on: str = "", outcome: str = OK, **details: object) -> None:
        """Write an entry about this change; it is sealed with the commit.

        Arguments:
            event: `area.verb`, such as `poll.created`.
            on: what it was done to, such as `poll:17`.
            outcome: "ok", "refused" or "failed".
            details: small facts. Never a password, token, session identifier or message body (law 9).
        """
        self.entries.append(
            Entry(
                at=stamp(self.now),
                event=clean(event, 80),
                outcome=outcome,
                who=self.actor.id or self.actor.holder,
                who_name=_name_of(self.actor),
                address=clean(self.actor.address, 60),
                on=clean(on, 200),
                details=canonical(details),
            )
        )

    def publish(self, topic: str, type: str, data: Json, *, newest: str | None = None) -> None:
        """Send an event to the listeners of `topic`, once this transaction is committed.

        Arguments:
            topic, type, data, newest: as in `doorward.core.streams.Event`.
        """
        self.events.append(Event(topic, type, data, newest))

    def job(
        self,
        kind: str,
        arguments: Mapping[str, Json] | None = None,
        *,
        title: str = "",
        owner: str | None = None,
        after: timedelta = timedelta(0),
    ) -> str:
        """Ask for a background job. It is there with this transaction's change, or not at all.

        Arguments:
            kind: of those that `Doorward(jobs=…)` names, such as `polls.export`.
            arguments: what the job needs to know, as JSON. Never a secret: it is stored as it is.
            title: what it is called on the page of its progress.
            owner: the account whose job it is: who sees its progress and gets its result. None for the server's own.
            after: how long it waits before it may begin.

        Results:
            The job's id; its owner finds it at `/account/jobs/<id>`.
        """
        record = JobRecord(
            id=f"j{secrets.token_hex(12)}",
            kind=kind,
            owner_id=owner,
            title=clean(title, 200),
            arguments=json.dumps(dict(arguments or {})),
            state=WAITING,
            created_at=self.now,
            due_at=self.now + after,
        )
        self.db.add(record)
        self.jobs.append(record)
        return record.id

    def take_files(self, intake: Intake, ids: Sequence[str]) -> list[StoredFile]:
        """Make files that arrived the app's, in this transaction. A file is taken once.

        Arguments:
            intake: the intake by which they came.
            ids: as `sent_files` gave them in the view.

        Errors:
            Conflict: one is not there, not the actor's, of another intake, or taken already. Nothing is taken.
        """
        from doorward.store import file_records

        return file_records.take(self, intake, ids)

    def drop_file(self, file_id: str) -> bool:
        """Let go of a file that was taken: its bytes are deleted after the commit, whatever happens then.

        Results:
            False if it is gone already.
        """
        from doorward.store import file_records

        record = file_records.locked(self, file_id)
        return record is not None and file_records.drop(self, record)

    def drop_bytes(self, key: str) -> None:
        """Bytes that nothing needs once this is committed."""
        self.dropped_bytes.append(key)

    def after_commit(self, act: Callable[[Publisher], None]) -> None:
        """Do something with the live streams once this is committed, such as cutting an ended session's."""
        self.afterwards.append(act)

    def tell(self, publisher: Publisher) -> None:
        """Carry out what waited for the commit. Cuts come before events: who lost the right hears nothing more."""
        try:
            for act in self.afterwards:
                act(publisher)
            if self.events:
                publisher.publish(self.events)
        except Exception:  # the change is committed; who missed the event reloads the snapshot
            _log.exception("events could not be delivered")


def _name_of(actor: Caller) -> str:
    """Who it was; with the token's number where somebody, or something, came by one."""
    name = clean(actor.name, 80)
    return name if actor.token_id is None else f"{name} (token {actor.token_id})".strip()


def stamp(now: datetime) -> str:
    """A time as the journal writes it: `2026-11-21T12:00:00.000000Z`. Sorts as text."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal_entries(db: Session, entries: list[Entry]) -> list[Sealed]:
    """Seal entries behind the last one, in the running transaction. Locks the head, so that the chain never forks."""
    if not entries:
        return []
    db.flush()
    connection = db.connection()
    head = connection.execute(_HEAD).one()
    sealed = list(numbered(entries, head.seq, head.seal))
    connection.execute(_APPEND, [_row(entry) for entry in sealed])
    connection.execute(_MOVE_ON, {"last": sealed[-1].seq, "last_seal": sealed[-1].seal})
    return sealed


def _row(sealed: Sealed) -> dict[str, object]:
    entry = sealed.entry
    return {
        "seq": sealed.seq,
        "at": entry.at,
        "event": entry.event,
        "outcome": entry.outcome,
        "who": entry.who,
        "who_name": entry.who_name,
        "address": entry.address,
        "target": entry.on,
        "details": entry.details,
        "seal": sealed.seal,
    }
