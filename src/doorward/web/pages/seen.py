"""`/doorward/seen`: tells a checker on the host what this server saw of the connection. To all others it is not there.

`doorward check --url` asks it through the public address. The proof is a nonce that was signed with the server's own
keys within the last minute; the answer carries a code of the same keys, so that nobody between can make one up.
"""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from doorward.core.secrets import SecretError
from doorward.errors import NotFound
from doorward.web import access
from doorward.web.here import here

PATH = "/doorward/seen"
HEADER = "X-Doorward-Proof"
#: What the proof and the answer are signed for. A signature for anything else opens nothing here.
PROOF, ANSWER = "seen-proof", "seen-answer"
_LONGEST_PROOF = 200
_LIFE = timedelta(minutes=1)


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(PATH, "seen", seen)


@access.public
@access.passive
def seen() -> ResponseReturnValue:
    at = here()
    nonce = _proven(request.headers.get(HEADER, ""))
    told = {
        **at.seen,
        "client": {"address": at.client.address, "scheme": at.client.scheme, "host": at.client.host},
        "behind_proxy": [str(network) for network in at.door.settings.behind_proxy],
        "listens": at.door.settings.host,
        "public_url": at.door.settings.public_url or "",
    }
    text = json.dumps(told)
    code = at.door.keys.mac(ANSWER, f"{nonce}\n{text}".encode()).hex()
    return {"seen": text, "code": code}, 200, {"Cache-Control": "no-store"}


def _proven(proof: str) -> str:
    """The nonce, if somebody with the server's keys has signed it just now. To all others there is nothing here."""
    at = here()
    if len(proof) > _LONGEST_PROOF:
        raise NotFound
    try:
        return at.door.keys.unsign(PROOF, proof, _LIFE, at.now)
    except SecretError:
        raise NotFound from None
