"""Every kind of finding is complete: its texts, its page of the handbook, and a test that plants it."""

from __future__ import annotations

import re
from pathlib import Path

from doorward.prove import checks
from doorward.prove.asvs import REQUIREMENTS
from doorward.prove.attack import won
from doorward.prove.attacks import EVERY
from doorward.prove.handbook import FOLDER, pages
from tests.prove.checks import planted_settings, planted_source, planted_templates, test_rules

ROOT = Path(__file__).resolve().parents[3]
ASVS = re.compile(r"(?:[1-9]|1[0-7])\.[1-9]\.(?:[1-9]|1[0-2])")
#: Those that have tests of their own: proxies are looked at from outside.
ELSEWHERE = {"allowances.no-reason", "allowances.stale", "templates.name-not-escaped"}


def test_ids_are_unique_and_say_their_area() -> None:
    kinds = list(checks.kinds())
    assert len({kind.id for kind in kinds}) == len(kinds) > 100
    for kind in kinds:
        assert re.fullmatch(r"[a-z]+\.[a-z][a-z-]*", kind.id)
        assert checks.module_of(kind.area)
        assert checks.kind_of(kind.id) is kind


def test_every_kind_says_what_why_and_how_to_mend_and_names_real_looking_requirements() -> None:
    for kind in checks.kinds():
        assert 5 < len(kind.title) < 90, kind.id
        assert kind.why.endswith("."), kind.id
        assert len(kind.mend) > 10, kind.id
        assert kind.asvs or "unreadable" in kind.id, kind.id
        assert all(ASVS.fullmatch(one) for one in kind.asvs), kind.id


def test_every_kind_and_attack_has_its_heading_in_the_handbook_and_no_heading_is_stale() -> None:
    folder = ROOT / FOLDER
    assert {file.name for file in folder.iterdir()} == set(pages())
    for name, text in pages().items():
        assert (folder / name).read_text() == text, f"{name} is not up to date: python -m tools.handbook"
        headings = re.findall(r"^## (.*)$", (folder / name).read_text(), re.MULTILINE)
        of_area = [one.anchor for one in (*checks.kinds(), *EVERY) if one.area == name.removesuffix(".md")]
        assert headings == of_area


def test_a_findings_link_leads_to_its_one_heading() -> None:
    found = [kind.found("x") for kind in checks.kinds()] + [attack.finding(won("x")) for attack in EVERY]
    assert len({one.id for one in found}) == len(found), "an attack and a check have the same id"
    for one in found:
        page, _, anchor = one.handbook.partition("#")
        assert (ROOT / page).read_text().count(f"## {anchor}\n") == 1


def test_every_attack_says_what_why_and_how_to_mend() -> None:
    for attack in EVERY:
        assert re.fullmatch(r"[a-z][a-z-]*\.[a-z][a-z-]*", attack.id)
        assert 5 < len(attack.title) < 90, attack.id
        assert all(text.endswith(".") and len(text) > 20 for text in (attack.tries, attack.why, attack.mend)), attack.id


def test_no_attack_names_a_requirement_that_the_report_does_not_list() -> None:
    for attack in EVERY:
        assert set(attack.asvs) <= set(REQUIREMENTS), attack.id
    for number, requirement in REQUIREMENTS.items():
        assert ASVS.fullmatch(number)
        assert requirement.id == number
        assert requirement.level in (1, 2, 3)
        assert all(re.fullmatch(r"3\.\d{1,2}\.\d{1,2}", one) for one in requirement.nist)
        assert requirement.words.endswith(".")


def test_each_kind_is_planted_by_a_test() -> None:
    planted = {one.id for one in planted_settings.PLANTED}
    planted |= {kind.id for kind in checks.kinds() if kind.area == "reach"}  # tests/prove/test_reaching.py
    planted |= {one[0] for one in (*planted_templates.PLANTED, *planted_source.PLANTED, *test_rules.PLANTED)}
    assert {kind.id for kind in checks.kinds()} - planted == ELSEWHERE
