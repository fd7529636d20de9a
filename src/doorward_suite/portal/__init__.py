"""The portal: puts the apps that an operator wants behind one door, and shows the way to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from click import Command
from flask import Blueprint, Flask

from doorward import Doorward, Example, Intake, JobKind, Leaving, Migrations, Outbound, People, StartRefused
from doorward_suite import chat, evidence, honors, planning, polls
from doorward_suite.portal.views import home_page


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """An app of the suite, as the portal needs to know it. `leaving` is None where nothing of an account is stored."""

    name: str
    title: str
    sentence: str
    blueprint: Blueprint
    migrations: Migrations
    scopes: Mapping[str, str]
    leaving: Leaving | None
    examples: Mapping[str, Callable[[People], Example]]
    commands: Mapping[str, Command] = field(default_factory=dict)
    intakes: Sequence[Intake] = ()
    jobs: Mapping[str, JobKind] = field(default_factory=dict)
    calls: bool = False
    outbounds: Sequence[Outbound] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def href(self) -> str:
        return f"/{self.name}/"


def inhabitants() -> dict[str, Inhabitant]:
    """Every app of the suite, by name."""
    return {
        "polls": Inhabitant(
            "polls",
            polls.TITLE,
            polls.SENTENCE,
            polls.blueprint,
            polls.MIGRATIONS,
            polls.SCOPES,
            polls.LEAVING,
            polls.EXAMPLES,
            intakes=polls.INTAKES,
            jobs=polls.JOBS,
        ),
        "chat": Inhabitant(
            "chat",
            chat.TITLE,
            chat.SENTENCE,
            chat.blueprint,
            chat.MIGRATIONS,
            chat.SCOPES,
            chat.LEAVING,
            chat.EXAMPLES,
            calls=True,
            outbounds=chat.OUTBOUNDS,
            intakes=chat.INTAKES,
            jobs=chat.JOBS,
        ),
        "evidence": Inhabitant(
            "evidence",
            evidence.TITLE,
            evidence.SENTENCE,
            evidence.blueprint,
            evidence.MIGRATIONS,
            evidence.SCOPES,
            evidence.LEAVING,
            evidence.EXAMPLES,
            evidence.COMMANDS,
            evidence.INTAKES,
            evidence.JOBS,
        ),
        "honors": Inhabitant(
            "honors",
            honors.TITLE,
            honors.SENTENCE,
            honors.blueprint,
            honors.MIGRATIONS,
            scopes={},
            leaving=None,
            examples=honors.EXAMPLES,
            commands=honors.COMMANDS,
            intakes=honors.INTAKES,
            jobs=honors.JOBS,
            roles=honors.ROLES,
        ),
        "planning": Inhabitant(
            "planning",
            planning.TITLE,
            planning.SENTENCE,
            planning.blueprint,
            planning.MIGRATIONS,
            planning.SCOPES,
            planning.LEAVING,
            planning.EXAMPLES,
            intakes=planning.INTAKES,
            jobs=planning.JOBS,
            roles=planning.ROLES,
        ),
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
        leaving=[one.leaving for one in wanted if one.leaving],
        roles={role: meaning for one in wanted for role, meaning in one.roles.items()},
        examples={way: make for one in wanted for way, make in one.examples.items()},
        intakes=[intake for one in wanted for intake in one.intakes],
        calls=any(one.calls for one in wanted),
        outbounds=[outbound for one in wanted for outbound in one.outbounds],
        jobs={kind: how for one in wanted for kind, how in one.jobs.items()},
        commands={name: command for one in wanted for name, command in one.commands.items()},
        scopes={scope: meaning for one in wanted for scope, meaning in one.scopes.items()},
    )
    return app


def _wanted(names: Sequence[str]) -> list[Inhabitant]:
    known = inhabitants()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise StartRefused(f"There is no app {unknown[0]!r}. The apps are: {', '.join(known)}.")
    return [known[name] for name in names or known]
