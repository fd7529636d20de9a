"""A sign-in provider that says whatever an attack wants it to: several issuers on loopback, in threads of this process.

What the app asks for itself is answered over HTTP: the description of an issuer, its keys, its token endpoint. What a
person's browser would do at a provider, the attack does: it reads where the app sends the browser, and takes the
answer that it wants back to the app. A code carries what the token endpoint will say to it, so the servers keep no
state but what they were asked; tests that go on in a process of their own can use the same ones.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from doorward.prove.authenticator import b64, unb64
from doorward.prove.leftovers import own_folder
from doorward.prove.liar.certificates import HERE, Certificates
from doorward.prove.liar.listening import listen
from doorward.prove.liar.tokens import Claims, SigningKey

CLIENT_ID = "prove"
#: What each issuer is there for. They are the keys of the setting `oidc` in a run.
HONEST = "honest"  # the one by which people really sign in
OTHER = "other"  # another one, which may be in somebody else's hands, and does not name itself in its answers
POSING = "posing"  # says that it is HONEST, and the like
PLAIN = "plain"  # does not check the proof of who asked (PKCE)
ASTRAY = "astray"  # leads to places that are not safe
TRUSTED = "trusted"  # has a certificate of an authority that the app trusts
UNPROVEN = "unproven"  # has a certificate that it made itself
MISNAMED = "misnamed"  # has a certificate of that authority for another name

KEYS = (HONEST, OTHER, POSING, PLAIN, ASTRAY, TRUSTED, UNPROVEN, MISNAMED)
_OVER_TLS = (TRUSTED, UNPROVEN, MISNAMED)
_DISCOVERY = "/.well-known/openid-configuration"
_LIFE = 300
#: So many different lies an issuer tells of itself, in turn.
LIES = 5
_MOST_KEPT = 2_000

Sign = Callable[[Claims], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the app sends a browser to a provider for.

    Arguments:
        key: of the provider.
        address: where the browser is sent.
        query: the parameters of that address.
    """

    key: str
    address: str
    query: Mapping[str, str] = field(default_factory=dict)


class LyingProvider:
    """Several issuers on loopback, until `close`.

    Arguments:
        folder: for the files of certificates; gone after the run.
    """

    def __init__(self, folder: Path) -> None:
        self._asked: dict[str, list[dict[str, str]]] = {}
        self._requests: dict[str, int] = dict.fromkeys(KEYS, 0)
        self._lock = threading.Lock()
        self.secret = secrets.token_urlsafe(24)
        self.keys = {key: SigningKey() for key in KEYS}
        certificates = Certificates(folder)
        self.authority = certificates.trusted
        contexts: dict[str, ssl.SSLContext | None] = {
            TRUSTED: certificates.sound(),
            UNPROVEN: certificates.self_signed(),
            MISNAMED: certificates.sound("elsewhere.example"),
        }
        plain = listen(self)
        self._servers: dict[str, ThreadingHTTPServer] = {
            key: listen(self, contexts[key]) if key in _OVER_TLS else plain for key in KEYS
        }
        self.issuers = {key: self._issuer(key) for key in KEYS}
        self._lies = _lies(self.issuers)
        # No connection is kept: a test may go on in a process of its own.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._seen = httpx.Client(base_url=self._place(HONEST), trust_env=False, timeout=10, limits=limits)

    def _place(self, key: str) -> str:
        port = self._servers[key].server_address[1]
        return f"{'https' if key in _OVER_TLS else 'http'}://{HERE}:{port}"

    def _issuer(self, key: str) -> str:
        return f"{self._place(key)}/{key}"

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """The setting `oidc` with all of them: anybody may make an account by them."""
        common = {"client_id": CLIENT_ID, "client_secret": self.secret, "registration": "open"}
        return {key: {"name": key.capitalize(), "issuer": self.issuers[key], **common} for key in KEYS}

    def close(self) -> None:
        """Stop listening."""
        self._seen.close()
        for server in dict.fromkeys(self._servers.values()):
            server.shutdown()
            server.server_close()

    # -- what a person brings back from it ---------------------------------------------------------------------

    def claims(self, asked: Asked, subject: str, **changes: Any) -> dict[str, Any]:
        """What an honest ID token says of somebody now; `changes` replace claims, and take out those that are None."""
        now = int(time.time())
        honest = {
            "iss": self.issuers[asked.key],
            "aud": CLIENT_ID,
            "sub": subject,
            "iat": now,
            "exp": now + _LIFE,
            "nonce": asked.query.get("nonce", ""),
            "auth_time": now,
            "preferred_username": subject,
            "sid": f"sid-{subject}",
        }
        return {name: value for name, value in {**honest, **changes}.items() if value is not None}

    def logout_claims(self, key: str, subject: str, **changes: Any) -> dict[str, Any]:
        """What an honest logout token says (OIDC Back-Channel Logout 2.4); `changes` as for `claims`."""
        now = int(time.time())
        honest = {
            "iss": self.issuers[key],
            "aud": CLIENT_ID,
            "sub": subject,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return {name: value for name, value in {**honest, **changes}.items() if value is not None}

    def code(self, asked: Asked, token: str, *, careless: bool = False) -> str:
        """A code for which the token endpoint gives this ID token, to who proves to have asked.

        Arguments:
            careless: whether it is given to anybody.
        """
        told = {"t": token, "c": "" if careless else asked.query.get("code_challenge", "")}
        return b64(json.dumps(told, separators=(",", ":")).encode())

    def back(self, asked: Asked, code: str, **changes: str | None) -> str:
        """The path at the app to which the browser is sent with this code; `changes` as for `claims`."""
        honest = {"code": code, "state": asked.query.get("state", ""), "iss": self._names_itself(asked.key)}
        told = {name: value for name, value in {**honest, **changes}.items() if value is not None}
        return f"{urlsplit(asked.query.get('redirect_uri', '')).path}?{urlencode(told)}"

    def answer(self, asked: Asked, subject: str, *, sign: Sign | None = None, **changes: Any) -> str:
        """The path at the app to which the browser of somebody is sent who has signed in here.

        Arguments:
            sign: makes the ID token of its claims; by default with the right key.
            changes: of its claims.
        """
        claims = self.claims(asked, subject, **changes)
        return self.back(asked, self.code(asked, (sign or self.keys[asked.key].sign)(claims)))

    # -- what it was asked --------------------------------------------------------------------------------------

    def exchanged(self, code: str) -> list[dict[str, str]]:
        """The forms with which the app has brought this code to a token endpoint; in `at` stands whose."""
        found: list[dict[str, str]] = self._seen.get(f"/seen/{_digest(code)}").json()
        return found

    def requests(self, key: str) -> int:
        """How many requests this issuer has got so far."""
        return int(self._seen.get(f"/requests/{key}").json())

    # -- in the threads of its servers --------------------------------------------------------------------------

    def respond(self, method: str, path: str, form: Mapping[str, str]) -> tuple[int, object]:
        """The answer to a request: a status and what is sent as JSON."""
        key, _, rest = path.lstrip("/").partition("/")
        if method == "GET" and key in ("seen", "requests"):
            with self._lock:
                return 200, self._asked.get(rest, []) if key == "seen" else self._requests.get(rest, 0)
        if key not in KEYS:
            return 404, {"error": "not_found"}
        with self._lock:
            self._requests[key] += 1
        if f"/{rest}" == _DISCOVERY:
            return 200, self._describe(key)
        if rest == "keys":
            return 200, {"keys": [self.keys[key].public]}
        return self._exchange(key, form) if (method, rest) == ("POST", "token") else (404, {"error": "not_found"})

    def _describe(self, key: str) -> dict[str, Any]:
        issuer = self.issuers[key]
        honest = {
            "issuer": issuer,
            **{name: f"{issuer}/{place}" for name, place in _PLACES.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            # More than anybody should take: what is offered here must not be what decides.
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": self._names_itself(key) is not None,
        }
        lie = next(self._lies[key]) if key in self._lies else {}
        return {name: value for name, value in {**honest, **lie}.items() if value is not None}

    def _names_itself(self, key: str) -> str | None:
        return None if key == OTHER else self.issuers[key]

    def _exchange(self, key: str, form: Mapping[str, str]) -> tuple[int, object]:
        code = form.get("code", "")
        with self._lock:
            if len(self._asked) >= _MOST_KEPT:
                self._asked.clear()
            self._asked.setdefault(_digest(code), []).append({**form, "at": key})
        try:
            told = json.loads(unb64(code))
            token, challenge = str(told["t"]), str(told["c"])
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "invalid_grant"}
        plain = form.get("code_verifier", "")
        if challenge not in ("", plain, b64(hashlib.sha256(plain.encode()).digest())):  # RFC 7636 section 4.6
            return 400, {"error": "invalid_grant"}
        given = {"access_token": secrets.token_urlsafe(24), "id_token": token}
        return 200, {**given, "token_type": "Bearer"}  # nosec B105  # (a kind of token)


_PLACES = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",  # nosec B105  # (a place)
    "jwks_uri": "keys",
    "end_session_endpoint": "end",
}


def _lies(issuers: Mapping[str, str]) -> dict[str, Iterator[dict[str, Any]]]:
    """What some issuers say of themselves in turn, without end."""
    own = issuers[POSING]
    told: dict[str, tuple[dict[str, Any], ...]] = {
        POSING: tuple({"issuer": one} for one in (issuers[HONEST], f"{own}/", own.upper(), None, [own])),
        PLAIN: tuple({"code_challenge_methods_supported": one} for one in (["plain"], None, [])),
        ASTRAY: (
            {"authorization_endpoint": "javascript:alert(1)"},
            {"authorization_endpoint": "http://evil.example/authorize"},
            {"token_endpoint": "http://evil.example/token"},  # nosec B105  # (a place)
            {"jwks_uri": "http://evil.example/keys"},
        ),
    }
    return {key: cycle(lies) for key, lies in told.items()}


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@contextmanager
def lying_provider() -> Iterator[LyingProvider]:
    """One that answers until the block ends, and leaves nothing behind."""
    with own_folder() as folder:
        provider = LyingProvider(folder)
        try:
            yield provider
        finally:
            provider.close()
