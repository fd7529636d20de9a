"""`doorward account …`: accounts from the host, for the first administrator and for emergencies."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.cli.opened import opened
from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.core.roles import BUILT_IN, Role, stored
from doorward.core.tokens import new_one_time_code
from doorward.errors import Conflict, Invalid, NotFound
from doorward.serve.apps import load_app
from doorward.store import accounts, codes
from doorward.store.accounts import DELETED
from doorward.web import people
from doorward.web.new_passwords import new_account
from doorward.web.parts import Parts
from doorward.web.recovery import make_reset_code

_APP = click.option("--app", "target", help="A Flask app behind the door, as module:name. By default the suite.")


@click.group()
def account() -> None:
    """Accounts: make, list, block, delete; a new set-up code."""


@account.command("setup-code")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the server answers.")
@with_data
def setup_code(data: Path, url: str) -> None:
    """Make a new code for the first administrator. The one before stops working."""
    with opened(data) as parts:
        click.echo(f"Set up the first administrator: {url.rstrip('/')}/setup/{make_setup_code(parts)}")


def make_setup_code(parts: Parts) -> str:
    """A new code for the first administrator, the only one that works.

    Errors:
        Conflict: there is an administrator already.
    """
    code = new_one_time_code()
    with parts.store.transaction(HOST) as tx:
        if accounts.has_administrator(tx.db):
            raise Conflict("There is an administrator already: `doorward account list` shows who.")
        codes.replace(tx, codes.SETUP, code)
        tx.journal("setup.code_made")
    return code


@account.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, help="May be given several times; see `account roles --list`.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@_APP
@with_data
def create(data: Path, name: str, roles: tuple[str, ...], password_stdin: bool, target: str | None) -> None:
    """Make the account NAME."""
    _must_be_listed(roles, target, data)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    with opened(data) as parts:
        try:
            new = new_account(parts, name, password, password, stored(roles))
            with parts.store.transaction(HOST) as tx:
                made = accounts.add(tx, new)
                tx.journal("account.created", on=f"account:{made.id}", name=made.name, roles=made.roles, by="host")
        except Invalid as wrong:
            raise click.ClickException("\n".join(wrong.fields.values())) from wrong
    click.echo(f"Made the account {name}.")


def _must_be_listed(roles: tuple[str, ...], target: str | None, data: Path) -> None:
    """Only the app knows its roles; it is asked where one is given that is not always there."""
    if set(roles) <= set(BUILT_IN):
        return
    try:
        people.must_be_listed(roles, [role.name for role in _listed(target, data)])
    except Invalid as wrong:
        raise click.ClickException("\n".join(wrong.fields.values())) from wrong


def _listed(target: str | None, data: Path) -> tuple[Role, ...]:
    _app, door = load_app(target, data)
    try:
        return door.roles
    finally:
        door.close()


def _ask_password() -> str:
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@account.command("list")
@with_data
def list_accounts(data: Path) -> None:
    """Show all accounts."""
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        for found in accounts.people(db, "", 0, 1_000_000):
            click.echo(f"{found.name:30} {found.status:8} {found.roles or 'member'}")


@account.command("reset")
@click.argument("name")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the server answers.")
@with_data
def reset(data: Path, name: str, url: str) -> None:
    """Make a link by which NAME chooses a new password. It works once, for an hour."""
    with opened(data) as parts:
        code = make_reset_code(parts, HOST, _find(parts, name))
    click.echo(f"For {name}, within the hour: {url.rstrip('/')}/reset/{code}")


def _on_account(act: str, what: str, done: str) -> click.Command:
    @click.command(act.replace("_", "-"), help=what)
    @click.argument("name")
    @with_data
    def command(data: Path, name: str) -> None:
        with opened(data) as parts:
            getattr(people, act)(parts.store, HOST, _find(parts, name))
        click.echo(done.format(name))

    return command


def _find(parts: Parts, name: str) -> str:
    with parts.store.reading() as db:
        found = accounts.by_name_key(db, name_key(name))
    if found is None or found.status == DELETED:
        raise NotFound(f"There is no account named {name!r}.")
    return found.id


account.add_command(_on_account("block", "Block NAME, everywhere and at once.", "Blocked {}, everywhere and at once."))
account.add_command(_on_account("unblock", "Let NAME in again.", "Let {} in again."))
account.add_command(
    _on_account(
        "reset_factors",
        "Take all second factors from NAME; the password alone opens it again.",
        "Took all second factors from {}; the password alone opens it again.",
    )
)


@account.command("delete")
@click.argument("name")
@click.option("--hard", is_flag=True, help="What it made goes too, in every app. A running server sees to that.")
@with_data
def delete(data: Path, name: str, hard: bool) -> None:
    """Delete NAME for ever. What it made stays, unless told otherwise."""
    with opened(data) as parts:
        people.delete(parts.store, HOST, _find(parts, name), hard=hard)
    click.echo(f"Deleted {name}. {'What it made goes too, app by app' if hard else 'What it made stays'}.")


@account.command("roles")
@click.argument("name", required=False)
@click.argument("roles", nargs=-1)
@click.option("--list", "show", is_flag=True, help="Show which roles there are, and what each may do.")
@_APP
@with_data
def set_roles(data: Path, name: str | None, roles: tuple[str, ...], show: bool, target: str | None) -> None:
    """Give the account NAME exactly these ROLES; its sessions end."""
    if show:
        for role in _listed(target, data):
            click.echo(f"{role.name:24} {role.meaning}")
        return
    if name is None:
        raise click.UsageError("Name an account, or use --list.")
    _must_be_listed(roles, target, data)
    with opened(data) as parts:
        people.set_roles(parts.store, HOST, _find(parts, name), frozenset(roles), {*BUILT_IN, *roles})
    click.echo(f"{name} has the roles: {' '.join(roles) or 'member'}")
