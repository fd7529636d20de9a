"""Analysis: what was contributed, counted by category, kind, phase and question; its words; what has the most dots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ..alike import plain
from ..mercator import ninths
from ..models import PARTS, PLACES, SHOWN, Consultation, Contribution, Kind, Question
from ..phases import NAMES, PHASES

#: The words of the newest so many contributions are counted, so that a page costs no more in the largest town.
_WORDS_OF = 5_000
_MOST_WORDS = 30
_SHORTEST_WORD = 4
#: The ninths of the plan, from the top left.
_AREAS = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)
#: The same on a map.
_QUARTERS = (("north-west", "north", "north-east"), ("west", "middle", "east"), ("south-west", "south", "south-east"))


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart, and of the table behind it; `share` goes from 0 to 1."""

    key: str
    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its title."""

    id: str
    title: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Result:
    """One of those with the most dots, or the most support."""

    contribution: Contribution
    kind: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of a consultation when everything is counted."""

    total: int
    participants: int
    charts: list[Chart]
    most_dots: list[Result]
    most_support: list[Result]


def analysis_of(db: Session, consultation: Consultation) -> Analysis:
    """Everything that is shown, counted."""
    number = consultation.id
    shown = (Contribution.consultation_id == number, Contribution.state == SHOWN)
    kinds = dict(db.execute(select(Kind.id, Kind.name).where(Kind.consultation_id == number)).all())
    asked = select(Question.id, Question.text).where(Question.consultation_id == number)
    questions = dict(db.execute(asked).all())

    def counted(column: Any) -> dict[Any, int]:
        query = select(column, func.count()).where(*shown).group_by(column)
        return dict(db.execute(query).all())

    by_category, by_kind = counted(Contribution.category), counted(Contribution.kind_id)
    by_phase, by_question = counted(Contribution.phase), counted(Contribution.question_id)
    extra = sorted(set(by_category) - set(consultation.category_names))
    charts = [
        _chart(
            "category",
            "By category",
            [(one, one, by_category.get(one, 0)) for one in [*consultation.category_names, *extra]],
        ),
        _chart(
            "kind", "By kind of participant", [(str(key), name, by_kind.get(key, 0)) for key, name in kinds.items()]
        ),
        _chart("phase", "By phase", [(one, NAMES[one], by_phase.get(one, 0)) for one in PHASES if by_phase.get(one)]),
        _chart(
            "question", "By question", [(str(key), text, by_question.get(key, 0)) for key, text in questions.items()]
        ),
        *_by_place(db, consultation, shown),
        _chart("words", "Words used most", _words(db, shown)),
    ]
    top = select(Contribution).where(*shown, Contribution.is_grouped.is_(False))
    by_dots = list(
        db.scalars(
            top.where(Contribution.dots > 0).order_by(Contribution.dots.desc(), Contribution.id.desc()).limit(20)
        )
    )
    by_support = list(
        db.scalars(
            top.where(Contribution.supports > 0)
            .order_by(Contribution.supports.desc(), Contribution.id.desc())
            .limit(10)
        )
    )
    holders = select(func.count(Contribution.holder.distinct())).where(*shown)
    return Analysis(
        sum(by_category.values()),
        db.scalar(holders) or 0,
        [chart for chart in charts if chart.bars],
        [Result(one, kinds.get(one.kind_id, "")) for one in by_dots],
        [Result(one, kinds.get(one.kind_id, "")) for one in by_support],
    )


def _chart(key: str, title: str, rows: list[tuple[str, str, int]]) -> Chart:
    most = max((count for _, _, count in rows), default=0) if key == "words" else sum(count for _, _, count in rows)
    return Chart(key, title, [Bar(one, label, count, count / most if most else 0.0) for one, label, count in rows])


def _by_place(db: Session, consultation: Consultation, shown: tuple[Any, ...]) -> list[Chart]:
    if consultation.has_map:
        return [_chart("place", "By place, around the middle of the map", _on_map(db, consultation, shown))]
    return [_chart("place", "By place on the plan", _places(db, shown))]


def _on_map(db: Session, consultation: Consultation, shown: tuple[Any, ...]) -> list[tuple[str, str, int]]:
    """How many pins stand in each ninth of three by three tiles around where the map begins, and how many elsewhere."""
    lons, lats = ninths(consultation.map_lon / PARTS, consultation.map_lat / PARTS, consultation.map_zoom)
    column = case(*((Contribution.lon < round(lons[at] * PARTS), at - 1) for at in range(4)), else_=3)
    line = case(*((Contribution.lat > round(lats[at] * PARTS), at - 1) for at in range(4)), else_=3)
    query = select(line, column, func.count()).where(*shown, Contribution.lon.is_not(None)).group_by(line, column)
    found = Counter({(row[0], row[1]): int(row[2]) for row in db.execute(query)})
    inside = [
        (f"{line}{column}", _QUARTERS[line][column], found[line, column]) for line in range(3) for column in range(3)
    ]
    elsewhere = found.total() - sum(count for _, _, count in inside)
    return [*inside, ("elsewhere", "elsewhere", elsewhere)] if found else []


def _places(db: Session, shown: tuple[Any, ...]) -> list[tuple[str, str, int]]:
    """How many pins stand in each ninth of the plan; nothing where there is no pin."""
    down, across = (column * 3 // (PLACES + 1) for column in (Contribution.y, Contribution.x))
    query = select(down, across, func.count()).where(*shown, Contribution.x.is_not(None)).group_by(down, across)
    found = {(row[0], row[1]): row[2] for row in db.execute(query)}
    areas = ((line, column) for line in range(3) for column in range(3))
    return [(f"{line}{column}", _AREAS[line][column], found.get((line, column), 0)) for line, column in areas if found]


def _words(db: Session, shown: tuple[Any, ...]) -> list[tuple[str, str, int]]:
    """In how many contributions a word is, of those that are in more than one."""
    found: Counter[str] = Counter()
    newest = select(Contribution.text).where(*shown).order_by(Contribution.id.desc()).limit(_WORDS_OF)
    for text in db.scalars(newest):
        found.update({word for word in plain(text).split() if len(word) >= _SHORTEST_WORD})
    often = sorted(((count, word) for word, count in found.items() if count > 1), key=lambda one: (-one[0], one[1]))
    return [(word, word, count) for count, word in often[:_MOST_WORDS]]
