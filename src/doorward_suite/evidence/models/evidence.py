"""The records of what was collected: a piece of evidence, its versions, what it shows, and the words it is found by."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Table, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

#: How a file on disk is: as it arrived, another one, or gone.
INTACT, CHANGED, MISSING = "intact", "changed", "missing"

#: Compared by its characters alone, so that what begins with some letters is one piece of the index.
_WORD = String(40).with_variant(String(40, collation="C"), "postgresql")

_LIVE = text("deleted_at IS NULL")
_DELETED = text("deleted_at IS NOT NULL")
_LOOSE = text("deleted_at IS NULL AND links = 0")
_EXPIRING = text("deleted_at IS NULL AND expires_on IS NOT NULL")
_ALARMING = text("state <> 'intact'")


class Item(Record):
    """A piece of evidence: a title, an owner, and versions of a file, of which none is ever overwritten.

    `expires_on` and `state` are of the newest version and of the worst, so that lists need not look at versions.
    """

    __tablename__ = "evidence_items"
    __table_args__ = (
        Index("evidence_items_in", "assessment_id", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("evidence_items_loose", "assessment_id", "id", sqlite_where=_LOOSE, postgresql_where=_LOOSE),
        Index("evidence_items_deleted", "assessment_id", "id", sqlite_where=_DELETED, postgresql_where=_DELETED),
        Index(
            "evidence_items_expiring",
            "assessment_id",
            "expires_on",
            sqlite_where=_EXPIRING,
            postgresql_where=_EXPIRING,
        ),
        Index("evidence_items_alarming", "assessment_id", "id", sqlite_where=_ALARMING, postgresql_where=_ALARMING),
        Index("evidence_items_of", "owner_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("evidence_assessments.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    versions: Mapped[int] = mapped_column(Integer, default=1)
    links: Mapped[int] = mapped_column(Integer, default=0)
    expires_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default=INTACT)
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(String(32), default="")
    delete_reason: Mapped[str] = mapped_column(Text, default="")


class Version(Record):
    """One file of a piece of evidence, and where it is from. `file_id` is the kit's; `sha256` is what arrived.

    Of a picture (`is_picture`) a re-encoded one is kept beside what arrived, and shown in its place.
    """

    __tablename__ = "evidence_versions"
    __table_args__ = (
        Index("evidence_versions_at", "item_id", "number", unique=True),
        Index("evidence_versions_checked", "checked_at"),
        Index("evidence_versions_by", "added_by", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_items.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigNumber)
    sha256: Mapped[str] = mapped_column(String(64))
    notes: Mapped[str] = mapped_column(Text, default="")
    how: Mapped[str] = mapped_column(String(16), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    collected_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    added_by: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default=INTACT)
    is_picture: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class Totals(Record):
    """How many pieces of evidence an assessment has that are not deleted, and how many bytes; kept with every change.

    A row of its own, so that who adds evidence does not wait for who changes the team, nor the other way round.
    """

    __tablename__ = "evidence_totals"

    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_assessments.id", ondelete="CASCADE"), primary_key=True
    )
    pieces: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigNumber, default=0)


class Link(Record):
    """A piece of evidence shows something about an objective. Links of a deleted piece stay, should it come back."""

    __tablename__ = "evidence_links"
    __table_args__ = (Index("evidence_links_of", "item_id", "progress_id"), {"sqlite_with_rowid": False})

    progress_id: Mapped[int] = mapped_column(ForeignKey("evidence_progress.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_items.id", ondelete="CASCADE"), primary_key=True)
    linked_by: Mapped[str] = mapped_column(String(32))
    linked_at: Mapped[datetime]


class Word(Record):
    """A word of a piece of evidence, folded: of its title, its files' names, its sources."""

    __tablename__ = "evidence_words"
    __table_args__ = (Index("evidence_words_of", "item_id"), {"sqlite_with_rowid": False})

    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("evidence_assessments.id", ondelete="CASCADE"), primary_key=True
    )
    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("evidence_items.id", ondelete="CASCADE"), primary_key=True)


ITEMS, VERSIONS, LINKS, WORDS = (cast(Table, model.__table__) for model in (Item, Version, Link, Word))
