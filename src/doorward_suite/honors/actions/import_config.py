"""What an honor roll's `honor.config.json` says becomes competitions, editions, medals and subjects.

Each is known by its code, so that reading the file again corrects, and adds nothing twice. Nothing of it is public by
this: a publisher publishes editions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from doorward import Invalid, Transaction, problem_with

from ..kinds import FIRST_YEAR, LAST_YEAR
from ..models import Competition, Edition, Medal, Subject, in_further_languages

#: As the honor roll allows it: three digits, six, or eight with how much shines through.
_COLOUR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}([0-9a-fA-F]{2})?)")
#: Of each kind that one file may say.
_MOST = 500


def read_config(tx: Transaction, config: Mapping[str, Any]) -> dict[str, int]:
    """Bring it in; gives how many of each it named.

    Errors:
        Invalid: with what is wrong, and where.
    """
    competitions = {}
    for one in _objects(config.get("competitions"), "competitions"):
        code = _text(one.get("id"), 60, "competitions: id")
        competitions[code] = _labelled(tx, Competition, code, one.get("name"), one.get("name_vi"))
        for subject in _objects(one.get("subjects", []), "subjects"):
            code = _text(subject.get("code"), 60, "subjects: code")
            _labelled(tx, Subject, code, subject.get("name"), subject.get("name_vi"))
    editions = 0
    for one in _objects(config.get("editions"), "editions"):
        competition = competitions.get(str(one.get("competition_id", "")))
        if competition is None:
            raise Invalid(
                {"file": f"An edition is of the competition {one.get('competition_id')!r}, which is not there."}
            )
        _edition(tx, competition, one)
        editions += 1
    medals = [*_medals(config, "medals"), *_medals(config, "team_awards")]
    for code, one in medals:
        _medal(tx, code, one)
    subjects = sum(len(one.get("subjects") or []) for one in config["competitions"])
    return {"competitions": len(competitions), "subjects": subjects, "editions": editions, "medals": len(medals)}


def _medals(config: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    said = config.get(name) or {}
    if not isinstance(said, dict) or len(said) > _MOST or not all(isinstance(one, dict) for one in said.values()):
        raise Invalid({"file": f"{name} is not what the honor roll writes there."})
    yield from ((_text(code, 60, name), one) for code, one in said.items())


def _objects(found: Any, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(found, list) or len(found) > _MOST or not all(isinstance(one, dict) for one in found):
        raise Invalid({"file": f"{name} is not what the honor roll writes there."})
    return found


def _text(value: Any, longest: int, what: str) -> str:
    text = " ".join(str(value if value is not None else "").split())
    problem = problem_with(text, longest, what=what) if text else f"{what} is empty."
    if problem:
        raise Invalid({"file": problem})
    return text


def _labelled(tx: Transaction, model: type[Any], code: str, name: Any, vietnamese: Any) -> Any:
    record = tx.db.scalar(select(model).where(model.code == code, model.deleted_at.is_(None)).order_by(model.id))
    if record is None:
        record = model(code=code)
        if model is Competition:
            record.about, record.abouts = "", "{}"
        tx.db.add(record)
    record.name = _text(name, 200, f"The name of {code}")
    record.names = in_further_languages(vi=_text(vietnamese, 200, f"The name of {code}") if vietnamese else "")
    if model is not Medal:
        tx.db.flush()
    return record


def _edition(tx: Transaction, competition: Competition, said: Mapping[str, Any]) -> None:
    year = said.get("year")
    if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid({"file": f"An edition has the year {year!r}."})
    mine = (Edition.competition_id == competition.id, Edition.year == year, Edition.deleted_at.is_(None))
    record = tx.db.scalar(select(Edition).where(*mine).order_by(Edition.id))
    if record is None:
        record = Edition(competition_id=competition.id, year=year, names="{}", published=False, place="")
        tx.db.add(record)
    record.name = _text(said.get("label"), 200, "The label of an edition")
    record.announced = said.get("upcoming") is True
    tx.db.flush()


def _medal(tx: Transaction, code: str, said: Mapping[str, Any]) -> None:
    rank = said.get("rank")
    if not isinstance(rank, int) or not 1 <= rank <= 999:
        raise Invalid({"file": f"The medal {code} has the rank {rank!r}."})
    record = _labelled(tx, Medal, code, said.get("label_en"), said.get("label_vi"))
    if record.id is None:
        record.rank = rank
    record.icon = str(said.get("icon") or "")[:16]
    record.colour = _colour(str(said.get("color") or ""))
    tx.db.flush()


def _colour(said: str) -> str:
    """A colour in six digits; empty where none is said."""
    if not _COLOUR.fullmatch(said):
        return ""
    return "#" + "".join(sign * 2 for sign in said[1:]) if len(said) == 4 else said[:7]
