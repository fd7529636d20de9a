"""Competitions, editions, subjects, medals, schools, people, teams, awards, and the index of names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "honors_0001"
down_revision = None
branch_labels = ("honors",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_plain = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")


def upgrade() -> None:
    _labelled("honors_competitions", _code(), sa.Column("about", sa.Text, nullable=False))
    _labelled("honors_subjects", _code())
    _labelled(
        "honors_medals",
        _code(),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("colour", sa.String(7), nullable=False),
        sa.Column("icon", sa.String(16), nullable=False),
    )
    for table in ("honors_competitions", "honors_subjects", "honors_medals"):
        op.create_index(f"{table}_code", table, ["code"])
    _labelled(
        "honors_schools",
        sa.Column("plain", _plain, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
    )
    op.create_index("honors_schools_plain", "honors_schools", ["plain", "id"])
    _labelled(
        "honors_editions",
        _to("honors_competitions", "competition_id"),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("held_on", sa.Date),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
    )
    op.create_index("honors_editions_of", "honors_editions", ["competition_id", "year"])
    op.create_index("honors_editions_held", "honors_editions", ["held_on", "id"])
    _people()
    _teams()
    _awards()
    turn = op.create_table(
        "honors_turn",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", _number, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(turn, [{"id": 1, "number": 1, "at": 0}])
    _index_of_names()


def _people() -> None:
    op.create_table(
        "honors_people",
        sa.Column("id", _number, primary_key=True),
        sa.Column("full_name", sa.String(120), nullable=False),
        sa.Column("short_name", sa.String(120), nullable=False),
        sa.Column("consent", sa.String(8), nullable=False),
        sa.Column("plain", _plain, nullable=False),
        sa.Column("shown", sa.String(120), nullable=False),
        sa.Column("found", sa.String(400), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("awards", sa.Integer, nullable=False),
        sa.Column("standing", _number, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("honors_people_plain", "honors_people", ["plain", "id"])
    op.create_index("honors_people_found", "honors_people", ["listed", "found", "id"])
    op.create_index("honors_people_fame", "honors_people", ["listed", "standing", "id"])
    op.create_index("honors_people_listed", "honors_people", ["listed", "id"])


def _teams() -> None:
    op.create_table(
        "honors_teams",
        sa.Column("id", _number, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        _to("honors_editions", "edition_id"),
        _to("honors_schools", "school_id", optional=True),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("honors_teams_of", "honors_teams", ["edition_id", "id"])
    op.create_table(
        "honors_team_members",
        _part_of("honors_teams", "team_id"),
        _part_of("honors_people", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("honors_team_members_by", "honors_team_members", ["person_id", "team_id"])


def _awards() -> None:
    op.create_table(
        "honors_awards",
        sa.Column("id", _number, primary_key=True),
        _to("honors_people", "person_id", optional=True),
        _to("honors_teams", "team_id", optional=True),
        _to("honors_editions", "edition_id"),
        _to("honors_medals", "medal_id"),
        _to("honors_subjects", "subject_id", optional=True),
        _to("honors_schools", "school_id", optional=True),
        sa.Column("result", sa.String(60), nullable=False),
        _to("honors_competitions", "competition_id"),
        sa.Column("place", _number, nullable=False),
        sa.Column("weight", _number, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("honors_awards_roll", "honors_awards", ["listed", "place", "id"])
    for name in ("competition", "medal", "subject", "school"):
        op.create_index(f"honors_awards_{name}", "honors_awards", ["listed", f"{name}_id", "place", "id"])
    for name in ("medal", "subject", "school"):
        op.create_index(f"honors_awards_{name}_any", "honors_awards", [f"{name}_id", "id"])
    for name in ("edition", "person", "team"):
        op.create_index(f"honors_awards_{name}", "honors_awards", [f"{name}_id", "id"])


def _index_of_names() -> None:
    """FTS5 without content on SQLite, a tsvector with GIN on PostgreSQL, of the same pieces of names."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE honors_search USING "
            "fts5(words, content='', detail='none', columnsize=0, tokenize='ascii')"
        )
        return
    op.execute(
        "CREATE TABLE honors_search (person_id BIGINT PRIMARY KEY "
        "REFERENCES honors_people (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX honors_search_words ON honors_search USING GIN (words)")


def _labelled(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("id", _number, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        *columns,
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )


def _code() -> sa.Column[str]:
    return sa.Column("code", sa.String(60), nullable=False)


def _to(table: str, name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, _number, sa.ForeignKey(f"{table}.id", ondelete="RESTRICT"), nullable=optional)


def _part_of(table: str, name: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, _number, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the roll")
