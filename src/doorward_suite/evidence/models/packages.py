"""The record of a sealed package: that it was made, by whom, and the hash of its list of hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record


class Package(Record):
    """A package that was made. `manifest` is the SHA-256 of its `SHA256SUMS`, which names every other file in it."""

    __tablename__ = "evidence_packages"
    __table_args__ = (Index("evidence_packages_in", "assessment_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("evidence_assessments.id", ondelete="CASCADE"))
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    files: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(BigNumber)
    manifest: Mapped[str] = mapped_column(String(64))
