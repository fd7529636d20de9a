"""Which lane a request belongs into, told from its first line alone: before anything of it is looked at."""

from __future__ import annotations

import re

from doorward.web.census import Census, Route

ORDINARY, SLOW, SPOOLED = "ordinary", "slow", "spooled"
_PARAMETER = re.compile(r"<(?:([^:>]*):)?[^>]*>")


class Lanes:
    """The slow views of an app, by method and path.

    Arguments:
        census: every route.
    """

    def __init__(self, census: Census) -> None:
        self._exact: dict[tuple[str, str], str] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for route in census.routes():
            if route.demand.slow:
                self._add(route, SPOOLED if route.demand.spooled else SLOW)

    def _add(self, route: Route, lane: str) -> None:
        if "<" not in route.path:
            self._exact[route.method, route.path] = lane
            return
        self._patterns.setdefault(route.method, []).append((_pattern(route.path), lane))

    def of(self, method: str, path: str) -> str:
        """The lane of a request. Which view answers it is not decided here: a wrong guess costs time only."""
        lane = self._exact.get((method, path))
        if lane is not None:
            return lane
        return next((lane for pattern, lane in self._patterns.get(method, ()) if pattern.fullmatch(path)), ORDINARY)


def _pattern(path: str) -> re.Pattern[str]:
    """The paths that a rule of the router may stand for."""
    written, last = "", 0
    for match in _PARAMETER.finditer(path):
        written += re.escape(path[last : match.start()]) + (".+" if match[1] == "path" else "[^/]+")
        last = match.end()
    return re.compile(written + re.escape(path[last:]))
