"""Findings as SARIF 2.1.0 (OASIS), for code hosts and editors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.NOTE: "none"}
#: Code hosts sort by this number (0 to 10).
_WEIGHT = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0", Severity.NOTE: "0.0"}
_FILE = re.compile(r"(?P<file>[^:?#]+\.[A-Za-z0-9]+):(?P<line>[1-9][0-9]*)")


def as_sarif(findings: Sequence[Finding], kinds: Iterable[Kind], version: str) -> dict[str, Any]:
    """One run with its rules and results.

    Arguments:
        findings: what was found.
        kinds: what the checks know; a finding of an unknown kind brings a rule of its own.
        version: of this program.
    """
    rules = {kind.id: _rule(kind.id, kind.title, kind.why, kind.mend, kind.severity, kind.asvs) for kind in kinds}
    for one in findings:
        rules.setdefault(one.id, _rule(one.id, one.id, one.why, one.mend, one.severity, one.asvs))
    places = {rule_id: place for place, rule_id in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "doorward", "semanticVersion": version, "rules": list(rules.values())}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, places[one.id]) for one in findings],
            }
        ],
    }


def _rule(rule_id: str, title: str, why: str, mend: str, severity: Severity, asvs: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": rule_id,
        "name": "".join(part.capitalize() for part in re.split(r"[.-]", rule_id)),
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\n\n{mend}", "markdown": f"{why}\n\n**Mend:** {mend}"},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "tags": ["security", *(f"owasp-asvs-5.0/{one}" for one in asvs)],
            "security-severity": _WEIGHT[severity],
        },
    }


def _result(finding: Finding, place: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": place,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.what} {finding.mend}"},
        "locations": [_location(finding.where)],
        "properties": {"severity": finding.severity.value, "handbook": finding.handbook},
    }
    if finding.severity is Severity.NOTE and " Allowed, because " in finding.what:
        reason = finding.what.partition(" Allowed, because ")[2]
        result["suppressions"] = [{"kind": "inSource", "justification": reason}]
    return result


def _location(where: str) -> dict[str, Any]:
    match = _FILE.fullmatch(where)
    if match is None:
        return {"logicalLocations": [{"fullyQualifiedName": where or "installation", "kind": "resource"}]}
    path = PurePath(match["file"])
    uri = f"file://{quote(path.as_posix())}" if path.is_absolute() else quote(path.as_posix())
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": int(match["line"])}}}
