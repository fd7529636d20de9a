"""What came of a run, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from doorward.prove.findings import Finding
from doorward.prove.report import Occasion
from doorward.prove.run import Proof, Result


def as_json(proof: Proof, occasion: Occasion | None = None) -> dict[str, Any]:
    """The whole proof as plain values, with when and of what it is."""
    known = {**asdict(occasion), "at": occasion.at.isoformat()} if occasion is not None else {}
    return {
        **known,
        "held": sum(result.held for result in proof.results),
        "attacks": [_attack(result) for result in proof.results],
        "covered": [str(way) for way in proof.covered],
        "uncovered": proof.uncovered,
        "closed": proof.closed,
    }


def _attack(result: Result) -> dict[str, Any]:
    attack = result.attack
    return {
        "id": attack.id,
        "title": attack.title,
        "asvs": list(attack.asvs),
        "defences": list(attack.defences),
        "held": result.held,
        "won": len(result.findings) + result.more,
        "not_tried": result.untried,
        "findings": [finding_as_json(one) for one in result.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain values."""
    return {
        **asdict(finding),
        "severity": finding.severity.value,
        "asvs": list(finding.asvs),
        "handbook": finding.handbook,
    }
