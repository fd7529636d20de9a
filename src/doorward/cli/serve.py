"""`doorward serve`: the server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from doorward.cli.account import make_setup_code
from doorward.cli.data import with_data
from doorward.core.transport import is_loopback
from doorward.errors import StartRefused
from doorward.serve import addresses, logs
from doorward.serve.addresses import Whereabouts
from doorward.serve.apps import load_app
from doorward.serve.local_tls import LocalTls
from doorward.serve.server import Address, bind, run, wants_tls
from doorward.serve.start_entry import journal_start
from doorward.settings import Settings
from doorward.store import accounts, bootstrap, codes
from doorward.web.parts import Parts


@click.command()
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on.  [default: 8000]")
@click.option("--apps", help="Which apps of the suite, with commas between.  [default: all]")
@click.option("--app", "target", help="Serve your own Flask app instead, as module:name.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes.  [default: 1]")
@click.option("--behind-proxy", help="The reverse proxies whose forwarded headers count, as CIDR with commas between.")
@click.option(
    "--plain-http", is_flag=True, default=None, help="No TLS, even beyond this machine. Passwords can be read."
)
@with_data
def serve(data: Path, target: str | None, **options: Any) -> None:
    """Serve the apps behind the door."""
    overrides = {name: value for name, value in options.items() if value is not None}
    where = addresses.whereabouts()
    app, door = load_app(target, data, overrides, hosts=[*where.names, *where.addresses])
    settings = door.settings
    if settings.workers > 1:
        raise StartRefused(
            "Several workers need a live bus between them, which this version does not have yet: "
            "leave --workers at 1. One process holds thousands of streams."
        )
    logs.install(settings)
    listening = bind(settings)
    tls = LocalTls(settings.data / "tls", settings.hosts) if wants_tls(settings) else None
    address = Address(settings.host, listening.getsockname()[1], tls is not None)
    if tls is not None:
        reached = [*where.names, *(f"[{one}]" if ":" in one else one for one in where.addresses)]
        door.addresses = tuple(f"https://{name}:{address.port}" for name in reached)
    door.network_address = _network_address(settings, where, address)
    journal_start(door.parts)
    _greet(door.parts, address, tls, door.network_address)
    run(app, door, listening, tls)


def _network_address(settings: Settings, where: Whereabouts, address: Address) -> str | None:
    """How a phone on the same network reaches this server; None if only this machine can."""
    if is_loopback(settings.host) or settings.behind_proxy:
        return None
    everywhere = settings.host in ("0.0.0.0", "::")  # nosec B104
    for one in where.addresses if everywhere else [settings.host]:
        if ":" not in one and not is_loopback(one):
            return f"{'https' if address.tls else 'http'}://{one}:{address.port}"
    return None


def _greet(parts: Parts, address: Address, tls: LocalTls | None, network: str | None) -> None:
    """What the operator needs to know, and nothing else. The set-up line stands alone, for programs that read it."""
    for note in parts.settings.notes:
        click.secho(f"Note: {note}", fg="yellow", err=True)
    if parts.settings.plain_http and tls is None:
        click.secho("Note: plain HTTP. Anyone on the network can read passwords.", fg="yellow", err=True)
    click.echo(f"{parts.settings.site_name} answers at {address.url}")
    if network is not None:
        click.echo(f"Other devices reach it at {network}")
    elif not parts.settings.behind_proxy:
        click.echo("Only this machine can reach it. For phones and others: doorward serve --host 0.0.0.0")
    if tls is not None and tls.certificate.left_out:
        click.secho(
            f"Note: the certificate is not for {', '.join(sorted(tls.certificate.left_out))}. To include them, delete "
            f"the folder tls in the data folder; every device must then trust the new authority.",
            fg="yellow",
            err=True,
        )
    if tls is not None:
        click.echo(f"How a phone comes to trust it: {network or address.url}/trust")
        click.echo(f"Fingerprint of its authority, to compare: {tls.fingerprint}")
    _say_how_to_set_up(parts, address.url)
    sys.stdout.flush()


def _say_how_to_set_up(parts: Parts, url: str) -> None:
    if not parts.settings.admin_enabled:
        return
    with parts.store.reading() as db:
        done, waiting = accounts.has_administrator(db), codes.is_waiting(db, codes.SETUP)
        from_environment = bootstrap.is_waiting(db, parts.settings.bootstrap_token)
    if parts.settings.bootstrap_token is not None and (done or not from_environment):
        click.secho(
            "Note: the bootstrap token has done its work and opens nothing any more. Remove it from the settings.",
            fg="yellow",
            err=True,
        )
    if done:
        return
    if from_environment:
        click.echo(f"Set up the first administrator with your bootstrap token: {url}/setup/<token>")
        return
    if waiting:
        # The code was shown once and is stored hashed: only the host can ask for another.
        click.echo(f"No administrator yet. Lost the set-up link? doorward account setup-code --url {url}")
        return
    click.echo(f"Set up the first administrator: {url}/setup/{make_setup_code(parts)}")
