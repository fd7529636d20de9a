"""The census: every endpoint of the app with what it demands. An endpoint without a rule stops the start (law 1)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import Rule as UrlRule

from doorward.core.access import Demand, Rule
from doorward.core.csrf import is_unsafe
from doorward.core.described import API, BODY, Described
from doorward.errors import StartRefused, UndescribedRoutes, UnguardedRoutes
from doorward.web.access import default_of
from doorward.web.marks import Marks, both, marks_of

Rules = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Guarded:
    """An endpoint of the census: its view, and what it demands by method ("*" for all methods)."""

    view: Any
    demands: Mapping[str, Demand]

    def demand(self, method: str) -> Demand | None:
        """What a request of this method must satisfy; None is a refusal."""
        if method == "HEAD" and "HEAD" not in self.demands:
            method = "GET"  # which answers it
        return self.demands.get(method) or self.demands.get("*")


@dataclass(frozen=True, slots=True)
class Route:
    """One line of `doorward routes`."""

    method: str
    path: str
    endpoint: str
    demand: Demand


class Census:
    """All endpoints, counted once at the start.

    Arguments:
        app: the app, with all its routes.
        rules: rules for endpoints that somebody else wrote, by endpoint name.

    Errors:
        UnguardedRoutes: some endpoints have no rule; all of them are named.
        UndescribedRoutes: some routes under `/api/` are not described; all of them are named.
        StartRefused: `rules` names an endpoint that is not there, or that has a rule of its own.
    """

    def __init__(self, app: Flask, rules: Rules) -> None:
        self._guarded: dict[str, Guarded] = {}
        self._app = app
        _refuse_idle_rules(app, rules)
        missing: list[str] = []
        for endpoint, view in app.view_functions.items():
            demands = dict(_demands(app, endpoint, view, rules))
            self._guarded[endpoint] = Guarded(view, demands)
            missing += _unguarded(app, endpoint, view, demands)
        missing += [f"{rule.endpoint}  {rule.rule}  (no view)" for rule in _orphans(app)]
        if missing:
            raise UnguardedRoutes(sorted(missing))
        if undescribed := [*self._undescribed()]:
            raise UndescribedRoutes(undescribed)

    def find(self, endpoint: str) -> Guarded | None:
        """The endpoint, if it was there at the start and its view is still the one that was counted."""
        guarded = self._guarded.get(endpoint)
        if guarded is None or self._app.view_functions.get(endpoint) is not guarded.view:
            return None
        return guarded

    def scopes(self) -> dict[str, list[str]]:
        """Every scope that some route names, with the routes that it opens, as `GET /api/polls`."""
        found: dict[str, list[str]] = {}
        for route in self.routes():
            for scope in sorted(route.demand.rule.scopes):
                found.setdefault(scope, []).append(f"{route.method} {route.path}")
        return dict(sorted(found.items()))

    def roles(self) -> dict[str, list[str]]:
        """Every role that some route names, with the routes that do."""
        found: dict[str, list[str]] = {}
        for route in self.routes():
            for role in sorted({role for group in route.demand.rule.roles for role in group}):
                found.setdefault(role, []).append(f"{route.method} {route.path}")
        return dict(sorted(found.items()))

    def routes(self) -> Iterator[Route]:
        """Every method of every path, sorted by path."""
        for rule in sorted(self._app.url_map.iter_rules(), key=lambda rule: rule.rule):
            guarded = self._guarded[rule.endpoint]
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                demand = guarded.demand(method)
                if demand is not None:
                    yield Route(method, rule.rule, rule.endpoint, demand)

    def _undescribed(self) -> Iterator[str]:
        for route in self.routes():
            if not route.path.startswith(API):
                continue
            said = route.demand.api
            at = f"{route.endpoint}  {route.method} {route.path}  ({where(self._guarded[route.endpoint].view)})"
            if said is None or not said.is_whole:
                yield f"{at}: nobody says what it gives"
            elif said.body is not None and not is_unsafe(route.method):
                yield f"{at}: it takes a body, which a {route.method} has not; make it a view of its own"
            elif problem := _does_not_take(self._guarded[route.endpoint].view, said):
                yield f"{at}: {problem}"


def _refuse_idle_rules(app: Flask, rules: Rules) -> None:
    """A rule that would silently not count is a defence that is silently off."""
    for endpoint in rules:
        if endpoint not in app.view_functions:
            known = ", ".join(sorted(app.view_functions))
            raise StartRefused(f"rules names {endpoint!r}, which is no endpoint of this app. There are: {known}")
        if _own_marks(app.view_functions[endpoint]).rule is not None:
            raise StartRefused(f"{endpoint} has a rule of its own, so rules may not name it: write the rule there")


def _demands(app: Flask, endpoint: str, view: Any, rules: Rules) -> Iterator[tuple[str, Demand]]:
    marks = _own_marks(view)
    fallback = rules.get(endpoint) or _blueprint_default(app, endpoint)
    of_methods = [(name, both(marks, marks_of(handler))) for name, handler in _handlers(view)]
    for method, together in [("*", marks), *of_methods]:
        rule = together.rule or fallback
        if rule is not None:
            yield method, together.demand(rule)


def _own_marks(view: Any) -> Marks:
    """What the view function declares, and the class behind it."""
    view_class = getattr(view, "view_class", None)
    return marks_of(view) if view_class is None else both(marks_of(view), marks_of(view_class))


def _handlers(view: Any) -> Iterator[tuple[str, Any]]:
    """The methods of a class-based view that answer a method of HTTP. Only those that declare something count."""
    view_class = getattr(view, "view_class", None)
    names = {*(getattr(view_class, "methods", None) or ()), "HEAD", "OPTIONS"} if view_class else ()
    for name in sorted(names):
        handler = getattr(view_class, name.lower(), None)
        if handler is not None:
            yield name, handler


def _blueprint_default(app: Flask, endpoint: str) -> Rule | None:
    name = endpoint
    while "." in name:
        name = name.rsplit(".", 1)[0]
        blueprint = app.blueprints.get(name)
        found = default_of(blueprint) if blueprint is not None else None
        if found is not None:
            return found
    return None


def _unguarded(app: Flask, endpoint: str, view: Any, demands: Mapping[str, Demand]) -> Iterator[str]:
    if "*" in demands:
        return
    answered = {name for name, _ in _handlers(view)}
    for rule in app.url_map.iter_rules(endpoint) if endpoint in app.url_map._rules_by_endpoint else ():
        by_itself = {"HEAD", "OPTIONS"} - answered  # by the framework, from what GET answers and from the list
        methods = sorted((rule.methods or set()) - by_itself - set(demands))
        if methods:
            yield f"{endpoint}  {' '.join(methods)} {rule.rule}  ({where(view)})"


def _does_not_take(view: Any, said: Described) -> str:
    """What is described and would be handed to a view that does not know it; empty where all fits."""
    if hasattr(view, "view_class"):
        return ""
    try:
        inspect.signature(view).bind_partial(**said.asks, **({BODY: None} if said.body is not None else {}))
    except TypeError as problem:
        return f"what is described does not fit its view: {problem}"
    return ""


def _orphans(app: Flask) -> list[UrlRule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in app.view_functions]


def where(view: Any) -> str:
    """The file and line of a view, for the developer."""
    target = inspect.unwrap(getattr(view, "view_class", view))
    code = getattr(target, "__code__", None)
    if code is not None:
        return f"{_short(code.co_filename)}:{code.co_firstlineno}"
    try:
        return f"{_short(inspect.getsourcefile(target) or '?')}:{inspect.getsourcelines(target)[1]}"
    except (OSError, TypeError):
        return "built in"


def _short(filename: str) -> str:
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
