"""The record of what a check or a proof found last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import Record


class CheckRun(Record):
    """The last run of a kind, `check` or `prove`: when, a summary and the findings as JSON."""

    __tablename__ = "check_runs"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    summary: Mapped[str] = mapped_column(Text)
    findings: Mapped[str] = mapped_column(Text)
