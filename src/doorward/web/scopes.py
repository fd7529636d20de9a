"""The scopes of an app: those that its routes name, with what each means. No other scope can be given to a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doorward.errors import StartRefused
from doorward.web.census import Census


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope.

    Arguments:
        name: such as `polls:read`.
        meaning: a sentence for the person who gives it to a token; empty where the app says none.
        opens: the routes that name it, as `GET /api/polls`.
    """

    name: str
    meaning: str
    opens: tuple[str, ...]


def scopes_of(census: Census, meanings: Mapping[str, str]) -> tuple[Scope, ...]:
    """Every scope that a route names.

    Errors:
        StartRefused: a meaning is given for a scope that no route names; it is misspelt here or there.
    """
    found = census.scopes()
    for name in meanings:
        if name not in found:
            raise StartRefused(
                f"scopes names {name!r}, which no route asks for. There are: {', '.join(found) or 'none'}"
            )
    return tuple(Scope(name, meanings.get(name, ""), tuple(opens)) for name, opens in found.items())
