"""The records of the plan of action and milestones: entries for requirements that are not met, and their steps."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

_OPEN = text("closed_at IS NULL")


class Entry(Record):
    """One entry of the POA&M. A requirement has at most one that is open; what was closed stays.

    `outcome` says how it ended: as `planning.DONE` or `planning.WITHDRAWN`; empty while it is open.
    """

    __tablename__ = "evidence_poam"
    __table_args__ = (
        Index(
            "evidence_poam_open",
            "assessment_id",
            "requirement",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("evidence_poam_due", "assessment_id", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("evidence_poam_late", "due_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("evidence_poam_in", "assessment_id", "id"),
        Index("evidence_poam_of", "owner_id", "assessment_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("evidence_assessments.id", ondelete="CASCADE"))
    requirement: Mapped[str] = mapped_column(String(40))
    weakness: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(8), default="")
    risk: Mapped[str] = mapped_column(Text, default="")
    remediation: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[str] = mapped_column(String(32), default="")
    due_on: Mapped[date] = mapped_column(Date)
    opened_by: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(32), default="")
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(12), default="")
    closing: Mapped[str] = mapped_column(Text, default="")
    reminded_at: Mapped[datetime | None]


class Milestone(Record):
    """A step on the way to closing an entry, with the day on which it is to be done, and the day on which it was."""

    __tablename__ = "evidence_milestones"
    __table_args__ = (Index("evidence_milestones_of", "entry_id", "due_on", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("evidence_poam.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(300))
    due_on: Mapped[date] = mapped_column(Date)
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(String(32), default="")
