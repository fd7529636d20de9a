"""The records of background jobs: what is to be done, for whom, and how far it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class JobRecord(Record):
    """A job. Written in the transaction that asks for it, so that a kill loses neither or both.

    `claim` is a random name of the attempt that runs now: whoever lost it can write nothing more. `arguments` holds
    numbers and names, never a secret. `result_key` finds the file of the result, `result_name` is what people see.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_due", "state", "due_at"),
        Index("jobs_beat", "state", "heartbeat_at"),
        Index("jobs_of", "owner_id", "created_at"),
        Index("jobs_finished", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200), default="")
    arguments: Mapped[str] = mapped_column(Text, default="{}")
    state: Mapped[str] = mapped_column(String(12))
    done: Mapped[int] = mapped_column(BigNumber, default=0)
    total: Mapped[int | None] = mapped_column(BigNumber)
    error: Mapped[str] = mapped_column(String(500), default="")
    result_name: Mapped[str] = mapped_column(String(120), default="")
    result_key: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=1)
    claim: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
