"""The list of an app's intakes: each once, and none that a route names and nobody listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request

from doorward.core.uploads import Intake
from doorward.errors import StartRefused
from doorward.web.census import Census
from doorward.web.here import KEY
from doorward.web.upload_form import let_go


def intakes_by_name(given: Sequence[Intake]) -> dict[str, Intake]:
    """Errors: StartRefused: two have one name, or something is no intake."""
    found: dict[str, Intake] = {}
    for intake in given:
        if not isinstance(intake, Intake):
            raise StartRefused(f"intakes holds {intake!r}, which is no Intake")
        if found.setdefault(intake.name, intake) is not intake:
            raise StartRefused(f"two intakes are called {intake.name}")
    return found


def refuse_unlisted_intakes(census: Census, intakes: Mapping[str, Intake]) -> None:
    """A route may take files only by an intake that `Doorward(app, intakes=…)` lists."""
    for route in census.routes():
        wanted = route.demand.takes
        if wanted is not None and intakes.get(wanted.name) is not wanted:
            raise StartRefused(
                f"{route.method} {route.path} takes files by {wanted.name}, which nobody listed: "
                "name it in Doorward(app, intakes=[…])"
            )


def forget_unused_files(_problem: BaseException | None) -> None:
    """At the end of a request: files that its form brought and that no view asked for."""
    at = request.environ.get(KEY)
    if at is not None and at.brought_files:
        let_go(at)
