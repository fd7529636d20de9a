"""The scopes of an app: those that its routes and topics name, with what each means. A token can have no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doorward.core.uploads import Intake
from doorward.errors import StartRefused
from doorward.web.census import Census
from doorward.web.topics import scopes_of_topics


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope.

    Arguments:
        name: such as `polls:read`.
        meaning: a sentence for the person who gives it to a token; empty where the app says none.
        opens: the routes and topics that name it, as `GET /api/polls` and `stream polls.audience`.
    """

    name: str
    meaning: str
    opens: tuple[str, ...]


def scopes_of(census: Census, meanings: Mapping[str, str], intakes: Iterable[Intake] = ()) -> tuple[Scope, ...]:
    """Every scope that a route or an intake names, and those with a meaning that only a topic names.

    Topics belong to the process and not to one app; so it is the meaning that says that this app has such a stream.

    Errors:
        StartRefused: a meaning is given for a scope that no route and no topic names; it is misspelt here or there.
    """
    found, streams = census.scopes(), scopes_of_topics()
    for intake in intakes:
        for name in sorted(intake.rule.scopes):
            found.setdefault(name, []).append(f"files {intake.name}")
    for name in meanings:
        if name not in found and name not in streams:
            there_are = ", ".join(sorted({*found, *streams})) or "none"
            raise StartRefused(f"scopes names {name!r}, which no route and no topic asks for. There are: {there_are}")
    opens = {name: [*found.get(name, []), *streams.get(name, [])] for name in sorted({*found, *meanings})}
    return tuple(Scope(name, meanings.get(name, ""), tuple(by)) for name, by in opens.items())
