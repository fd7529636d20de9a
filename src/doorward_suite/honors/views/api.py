"""The API of honors, under `/api/honors/`: what everybody may see, in JSON, without a token."""

from __future__ import annotations

from typing import Any

from doorward import access as door
from doorward import api, limit, reading

from .. import access
from ..languages import LANGUAGES, SOURCE
from ..naming import LONGEST_QUERY
from ..queries import people, roll
from .base import GENEROUS, blueprint

Json = dict[str, Any]
#: How many of a list one answer has at most.
LARGEST_PAGE = 100
_NAME, _LABEL = 120, 200
_LANGUAGE = api.Choice(tuple(LANGUAGES))
_TAGGED = api.Fields("HonorsLabel", {"id": api.Whole(), "name": api.Line(_LABEL)})
AWARD = api.Fields(
    "HonorsAward",
    {
        "id": api.Whole(),
        "person": api.Maybe(api.Fields("HonorsHolder", {"id": api.Whole(), "name": api.Line(_NAME)})),
        "team": api.Maybe(api.Fields("HonorsTeam", {"id": api.Whole(), "name": api.Line(_NAME)})),
        "competition": _TAGGED,
        "edition": _TAGGED,
        "year": api.Whole(),
        "medal": _TAGGED,
        "rank": api.Whole(meaning="Of the medal; 1 is the highest."),
        "subject": api.Maybe(_TAGGED),
        "school": api.Maybe(_TAGGED),
        "result": api.Text(60),
    },
)
AWARDS = api.Fields(
    "HonorsAwards",
    {
        "awards": api.Listed(AWARD, LARGEST_PAGE),
        "next": api.Text(48, meaning="Ask with `after` this for the next page; empty on the last."),
    },
)
PERSON = api.Fields("HonorsPerson", {"id": api.Whole(), "name": api.Line(_NAME), "awards": api.Whole()})
PEOPLE = api.Fields(
    "HonorsPeople",
    {
        "people": api.Listed(PERSON, 2 * LARGEST_PAGE),
        "next": api.Whole(meaning="Ask with `after` this for more; 0 where there is nothing more."),
    },
)
WHOLE_PERSON = api.Fields(
    "HonorsPersonWithAwards", {**PERSON.fields, "given": api.Listed(AWARD, 2 * people.MOST_AWARDS)}
)


def _said(line: roll.Line, language: str) -> Json:
    """An award as it is told."""

    def tagged(one: Any) -> Json | None:
        return {"id": one.id, "name": one.label(language)} if one else None

    return {
        "id": line.award.id,
        "person": {"id": line.person.id, "name": line.person.shown} if line.person else None,
        "team": {"id": line.team.id, "name": line.team.name} if line.team else None,
        "competition": tagged(line.competition),
        "edition": tagged(line.edition),
        "year": line.edition.year,
        "medal": tagged(line.medal),
        "rank": line.medal.rank,
        "subject": tagged(line.subject),
        "school": tagged(line.school),
        "result": line.award.result,
    }


@blueprint.get("/api/honors/awards")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
@api.asks(
    competition=api.Whole(1),
    year=api.Whole(1, 9999),
    medal=api.Whole(1),
    subject=api.Whole(1),
    after=api.Text(48),
    count=api.Whole(1, LARGEST_PAGE),
    language=_LANGUAGE,
)
@api.gives(AWARDS)
def api_awards(
    competition: int = 0,
    year: int = 0,
    medal: int = 0,
    subject: int = 0,
    after: str = "",
    count: int = roll.PAGE,
    language: str = SOURCE,
) -> Json:
    """The roll: the newest year first, in it the highest medal first."""
    with reading() as db:
        found = roll.roll(db, roll.Filter(competition, year, medal, subject), after, count)
        return {"awards": [_said(line, language) for line in found.lines], "next": found.after}


@blueprint.get("/api/honors/people")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
@api.asks(q=api.Text(LONGEST_QUERY), after=api.Whole(0), count=api.Whole(1, LARGEST_PAGE))
@api.gives(PEOPLE)
def api_people(q: str = "", after: int = 0, count: int = roll.PAGE) -> Json:
    """People of whose name every word of `q` begins some word, without case and accents."""
    with reading() as db:
        found = people.find(db, q, min(after, access.LARGEST), count)
    return {"people": [_person(one) for one in found.people], "next": found.after}


def _person(one: Any) -> Json:
    return {"id": one.id, "name": one.shown, "awards": one.awards}


@blueprint.get("/api/honors/people/<int:person_id>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
@api.asks(person_id=api.Whole(1), language=_LANGUAGE)
@api.gives(WHOLE_PERSON)
def api_person(person_id: int, language: str = SOURCE) -> Json:
    """Somebody with everything that they were awarded, themselves and with teams."""
    with reading() as db:
        person = access.listed_person(db, person_id)
        return {**_person(person), "given": [_said(line, language) for line in people.awards_of(db, person)]}
