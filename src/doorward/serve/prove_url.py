"""`prove` on a server that runs already: as a visitor, by reading only, and only where one may."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from doorward.errors import StartRefused
from doorward.prove.attack import Attack
from doorward.prove.outside import WOULD_CHANGE, ReadingLine, look_around
from doorward.prove.reaching import may_reach, place_of
from doorward.prove.reduced import attack_some
from doorward.prove.run import Progress, Proof
from doorward.prove.scene import Facts, Scene
from doorward.prove.ways import Ways
from doorward.prove.wire import HttpLine, NoAnswer

HOW = (
    "The server at this address was asked as it runs, by somebody without an account, who only reads: no form was "
    "sent, nothing was changed, and there were at most 20 requests a second."
)
UNSEEN = (
    "Nobody signed in. Who may enter what, whether people reach what belongs to others, sessions, factors, tokens and "
    "guessing need people of the run's own: doorward prove --app.",
    "Nothing was sent that might change something, so forged requests, markup and files were not tried.",
    "The rules of the app are not known: the ways are those that a visitor is led to by links.",
    "Records, journal and log were not looked into.",
)


def prove_url(
    url: str, owned: Sequence[str], authority: Path | None, attacks: Sequence[Attack], progress: Progress
) -> Proof:
    """Attack a running server without changing anything there.

    Arguments:
        url: its address, without a path.
        owned: names and addresses beyond this machine that whoever asks owns.
        authority: the certificate of an authority that signed the server's; without it, those that everybody trusts.
        attacks: what to try; those that may change something are left out.
        progress: is told how far it is.

    Errors:
        StartRefused: the address is not theirs, nothing answers there, or its certificate is not trusted.
    """
    place = place_of(url)
    address = may_reach(place, [one.lower().rstrip(".") for one in owned])[0]
    there = f"[{address}]" if ip_address(address).version == 6 else address
    # To the address that was checked: a name may lead elsewhere when it is asked again.
    line = HttpLine(
        f"{place.scheme}://{there}:{place.port}", verify=_trusted(authority), seconds=10, name=place.authority
    )
    try:
        scene = Scene(
            ReadingLine(line),
            Ways(),
            Facts(f"{place.scheme}://{place.authority}"),
            only_reading=True,
            hosts=frozenset({place.authority, place.name}),
        )
        look_around(scene, progress)
        return attack_some(scene, attacks, lambda one: WOULD_CHANGE if one.changes else "", progress)
    except NoAnswer as problem:
        hint = " Name the authority with --ca FILE." if "CERTIFICATE" in str(problem).upper() else ""
        raise StartRefused(f"{url} does not answer: {problem}.{hint}") from None
    finally:
        line.close()


def _trusted(authority: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError) as problem:
        raise StartRefused(f"{authority} holds no certificate of an authority: {problem}") from None
