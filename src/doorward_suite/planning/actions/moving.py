"""A whole consultation comes in from another installation. It is read like all that strangers send."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete

from doorward import Caller, Invalid, Transaction, one_line, problem_with, some_lines, transaction

from .. import access
from ..mercator import is_on_map
from ..models import (
    CATEGORIES,
    HIDDEN,
    MAP,
    NOTHING,
    PARTS,
    PLACES,
    PLAN,
    SHOWN,
    WAITING,
    Comment,
    Consultation,
    Contribution,
    Kind,
    Question,
    Rule,
)
from ..phases import PHASES, problems_with
from ..queries.whole import FORM
from . import consultations
from .contributions import LONGEST_COMMENT, LONGEST_REASON, LONGEST_TEXT, note_signs
from .grounds import MOST_ZOOM
from .sorting import LONGEST_WORDS, MOST_RULES

MOST_CONTRIBUTIONS = 20_000
#: Who holds what came from elsewhere: nobody who could sign in.
ELSEWHERE = "elsewhere:"
_MOST_COUNTED = 10**9


def bring_in(actor: Caller, text: str) -> int:
    """Make a consultation of what another installation gave out; gives its number. The actor organises it.

    Participants and tokens do not come along, nor files: only what was contributed, and how it was counted.

    Arguments:
        text: JSON, as `queries.whole` writes it.

    Errors:
        Forbidden: the actor is no organiser. Invalid: it is not of this form; the sentence says where.
    """
    access.must_begin(actor)
    given = _Given(_read(text), "the file")
    if given.text("form", 40) != FORM:
        raise _wrong("It was not given out by this program, or by another version.")
    with transaction(actor) as tx:
        made = consultations.new_consultation(tx, given.line("title", consultations.LONGEST_TITLE))
        _describe(tx, made, given)
        kinds = _names(tx, made, given, "kinds", consultations.MOST_KINDS, consultations.LONGEST_NAME, _new_kind)
        asked = _names(tx, made, given, "questions", consultations.MOST_QUESTIONS, 300, _new_question)
        if not kinds:
            raise _wrong("It names no kind of participant.")
        _rules(tx, made, given)
        there = given.many("contributions", MOST_CONTRIBUTIONS)
        rows = [_contribution(tx, made, one, kinds, asked) for one in there]
        for one, row in zip(there, rows, strict=True):
            _put_together(one, row, rows)
        tx.journal("planning.brought_in", on=consultations.name_of(made.id), contributions=len(there))
        return made.id


def _wrong(sentence: str) -> Invalid:
    return Invalid({"whole": sentence})


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("This is not JSON.") from None


class _Given:
    """A part of what came in; whoever asks for something that is not there, or not so, refuses the whole."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(f"In {where} something is missing.")
        self._value: dict[str, Any] = value
        self._where = where

    def raw(self, name: str) -> Any:
        return self._value.get(name)

    def text(self, name: str, longest: int, *, empty: bool = False) -> str:
        value = self._value.get(name, "")
        text = some_lines(value) if isinstance(value, str) else ""
        if not isinstance(value, str) or not (empty and not text):
            problem = "is no text" if not isinstance(value, str) else problem_with(text, longest, what=f"“{name}”")
            if problem:
                raise _wrong(f"In {self._where}: {problem}")
        return text

    def line(self, name: str, longest: int) -> str:
        return one_line(self.text(name, longest))

    def whole(self, name: str) -> int:
        value = self._value.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_COUNTED:
            raise _wrong(f"In {self._where}: “{name}” is no such number.")
        return value

    def items(self, name: str, most: int) -> list[Any]:
        value = self._value.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise _wrong(f"In {self._where}: “{name}” is no list, or has more than {most}.")
        return value

    def many(self, name: str, most: int) -> list[_Given]:
        return [_Given(one, f"{name} {index}") for index, one in enumerate(self.items(name, most), 1)]

    def one_of(self, name: str, known: Any) -> str:
        value = self._value.get(name)
        if not isinstance(value, str) or value not in known:
            raise _wrong(f"In {self._where}: “{name}” is none that there is.")
        return value


def _describe(tx: Transaction, made: Consultation, given: _Given) -> None:
    made.about = given.text("about", consultations.LONGEST_ABOUT, empty=True)
    made.summary = given.text("summary", consultations.LONGEST_ABOUT, empty=True)
    made.dots = given.whole("dots")
    if not 1 <= made.dots <= consultations.MOST_DOTS:
        raise _wrong("The number of dots is wrong.")
    made.moderated = given.raw("moderated") is True
    _ground(made, given.raw("places"))
    categories = [one_line(one) if isinstance(one, str) else "" for one in given.items("categories", 12)]
    if any(problem_with(one, consultations.LONGEST_NAME) for one in categories):
        raise _wrong("A category is wrong.")
    made.categories = "\n".join(dict.fromkeys(categories)) or "\n".join(CATEGORIES)
    days = given.raw("phases")
    begins = [_day(days.get(phase) if isinstance(days, dict) else None) for phase in PHASES]
    if problems_with(begins):
        raise _wrong("The days of the phases are wrong.")
    for phase, day in zip(PHASES, begins, strict=True):
        setattr(made, f"{phase}_on", day)


def _ground(made: Consultation, value: Any) -> None:
    """What places are shown on. The map need not be there: its coordinates are no worse for it."""
    if value is None:
        return
    given = _Given(value, "places")
    made.shows = given.one_of("on", (NOTHING, PLAN, MAP))
    made.map_lon, made.map_lat = _coordinates(given.raw("begins")) or (0, 0)
    made.map_zoom = given.whole("zoom")
    if made.map_zoom > MOST_ZOOM:
        raise _wrong("The zoom of the map is wrong.")


def _coordinates(value: Any) -> tuple[int, int] | None:
    """Longitude and latitude, as they are stored; None where there are none."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or any(type(one) not in (int, float) for one in value):
        raise _wrong("Coordinates are wrong.")
    if not all(-180 <= one <= 180 for one in value):  # what is no number, and what no float can hold, is not between
        raise _wrong("Coordinates are wrong.")
    lon, lat = (round(one * PARTS) for one in value)
    if not is_on_map(lon, lat):
        raise _wrong("Coordinates are wrong.")
    return lon, lat


def _rules(tx: Transaction, made: Consultation, given: _Given) -> None:
    for one in given.many("rules", MOST_RULES) if given.raw("rules") is not None else ():
        words, category = one.line("words", LONGEST_WORDS), one.one_of("category", made.category_names)
        tx.db.add(Rule(consultation_id=made.id, words=words, category=category))


def _put_together(one: _Given, row: Contribution, rows: list[Contribution]) -> None:
    """What organisers had put together stays so: by its place among the contributions."""
    same = one.raw("same_as")
    if same is None:
        return
    if type(same) is not int or not 0 <= same < len(rows) or rows[same] is row:
        raise _wrong("What a contribution was put together with is not there.")
    row.like_id, row.is_grouped = rows[same].id, True


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("The days of the phases are wrong.") from None
    if not 2000 <= day.year <= 2100:
        raise _wrong("The days of the phases are wrong.")
    return day


def _new_kind(number: int, name: str) -> Kind:
    return Kind(consultation_id=number, name=name)


def _new_question(number: int, text: str) -> Question:
    return Question(consultation_id=number, text=text)


def _names(
    tx: Transaction,
    made: Consultation,
    given: _Given,
    name: str,
    most: int,
    longest: int,
    new: Callable[[int, str], Kind | Question],
) -> dict[str, int]:
    """The rows of a list of names, by name. The kinds that a new consultation has from the beginning go."""
    if new is _new_kind:
        tx.db.execute(delete(Kind).where(Kind.consultation_id == made.id))
    found: dict[str, int] = {}
    for value in given.items(name, most):
        text = one_line(value) if isinstance(value, str) else ""
        if problem_with(text, longest) or text in found:
            raise _wrong(f"A name among the {name} is wrong, or there twice.")
        row = new(made.id, text)
        tx.db.add(row)
        tx.db.flush()
        found[text] = row.id
    return found


def _contribution(
    tx: Transaction, made: Consultation, one: _Given, kinds: dict[str, int], asked: dict[str, int]
) -> Contribution:
    place = one.raw("place")
    is_place = (
        isinstance(place, list) and len(place) == 2 and all(type(at) is int and 0 <= at <= PLACES for at in place)
    )
    if place is not None and not is_place:
        raise _wrong("A place is wrong.")
    question = one.raw("question")
    coordinates = _coordinates(one.raw("coordinates"))
    comments = one.many("comments", 1_000)
    row = Contribution(
        consultation_id=made.id,
        holder=ELSEWHERE,
        kind_id=kinds[one.one_of("kind", kinds)],
        question_id=None if question is None else asked[one.one_of("question", asked)],
        category=one.line("category", consultations.LONGEST_NAME),
        text=one.text("text", LONGEST_TEXT),
        x=place[0] if place else None,
        y=place[1] if place else None,
        lon=coordinates[0] if coordinates else None,
        lat=coordinates[1] if coordinates else None,
        phase=one.one_of("phase", PHASES),
        state=one.one_of("state", (SHOWN, WAITING, HIDDEN)),
        reason=one.text("reason", LONGEST_REASON, empty=True),
        supports=one.whole("supports"),
        dots=one.whole("dots"),
        comments=len(comments),
        created_at=_moment(one.raw("at")),
    )
    tx.db.add(row)
    tx.db.flush()
    note_signs(tx, row)
    for said in comments:
        kind = said.raw("kind")
        tx.db.add(
            Comment(
                consultation_id=made.id,
                contribution_id=row.id,
                holder=ELSEWHERE,
                kind_id=kinds[said.one_of("kind", kinds)] if kind else None,
                text=said.text("text", LONGEST_COMMENT),
                state=said.one_of("state", (SHOWN, HIDDEN)),
                reason=said.text("reason", LONGEST_REASON, empty=True),
                created_at=row.created_at,
            )
        )
    return row


def _moment(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("A time is wrong.") from None
    if not 2000 <= at.year <= 2100:
        raise _wrong("A time is wrong.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
