"""The pages that everybody sees: the roll, people, the hall of fame, teams, competitions, and the map of the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from doorward import access as door
from doorward import limit, now, page_address, whole_number

from .. import access, naming
from ..languages import LANGUAGES
from ..queries import people, roll
from .base import GENEROUS, blueprint, for_all, language, page_for_all

LONGEST_AFTER = 48


def _number(name: str) -> int:
    return whole_number(request.args.get(name)) or 0


def wanted_from(given: Mapping[str, str]) -> roll.Filter:
    """What the roll is filtered by, as an address says it."""
    competition, year, medal, subject = (
        whole_number(given.get(name)) or 0 for name in ("competition", "year", "medal", "subject")
    )
    return roll.Filter(competition, year, medal, subject, given.get("school", "").strip()[:200])


@for_all("/")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def index() -> Response:
    wanted = wanted_from(request.args)
    after = request.args.get("after", "")[:LONGEST_AFTER]
    cards = request.args.get("view") == "cards"

    def make(db: Any) -> dict[str, Any]:
        found, choices = roll.roll(db, wanted, after), roll.choices(db)
        said = said_of(wanted, choices)
        return {"found": found, "choices": choices, "wanted": wanted, "cards": cards, "after": after, "said": said}

    return page_for_all("roll.html", make)


def said_of(wanted: roll.Filter, choices: roll.Choices) -> str:
    """What the roll was filtered by, in words."""
    chosen = ((choices.competitions, wanted.competition), (choices.medals, wanted.medal))
    words = [one.label(language()) for there, number in chosen for one in there if one.id == number]
    words += [one.label(language()) for one in choices.subjects if one.id == wanted.subject]
    words += [str(wanted.year)] if wanted.year in choices.years else []
    return ", ".join([*words, wanted.school] if wanted.school else words)


@for_all("/search")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def search() -> Response:
    typed = request.args.get("q", "")[: naming.LONGEST_QUERY]
    after = _number("after")

    def make(db: Any) -> dict[str, Any]:
        return {"typed": typed, "found": people.find(db, typed, after), "after": after}

    return page_for_all("search.html", make)


@for_all("/people/<int:person_id>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def person(person_id: int) -> Response:
    def make(db: Any) -> dict[str, Any]:
        found = access.listed_person(db, person_id)
        has_photo = access.has_public_photo(found)
        return {"person": found, "lines": people.awards_of(db, found), "has_photo": has_photo}

    return page_for_all("person.html", make)


@for_all("/fame")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def fame() -> Response:
    after = request.args.get("after", "")[:LONGEST_AFTER]

    def make(db: Any) -> dict[str, Any]:
        lines, further = people.fame(db, after)
        return {"lines": lines, "further": further, "after": after, "medals": people.medals(db)}

    return page_for_all("fame.html", make)


@for_all("/teams")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def teams() -> Response:
    before = min(_number("before") or access.LARGEST, access.LARGEST)

    def make(db: Any) -> dict[str, Any]:
        lines, further = roll.teams(db, before)
        return {"lines": lines, "further": further}

    return page_for_all("teams.html", make)


@for_all("/teams/<int:team_id>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def team(team_id: int) -> Response:
    def make(db: Any) -> dict[str, Any]:
        return {"line": roll.team_lines(db, [access.listed_team(db, team_id)])[0]}

    return page_for_all("team.html", make)


@for_all("/competitions")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def competitions() -> Response:
    def make(db: Any) -> dict[str, Any]:
        return {"held": roll.competitions(db), "upcoming": roll.upcoming(db, now().date())}

    return page_for_all("competitions.html", make)


@for_all("/competitions/<int:competition_id>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def competition(competition_id: int) -> Response:
    def make(db: Any) -> dict[str, Any]:
        found = access.live_competition(db, competition_id)
        wanted = roll.Filter(competition=found.id)
        return {
            "competition": found,
            "editions": roll.editions_of(db, found.id),
            "upcoming": [pair for pair in roll.upcoming(db, now().date()) if pair[1].id == found.id],
            "found": roll.roll(db, wanted, count=10),
        }

    return page_for_all("competition.html", make)


@blueprint.get("/honors/sitemap.xml")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def sitemap() -> Response:
    """The map of the site in parts (sitemaps.org), since one part may have 50,000 addresses at the most."""

    def make(db: Any) -> dict[str, Any]:
        parts = range(people.parts_of_map(db))
        return {"maps": [page_address(url_for("honors.sitemap_part", part=part)) for part in parts]}

    return page_for_all("sitemaps.xml", make, "application/xml")


@blueprint.get("/honors/sitemap-<int:part>.xml")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def sitemap_part(part: int) -> Response:
    """One part of the map: the pages that are always there stand in the first, people in all of them."""

    def make(db: Any) -> dict[str, Any]:
        numbers = people.part_of_map(db, part) if part < access.LARGEST // people.PART - 1 else ()
        found = [("honors.person", {"person_id": number}) for number in numbers]
        there = [*(_always(db) if part == 0 else ()), *found]
        tongues = list(LANGUAGES)
        return {
            "pages": [[(one, page_address(url_for(name, lang=one, **to))) for one in tongues] for name, to in there]
        }

    return page_for_all("sitemap.xml", make, "application/xml")


def _always(db: Any) -> list[tuple[str, dict[str, int]]]:
    plain: list[tuple[str, dict[str, int]]] = [
        (f"honors.{name}", {}) for name in ("index", "fame", "teams", "competitions")
    ]
    held = roll.competitions(db)
    return plain + [("honors.competition", {"competition_id": one.competition.id}) for one in held]
