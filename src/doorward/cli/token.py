"""`doorward token …`: access tokens from the host."""

from __future__ import annotations

from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.cli.opened import opened
from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.core.token_life import DAYS, DEFAULT_DAYS, DEFAULT_OVERLAP, NEVER, OVERLAPS
from doorward.errors import Invalid, NotFound
from doorward.serve.apps import load_app
from doorward.store import accounts, tokens
from doorward.store.accounts import ACTIVE
from doorward.store.store import Store
from doorward.store.tokens import Filter
from doorward.web import token_actions
from doorward.web.scopes import Scope
from doorward.web.token_actions import Made

_MOST = 1_000_000
_LIVES = click.Choice([*map(str, DAYS), NEVER])


@click.group()
def token() -> None:
    """Access tokens: make, list, rotate, revoke."""


@token.command()
@click.argument("name")
@click.option("--owner", required=True, help="The account that answers for it; it ends with that account.")
@click.option("--scope", "scopes", multiple=True, help="What it opens. May be given several times; see `token scopes`.")
@click.option("--days", type=_LIVES, default=str(DEFAULT_DAYS), show_default=True, help="How long it works.")
@click.option("--for-person", is_flag=True, help="Somebody without an account signs in with it, at /login/token.")
@click.option("--app", "target", help="A Flask app behind the door, as module:name. By default the suite.")
@with_data
def create(
    data: Path, name: str, owner: str, scopes: tuple[str, ...], days: str, for_person: bool, target: str | None
) -> None:
    """Make a token called NAME. It is written to standard output, this once."""
    _app, door = load_app(target, data)
    try:
        owner_id, known = _owner(door.store, owner), [scope.name for scope in door.scopes]
        new = token_actions.judged(owner_id, name, list(scopes), known, days, for_person=for_person)
        _tell(token_actions.create(door.store, HOST, new), f"made; it works {_in_words(days)}")
    except Invalid as wrong:
        raise click.ClickException("\n".join([*wrong.fields.values(), _there_are(door.scopes)])) from wrong
    finally:
        door.close()


def _owner(store: Store, name: str) -> str:
    with store.reading() as db:
        found = accounts.by_name_key(db, name_key(name))
    if found is None or found.status != ACTIVE:
        raise NotFound(f"There is no account {name!r} that may sign in.")
    return found.id


def _in_words(days: str) -> str:
    return "until it is revoked" if days == NEVER else f"for {days} days"


def _there_are(scopes: tuple[Scope, ...]) -> str:
    names = ", ".join(scope.name for scope in scopes)
    return f"The scopes are: {names}." if names else "No route of this app names a scope yet."


def _tell(made: Made, what: str) -> None:
    """The secret alone on standard output, so that a script can take it from there."""
    click.secho(f"Token {made.token_id} ({made.name}) is {what}. It is shown only now:", err=True)
    click.echo(made.secret)


@token.command("scopes")
@click.option("--app", "target", help="A Flask app behind the door, as module:name. By default the suite.")
@with_data
def list_scopes(data: Path, target: str | None) -> None:
    """Show which scopes there are, and what each opens."""
    _app, door = load_app(target, data)
    for scope in door.scopes:
        click.echo(f"{scope.name:24} {scope.meaning or ', '.join(scope.opens)}")
    if not door.scopes:
        click.echo(_there_are(()))
    door.close()


@token.command("list")
@with_data
def list_tokens(data: Path) -> None:
    """Show all tokens; of none its secret, which nobody knows any more."""
    with opened(data) as parts, parts.store.reading() as db:
        now = parts.store.clock()
        for one in tokens.page(db, Filter(), now, 0, _MOST):
            end = one.secret.expires_at
            until = f"until {end:%Y-%m-%d}" if end else "without an end"
            state = one.why_dead(now) or f"works {until}"
            click.echo(f"{one.token.id:>6}  {one.token.name:30} {one.owner.name:20} {state:28} {one.token.scopes}")


@token.command()
@click.argument("number", type=int)
@click.option("--days", type=_LIVES, default=str(DEFAULT_DAYS), show_default=True, help="How long the new one works.")
@click.option(
    "--overlap",
    type=click.Choice([*map(str, OVERLAPS)]),
    default=str(DEFAULT_OVERLAP),
    show_default=True,
    help="For how many hours the old one still works.",
)
@with_data
def rotate(data: Path, number: int, days: str, overlap: str) -> None:
    """Give the token NUMBER another secret, written to standard output, this once."""
    with opened(data) as parts:
        life, after = token_actions.judged_rotation(days, overlap)
        made = token_actions.rotate(parts.store, HOST, number, life, after)
    _tell(made, f"rotated; the old secret works for {overlap} more hours, the new one {_in_words(days)}")


@token.command()
@click.argument("number", type=int)
@with_data
def revoke(data: Path, number: int) -> None:
    """End the token NUMBER at once; a running server cuts its streams within seconds."""
    with opened(data) as parts:
        name = token_actions.revoke(parts.store, HOST, number)
    click.echo(f"Token {number} ({name}) is revoked.")
