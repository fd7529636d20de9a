"""What a provider's groups give and take, and how a provider is written in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.oidc_metadata import is_safe_address
from doorward.core.providers import Provider, counts_as_second_factor, roles_from, settle_roles
from doorward.errors import SettingsError
from doorward.settings import Settings

SCHOOL = Provider(
    key="school", name="School", issuer="https://id.example", client_id="doorward",
    roles=(("teachers", "teacher"), ("it", "admin"), ("heads", "teacher")),
)  # fmt: skip
ROLES = st.frozensets(st.sampled_from(["admin", "teacher", "editor"]))


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["teachers"], {"teacher"}),
        (["teachers", "it", "others"], {"teacher", "admin"}),
        ("it", {"admin"}),
        (["admin", "teacher", "IT", "it "], set()),
        ([["it"]], set()),
        ({"it": True}, set()),
        (None, set()),
    ],
)
def test_only_groups_of_the_mapping_give_roles(groups: object, roles: set[str]) -> None:
    assert roles_from(SCHOOL, {"groups": groups, "roles": ["admin"]}) == roles


@given(ROLES, ROLES, ROLES, ROLES)
def test_a_provider_takes_what_it_gave_and_nothing_else(
    held: frozenset[str], before: frozenset[str], now: frozenset[str], others: frozenset[str]
) -> None:
    before, others = before & held, others & held
    roles, given_now = settle_roles(held, before, now, others)
    assert now <= roles
    assert roles <= held | now
    assert given_now <= now
    assert held - before <= roles, "what somebody here gave stays"
    assert not (before - now - others) & roles, "what it gives no more goes"
    again = settle_roles(roles, given_now, now, others & roles)
    assert again == (roles, given_now), "a second sign-in changes nothing"


@given(ROLES, ROLES, ROLES)
def test_giving_and_taking_leaves_what_was_there(held: frozenset[str], now: frozenset[str], x: frozenset[str]) -> None:
    with_it, given_now = settle_roles(held, frozenset(), now, frozenset())
    without, _ = settle_roles(with_it, given_now, frozenset(), frozenset())
    assert without == held


def test_a_second_factor_counts_only_by_the_words_of_the_operator() -> None:
    assert not counts_as_second_factor(SCHOOL, {"amr": ["mfa"], "acr": "mfa"})
    strict = Provider(key="a", name="A", issuer="https://a.example", client_id="x", second_factor=("mfa",))
    assert counts_as_second_factor(strict, {"amr": ["pwd", "mfa"]})
    assert counts_as_second_factor(strict, {"acr": "mfa"})
    assert not counts_as_second_factor(strict, {"amr": "mfa", "acr": ["mfa"]})


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example/realm", True),
        ("http://127.0.0.1:9000", True),
        ("http://localhost:9000/x", True),
        ("http://[::1]:9000/", True),
        ("http://id.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://a:b@id.example", False),
        ("https://id.example/#x", False),
        ("javascript:alert(1)", False),
        ("https://id.example/ x", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        (7, False),
    ],
)
def test_addresses_are_by_tls_or_of_this_machine(address: object, safe: bool) -> None:
    assert is_safe_address(address) is safe


# -- the setting ----------------------------------------------------------------------------------------------


def load(tmp_path: Path, toml: str = "", **environ: str) -> Settings:
    if toml:
        (tmp_path / "doorward.toml").write_text(toml)
        (tmp_path / "doorward.toml").chmod(0o600)
    variables = {f"DOORWARD_{name}": text for name, text in environ.items()}
    return Settings.load(tmp_path, {"DOORWARD_ENV": "development", **variables})


FILE = """
[oidc.school]
name = "Hill School"
issuer = "https://id.hill.example"
client_id = "doorward"
scopes = ["openid", "profile", "groups"]
roles = { teachers = "teacher" }
registration = "open"
second_factor = ["mfa"]
[oidc.town]
issuer = "https://id.town.example/"
client_id = "d"
"""


def test_providers_are_tables_of_the_file_and_variables_complete_them(tmp_path: Path) -> None:
    school, town = load(tmp_path, FILE, OIDC_SCHOOL_CLIENT_SECRET="hunter2", OIDC_TOWN_NAME="Town").oidc
    assert (school.name, school.client_secret, school.roles) == ("Hill School", "hunter2", (("teachers", "teacher"),))
    assert (school.registration, school.second_factor) == ("open", ("mfa",))
    assert (town.name, town.issuer, town.registration) == ("Town", "https://id.town.example/", "invited")
    assert "hunter2" not in repr(school)


def test_a_provider_can_be_written_in_variables_alone(tmp_path: Path) -> None:
    (school,) = load(
        tmp_path,
        OIDC_SCHOOL_ISSUER="https://id.hill.example",
        OIDC_SCHOOL_CLIENT_ID="doorward",
        OIDC_SCHOOL_ROLES="teachers=teacher, cn=it,dc=x=admin".replace(",dc", ";dc"),
        OIDC_SCHOOL_SCOPES="profile groups",
    ).oidc
    assert school.roles == (("teachers", "teacher"), ("cn=it;dc=x", "admin"))
    assert school.scopes == ("openid", "profile", "groups")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[oidc.school]\nissuer = 'https://a.example'", "school.client_id"),
        ("[oidc.school]\nissuer = 'http://a.example'\nclient_id = 'x'", "https"),
        ("[oidc.school]\nissuer = 'https://a.example?x=1'\nclient_id = 'x'", "https"),
        ("[oidc.School]\nissuer = 'https://a.example'\nclient_id = 'x'", "lower-case"),
        ("[oidc.a]\nissuer = 'https://a.example'\nclient_id = 'x'\nisuer = 'y'", "isuer"),
        ("[oidc.a]\nissuer = 'https://a.example'\nclient_id = 'x'\nregistration = 'all'", "registration"),
        ("[oidc.a]\nissuer = 'https://a.example'\nclient_id = 'x'\nroles = { g = 'member' }", "member"),
        ("[oidc.a]\nissuer = 'https://a.example'\nclient_id = 'x'\nroles = 'it'", "pairs"),
        ("oidc = 'x'", "TOML"),
        ("oidc = 7", "table"),
        (
            "[oidc.a]\nissuer='https://a.example'\nclient_id='x'\n[oidc.b]\nissuer='https://a.example'\nclient_id='x'",
            "issuer once",
        ),
    ],
)
def test_a_wrong_provider_stops_the_start_with_what_to_do(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load(tmp_path, toml)


def test_a_variable_that_names_no_field_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="OIDC_SCHOOL_ISUER"):
        load(tmp_path, FILE, OIDC_SCHOOL_ISUER="x")
