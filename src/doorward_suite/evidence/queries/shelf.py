"""The catalogues that there are here, and their official wording, as far as either was loaded.

Each is read once and kept by the process, by the digest of its text: a page asks the database for the digest alone.
"""

from __future__ import annotations

import io
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from doorward import NotFound

from ..catalogue import KEY, Catalogue, Wording, built_in, read_catalogue
from ..catalogue.wording import from_plain
from ..models import Shelved

T = TypeVar("T")
_Column = InstrumentedAttribute[str]

#: How many catalogues and wordings one process keeps: those that were asked for last.
_MOST_KEPT = 16
_NO_WORDING = Wording()
_kept: OrderedDict[tuple[str, str], Any] = OrderedDict()


def catalogue_with(db: Session, key: str) -> Catalogue:
    """The catalogue of this key.

    Errors:
        NotFound: there is none here.
    """
    if key == KEY:
        return built_in()
    found = _read(db, key, Shelved.content, Shelved.content_digest, _catalogue)
    if found is None:
        raise NotFound("There is no such catalogue here.")
    return found


def wording_for(db: Session, key: str) -> Wording:
    """The official wording of a catalogue; empty where none was loaded."""
    found = _read(db, key, Shelved.wording, Shelved.wording_digest, _wording)
    return found or _NO_WORDING


def catalogues(db: Session) -> list[tuple[str, str]]:
    """The key and the name of each catalogue that an assessment can be by, the built-in one first."""
    own = select(Shelved.key, Shelved.name).where(Shelved.content_digest != "").order_by(Shelved.name).limit(200)
    return [(KEY, built_in().name), *((row.key, row.name) for row in db.execute(own))]


def _catalogue(text: str) -> Catalogue:
    return read_catalogue(io.BytesIO(text.encode())).catalogue


def _wording(text: str) -> Wording:
    return from_plain(json.loads(text))


def _read(db: Session, key: str, text: _Column, digest: _Column, made: Callable[[str], T]) -> T | None:
    """What a stored text is, from what the process has kept or from the database; None where there is none."""
    current = db.scalar(select(digest).where(Shelved.key == key))
    if not current:
        return None
    place = (text.key, current)
    if place not in _kept:
        stored = db.execute(select(text, digest).where(Shelved.key == key)).one()
        place = (text.key, stored[1])  # what was read, should it have been replaced in between
        _kept[place] = made(stored[0])
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    found: T = _kept[place]
    return found
