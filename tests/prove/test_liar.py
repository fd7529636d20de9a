"""The provider of a run tells the truth where it is asked to, checks who asks, and is gone afterwards."""

from __future__ import annotations

import socket
import ssl
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from doorward.core.id_tokens import Expected, judge_claims, open_token, public_keys
from doorward.core.oidc_metadata import Untrusted, discovery_address, read_metadata
from doorward.prove.liar.provider import (
    ASTRAY,
    CLIENT_ID,
    HONEST,
    KEYS,
    LIES,
    MISNAMED,
    OTHER,
    PLAIN,
    POSING,
    TRUSTED,
    UNPROVEN,
    Asked,
    LyingProvider,
    lying_provider,
)
from doorward.serve.proving_place import _environment, temporary_place
from doorward.setting_file import FILE
from doorward.settings import Settings

PROOF = "p" * 43
ASKED = {
    "nonce": "once",
    "state": "here",
    "redirect_uri": "http://localhost/login/oidc/honest/callback",
    "code_challenge": create_s256_code_challenge(PROOF),
}


@pytest.fixture(scope="module")
def liar() -> Iterator[LyingProvider]:
    with lying_provider() as made:
        yield made


@pytest.fixture(scope="module")
def client(liar: LyingProvider) -> Iterator[httpx.Client]:
    trusting = ssl.create_default_context(cafile=str(liar.authority))
    with httpx.Client(trust_env=False, verify=trusting, timeout=10) as made:
        yield made


def exchanged(client: httpx.Client, liar: LyingProvider, code: str, proof: str = PROOF) -> httpx.Response:
    metadata = read_metadata(client.get(discovery_address(liar.issuers[HONEST])).json(), liar.issuers[HONEST])
    return client.post(metadata.token, data={"code": code, "code_verifier": proof})


def test_what_it_says_honestly_is_right_by_every_rule_of_the_door(liar: LyingProvider, client: httpx.Client) -> None:
    asked = Asked(HONEST, "", ASKED)
    token = liar.keys[HONEST].sign(liar.claims(asked, "maria"))
    answered = exchanged(client, liar, liar.code(asked, token)).json()
    keys = public_keys(client.get(f"{liar.issuers[HONEST]}/keys").json())
    claims, algorithm = open_token(answered["id_token"], keys)
    expected = Expected(issuer=liar.issuers[HONEST], client_id=CLIENT_ID, nonce="once")
    assert judge_claims(claims, algorithm, expected, datetime.now(UTC)) == "maria"
    with pytest.raises(Untrusted):
        open_token(liar.keys[OTHER].sign(claims), keys)


def test_who_has_not_asked_gets_nothing_for_a_code(liar: LyingProvider, client: httpx.Client) -> None:
    asked = Asked(HONEST, "", ASKED)
    code = liar.code(asked, "a.b.c")
    assert exchanged(client, liar, code, "another").status_code == 400
    assert exchanged(client, liar, code).status_code == 200
    assert exchanged(client, liar, liar.code(asked, "d.e.f", careless=True), "another").status_code == 200
    assert [one["code_verifier"] for one in liar.exchanged(code)] == ["another", PROOF]
    assert liar.exchanged("a code that nobody has brought") == []


@pytest.mark.parametrize("key", [POSING, PLAIN, ASTRAY])
def test_each_of_its_descriptions_that_is_not_right_is_refused(
    liar: LyingProvider, client: httpx.Client, key: str
) -> None:
    for _ in range(LIES):
        with pytest.raises(Untrusted):
            read_metadata(client.get(discovery_address(liar.issuers[key])).json(), liar.issuers[key])


def test_its_certificates_are_as_they_should_be(liar: LyingProvider, client: httpx.Client) -> None:
    assert client.get(discovery_address(liar.issuers[TRUSTED])).status_code == 200
    for key in (UNPROVEN, MISNAMED):
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.get(discovery_address(liar.issuers[key]))
        assert liar.requests(key) == 0


def test_it_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with lying_provider() as made:
        places = {urlsplit(issuer).netloc for issuer in made.issuers.values()}
        assert len(places) == 4
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []
    for place in places:
        host, _, port = place.partition(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=2)


def test_the_providers_of_the_installation_are_left_out_of_a_run(
    liar: LyingProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run would otherwise ask a real provider, with the real secret."""
    real = '[oidc.school]\nissuer = "https://id.hill.example"\nclient_id = "doorward"\n'
    (tmp_path / FILE).write_text(f'site_name = "Hill School"\n{real}', "utf-8")
    monkeypatch.setenv("DOORWARD_OIDC_SCHOOL_CLIENT_SECRET", "a secret of theirs")
    assert "a secret of theirs" not in _environment().values()
    with temporary_place(tmp_path) as place:
        written = tomllib.loads((place / FILE).read_text("utf-8"))
    assert written["site_name"] == "Hill School"
    assert "oidc" not in written
    with temporary_place(tmp_path, {"oidc": liar.settings}) as place:
        settings = Settings.load(place, {})
    assert settings.site_name == "Hill School"
    assert {one.key for one in settings.oidc} == set(KEYS)
