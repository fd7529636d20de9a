"""What is public, found out anew after each change: which awards and people are listed, and where people stand.

An award is listed when it is there, its edition is published, and whoever was given it is there and shown. Somebody is
listed who agreed to be shown and has an award that is listed, of their own or with a team.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, update

from doorward import Transaction

from ..models import AWARDS, FULL, HIDDEN, MEMBERS, PEOPLE, SHORT, Award, Edition, Person, Team, Turn
from ..naming import folded, initials
from ..queries import index


def settle_person(tx: Transaction, person: Person) -> None:
    """A person was added, or changed: under which name they are shown and found, and with which awards."""
    shown = _name_to_show(person)
    found = folded(shown)
    if found != person.found:
        tx.db.flush()
        index.drop(tx.db.connection(), [(person.id, person.found)])
        index.put(tx.db.connection(), [(person.id, found)])
    person.plain, person.shown, person.found = folded(person.full_name), shown, found
    tx.db.flush()
    settle_awards(tx, AWARDS.c.person_id == person.id)
    settle_people(tx, PEOPLE.c.id == person.id)


def _name_to_show(person: Person) -> str:
    if person.deleted_at is not None or person.consent == HIDDEN:
        return ""
    if person.consent == SHORT:
        return person.short_name or initials(person.full_name)
    return person.full_name if person.consent == FULL else ""


def settle_edition(tx: Transaction, edition_id: int) -> None:
    """An edition was published, taken back or changed."""
    tx.db.flush()
    settle_awards(tx, AWARDS.c.edition_id == edition_id)
    own = select(AWARDS.c.person_id).where(AWARDS.c.edition_id == edition_id, AWARDS.c.person_id.is_not(None))
    teams = select(Team.id).where(Team.edition_id == edition_id)
    members = select(MEMBERS.c.person_id).where(MEMBERS.c.team_id.in_(teams))
    settle_people(tx, or_(PEOPLE.c.id.in_(own), PEOPLE.c.id.in_(members)))


def settle_medal(tx: Transaction, medal_id: int) -> None:
    """A medal was corrected: whoever has it may stand elsewhere now."""
    tx.db.flush()
    own = select(AWARDS.c.person_id).where(AWARDS.c.medal_id == medal_id, AWARDS.c.person_id.is_not(None))
    teams = select(AWARDS.c.team_id).where(AWARDS.c.medal_id == medal_id, AWARDS.c.team_id.is_not(None))
    members = select(MEMBERS.c.person_id).where(MEMBERS.c.team_id.in_(teams))
    settle_people(tx, or_(PEOPLE.c.id.in_(own), PEOPLE.c.id.in_(members)))


def settle_team(tx: Transaction, team_id: int) -> None:
    """A team was changed, or who is in it."""
    tx.db.flush()
    settle_awards(tx, AWARDS.c.team_id == team_id)
    settle_people(tx, PEOPLE.c.id.in_(select(MEMBERS.c.person_id).where(MEMBERS.c.team_id == team_id)))


def settle_award(tx: Transaction, award: Award) -> None:
    """One award was changed."""
    tx.db.flush()
    settle_awards(tx, AWARDS.c.id == award.id)
    if award.team_id is not None:
        settle_team(tx, award.team_id)
    else:
        settle_people(tx, PEOPLE.c.id == award.person_id)


def settle_awards(tx: Transaction, which: ColumnElement[bool]) -> None:
    """Find out anew which of these awards are listed."""
    published = select(Edition.id).where(
        Edition.id == AWARDS.c.edition_id, Edition.published == true(), Edition.deleted_at.is_(None)
    )
    person = select(Person.id).where(Person.id == AWARDS.c.person_id, Person.found != "")
    team = select(Team.id).where(Team.id == AWARDS.c.team_id, Team.deleted_at.is_(None))
    listed = and_(AWARDS.c.deleted_at.is_(None), published.exists(), or_(person.exists(), team.exists()))
    _run(tx, update(AWARDS).where(which).values(listed=listed))


def settle_people(tx: Transaction, which: ColumnElement[bool]) -> None:
    """Find out anew who of these is listed, with how many awards, and where they stand.

    `IS NOT false` and not `= true`, here as in queries about a few people: a database without statistics would take
    the index of all that is listed, and read the whole roll for each person.
    """
    own, with_team, member = AWARDS.alias(), AWARDS.alias(), MEMBERS.alias()
    of_own = select(own.c.id).where(own.c.person_id == PEOPLE.c.id, own.c.listed.is_not(false()))
    of_teams = (
        select(with_team.c.id)
        .select_from(member.join(with_team, member.c.team_id == with_team.c.team_id))
        .where(member.c.person_id == PEOPLE.c.id, with_team.c.listed.is_not(false()))
    )
    count = _found(of_own, func.count(own.c.id)) + _found(of_teams, func.count(with_team.c.id))
    standing = _found(of_own, func.sum(own.c.weight)) + _found(of_teams, func.sum(with_team.c.weight))
    _run(tx, update(PEOPLE).where(which).values(awards=count, standing=standing))
    listed = and_(PEOPLE.c.found != "", PEOPLE.c.awards > 0)
    _run(tx, update(PEOPLE).where(which).values(listed=listed))


def _found(rows: Select[Any], what: Any) -> Any:
    """One number about these rows; nought where there are none."""
    return func.coalesce(rows.with_only_columns(what).scalar_subquery(), 0)


def turn(tx: Transaction) -> None:
    """Something public may have changed: what caches have is asked for again."""
    _run(tx, update(Turn).where(Turn.id == 1).values(number=Turn.number + 1, at=tx.now))


def _run(tx: Transaction, statement: Any) -> None:
    """A change of many rows at once; what the session has of them is read again when it is needed."""
    tx.db.execute(statement.execution_options(synchronize_session=False))
    tx.db.expire_all()
