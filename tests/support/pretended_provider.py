"""A provider that answers within this process, in the place of the network: for tests that come back hundreds of times.

It behaves well. What a real one, over a real network, may do wrong is for `provider.py`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask
from joserfc import jwk, jws

from doorward.testing import Clock, door_of
from doorward.web.oidc.problems import ProviderDown
from tests.support.provider import parameters

ISSUER = "https://id.pretended.example"


class PretendedProvider:
    """A provider and the way to it.

    Arguments:
        clock: the site's, since it says when it has signed what.
    """

    issuer = ISSUER
    table = {"issuer": ISSUER, "client_id": "doorward"}

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = jwk.ECKey.generate_key("P-256", parameters={"kid": "only", "use": "sig"})
        self._codes: dict[str, dict[str, Any]] = {}
        #: Claims of every ID token from now on, such as `amr`.
        self.claims: dict[str, Any] = {}
        #: What went over the network in the last sign-in and was worth something.
        self.last: dict[str, str] = {}

    def stands_in_for_the_network(self, app: Flask) -> None:
        """From now on what the site asks its providers comes here."""
        door_of(app).parts.providers.fetcher = self  # type: ignore[assignment]

    def sign_in(self, address: str, person: str) -> str:
        """Somebody signs in here; where that leads the browser."""
        asked, code = parameters(address), secrets.token_urlsafe(16)
        self._codes[code] = {"sub": f"{person}@subjects", "nonce": asked["nonce"], "preferred_username": person}
        return f"{asked['redirect_uri']}?state={asked['state']}&code={code}"

    # -- in the place of `doorward.web.oidc.fetching.Fetcher` ---------------------------------------------------

    def get(self, address: str) -> object:
        if address == f"{ISSUER}/keys":
            return {"keys": [self._key.as_dict(private=False)]}
        if address != f"{ISSUER}/.well-known/openid-configuration":
            raise ProviderDown("answered 404")
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def post(self, _address: str, form: Mapping[str, str], _headers: Mapping[str, str]) -> tuple[int, object]:
        claims = self._codes.pop(form["code"], None)
        if claims is None:
            return 400, {"error": "invalid_grant"}
        now = int(self._clock().timestamp())
        claims |= {"iss": ISSUER, "aud": "doorward", "iat": now, "exp": now + 300, "auth_time": now, **self.claims}
        token = jws.serialize_compact({"alg": "ES256", "kid": "only"}, json.dumps(claims).encode(), self._key)
        tokens = {"id_token": token, "access_token": secrets.token_urlsafe(32)}
        self.last = {**tokens, "nonce": claims["nonce"], "code": form["code"], "proof": form["code_verifier"]}
        return 200, tokens
