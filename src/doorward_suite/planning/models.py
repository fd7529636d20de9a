"""The records of planning: consultations, who takes part in them, and what they contribute.

Whoever takes part is a *holder*: `token:…` of somebody invited, `account:…` of somebody with an account who joined.
Beside what they contribute stands their kind, and nothing else of them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

#: How a contribution, or a comment, stands.
SHOWN, WAITING, HIDDEN = "shown", "waiting", "hidden"

#: The plan is so many parts wide, and so many high.
PLACES = 10_000

#: What places are shown on: nothing, a picture of the plan, or a map.
NOTHING, PLAN, MAP = "none", "plan", "map"
#: Coordinates are whole numbers: so many parts are one degree (WGS84), about a centimetre each.
PARTS = 10_000_000

CATEGORIES = ("Vision", "Problem", "Objective", "Idea", "Value", "Action")


class Consultation(Record):
    """A consultation. Its phases are told by the days on which they begin (UTC)."""

    __tablename__ = "planning_consultations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text, default="")
    collect_on: Mapped[date | None]
    discuss_on: Mapped[date | None]
    prioritise_on: Mapped[date | None]
    results_on: Mapped[date | None]
    categories: Mapped[str] = mapped_column(Text)
    dots: Mapped[int] = mapped_column(Integer, default=5)
    moderated: Mapped[bool] = mapped_column(Boolean, default=False)
    open_link: Mapped[bool] = mapped_column(Boolean, default=False)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    published: Mapped[bool] = mapped_column(Boolean, default=False)
    summary: Mapped[str] = mapped_column(Text, default="")
    plan_file: Mapped[str] = mapped_column(String(40), default="")
    plan_title: Mapped[str] = mapped_column(String(120), default="")
    plan_width: Mapped[int] = mapped_column(Integer, default=0)
    plan_height: Mapped[int] = mapped_column(Integer, default=0)
    shows: Mapped[str] = mapped_column(String(8), default=NOTHING)
    map_lon: Mapped[int] = mapped_column(Integer, default=0)
    map_lat: Mapped[int] = mapped_column(Integer, default=0)
    map_zoom: Mapped[int] = mapped_column(Integer, default=2)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def category_names(self) -> list[str]:
        return self.categories.split("\n")

    @property
    def has_plan(self) -> bool:
        """Whether places are shown on a picture of the plan."""
        return self.shows == PLAN and bool(self.plan_file)

    @property
    def has_map(self) -> bool:
        """Whether places are coordinates, shown on a map where the server has one."""
        return self.shows == MAP


class Organiser(Record):
    """An account that organises a consultation."""

    __tablename__ = "planning_organisers"
    __table_args__ = (Index("planning_organisers_by", "account_id", "consultation_id"), {"sqlite_with_rowid": False})

    consultation_id: Mapped[int] = mapped_column(
        ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Kind(Record):
    """A kind of participant, under a name of the organiser's own."""

    __tablename__ = "planning_kinds"
    __table_args__ = (Index("planning_kinds_of", "consultation_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))


class Question(Record):
    """Something that the organiser asks; a contribution may answer it."""

    __tablename__ = "planning_questions"
    __table_args__ = (Index("planning_questions_of", "consultation_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(300))


class Sheet(Record):
    """Tokens that were made in one act, for one kind; or those of everybody who registered by the link."""

    __tablename__ = "planning_sheets"
    __table_args__ = (
        Index("planning_sheets_of", "consultation_id", "id"),
        Index("planning_sheets_by", "made_by", "made_at"),
        Index("planning_sheets_kind", "kind_id"),
        Index("planning_sheets_old", "by_link", "made_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("planning_kinds.id", ondelete="RESTRICT"))
    by_link: Mapped[bool] = mapped_column(Boolean, default=False)
    count: Mapped[int] = mapped_column(Integer)
    days: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    job_id: Mapped[str] = mapped_column(String(40), default="")

    @property
    def token_kind(self) -> str:
        """By which the kit lists and revokes its tokens."""
        return f"planning:{self.consultation_id}:sheet{self.id}"


class Participant(Record):
    """Somebody who takes part. A token takes part in one consultation, and in no other."""

    __tablename__ = "planning_participants"
    __table_args__ = (
        Index("planning_participants_sheet", "sheet_id"),
        Index("planning_participants_kind", "kind_id"),
        Index("planning_participants_of", "consultation_id"),
        {"sqlite_with_rowid": False},
    )

    holder: Mapped[str] = mapped_column(String(60), primary_key=True)
    consultation_id: Mapped[int] = mapped_column(
        ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
    )
    kind_id: Mapped[int] = mapped_column(ForeignKey("planning_kinds.id", ondelete="RESTRICT"))
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("planning_sheets.id", ondelete="SET NULL"))


class Contribution(Record):
    """What somebody contributes.

    Its place is in ten-thousandths of the plan's width and height (`x`, `y`), or in parts of degrees (`lon`, `lat`).
    """

    __tablename__ = "planning_contributions"
    __table_args__ = (
        Index("planning_contributions_of", "consultation_id", "state", "id"),
        Index("planning_contributions_in", "consultation_id", "state", "category", "id"),
        Index("planning_contributions_dots", "consultation_id", "state", "dots", "id"),
        Index("planning_contributions_reported", "consultation_id", "reports", "id"),
        Index("planning_contributions_by", "holder", "consultation_id", "id"),
        Index("planning_contributions_like", "like_id", "id"),
        Index("planning_contributions_kind", "kind_id"),
        Index("planning_contributions_question", "question_id"),
        Index("planning_contributions_all", "consultation_id", "id"),
        Index("planning_contributions_proposed", "consultation_id", "proposed"),
        Index("planning_contributions_alike", "consultation_id", "is_grouped", "like_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    holder: Mapped[str] = mapped_column(String(60))
    kind_id: Mapped[int] = mapped_column(ForeignKey("planning_kinds.id", ondelete="RESTRICT"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("planning_questions.id", ondelete="SET NULL"))
    category: Mapped[str] = mapped_column(String(60))
    proposed: Mapped[str] = mapped_column(String(60), default="")
    proposed_by_ai: Mapped[bool] = mapped_column(Boolean, default=False)
    text: Mapped[str] = mapped_column(Text)
    x: Mapped[int | None]
    y: Mapped[int | None]
    lon: Mapped[int | None]
    lat: Mapped[int | None]
    phase: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(300), default="")
    like_id: Mapped[int | None] = mapped_column(ForeignKey("planning_contributions.id", ondelete="SET NULL"))
    is_grouped: Mapped[bool] = mapped_column(Boolean, default=False)
    supports: Mapped[int] = mapped_column(Integer, default=0)
    comments: Mapped[int] = mapped_column(Integer, default=0)
    reports: Mapped[int] = mapped_column(Integer, default=0)
    dots: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class Attachment(Record):
    """A file beside a contribution, taken by the intake `planning.file`."""

    __tablename__ = "planning_attachments"
    __table_args__ = (Index("planning_attachments_of", "contribution_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    contribution_id: Mapped[int] = mapped_column(ForeignKey("planning_contributions.id", ondelete="CASCADE"))
    file_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    is_picture: Mapped[bool] = mapped_column(Boolean)


class Comment(Record):
    """A comment on a contribution; `kind_id` is empty where an organiser wrote it."""

    __tablename__ = "planning_comments"
    __table_args__ = (
        Index("planning_comments_on", "contribution_id", "id"),
        Index("planning_comments_kind", "kind_id"),
        Index("planning_comments_of", "consultation_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    contribution_id: Mapped[int] = mapped_column(ForeignKey("planning_contributions.id", ondelete="CASCADE"))
    holder: Mapped[str] = mapped_column(String(60))
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("planning_kinds.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]


class Support(Record):
    """Somebody supports a contribution: once each."""

    __tablename__ = "planning_supports"
    __table_args__ = ({"sqlite_with_rowid": False},)

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
    )
    holder: Mapped[str] = mapped_column(String(60), primary_key=True)


class Report(Record):
    """Somebody reports a contribution to the organisers: once each."""

    __tablename__ = "planning_reports"
    __table_args__ = ({"sqlite_with_rowid": False},)

    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
    )
    holder: Mapped[str] = mapped_column(String(60), primary_key=True)
    words: Mapped[str] = mapped_column(String(300), default="")


class Dots(Record):
    """How many of their dots somebody has put on a contribution."""

    __tablename__ = "planning_dots"
    __table_args__ = (Index("planning_dots_on", "contribution_id"), {"sqlite_with_rowid": False})

    consultation_id: Mapped[int] = mapped_column(
        ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
    )
    holder: Mapped[str] = mapped_column(String(60), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
    )
    count: Mapped[int] = mapped_column(Integer)


class Band(Record):
    """A sign by which near-duplicates of a contribution are found without reading all there are."""

    __tablename__ = "planning_bands"
    __table_args__ = (Index("planning_bands_of", "contribution_id"), {"sqlite_with_rowid": False})

    consultation_id: Mapped[int] = mapped_column(
        ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
    )
    band: Mapped[str] = mapped_column(String(20), primary_key=True)
    contribution_id: Mapped[int] = mapped_column(
        ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
    )


class Rule(Record):
    """Proposes a category for whatever has one of its words."""

    __tablename__ = "planning_rules"
    __table_args__ = (Index("planning_rules_of", "consultation_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(60))


#: What the AI service is asked for: proposals of categories, or a summary.
SORT, SUM = "sort", "sum"


class Help(Record):
    """What an organiser asked the AI service for. `text` is a summary that it drafted, empty until it has."""

    __tablename__ = "planning_help"
    __table_args__ = (
        Index("planning_help_of", "consultation_id", "what", "id"),
        Index("planning_help_by", "asked_by"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("planning_consultations.id", ondelete="CASCADE"))
    asked_by: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(4))
    category: Mapped[str] = mapped_column(String(60))
    count: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)


class Size(Record):
    """How large the database was on a day, in bytes."""

    __tablename__ = "planning_sizes"

    day: Mapped[date] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)


CONTRIBUTIONS, PARTICIPANTS = (cast(Table, model.__table__) for model in (Contribution, Participant))
