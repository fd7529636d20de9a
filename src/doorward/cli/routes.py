"""`doorward routes`: the census, for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from doorward.cli.data import with_data
from doorward.core.access import Demand
from doorward.serve.apps import load_app
from doorward.settings import Settings
from doorward.web.map_tiles import layer_of


@click.command()
@click.option("--app", "target", help="A Flask app behind the door, as module:name. By default the suite.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_data
def routes(data: Path, target: str | None, as_json: bool) -> None:
    """Show every route: method, path, who may enter, limits, and what it declares beside."""
    _app, door = load_app(target, data)
    rows = [
        (route.method, route.path, str(route.demand.rule), _notes(route.demand, door.settings))
        for route in door.census.routes()
    ]
    if as_json:
        click.echo(
            json.dumps([dict(zip(("method", "path", "rule", "notes"), row, strict=True)) for row in rows], indent=1)
        )
        return
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        click.echo("  ".join([*(row[column].ljust(widths[column]) for column in range(3)), row[3]]).rstrip())


def _notes(demand: Demand, settings: Settings) -> str:
    notes: list[Any] = [f"limit {limit.rate} per {limit.per}" for limit in demand.limits]
    notes += [f"limit {getattr(settings, name)} ({name})" for name in demand.counts]
    size = getattr(settings, demand.max_body) if isinstance(demand.max_body, str) else demand.max_body
    notes += [f"body ≤ {size // 1024} KiB"] if size is not None else []
    notes += [f"{name} + {' '.join(sources)}" for name, sources in demand.loosened]
    notes += [f"uses {', '.join(demand.uses)}"] if demand.uses else []
    layer = layer_of(settings) if demand.shows_maps else None
    notes += [f"img-src + {layer.origin} where it shows a map (map_tiles)"] if layer else []
    notes += ["passive"] if demand.passive else []
    notes += [f"no CSRF token: {demand.csrf_exempt}"] if demand.csrf_exempt else []
    notes += [f"shows everybody: {demand.publishes}"] if demand.publishes else []
    notes += [f"needs the setting {', '.join(demand.needs)}"] if demand.needs else []
    notes += [f"not described: {demand.api.undescribed}"] if demand.api and demand.api.undescribed else []
    return "; ".join(notes)
