"""A real sign-in provider on loopback: Authlib's authorization server in a process of its own.

    with running_provider() as provider:
        back = provider.sign_in(address, "maria")          # what the person's browser is sent back to
        provider.behave(claims={"aud": "somebody else"})   # from now on its ID tokens lie

Codes, redirect addresses, client secrets and PKCE are judged by Authlib, not by us. What it can be told to do wrong
is data: claims put into or taken out of ID tokens, how they are signed, what the discovery document says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.support.server import free_port

CLIENT_ID, CLIENT_SECRET = "doorward", "a secret & a half: +/%"
START_SECONDS = 20


class Provider:
    """A provider that runs at `issuer`, seen from a test.

    Arguments:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(trust_env=False, timeout=10)

    def behave(self, **how: Any) -> None:
        """Behave like this from now on, and well in everything that is not named."""
        self._client.post(f"{self.issuer}/control", json=how).raise_for_status()

    def seen(self) -> dict[str, Any]:
        """What it was asked: `discovery`, `keys`, `token` as numbers, `last` as the last form at the token endpoint."""
        found: dict[str, Any] = self._client.get(f"{self.issuer}/seen").json()
        return found

    def sign_in(self, address: str, person: str, *, says: str = "yes") -> str:
        """Open the address of the provider as a browser does, sign in as this person, and give where that leads.

        Arguments:
            says: "no" to cancel.
        """
        page = self._client.get(address)
        assert page.status_code == 200, page.text
        answer = self._client.post(address, data={"person": person, "says": says})
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]

    def logout_token(self, **claims: Any) -> str:
        """A logout token with these claims, signed by the provider."""
        return self._client.post(f"{self.issuer}/logout-token", json=claims).text

    def close(self) -> None:
        self._client.close()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider in a process of its own, until the block ends."""
    port = free_port()
    environ = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    command = [sys.executable, "-m", "tests.support.provider", str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    provider = Provider(port)
    try:
        _wait(provider, process)
        yield provider
    finally:
        provider.close()
        process.kill()
        process.wait()


def _wait(provider: Provider, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            provider.seen()
            return
        except httpx.HTTPError:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < deadline, "the provider was not ready in time"
            time.sleep(0.05)


def parameters(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


# -- the process itself --------------------------------------------------------------------------------------


def serve(port: int) -> None:
    from authlib.integrations.flask_oauth2 import AuthorizationServer
    from authlib.oauth2.rfc6749 import ClientMixin, grants
    from authlib.oauth2.rfc7636 import CodeChallenge
    from authlib.oauth2.rfc9207 import IssuerParameter
    from authlib.oidc.core import AuthorizationCodeMixin
    from authlib.oidc.core.grants import OpenIDCode
    from flask import Flask, jsonify, request
    from joserfc import jwk, jws
    from werkzeug.serving import make_server

    issuer = f"http://127.0.0.1:{port}"
    app = Flask("provider")
    codes: dict[str, Any] = {}
    how: dict[str, Any] = {}
    seen: dict[str, Any] = {"discovery": 0, "keys": 0, "token": 0, "last": {}}
    keys = {
        "first": jwk.RSAKey.generate_key(2048, parameters={"kid": "first", "use": "sig"}),
        "second": jwk.RSAKey.generate_key(2048, parameters={"kid": "second", "use": "sig"}),
        "curve": jwk.ECKey.generate_key("P-256", parameters={"kid": "curve", "use": "sig"}),
        "stranger": jwk.RSAKey.generate_key(2048, parameters={"kid": "first", "use": "sig"}),
    }

    class Client(ClientMixin):
        def get_client_id(self) -> str:
            return CLIENT_ID

        def get_default_redirect_uri(self) -> None:
            return None

        def get_allowed_scope(self, scope: str) -> str:
            return scope

        def check_redirect_uri(self, redirect_uri: str) -> bool:
            return urlsplit(redirect_uri).path.startswith("/login/oidc/")

        def check_client_secret(self, client_secret: str) -> bool:
            return client_secret == CLIENT_SECRET

        def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
            return method == how.get("client_auth", "client_secret_basic")

        def check_response_type(self, response_type: str) -> bool:
            return response_type == "code"

        def check_grant_type(self, grant_type: str) -> bool:
            return grant_type == "authorization_code"

    class Code(AuthorizationCodeMixin):
        def __init__(self, code: str, asked: Any, person: str) -> None:
            data = asked.payload.data
            self.code, self.person = code, person
            self.redirect_uri, self.scope = data.get("redirect_uri"), data.get("scope")
            self.nonce = data.get("nonce")
            self.code_challenge = data.get("code_challenge")
            self.code_challenge_method = data.get("code_challenge_method")
            self.auth_time = int(time.time())

        def get_redirect_uri(self) -> Any:
            return self.redirect_uri

        def get_scope(self) -> Any:
            return self.scope

        def get_nonce(self) -> Any:
            return self.nonce

        def get_auth_time(self) -> int:
            return self.auth_time

        def get_acr(self) -> None:
            return None

        def get_amr(self) -> None:
            return None

    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

        def save_authorization_code(self, code: str, asked: Any) -> None:
            codes[code] = Code(code, asked, asked.user)

        def query_authorization_code(self, code: str, _client: Any) -> Any:
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: Any) -> None:
            codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Any) -> Any:
            return authorization_code.person

    class Tokens(OpenIDCode):
        def exists_nonce(self, nonce: str, _request: Any) -> bool:
            return any(code.nonce == nonce for code in codes.values())

        def encode_id_token(self, token: Any, asked: Any) -> str:
            from authlib.oidc.core.grants.util import create_half_hash

            code, now = asked.authorization_code, int(time.time())
            claims = {
                "iss": issuer,
                "aud": CLIENT_ID,
                "sub": f"{asked.user}@subjects",
                "iat": now,
                "exp": now + 300,
                "nonce": code.nonce,
                "auth_time": code.auth_time,
                "preferred_username": asked.user,
                "at_hash": create_half_hash(token["access_token"], "RS256").decode(),
                "sid": f"sid-of-{asked.user}",
            }
            claims.update(how.get("claims", {}))
            for name in how.get("without", ()):
                claims.pop(name, None)
            for name, seconds in how.get("shifted", {}).items():
                claims[name] += seconds
            return signed(claims)

    class Issuer(IssuerParameter):
        def get_issuer(self) -> Any:
            return how.get("answers_as", issuer)

    def signed(claims: dict[str, Any]) -> str:
        way, text = how.get("signs", "first"), json.dumps(claims).encode()
        if way == "none":
            return f"{_json(alg='none')}.{_b64(text)}."
        if way == "hs256":
            body = f"{_json(alg='HS256', kid='first')}.{_b64(text)}"
            return f"{body}.{_b64(hmac.digest(keys['first'].as_pem(private=False), body.encode(), hashlib.sha256))}"
        key = keys[way]
        header = {"alg": "ES256" if way == "curve" else "RS256", "kid": key.get("kid"), **how.get("header", {})}
        whole = jws.serialize_compact(header, text, key)
        return f"{whole[:-8]}AAAAAAAA" if how.get("damaged") else whole

    server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT_ID else None)
    server._save_token = lambda _token, _request: None
    server.register_grant(CodeGrant, [Tokens(require_nonce=True), CodeChallenge(required=True)])
    server.register_extension(Issuer())

    @app.before_request
    def down() -> Any:
        if how.get("down") and request.path not in ("/control", "/seen"):
            return "broken", 500
        return None

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Any:
        seen["discovery"] += 1
        document = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "end_session_endpoint": f"{issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": [how.get("client_auth", "client_secret_basic")],
            **how.get("discovery", {}),
        }
        if "redirects" in how:
            return "", 302, {"Location": how["redirects"]}
        return jsonify({name: value for name, value in document.items() if value is not None})

    @app.get("/keys")
    def public_keys() -> Any:
        seen["keys"] += 1
        return jsonify(keys=[keys[name].as_dict(private=False) for name in how.get("lists", ["first", "curve"])])

    @app.get("/authorize")
    def ask() -> Any:
        server.get_consent_grant(end_user=None)
        fields = '<label>Who are you? <input name="person"></label><button name="says" value="yes">Sign in</button>'
        more = '<button name="says" value="no">Cancel</button>'
        head = '<!doctype html><html lang="en"><title>Provider</title><h1>Provider</h1>'
        return f'{head}<form method="post">{fields}{more}</form>'

    @app.post("/authorize")
    def answer() -> Any:
        person = request.form["person"] if request.form["says"] == "yes" else None
        grant = server.get_consent_grant(end_user=person)
        return server.create_authorization_response(grant=grant, grant_user=person)

    @app.post("/token")
    def token() -> Any:
        seen["token"] += 1
        seen["last"] = {**request.form}
        answered = server.create_token_response()
        if "token_answer" in how and answered.status_code == 200:
            answered.set_data(json.dumps({**answered.get_json(), **how["token_answer"]}))
        return answered

    @app.get("/end")
    def end() -> Any:
        return "<!doctype html><title>Signed out</title>Signed out at the provider"

    @app.post("/logout-token")
    def logout_token() -> Any:
        now = int(time.time())
        plain = {
            "iss": issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": os.urandom(8).hex(),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **request.get_json(),
        }
        return signed({name: value for name, value in plain.items() if value is not None})

    @app.post("/control")
    def control() -> Any:
        how.clear()
        how.update(request.get_json())
        return ""

    @app.get("/seen")
    def show() -> Any:
        return jsonify(seen)

    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _json(**header: str) -> str:
    return _b64(json.dumps(header).encode())


if __name__ == "__main__":
    serve(int(sys.argv[1]))
