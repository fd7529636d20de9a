"""`doorward prove`: attack the app, show what held."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.cli.progress import Told
from doorward.cli.prove_text import listing, shown
from doorward.cli.stopping import cleaning_up_when_stopped
from doorward.clock import system_clock
from doorward.errors import StartRefused
from doorward.prove import leftovers
from doorward.prove.attack import Attack
from doorward.prove.attacks import EVERY
from doorward.prove.attacks.bare import ATTACKS as BARE
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Severity
from doorward.prove.report import Occasion, as_html
from doorward.prove.report_json import as_json
from doorward.prove.run import Proof
from doorward.prove.sarif import as_sarif
from doorward.serve import prove_bare, prove_url
from doorward.serve.apps import has_door, named_app
from doorward.serve.prove_app import KIT_PAGES, prove_app

_HOW = (
    "The app was started on empty records in a temporary place, with people of its own, and attacked over real "
    "connections. Nothing of the installation was touched, and nothing is left."
)
_APP_ONLY = "The pages of the door itself were used, and not walked through."
_FILE = click.Path(dir_okay=False, path_type=Path)
_FAILING = (Severity.HIGH, Severity.MEDIUM)


@dataclass(frozen=True, slots=True)
class _Form:
    """How the app is reached: what the report says of it."""

    subject: str
    how: str
    unseen: tuple[str, ...] = ()
    bare: bool = False


@click.command()
@click.option("--app", "target", help="A Flask app as module:name. By default the suite.")
@click.option("--url", help="Read a running server instead, changing nothing there: https://polls.example.org")
@click.option("--i-own", "owned", multiple=True, help="A name or address beyond this machine that --url may go to.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="With --url: the authority.")
@click.option("--may-write", is_flag=True, help="Send the forms of an app without a door. It works on its own records.")
@click.option("--app-only", is_flag=True, help="Do not walk through the pages of the door itself, only the app's own.")
@click.option("--report", type=_FILE, help="Write the report here, as one HTML file.")
@click.option("--json", "json_file", type=_FILE, help="Write the result here.")
@click.option("--sarif", "sarif_file", type=_FILE, help="Write what got through here, as SARIF 2.1.0.")
@click.option("--only", help="Only these attacks, as ids or beginnings of ids with commas between: csrf,access.role")
@click.option("--strict", is_flag=True, help="Fail also for low severity, and for ways that were not covered.")
@click.option("--list", "list_them", is_flag=True, help="List the attacks, and try none.")
@with_data
def prove(
    data: Path,
    target: str | None,
    url: str | None,
    owned: tuple[str, ...],
    ca: Path | None,
    may_write: bool,
    app_only: bool,
    report: Path | None,
    json_file: Path | None,
    sarif_file: Path | None,
    only: str | None,
    strict: bool,
    list_them: bool,
) -> None:
    """Attack the app, on empty records in a temporary place, and show what held.

    With --url a running server is read as a visitor would; an app without a door is called in this process.

    Exit code 0 if everything that was tried held, 1 if an attack of high or medium severity won (with --strict also
    low, or a way was not covered), 2 if it could not run or nothing could be tried. Nothing is left behind.
    """
    attacks = chosen(only)
    if list_them:
        click.echo("\n".join(listing(attacks)))
        return
    if url and (target or may_write):
        raise click.UsageError("--url asks a server that runs: it goes with neither --app nor --may-write.")
    leftovers.sweep(*leftovers.places())
    began, told = system_clock(), Told(sys.stderr)
    with cleaning_up_when_stopped():
        try:
            proof, form = _proved(data, target, url, owned, ca, attacks, told, may_write=may_write, app_only=app_only)
        finally:
            told.over()
    seconds = (system_clock() - began).total_seconds()
    occasion = Occasion(form.subject, began, seconds, version("doorward"), form.how, form.unseen, form.bare)
    click.echo("\n".join(shown(proof, form.unseen)))
    _write(proof, occasion, report, json_file, sarif_file)
    sys.exit(exit_code(proof, strict=strict, whole=not form.unseen))


def _proved(
    data: Path,
    target: str | None,
    url: str | None,
    owned: Sequence[str],
    ca: Path | None,
    attacks: Sequence[Attack],
    told: Told,
    *,
    may_write: bool,
    app_only: bool,
) -> tuple[Proof, _Form]:
    if url:
        proof = prove_url.prove_url(url, owned, ca, _behind_a_door(attacks), told)
        return proof, _Form(url, prove_url.HOW, prove_url.UNSEEN)
    if target and not has_door(app := named_app(target)):
        how = prove_bare.HOW_WRITING if may_write else prove_bare.HOW_READING
        unseen = prove_bare.UNSEEN if may_write else (*prove_bare.UNSEEN, prove_bare.UNSEEN_READING)
        return prove_bare.prove_bare(app, attacks, told, may_write=may_write), _Form(target, how, unseen, bare=True)
    left_out = KIT_PAGES if app_only else ()
    proof = prove_app(target, data, _behind_a_door(attacks), told, left_out=left_out)
    return proof, _Form(target or "the suite", f"{_HOW} {_APP_ONLY}" if app_only else _HOW)


def _behind_a_door(attacks: Sequence[Attack]) -> list[Attack]:
    return [one for one in attacks if one not in BARE]


def chosen(only: str | None) -> list[Attack]:
    """The attacks that `--only` names; all without it.

    Errors:
        StartRefused: no attack is named so.
    """
    if not only:
        return list(EVERY)
    wanted = [one.strip() for one in only.split(",") if one.strip()]
    for one in wanted:
        if not any(_is_meant(attack, one) for attack in EVERY):
            raise StartRefused(f"There is no attack {one!r}. There are: {', '.join(attack.id for attack in EVERY)}")
    return [attack for attack in EVERY if any(_is_meant(attack, one) for one in wanted)]


def _is_meant(attack: Attack, name: str) -> bool:
    return attack.id == name or attack.id.startswith(f"{name}.")


def exit_code(proof: Proof, *, strict: bool, whole: bool) -> int:
    """0 for what held, 1 for what did not, 2 where nothing could be tried.

    Arguments:
        strict: whether low severity, and ways that were not covered, count.
        whole: whether the run could cover every way; against `--url` and without a door it cannot.
    """
    failing = (*_FAILING, Severity.LOW) if strict else _FAILING
    if any(one.severity in failing for one in proof.findings) or (strict and whole and proof.uncovered):
        return 1
    return 0 if any(result.tried for result in proof.results) else 2


def _write(
    proof: Proof, occasion: Occasion, report: Path | None, json_file: Path | None, sarif_file: Path | None
) -> None:
    if report is not None:
        report.write_text(as_html(proof, occasion), "utf-8")
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(proof, occasion), indent=1) + "\n", "utf-8")
    if sarif_file is not None:
        attacks = [result.attack for result in proof.results]
        kinds = [Kind(one.id, one.title, one.severity, one.why, one.mend, one.asvs) for one in attacks]
        log = as_sarif(proof.findings, kinds, version("doorward"))
        sarif_file.write_text(json.dumps(log, indent=1) + "\n", "utf-8")
