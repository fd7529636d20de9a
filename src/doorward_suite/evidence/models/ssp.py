"""The records of the SSP mapping: where the system security plan describes how a requirement is met."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import Record


class Mapping(Record):
    """What the system security plan says of one requirement, and where; no row where nobody has written anything."""

    __tablename__ = "evidence_ssp"
    __table_args__ = (Index("evidence_ssp_by", "changed_by", "assessment_id"), {"sqlite_with_rowid": False})

    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_assessments.id", ondelete="CASCADE"), primary_key=True
    )
    requirement: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="")
    origin: Mapped[str] = mapped_column(String(12), default="")
    provider: Mapped[str] = mapped_column(String(120), default="")
    responsible: Mapped[str] = mapped_column(String(120), default="")
    document: Mapped[str] = mapped_column(String(200), default="")
    section: Mapped[str] = mapped_column(String(120), default="")
    page: Mapped[str] = mapped_column(String(40), default="")
    statement: Mapped[str] = mapped_column(Text, default="")
    changed_by: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[datetime]
