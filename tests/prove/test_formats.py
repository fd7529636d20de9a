"""Findings as text for people and as SARIF 2.1.0 for programs."""

from __future__ import annotations

import json
import re

import click

from doorward.prove import checks
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity
from doorward.prove.sarif import as_sarif
from doorward.prove.text import lines, summary

KIND = Kind("source.eval", "Code from a text", Severity.HIGH, "It runs code.", "Do not.", ("1.3.2",))
FINDINGS = [
    KIND.found("eval() runs a text.", "src/a file.py:12"),
    KIND.found("eval() runs a text.", "/srv/app/b.py:3"),
    KIND.found("eval() runs it. Allowed, because it is ours", "c.py:1", severity=Severity.NOTE),
    Finding("proxy.wide", Severity.MEDIUM, "Wide.", "Because.", "Narrow it.", "behind_proxy"),
    Finding("x.unknown", Severity.LOW, "A thing.", "Because.", "Mend it.", "", ("1.1.1",)),
]


def test_sarif_has_what_the_standard_demands() -> None:
    log = json.loads(json.dumps(as_sarif(FINDINGS, checks.kinds(), "0.1.0")))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "doorward"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert re.fullmatch(r"\d+\.\d", rule["properties"]["security-severity"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        (location,) = result["locations"]
        assert location.keys() in ({"physicalLocation"}, {"logicalLocations"})


def test_sarif_names_files_and_lines_as_addresses() -> None:
    (run,) = as_sarif(FINDINGS, [KIND], "0")["runs"]
    first, second, allowed, setting, _ = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "src/a%20file.py"}, "region": {"startLine": 12}}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///srv/app/b.py"
    assert allowed["suppressions"] == [{"kind": "inSource", "justification": "it is ours"}]
    assert "suppressions" not in first
    assert setting["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "behind_proxy"


def test_the_levels_follow_the_severity() -> None:
    (run,) = as_sarif(FINDINGS, [KIND], "0")["runs"]
    assert [one["level"] for one in run["results"]] == ["error", "error", "none", "warning", "note"]


def test_the_text_says_what_where_why_and_how_to_mend() -> None:
    text = click.unstyle("\n".join(lines(FINDINGS)))
    for part in ("HIGH", "source.eval", "/srv/app/b.py:3", "It runs code.", "Mend: Do not.", "ASVS 1.3.2"):
        assert part in text
    assert "docs/handbook/findings/source.md#source-eval" in text
    assert text.count("It runs code.") == 1
    assert text.endswith("Found: 2 high, 1 medium, 1 low, 1 note.")


def test_notes_can_be_left_out_and_are_counted_all_the_same() -> None:
    text = click.unstyle("\n".join(lines(FINDINGS, notes=False)))
    assert "it is ours" not in text
    assert "1 note." in text
    assert click.unstyle(summary([])) == "Nothing found."
