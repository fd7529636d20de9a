"""Certificates, the board and cards for links, as files; and the page that verifies a certificate.

A certificate carries a code that only this server can make. The page that the code leads to says what is public of the
award at that moment: so a certificate of somebody who is hidden by now shows nothing of them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request, url_for

from doorward import NotFound, keyed_hash, limit, page_address, whole_number
from doorward import access as door

from .. import access
from ..papers import layouts
from ..papers.pdf import pdf_of
from ..papers.png import png_of
from ..papers.sheet import Sheet
from ..queries import people, roll
from .base import GENEROUS, blueprint, file_for_all, for_all, language, page_for_all, translated
from .public import LONGEST_AFTER, said_of, wanted_from

#: Drawing costs some tenths of a second: fewer than pages, and still a class at once.
_DRAWN = "600/minute"
_TYPES = {"png": "image/png", "pdf": "application/pdf"}
_CODE_LENGTH = 20


def _site() -> str:
    around: dict[str, Any] = {}
    current_app.update_template_context(around)
    return str(around["site_name"])


def _code(kind: str, number: int) -> str:
    """What stands in the QR code: the kind, the number, and what only this server can make of them."""
    return f"{kind}{number}-{keyed_hash('honors.certificate', f'{kind}{number}')[:_CODE_LENGTH]}"


def _read_code(code: str) -> tuple[str, int]:
    """Of what a code is.

    Errors:
        NotFound: this server has not made it.
    """
    number = whole_number(code[1:].partition("-")[0]) if code[:1] in ("a", "p") else None
    if number is None or not hmac.compare_digest(code.encode(), _code(code[:1], number).encode()):
        raise NotFound("This certificate is not from here.")
    return code[:1], number


@blueprint.app_template_global("honors_certificate_code")
def code_of_person(number: int) -> str:
    """The code on the certificate of a person."""
    return _code("p", number)


def _address(kind: str, number: int) -> str:
    return page_address(url_for("honors.verify", code=_code(kind, number), lang=language()))


def _drawn(sheet: Sheet, ending: str) -> bytes:
    return pdf_of(sheet) if ending == "pdf" else png_of(sheet, 2)


def _file(name: str, ending: str, make: Callable[[Any], Sheet]) -> Response:
    response = file_for_all(lambda db: _drawn(make(db), ending), _TYPES[ending])
    if response.status_code == 200:
        response.headers.set("Content-Disposition", "inline", filename=f"{name}.{ending}")
    return response


@for_all("/awards/<int:award_id>/certificate.<any(png, pdf):ending>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(_DRAWN, per="address")
def award_certificate(award_id: int, ending: str) -> Response:
    def make(db: Any) -> Sheet:
        line = roll.lines_of(db, [access.listed_award(db, award_id)])[0]
        address, number = _address("a", award_id), f"A-{award_id}"
        return layouts.award_certificate(line, _site(), language(), translated, address, number)

    return _file(f"certificate-A-{award_id}", ending, make)


@for_all("/people/<int:person_id>/certificate.<any(png, pdf):ending>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(_DRAWN, per="address")
def person_certificate(person_id: int, ending: str) -> Response:
    def make(db: Any) -> Sheet:
        person = access.listed_person(db, person_id)
        lines, number = people.awards_of(db, person), f"P-{person_id}"
        address = _address("p", person_id)
        return layouts.person_certificate(person.shown, lines, _site(), language(), translated, address, number)

    return _file(f"certificate-P-{person_id}", ending, make)


@for_all("/verify/<code>")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def verify(code: str) -> Response:
    kind, number = _read_code(code)

    def make(db: Any) -> dict[str, Any]:
        try:
            if kind == "a":
                return {"lines": roll.lines_of(db, [access.listed_award(db, number)]), "number": f"A-{number}"}
            person = access.listed_person(db, number)
            return {"lines": people.awards_of(db, person), "person": person, "number": f"P-{number}"}
        except NotFound:
            return {"lines": [], "number": f"{kind.upper()}-{number}"}

    return page_for_all("verify.html", make)


@for_all("/board.png")
@door.public
@door.publishes(access.PUBLISHED)
@limit(_DRAWN, per="address")
def board() -> Response:
    """A page of the roll as one picture, by its filters: a longer roll is several boards, as it is several pages."""
    wanted, after = wanted_from(request.args), request.args.get("after", "")[:LONGEST_AFTER]

    def make(db: Any) -> Sheet:
        said = said_of(wanted, roll.choices(db))
        title = translated("Roll of honor") + (f": {said}" if said else "")
        lines = roll.roll(db, wanted, after, layouts.MOST_ON_BOARD).lines
        return layouts.board(lines, title, _site(), language(), translated)

    return _file("board", "png", make)


@for_all("/card.png")
@door.public
@door.publishes(access.PUBLISHED)
@limit(_DRAWN, per="address")
def card() -> Response:
    """What a page that links to the roll shows of it."""

    def make(db: Any) -> Sheet:
        lines = roll.roll(db, roll.Filter(), count=12).lines
        below = translated("Who was awarded what")
        return layouts.card(translated("Roll of honor"), below, _site(), [*map(layouts.medal_colour, lines)])

    return _file("card", "png", make)


@for_all("/<any(people, teams, competitions):kind>/<int:number>/card.png")
@door.public
@door.publishes(access.PUBLISHED)
@limit(_DRAWN, per="address")
def card_of(kind: str, number: int) -> Response:
    """What a page that links to a person, a team or a competition shows of it."""

    def make(db: Any) -> Sheet:
        if kind == "people":
            person = access.listed_person(db, number)
            lines, title = people.awards_of(db, person), person.shown
            below = translated("%(count)s awards", count=len(lines)) if len(lines) != 1 else translated("One award")
        elif kind == "teams":
            team = roll.team_lines(db, [access.listed_team(db, number)])[0]
            lines, title, below = list(team.awards), team.team.name, team.edition.label(language())
        else:
            competition = access.live_competition(db, number)
            lines = list(roll.roll(db, roll.Filter(competition=number), count=12).lines)
            title, below = competition.label(language()), translated("Roll of honor")
        return layouts.card(title, below, _site(), [*map(layouts.medal_colour, lines)])

    return _file("card", "png", make)
