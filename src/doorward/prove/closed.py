"""Ways of the door that settings close: they answer nobody, and each names the setting that opens it."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.prove.scene import ADMIN, Scene
from doorward.prove.ways import Way
from doorward.prove.wire import Request


@dataclass(frozen=True, slots=True)
class Closing:
    """What one setting closes.

    Arguments:
        setting: its name.
        opens: what opens it, as a sentence.
        ways: methods and paths, as patterns.
    """

    setting: str
    opens: str
    ways: frozenset[str]


CLOSINGS: tuple[Closing, ...] = (
    Closing(
        "registration_open",
        "registration_open = open or approval",
        frozenset({"GET /register", "POST /register"}),
    ),
    Closing(
        "registration_email",
        "registration_open = open or approval, with registration_email = required",
        frozenset({"GET /register/verify", "POST /register/verify", "POST /register/verify/again"}),
    ),
    Closing(
        "smtp_url",
        "smtp_url, or env = development",
        frozenset(
            {
                *("GET /recover", "POST /recover", "GET /recover/code", "POST /recover/code"),
                *("GET /recover/link/<link>", "POST /recover/link/<link>"),
                *("GET /recover/password", "POST /recover/password"),
            }
        ),
    ),
    Closing(
        "oidc",
        "oidc, with a provider",
        frozenset(
            {
                *("POST /login/oidc/<key>", "GET /login/oidc/<key>/callback", "POST /login/oidc/<key>/sign-out"),
                *("POST /join/<code>/oidc/<key>", "GET /register/identity", "POST /register/identity"),
                *("POST /account/confirm/oidc/<key>", "POST /account/identities/<key>"),
                "POST /account/identities/<int:number>/remove",
            }
        ),
    ),
    Closing(
        "backup_key",
        "backup_key, or backup_key_file",
        frozenset({"POST /admin/backups", "GET /admin/backups/<name>/file"}),
    ),
    Closing(
        "host",
        "an address of the network without a proxy: then TLS comes from the server's own authority",
        frozenset({"GET /ca.pem", "GET /trust"}),
    ),
)


def closing_of(scene: Scene, way: Way) -> Closing | None:
    """What closes this way in this run; None if nothing does."""
    for closing in CLOSINGS:
        if closing.setting in scene.facts.closed_by and str(way) in closing.ways:
            return closing
    return None


def is_really_closed(scene: Scene, way: Way) -> bool:
    """Ask as a visitor and as an administrator: does neither get anything? Being sent elsewhere is nothing."""
    path = way.at(dict.fromkeys(way.parameters, "1")) or way.path
    for person in (scene.visitor, scene.person(ADMIN) or scene.visitor):
        person.open("/login")
        if 200 <= person.browse(Request(way.method, path)).status < 300:
            return False
    return True
