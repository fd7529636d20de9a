"""The portal: puts the apps that an operator wants behind one door, and shows the way to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask

from doorward import Doorward, Migrations, StartRefused
from doorward_suite import polls
from doorward_suite.portal.views import home_page


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """An app of the suite, as the portal needs to know it."""

    name: str
    title: str
    sentence: str
    blueprint: Blueprint
    migrations: Migrations
    scopes: Mapping[str, str]

    @property
    def href(self) -> str:
        return f"/{self.name}/"


def inhabitants() -> dict[str, Inhabitant]:
    """Every app of the suite, by name."""
    return {
        "polls": Inhabitant("polls", polls.TITLE, polls.SENTENCE, polls.blueprint, polls.MIGRATIONS, polls.SCOPES),
    }


def create_app(names: Sequence[str] = ()) -> Flask:
    """The suite as one Flask app behind one door.

    Arguments:
        names: the apps wanted; none means all.

    Errors:
        StartRefused: there is no app of such a name.
    """
    wanted = _wanted(names)
    app = Flask("doorward_suite.portal", static_folder=None)
    for one in wanted:
        app.register_blueprint(one.blueprint)
    app.register_blueprint(home_page([(one.title, one.href, one.sentence) for one in wanted]))
    Doorward(
        app,
        migrations=[one.migrations for one in wanted],
        nav=[(one.title, one.href) for one in wanted],
        scopes={scope: meaning for one in wanted for scope, meaning in one.scopes.items()},
    )
    return app


def _wanted(names: Sequence[str]) -> list[Inhabitant]:
    known = inhabitants()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise StartRefused(f"There is no app {unknown[0]!r}. The apps are: {', '.join(known)}.")
    return [known[name] for name in names or known]
