"""Names: anybody's own in any language, nobody else's in disguise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from doorward.core.names import judge_name, name_key, skeleton


def codes(name: str) -> set[str]:
    return {problem.code for problem in judge_name(name)}


@pytest.mark.parametrize(
    "name",
    [
        "anna",
        "Anna.Berg",
        "m-k_7",
        "Zoë",
        "Nguyễn.Văn.Ễ",
        "cafe\u0301",
        "Łukasz",
        "Мария",
        "Γιώργος",
        "עדי",
        "محمد",
        "अनीता",
        "สมชาย",
        "田中さくら",
        "タナカ-tanaka",
        "김민수",
        "王小明3",
        "٣محمد",
        "ab",
        "a" * 40,
        "12",
    ],
)
def test_a_persons_name_is_accepted_in_her_own_script(name: str) -> None:
    assert codes(name) == set()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "length"),
        ("a", "length"),
        ("a" * 41, "length"),
        ("anna berg", "characters"),
        ("anna@berg", "characters"),
        ("anna/../x", "characters"),
        ("<b>anna", "characters"),
        ("anna😀", "characters"),
        ("anna⠀", "characters"),
        ("anna\u00a0", "characters"),
        ("anna\n", "invisible"),
        ("an\x00na", "invisible"),
        ("an\u200bna", "invisible"),
        ("an\u200dna", "invisible"),
        ("an\u00adna", "invisible"),
        ("\u202eanna", "invisible"),
        ("\u2066anna", "invisible"),
        ("anna\ufeff", "invisible"),
        ("anna\u3164", "invisible"),
        ("anna\ufe0f", "invisible"),
        ("anna\u034f", "invisible"),
        ("anna\U000e0041", "invisible"),
        ("anna\ud800", "invisible"),
        ("anna\ue000", "invisible"),
        ("\U0001d41anna", "style"),
        ("ａｎｎａ", "style"),
        ("ﬁona", "style"),
        (".anna", "edges"),
        ("anna-", "edges"),
        ("\u0301anna", "edges"),
        ("a\u0323\u0324\u0325\u0326\u0327nna", "marks"),
        ("a\u0323\u0323nna", "marks"),
        ("annа", "mixed_scripts"),
        ("Γanna", "mixed_scripts"),
        ("さанна", "mixed_scripts"),
        ("김さくら", "mixed_scripts"),
        ("anna1٣", "mixed_scripts"),
    ],
)
def test_what_is_no_name_is_told_by_its_kind(name: str, code: str) -> None:
    assert code in codes(name)


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "ADMIN",
        "Adm1n",
        "adrnin",
        "a.d.m.i.n",
        "admin-",
        "аdmіn",
        "r00t",
        "R-O-O-T",
        "everyone",
        "Here",
        "d00rward",
        "DoorWard",
        "mini-most",
        "deleted.user",
        "De1etedUser",
        "Anonymous",
        "SYSTEM",
    ],
)
def test_a_reserved_name_is_refused_in_every_disguise(name: str) -> None:
    assert "reserved" in codes(name)


def test_no_common_first_name_is_reserved() -> None:
    for names in ("female_names", "male_names"):
        assert [name for name in FREQUENCY_LISTS[names] if "reserved" in codes(name)] == []


def test_who_is_refused_admin_is_told_what_to_do() -> None:
    (problem,) = judge_name("admin")
    assert "such as maria" in problem.message
    assert codes("maria") == set()
    assert codes("m.keller") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "aLICE"),
        ("straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("Ｍaria", "maria"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ],
)
def test_case_and_form_make_no_second_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "PayPaI"),
        ("paypal", "paypa1"),
        ("paypal", "раураl"),
        ("Oliver", "0Iiver"),
        ("mara", "rnara"),
        ("wanda", "vvanda"),
        ("acoi", "АСОІ"),
        ("NINA", "ΝΙΝΑ"),
        ("口田", "ロ田"),
        ("sasa", "ѕаѕа"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert name_key(one) != name_key(other), "the key alone would let it through"
    assert skeleton(one) == skeleton(other)


def test_names_that_differ_to_the_eye_differ() -> None:
    names = ["anna", "hanna", "ann.a", "ann-a", "José", "Jose", "Nina", "Viva", "Dana", "Jan", "Uwe", "Ute", "Мария"]
    assert len({skeleton(name) for name in names}) == len(names)
    assert len({name_key(name) for name in names}) == len(names)


@given(st.text(max_size=50))
def test_any_text_can_be_judged_keyed_and_compared(text: str) -> None:
    judge_name(text)
    skeleton(text)
    assert name_key(name_key(text)) == name_key(text)


@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=2, max_size=40))
def test_an_accepted_name_fits_the_store_and_shows_every_character(text: str) -> None:
    if not judge_name(text):
        assert 0 < len(skeleton(text)) <= 200
        assert 0 < len(name_key(text)) <= 200
        assert text.isprintable()
