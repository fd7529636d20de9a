"""The records of honors: people and what they were awarded, and the competitions, medals, subjects and schools of it.

What everybody may see is said by one column, `listed`, on awards and on people. It is false unless an action found that
all that is needed is there (`actions.settling`): so what nobody has decided on is not public.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

#: What somebody has agreed to be shown as. Nobody is shown unless this was said.
HIDDEN = "hidden"
SHORT = "short"
FULL = "full"
CONSENTS = (HIDDEN, SHORT, FULL)

#: Who agreed that somebody's photo is shown: themselves, being of age, or for a minor a parent or guardian.
AGREED = ("self", "parent")

#: Who asks that somebody be hidden: the person, a parent or guardian, or somebody else for them.
ASKERS = ("self", "parent", "other")

#: A folded name, which sorts by code points on every database, so that its beginnings are ranges of an index.
PLAIN = String(400).with_variant(String(400, collation="C"), "postgresql")

#: In the order of the roll each year takes so many places, one for each rank of a medal.
RANKS = 1000


def place_of(year: int, rank: int) -> int:
    """Where an award stands in the roll: the newest year first, in it the highest medal first."""
    return -year * RANKS + min(max(rank, 0), RANKS - 1)


def weight_of(rank: int) -> int:
    """What an award counts in the hall of fame: one of rank 1 more than any number of rank 2, and so on."""
    return {1: 10**12, 2: 10**8, 3: 10**4}.get(rank, 1)


class Labelled:
    """Has a name, and that name in further languages."""

    name: Mapped[str] = mapped_column(String(200))
    names: Mapped[str] = mapped_column(Text, default="{}")

    def label(self, language: str) -> str:
        """The name in this language, or as it was given first."""
        if self.names in ("", "{}"):
            return self.name
        return str(json.loads(self.names).get(language) or self.name)


class Competition(Labelled, Record):
    """Something that is held again and again. `code` is how imports call it."""

    __tablename__ = "honors_competitions"
    __table_args__ = (Index("honors_competitions_code", "code"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    abouts: Mapped[str] = mapped_column(Text, default="{}")
    deleted_at: Mapped[datetime | None]

    def about_in(self, language: str) -> str:
        """What is said about it in this language, or as it was given first."""
        return str(json.loads(self.abouts).get(language) or self.about)


class Edition(Labelled, Record):
    """One time that a competition is held. Its awards are public once it is published.

    It is announced where its day is to come; or, while nobody knows the day, where `announced` says so.
    """

    __tablename__ = "honors_editions"
    __table_args__ = (
        Index("honors_editions_of", "competition_id", "year"),
        Index("honors_editions_held", "held_on", "id"),
        Index("honors_editions_announced", "announced", "year", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("honors_competitions.id", ondelete="RESTRICT"))
    year: Mapped[int] = mapped_column(Integer)
    held_on: Mapped[date | None]
    announced: Mapped[bool] = mapped_column(Boolean, default=False)
    place: Mapped[str] = mapped_column(String(200), default="")
    published: Mapped[bool] = mapped_column(Boolean, default=False)
    deleted_at: Mapped[datetime | None]


class Subject(Labelled, Record):
    """What was competed in, such as mathematics."""

    __tablename__ = "honors_subjects"
    __table_args__ = (Index("honors_subjects_code", "code"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), default="")
    deleted_at: Mapped[datetime | None]


class Medal(Labelled, Record):
    """What is awarded; rank 1 is the highest."""

    __tablename__ = "honors_medals"
    __table_args__ = (Index("honors_medals_code", "code"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), default="")
    rank: Mapped[int] = mapped_column(Integer)
    colour: Mapped[str] = mapped_column(String(7), default="")
    icon: Mapped[str] = mapped_column(String(16), default="")
    deleted_at: Mapped[datetime | None]


class School(Labelled, Record):
    """Where people learn."""

    __tablename__ = "honors_schools"
    __table_args__ = (Index("honors_schools_plain", "plain", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    plain: Mapped[str] = mapped_column(PLAIN)
    place: Mapped[str] = mapped_column(String(200), default="")
    deleted_at: Mapped[datetime | None]


class Person(Record):
    """Somebody. Two people of one name are two rows; what tells them apart is theirs to know, and ours to note.

    `photo_agreed` says who agreed to the photo; empty if nobody did, and then nobody outside sees it.

    `plain` is the full name, folded, for the administration. `shown` is the name that they agreed to, empty if none,
    and `found` is that name, folded: what is hidden is not in the index by which visitors look for people.
    """

    __tablename__ = "honors_people"
    __table_args__ = (
        Index("honors_people_plain", "plain", "id"),
        Index("honors_people_found", "listed", "found", "id"),
        Index("honors_people_fame", "listed", "standing", "id"),
        Index("honors_people_listed", "listed", "id"),
        Index("honors_people_source", "source", "id"),
        Index("honors_people_import", "import_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    full_name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(120), default="")
    consent: Mapped[str] = mapped_column(String(8), default=HIDDEN)
    plain: Mapped[str] = mapped_column(PLAIN)
    shown: Mapped[str] = mapped_column(String(120), default="")
    found: Mapped[str] = mapped_column(String(400), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    awards: Mapped[int] = mapped_column(Integer, default=0)
    standing: Mapped[int] = mapped_column(BigNumber, default=0)
    photo_id: Mapped[str] = mapped_column(String(60), default="")
    photo_agreed: Mapped[str] = mapped_column(String(10), default="")
    source: Mapped[str] = mapped_column(String(32), default="")
    import_id: Mapped[int | None] = mapped_column(BigNumber)
    deleted_at: Mapped[datetime | None]


class Team(Record):
    """People who took part in an edition together."""

    __tablename__ = "honors_teams"
    __table_args__ = (
        Index("honors_teams_of", "edition_id", "id"),
        Index("honors_teams_source", "source", "id"),
        Index("honors_teams_import", "import_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    edition_id: Mapped[int] = mapped_column(ForeignKey("honors_editions.id", ondelete="RESTRICT"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("honors_schools.id", ondelete="RESTRICT"))
    source: Mapped[str] = mapped_column(String(32), default="")
    import_id: Mapped[int | None] = mapped_column(BigNumber)
    deleted_at: Mapped[datetime | None]


class TeamMember(Record):
    """Somebody in a team."""

    __tablename__ = "honors_team_members"
    __table_args__ = (Index("honors_team_members_by", "person_id", "team_id"), {"sqlite_with_rowid": False})

    team_id: Mapped[int] = mapped_column(ForeignKey("honors_teams.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("honors_people.id", ondelete="CASCADE"), primary_key=True)


class Award(Record):
    """A medal that somebody, or a team, was given. `place` and the columns before it are kept for the indexes."""

    __tablename__ = "honors_awards"
    __table_args__ = (
        Index("honors_awards_roll", "listed", "place", "id"),
        Index("honors_awards_competition", "listed", "competition_id", "place", "id"),
        Index("honors_awards_medal", "listed", "medal_id", "place", "id"),
        Index("honors_awards_subject", "listed", "subject_id", "place", "id"),
        Index("honors_awards_school", "listed", "school_id", "place", "id"),
        Index("honors_awards_edition", "edition_id", "id"),
        Index("honors_awards_person", "person_id", "id"),
        Index("honors_awards_team", "team_id", "id"),
        Index("honors_awards_medal_any", "medal_id", "id"),
        Index("honors_awards_subject_any", "subject_id", "id"),
        Index("honors_awards_school_any", "school_id", "id"),
        Index("honors_awards_source", "source", "id"),
        Index("honors_awards_import", "import_id", "id"),
        Index("honors_awards_removed", "removed_by", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("honors_people.id", ondelete="RESTRICT"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("honors_teams.id", ondelete="RESTRICT"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("honors_editions.id", ondelete="RESTRICT"))
    medal_id: Mapped[int] = mapped_column(ForeignKey("honors_medals.id", ondelete="RESTRICT"))
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("honors_subjects.id", ondelete="RESTRICT"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("honors_schools.id", ondelete="RESTRICT"))
    result: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str] = mapped_column(String(30), default="")
    competition_id: Mapped[int] = mapped_column(ForeignKey("honors_competitions.id", ondelete="RESTRICT"))
    place: Mapped[int] = mapped_column(BigNumber)
    weight: Mapped[int] = mapped_column(BigNumber)
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    source: Mapped[str] = mapped_column(String(32), default="")
    import_id: Mapped[int | None] = mapped_column(BigNumber)
    removed_by: Mapped[int | None] = mapped_column(BigNumber)
    deleted_at: Mapped[datetime | None]

    @property
    def year(self) -> int:
        """The year of its edition, out of its place in the roll."""
        return -(self.place // RANKS)


class HideRequest(Record):
    """Somebody asks that a person be hidden. What they wrote goes when a publisher has decided."""

    __tablename__ = "honors_requests"
    __table_args__ = (
        Index("honors_requests_open", "decided_at", "id"),
        Index("honors_requests_about", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("honors_people.id", ondelete="CASCADE"))
    who: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)


class Import(Record):
    """A file of results that was sent, how it is to be read, and what came of it.

    People, teams and awards that an import made carry its number, so that it can be undone; `removed_by` is the import
    whose file did not have an award any more. `source` is what makes a row of a file the same row when it comes again.
    """

    __tablename__ = "honors_imports"
    __table_args__ = (Index("honors_imports_of", "edition_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(10))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("honors_editions.id", ondelete="RESTRICT"))
    mapping: Mapped[str] = mapped_column(Text, default="{}")
    replaces: Mapped[bool] = mapped_column(Boolean, default=False)
    consent: Mapped[str] = mapped_column(String(8), default=HIDDEN)
    report: Mapped[str] = mapped_column(Text, default="{}")
    job_id: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]


class Turn(Record):
    """One row: how often what is public has changed, and when last. What caches ask for."""

    __tablename__ = "honors_turn"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(BigNumber)
    at: Mapped[datetime]


AWARDS, PEOPLE, MEMBERS = (cast(Table, model.__table__) for model in (Award, Person, TeamMember))


def in_further_languages(**names: str) -> str:
    """Names by language, as they are stored; those that are empty are left out."""
    given: dict[str, Any] = {language: name for language, name in names.items() if name}
    return json.dumps(given, ensure_ascii=False, sort_keys=True)
