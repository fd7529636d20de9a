"""What a route under `/api/` says of itself: what it takes, what it answers, and which refusals of its own it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward.core.schemas import Schema

#: Every address that begins with this belongs to the API, and must be described.
API = "/api/"
#: The view's argument for the body; no parameter has this name.
BODY = "body"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers when all is well.

    Arguments:
        status: the HTTP status.
        schema: the JSON body; None for an answer without one.
        location: the address of what was made, with fields of the answer and of the path in braces.
        ready: whether the view makes the response itself.
    """

    status: int
    schema: Schema | None
    location: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """The description of one route. The gate enforces what it takes, `api.gives` what it answers.

    Arguments:
        body: the JSON body; None where there must be none.
        asks: parameters by name: those that stand in the path, and all others of the query, which may be left out.
        answer: what it answers; None as long as nobody said it.
        refuses: the statuses of refusals by the view itself, besides those of the door.
        undescribed: a reason why nothing is said and nothing is enforced; empty otherwise.
    """

    body: Schema | None = None
    asks: Mapping[str, Schema] = field(default_factory=dict)
    answer: Answer | None = None
    refuses: frozenset[int] = frozenset()
    undescribed: str = ""

    @property
    def is_whole(self) -> bool:
        """Is enough said for the route to be there at all?"""
        return self.answer is not None or bool(self.undescribed)
