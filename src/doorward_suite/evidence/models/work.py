"""The records of assessments: who is in them, how far each objective is, what is said about it, and catalogues.

Texts of catalogues are not copied here; rows name objectives by their ids.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record


class Assessment(Record):
    """One assessment: a system, or a year; what is collected belongs to it.

    `organisation` and `marking` stand on its report. `conditional_on` is the conditional CMMC status date.
    """

    __tablename__ = "evidence_assessments"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    catalogue: Mapped[str] = mapped_column(String(40))
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    organisation: Mapped[str] = mapped_column(String(120), default="")
    marking: Mapped[str] = mapped_column(String(60), default="")
    conditional_on: Mapped[date | None] = mapped_column(Date)


class Member(Record):
    """Somebody's place in an assessment: `holder` is `account:…`, or `token:…` for a guest.

    A guest's name and end are kept here, so that a page need not ask for the token.
    """

    __tablename__ = "evidence_members"
    __table_args__ = (
        Index("evidence_members_of", "holder", "assessment_id"),
        Index("evidence_members_by", "added_by"),
        {"sqlite_with_rowid": False},
    )

    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_assessments.id", ondelete="CASCADE"), primary_key=True
    )
    holder: Mapped[str] = mapped_column(String(48), primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80), default="")
    added_by: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class Progress(Record):
    """How far one objective of one assessment is.

    `evidence` counts the pieces that are linked to it, kept with every link. `partly` goes with "not met": the
    requirement is met in part, where the standard knows that. `place` is the order of the standard.
    """

    __tablename__ = "evidence_progress"
    __table_args__ = (
        Index("evidence_progress_at", "assessment_id", "objective", unique=True),
        Index("evidence_progress_order", "assessment_id", "place"),
        Index("evidence_progress_of", "assessment_id", "requirement"),
        Index(
            "evidence_progress_due",
            "due_on",
            sqlite_where=text("due_on IS NOT NULL"),
            postgresql_where=text("due_on IS NOT NULL"),
        ),
        Index("evidence_progress_assigned", "assignee", "assessment_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("evidence_assessments.id", ondelete="CASCADE"))
    objective: Mapped[str] = mapped_column(String(40))
    requirement: Mapped[str] = mapped_column(String(40))
    family: Mapped[str] = mapped_column(String(8))
    place: Mapped[int] = mapped_column(Integer)
    stage: Mapped[str] = mapped_column(String(12))
    finding: Mapped[str] = mapped_column(String(16), default="")
    partly: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[int] = mapped_column(Integer, default=0)
    collected_by: Mapped[str] = mapped_column(String(32), default="")
    collected_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(String(32), default="")
    reviewed_at: Mapped[datetime | None]
    assignee: Mapped[str] = mapped_column(String(32), default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    reminded_at: Mapped[datetime | None]


class Note(Record):
    """One line of an objective's history: a comment, or something that was done, with what was said about it.

    `about` is what it was done with: `account:…` where work was assigned, `item:…` where evidence was linked.
    """

    __tablename__ = "evidence_notes"
    __table_args__ = (
        Index("evidence_notes_of", "progress_id", "id"),
        Index("evidence_notes_in", "assessment_id", "id"),
        Index("evidence_notes_by", "author_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("evidence_assessments.id", ondelete="CASCADE"))
    progress_id: Mapped[int] = mapped_column(ForeignKey("evidence_progress.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    author_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text, default="")


class Mention(Record):
    """Somebody of the assessment who is named in a comment."""

    __tablename__ = "evidence_mentions"
    __table_args__ = (
        Index("evidence_mentions_in", "note_id"),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_assessments.id", ondelete="CASCADE"), primary_key=True
    )
    note_id: Mapped[int] = mapped_column(ForeignKey("evidence_notes.id", ondelete="CASCADE"), primary_key=True)


class Shelved(Record):
    """What was loaded for a standard: a catalogue of one's own, and official wording, both as JSON.

    For the built-in catalogue there is the wording alone. A digest (SHA-256) stands beside each text, so that a process
    knows without reading it whether it has read it before.
    """

    __tablename__ = "evidence_catalogues"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text, default="")
    content_digest: Mapped[str] = mapped_column(String(64), default="")
    wording: Mapped[str] = mapped_column(Text, default="")
    wording_digest: Mapped[str] = mapped_column(String(64), default="")
    loaded_by: Mapped[str] = mapped_column(String(32))
    loaded_at: Mapped[datetime]


#: The tables themselves, for statements that run over many rows at once.
PROGRESS, NOTES, MEMBERS = (cast(Table, model.__table__) for model in (Progress, Note, Member))
