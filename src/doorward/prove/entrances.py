"""The documented ways in: every way by which a browser that is nobody's becomes somebody's (docs/ways-in.md)."""

from __future__ import annotations

#: Each with what is proved there. What is not here must sign nobody in.
ENTRANCES: dict[str, str] = {
    "POST /login": "name and password",
    "POST /login/factor": "what came first, and a second factor",
    "POST /login/passkey": "a passkey that has verified the person",
    "POST /login/token": "an access token that was made for a person",
    "GET /login/oidc/<key>/callback": "a provider's word, in the browser that asked for it",
    "POST /register/identity": "the same, by somebody new",
    "POST /register": "nothing, where registration is open: a new account",
    "POST /register/verify": "a code that was sent to the address of a new account",
    "POST /join/<code>": "an invitation: a new account",
    "POST /setup/<code>": "a link that the host has printed: the first administrator",
}
