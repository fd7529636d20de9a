"""Adding, correcting, deleting and restoring, of every kind in the same way.

Each act is one entry in the journal, with the person it concerns. What others still need cannot be deleted, so that no
award ever leads nowhere. A deleted record is kept, out of everybody's sight, and can be brought back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from doorward import Caller, Conflict, Invalid, NotFound, Transaction, transaction

from .. import access
from ..concerned import ranges
from ..kinds import KINDS, Kind, read_form
from ..models import (
    AWARDS,
    CONSENTS,
    HIDDEN,
    Award,
    Competition,
    Edition,
    Medal,
    Person,
    School,
    Subject,
    Team,
    TeamMember,
    in_further_languages,
    place_of,
    weight_of,
)
from ..naming import folded
from . import settling

MODELS: dict[str, type[Any]] = {
    "people": Person,
    "competitions": Competition,
    "editions": Edition,
    "subjects": Subject,
    "medals": Medal,
    "schools": School,
    "teams": Team,
    "awards": Award,
}
#: Of what is chosen from a list: more of it would be no list any more.
MOST = {"competitions": 500, "subjects": 500, "medals": 500}
#: Which records need another: (the kind, what leads to it).
_NEEDED_BY: dict[str, tuple[tuple[str, str], ...]] = {
    "competitions": (("editions", "competition_id"),),
    "editions": (("awards", "edition_id"), ("teams", "edition_id")),
    "subjects": (("awards", "subject_id"),),
    "medals": (("awards", "medal_id"),),
    "schools": (("awards", "school_id"),),
}


def kind_of(key: str) -> Kind:
    """The kind with this part of the address.

    Errors:
        NotFound: there is none.
    """
    if key not in KINDS:
        raise NotFound(access.NOT_THERE)
    return KINDS[key]


def add(actor: Caller, key: str, given: Mapping[str, str]) -> int:
    """Add a record; gives its number.

    Errors:
        Invalid: a field is wrong. NotFound: nothing is added by a form of this kind.
    """
    kind = kind_of(key)
    if not kind.adds:
        raise NotFound(access.NOT_THERE)
    access.may_edit(actor)
    values = read_form(kind, given)
    with transaction(actor) as tx:
        _leave_room(tx, key)
        record = MODELS[key](**_blank(key))
        _put(tx, key, record, values)
        tx.db.add(record)
        tx.db.flush()
        number = int(record.id)
        _settle(tx, key, record)
        _note(tx, f"{kind.one}.added", key, number)
        return number


def add_award(actor: Caller, holder: str, number: int, given: Mapping[str, str]) -> int:
    """Add an award to a person or a team; gives its number.

    Arguments:
        holder: "people" or "teams".
        number: whose it is.
    """
    if holder not in ("people", "teams"):
        raise NotFound(access.NOT_THERE)
    values = read_form(KINDS["awards"], given)
    with transaction(actor) as tx:
        whose = access.record_to_edit(tx.db, actor, MODELS[holder], number)
        award = Award(listed=False, **{"person_id" if holder == "people" else "team_id": whose.id})
        _put(tx, "awards", award, values)
        tx.db.add(award)
        tx.db.flush()
        added = int(award.id)
        _settle(tx, "awards", award)
        _note(tx, "award.added", "awards", added)
        return added


def correct(actor: Caller, key: str, number: int, given: Mapping[str, str]) -> None:
    """Change a record to what its form says."""
    kind = kind_of(key)
    access.may_edit(actor)
    values = read_form(kind, given)
    with transaction(actor) as tx:
        record = access.record_to_edit(tx.db, actor, MODELS[key], number)
        _put(tx, key, record, values)
        _carry_over(tx, key, record)
        _settle(tx, key, record)
        _note(tx, f"{kind.one}.corrected", key, number)


def delete(actor: Caller, key: str, number: int) -> None:
    """Take a record out of everybody's sight. One that is deleted stays so.

    Errors:
        Conflict: others need it.
    """
    _change(actor, key, number, "deleted")


def restore(actor: Caller, key: str, number: int) -> None:
    """Bring a deleted record back. What was public is so again, as far as the rest of it is."""
    _change(actor, key, number, "restored")


def _change(actor: Caller, key: str, number: int, to: str) -> None:
    kind = kind_of(key)
    with transaction(actor) as tx:
        record = access.record_to_edit(tx.db, actor, MODELS[key], number)
        if (record.deleted_at is not None) is (to == "deleted"):
            return
        if to == "deleted":
            _refuse_needed(tx, key, number)
        else:
            _leave_room(tx, key)
            _refuse_orphan(tx, key, record)
        record.deleted_at = tx.now if to == "deleted" else None
        _settle(tx, key, record)
        _note(tx, f"{kind.one}.{to}", key, number)


def set_consent(actor: Caller, number: int, consent: str) -> None:
    """Say under which name somebody agreed to be shown, of `CONSENTS`. From then on pages show that, or nothing."""
    access.may_publish(actor)
    if consent not in CONSENTS:
        raise Invalid({"consent": "Choose what the person has agreed to."})
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, number)
        if person.consent == consent:
            return
        person.consent = consent
        _settle(tx, "people", person)
        _note(tx, "person.hidden" if consent == HIDDEN else "person.shown", "people", number, consent=consent)


def publish(actor: Caller, number: int, *, published: bool) -> None:
    """Let everybody see what was awarded in an edition, or nobody any more."""
    access.may_publish(actor)
    with transaction(actor) as tx:
        edition = access.record_to_edit(tx.db, actor, Edition, number)
        if edition.published is published:
            return
        edition.published = published
        _settle(tx, "editions", edition)
        _note(tx, "edition.published" if published else "edition.withdrawn", "editions", number)


def join_team(actor: Caller, person_id: int, team_id: int) -> None:
    """Put somebody into a team; who is in it already stays."""
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, person_id)
        team = access.record_to_edit(tx.db, actor, Team, team_id)
        if tx.db.get(TeamMember, (team.id, person.id)) is None:
            tx.db.add(TeamMember(team_id=team.id, person_id=person.id))
            settling.settle_team(tx, team_id)
            settling.turn(tx)
            tx.journal("honors.team.joined", on=f"honors/teams:{team_id}", person=person_id)


def leave_team(actor: Caller, person_id: int, team_id: int) -> None:
    """Take somebody out of a team."""
    with transaction(actor) as tx:
        person = access.record_to_edit(tx.db, actor, Person, person_id)
        member = tx.db.get(TeamMember, (team_id, person.id)) if 0 < team_id <= access.LARGEST else None
        if member is None:
            raise NotFound("This person is not in this team.")
        tx.db.delete(member)
        settling.settle_team(tx, team_id)
        _settle(tx, "people", person)
        tx.journal("honors.team.left", on=f"honors/teams:{team_id}", person=person_id)


# --- the parts of it ---


def _blank(key: str) -> dict[str, Any]:
    if key == "people":
        blank = {"short_name": "", "note": "", "shown": "", "found": "", "listed": False, "awards": 0, "standing": 0}
        return {**blank, "consent": HIDDEN}
    coded = {"code": ""} if key in ("competitions", "subjects", "medals") else {}
    return {**coded, "published": False} if key == "editions" else coded


def _put(tx: Transaction, key: str, record: Any, values: dict[str, Any]) -> None:
    """Put the values of a form into a record."""
    plain = dict(values)
    if "name_vi" in plain:
        record.names = in_further_languages(vi=plain.pop("name_vi"))
    if "about_vi" in plain:
        record.abouts = in_further_languages(vi=plain.pop("about_vi"))
    if "school" in plain:
        record.school_id = _school(tx, plain.pop("school"))
    for name, to in (("competition", "competitions"), ("edition", "editions"), ("medal", "medals")):
        if name in plain:
            setattr(record, f"{name}_id", _there(tx, to, plain.pop(name), name))
    if "subject" in plain:
        chosen = plain.pop("subject")
        record.subject_id = _there(tx, "subjects", chosen, "subject") if chosen is not None else None
    for name, value in plain.items():
        setattr(record, name, value)
    if key == "people":
        record.plain = folded(record.full_name)
    if key == "schools":
        record.plain = folded(record.name)
    if key == "awards":
        _place(tx, record)


def _there(tx: Transaction, key: str, number: int, name: str) -> int:
    found = tx.db.get(MODELS[key], number)
    if found is None or found.deleted_at is not None:
        raise Invalid({name: f"This {KINDS[key].one} is not there any more. Choose another."})
    return number


def _school(tx: Transaction, name: str) -> int | None:
    """The school of this name, case and marks aside; one that is not known yet is added."""
    if not name:
        return None
    plain = folded(name)
    found = tx.db.scalar(select(School.id).where(School.plain == plain, School.deleted_at.is_(None)).limit(1))
    if found is not None:
        return found
    school = School(name=name, names="{}", plain=plain, place="")
    tx.db.add(school)
    tx.db.flush()
    _note(tx, "school.added", "schools", school.id)
    return school.id


def _place(tx: Transaction, award: Award) -> None:
    """Where an award stands in the roll, from its edition and its medal."""
    edition, medal = tx.db.get_one(Edition, award.edition_id), tx.db.get_one(Medal, award.medal_id)
    award.competition_id = edition.competition_id
    award.place, award.weight = place_of(edition.year, medal.rank), weight_of(medal.rank)


def _carry_over(tx: Transaction, key: str, record: Any) -> None:
    """Awards keep the year and the rank of what they lead to: when these are corrected, so are those."""
    if key not in ("editions", "medals"):
        return
    tx.db.flush()
    mine = AWARDS.c.edition_id == record.id if key == "editions" else AWARDS.c.medal_id == record.id
    ranks = tx.db.execute(select(AWARDS.c.medal_id, AWARDS.c.edition_id).where(mine).distinct()).all()
    for medal_id, edition_id in ranks:
        edition, medal = tx.db.get_one(Edition, edition_id), tx.db.get_one(Medal, medal_id)
        values = {"place": place_of(edition.year, medal.rank), "weight": weight_of(medal.rank)}
        both = (AWARDS.c.medal_id == medal_id, AWARDS.c.edition_id == edition_id)
        tx.db.execute(update(AWARDS).where(*both).values(competition_id=edition.competition_id, **values))


def _settle(tx: Transaction, key: str, record: Any) -> None:
    """What is public may be otherwise now."""
    number = record.id
    if key == "people":
        settling.settle_person(tx, record)
    elif key == "editions":
        settling.settle_edition(tx, number)
    elif key == "teams":
        settling.settle_team(tx, number)
    elif key == "awards":
        settling.settle_award(tx, record)
    elif key == "medals":
        settling.settle_medal(tx, number)
    settling.turn(tx)


def _refuse_needed(tx: Transaction, key: str, number: int) -> None:
    for other, column in _NEEDED_BY.get(key, ()):
        model = MODELS[other]
        needs = select(model.id).where(getattr(model, column) == number, model.deleted_at.is_(None)).limit(1)
        if tx.db.scalar(needs) is not None:
            raise Conflict(f"There are {KINDS[other].many.lower()} that need this {KINDS[key].one}. Delete them first.")


def _refuse_orphan(tx: Transaction, key: str, record: Any) -> None:
    """What is restored needs what it leads to."""
    for other, columns in _NEEDED_BY.items():
        for needing, column in columns:
            number = getattr(record, column) if needing == key else None
            if number is not None and tx.db.get_one(MODELS[other], number).deleted_at is not None:
                raise Conflict(f"Its {KINDS[other].one} is deleted. Restore that first.")


def _leave_room(tx: Transaction, key: str) -> None:
    if key not in MOST:
        return
    model = MODELS[key]
    there = len(tx.db.scalars(select(model.id).where(model.deleted_at.is_(None)).limit(MOST[key])).all())
    if there >= MOST[key]:
        raise Conflict(f"There are at most {MOST[key]} {KINDS[key].many.lower()}.")


def _note(tx: Transaction, event: str, key: str, number: int, **details: object) -> None:
    """An entry in the journal. Where it is about somebody, it says about whom; of a team about everybody in it."""
    if (about := _person_of(tx, key, number)) is not None:
        details["person"] = about
    elif members := _members_of(tx, key, number):
        details["people"] = ranges(members)
    tx.journal(f"honors.{event}", on=f"honors/{key}:{number}", outcome="ok", **details)


def _person_of(tx: Transaction, key: str, number: int) -> int | None:
    if key == "people":
        return number
    return tx.db.scalar(select(Award.person_id).where(Award.id == number)) if key == "awards" else None


def _members_of(tx: Transaction, key: str, number: int) -> Sequence[int]:
    team = number if key == "teams" else None
    if key == "awards":
        team = tx.db.scalar(select(Award.team_id).where(Award.id == number))
    return tx.db.scalars(select(TeamMember.person_id).where(TeamMember.team_id == team)).all() if team else ()
