"""`doorward check`: what is wrong with the settings, the files, the records, the rules and the source."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.prove import checks
from doorward.prove.checks import in_order
from doorward.prove.checks.reach import judge
from doorward.prove.findings import Finding, Severity
from doorward.prove.reaching import reach
from doorward.prove.sarif import as_sarif
from doorward.prove.text import lines
from doorward.serve.apps import load_app
from doorward.serve.checking import StaticChecks, host_of, keep

_FAILING = (Severity.HIGH, Severity.MEDIUM)


@click.command()
@click.option("--app", "target", help="A Flask app behind the door, as module:name. By default the suite.")
@click.option("--strict", is_flag=True, help="Fail also for findings of low severity.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--notes", is_flag=True, help="Show notes too, and what comments in the source allow.")
@click.option("--url", help="Also look at the running server through its public address: https://polls.example.org")
@click.option("--i-own", "owned", multiple=True, help="A name or address beyond this machine that --url may go to.")
@with_data
def check(
    data: Path, target: str | None, strict: bool, form: str, notes: bool, url: str | None, owned: tuple[str, ...]
) -> None:
    """Check the settings, files, records, rules and sources of an app, without attacking it.

    With --url it also asks the running server, through its public address, how many proxies are on the way, whether
    forwarded headers can be forged, whether the port behind is open, and whether HTTPS is real.

    Exit code 0 if nothing matters, 1 if something of high or medium severity was found (with --strict also of low),
    2 if the check could not run. The last result is shown at /admin/security.
    """
    app, door = load_app(target, data)
    try:
        reached = list(judge(reach(url, host_of(door), owned))) if url else []
        findings = in_order([*StaticChecks(app, door).find(), *reached])
        keep(door, findings)
    finally:
        door.close()
    click.echo(_written(findings, form, notes))
    sys.exit(1 if fails(findings, strict) else 0)


def fails(findings: Sequence[Finding], strict: bool) -> bool:
    """Is one of them bad enough for exit code 1?"""
    failing = (*_FAILING, Severity.LOW) if strict else _FAILING
    return any(one.severity in failing for one in findings)


def _written(findings: Sequence[Finding], form: str, notes: bool) -> str:
    if form == "sarif":
        return json.dumps(as_sarif(findings, checks.kinds(), version("doorward")), indent=1)
    if form == "json":
        return json.dumps({"findings": [_as_json(one) for one in findings]}, indent=1, ensure_ascii=False)
    return "\n".join(lines(findings, notes=notes))


def _as_json(finding: Finding) -> dict[str, object]:
    kept = {name: value for name, value in asdict(finding).items() if name not in ("request", "answer") or value}
    return {**kept, "severity": finding.severity.value, "handbook": finding.handbook}
