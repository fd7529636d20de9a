"""`doorward`: the command. Each subcommand is loaded only when it is used, so that it starts fast."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from doorward.errors import DoorwardError
from doorward.settings import DATA_VARIABLE

_COMMANDS = {
    "serve": ("doorward.cli.serve", "serve"),
    "work": ("doorward.cli.work", "work"),
    "routes": ("doorward.cli.routes", "routes"),
    "settings": ("doorward.cli.settings", "settings"),
    "account": ("doorward.cli.account", "account"),
    "token": ("doorward.cli.token", "token"),
    "journal": ("doorward.cli.journal", "journal"),
    "backup": ("doorward.cli.backup", "backup"),
    "check": ("doorward.cli.check", "check"),
    "prove": ("doorward.cli.prove", "prove"),
    "new": ("doorward.cli.new", "new"),
    "restore": ("doorward.cli.restore", "restore"),
    "rotate-keys": ("doorward.cli.keys", "rotate"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            from doorward.cli.app_commands import command_of_app

            return command_of_app(cmd_name, Path(ctx.params["data"]))
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: os.environ.get(DATA_VARIABLE, "data"),
    help="The data folder.  [default: data, or DOORWARD_DATA]",
)
@click.pass_context
def cli(ctx: click.Context, data: Path) -> None:
    """Keep the door of self-hosted Flask apps. An app may bring commands of its own: doorward <app> --help."""
    ctx.obj = Path(data)


def main() -> None:
    """The entry point. A refusal is a sentence on the terminal and exit code 2, not a trace."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except DoorwardError as problem:
        click.secho(str(problem), fg="red", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
