"""Names of artifacts: what they show, in signs that every system takes, bounded, never the same for two files."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward_suite.evidence.artifact_names import LONGEST, artifact_name
from doorward_suite.evidence.catalogue import built_in

CATALOGUE = built_in()
DAY = date(2026, 3, 1)


def name(
    *objectives: str, title: str = "Access policy", number: int = 17, version: int = 2, extension: str = "pdf"
) -> str:
    return artifact_name(
        CATALOGUE, objectives, title, number=number, version=version, collected=DAY, extension=extension
    )


def test_a_name_says_practice_letters_title_day_record_and_version() -> None:
    assert name("3.1.1[a]", "3.1.1[b]") == "AC.L2-3.1.1_ab_Access-policy_2026-03-01_E17v2.pdf"


def test_the_order_in_which_objectives_were_linked_does_not_matter() -> None:
    assert name("3.5.3[c]", "3.1.1[b]", "3.1.1[a]") == name("3.1.1[a]", "3.1.1[b]", "3.5.3[c]", "3.1.1[b]")
    assert name("3.1.10[a]", "3.1.2[a]").startswith("AC.L2-3.1.2_a_AC.L2-3.1.10_a_")


def test_many_requirements_are_counted_after_three() -> None:
    shown = name("3.1.1[a]", "3.2.1[a]", "3.3.1[a]", "3.4.1[a]", "3.14.1[f]")
    assert shown.startswith("AC.L2-3.1.1_a_AT.L2-3.2.1_a_AU.L2-3.3.1_a_and-2-more_Access-policy_")


def test_what_shows_nothing_yet_has_a_name_too() -> None:
    assert name() == "Evidence_Access-policy_2026-03-01_E17v2.pdf"
    assert name("9.9.9[z]") == name()
    without = artifact_name(CATALOGUE, [], "", number=1, version=1, collected=None, extension="")
    assert without == "Evidence_E1v1.bin"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Übersicht, 3. Fassung", "Ubersicht-3-Fassung"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "CON"),
        ('a"b<c>d|e?f*g:h\\i/j\x00k', "a-b-c-d-e-f-g-h-i-j-k"),
        ("Zugriff\u202egpj.exe", "Zugriffgpj-exe"),
        ("[a] policy $(rm) `x`", "a-policy-rm-x"),
    ],
)
def test_titles_are_written_in_characters_that_every_system_takes(title: str, words: str) -> None:
    assert name("3.1.1[a]", title=title) == f"AC.L2-3.1.1_a_{words}_2026-03-01_E17v2.pdf"


def test_a_title_in_another_script_leaves_the_rest() -> None:
    assert name("3.1.1[a]", title="访问策略") == "AC.L2-3.1.1_a_2026-03-01_E17v2.pdf"


@pytest.mark.parametrize("extension", ["", ".", "p/df", "tar.gz", "exe\n", "verylongextension", "ä"])
def test_what_is_no_extension_is_not_written(extension: str) -> None:
    assert name("3.1.1[a]", extension=extension).endswith("_E17v2.bin")


def test_an_extension_with_a_dot_and_capitals_is_the_same() -> None:
    assert name("3.1.1[a]", extension=".PDF") == name("3.1.1[a]")


@given(
    st.lists(st.sampled_from(list(CATALOGUE.objective_by_id))),
    st.text(max_size=300),
    st.integers(1, 10**9),
    st.integers(1, 9999),
    st.none() | st.dates(),
    st.text(max_size=12),
)
def test_every_name_is_safe_and_bounded(
    objectives: list[str], title: str, number: int, version: int, day: date | None, extension: str
) -> None:
    made = artifact_name(
        CATALOGUE, objectives, title, number=number, version=version, collected=day, extension=extension
    )
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*\.[a-z0-9]{1,8}", made)
    assert len(made) <= LONGEST
    assert ".." not in made
    assert f"_E{number}v{version}." in made
