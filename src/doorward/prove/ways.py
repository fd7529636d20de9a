"""The ways into the app: every method of every path, and who may take it, as the census says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from doorward.web.census import Route

_PARAMETER = re.compile(r"<(?:(?P<kind>[a-z_]+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_SHAPES = {"int": r"-?\d+", "float": r"-?\d+\.\d+", "path": r".+", "uuid": r"[0-9a-fA-F-]{36}"}
_ANY = r"[^/]+"


@dataclass(frozen=True)
class Way:
    """One method of one path.

    Arguments:
        method, path: the path as a pattern, such as `/polls/<int:poll_id>`.
        endpoint: its name in the app.
        ruled: whether a rule is known at all; of an app without a door none is.
        public: everybody may enter.
        roles: of each of these groups one role is needed.
        scopes: a token needs all of these; none at all where there are none.
        fresh: one must have signed in within minutes.
        exempt: the reason why no CSRF token is asked for; empty where one is.
        limits: whether the way has a limit of its own.
        publishes: what it shows to everybody on purpose of what people have written behind the door.
    """

    method: str
    path: str
    endpoint: str = ""
    ruled: bool = False
    public: bool = False
    roles: frozenset[frozenset[str]] = frozenset()
    scopes: frozenset[str] = frozenset()
    fresh: bool = False
    exempt: str = ""
    limits: bool = False
    publishes: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""
        return tuple(found["name"] for found in _PARAMETER.finditer(self.path))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts, end = [], 0
        for found in _PARAMETER.finditer(self.path):
            shape = _SHAPES.get(found["kind"] or "", _ANY)
            parts += [re.escape(self.path[end : found.start()]), f"(?P<{found['name']}>{shape})"]
            end = found.end()
        return re.compile("".join([*parts, re.escape(self.path[end:])]))

    def read(self, path: str) -> dict[str, str] | None:
        """The parameters of a concrete path; None if it is not of this way."""
        found = self._pattern.fullmatch(path.partition("?")[0])
        return found.groupdict() if found else None

    def at(self, values: Mapping[str, str]) -> str | None:
        """A concrete path with these parameters; None if one is missing."""
        if any(name not in values for name in self.parameters):
            return None
        return _PARAMETER.sub(lambda found: values[found["name"]], self.path)

    def lets_in(self, roles: frozenset[str], *, signed_in: bool, scopes: frozenset[str] | None = None) -> bool:
        """May somebody like this enter, as far as the rule says?

        Arguments:
            roles: theirs.
            signed_in: whether they have an account or a token at all.
            scopes: those of their token; None for a person with a session.
        """
        if self.public:
            return True
        if not signed_in or (scopes is not None and not (self.scopes and self.scopes <= scopes)):
            return False
        return all(group & roles for group in self.roles)


@dataclass(frozen=True)
class Ways:
    """All ways of the app."""

    all: tuple[Way, ...] = field(default=())

    def find(self, method: str, path: str) -> Way | None:
        """The way that a request takes: of several that fit, the one with the fewest parameters."""
        fitting = [way for way in self.all if way.method == method and way.read(path) is not None]
        return min(fitting, key=lambda way: (len(way.parameters), -len(way.path)), default=None)

    def methods_at(self, path: str) -> frozenset[str]:
        """The methods that some way has at this path."""
        return frozenset(way.method for way in self.all if way.read(path) is not None)


def ways_of(routes: Iterable[Route]) -> Ways:
    """The ways that the census of a door names."""
    return Ways(
        tuple(
            Way(
                route.method,
                route.path,
                route.endpoint,
                ruled=True,
                public=route.demand.rule.public,
                roles=route.demand.rule.roles,
                scopes=route.demand.rule.scopes,
                fresh=route.demand.rule.fresh,
                exempt=route.demand.csrf_exempt,
                limits=bool(route.demand.limits or route.demand.counts),
                publishes=route.demand.publishes,
            )
            for route in routes
        )
    )
