"""What all addresses of the API share: their rules, their parameters, and the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from doorward import access as door
from doorward import api, now

from ..actions.assessments import MANAGE_SCOPE
from ..catalogue import Catalogue
from ..collecting import read_objectives
from . import shapes

Json = dict[str, Any]

READ, WRITE = door.scope("evidence:read"), door.scope("evidence:write")
#: Of its own: whoever let a program send evidence did not let it say who is in the team.
MANAGE = door.scope(MANAGE_SCOPE)
#: The parameters of the paths.
ONE = api.asks(number=shapes.NUMBER)
FAMILY = api.asks(number=shapes.NUMBER, code=shapes.CODE)
REQUIREMENT = api.asks(number=shapes.NUMBER, requirement_id=shapes.CODE)
OBJECTIVE = api.asks(number=shapes.NUMBER, objective_id=shapes.CODE)
ITEM = api.asks(number=shapes.NUMBER, item_id=shapes.NUMBER)


def today() -> date:
    """The day, UTC."""
    return now().date()


def objectives_in(catalogue: Catalogue, named: Sequence[str]) -> list[str]:
    """Ids of objectives, as forms name them: the number of a requirement stands for all of its.

    Errors: Invalid: one is no number of the standard.
    """
    found = {one for name in named for one in read_objectives(catalogue, [name])}
    return sorted(found, key=lambda one: catalogue.place[one])
