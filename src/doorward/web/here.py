"""What the door knows of the request that is running. One object a request, found by every part of `web`."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import request

from doorward.core.access import Caller, Demand
from doorward.core.bearer import sends_bearer
from doorward.core.limits import Standing
from doorward.core.transport import Client
from doorward.store import tokens
from doorward.store.participants import Participant
from doorward.store.sessions import Found

if TYPE_CHECKING:
    from doorward.web.extension import Doorward
    from doorward.web.upload_form import UploadForm

KEY = "doorward.here"


class Here:
    """The request as the door sees it.

    Arguments:
        door: the door it came to.
        environ: the WSGI environ, already corrected to the real client.
        client: who really asks: address, scheme and host.
        seen: the connection as it was, before anything was believed; for `doorward check --url`.
    """

    def __init__(self, door: Doorward, environ: dict[str, Any], client: Client, seen: dict[str, Any]) -> None:
        self.door = door
        self.environ = environ
        self.client = client
        self.seen = seen
        self.id = secrets.token_hex(8)
        self.demand: Demand | None = None
        self.session: Found | None = None
        self.participant: Participant | None = None
        self.token: tokens.Found | None = None
        self.token_problem = ""  # nosec B105  # (why the token that was sent does not hold)
        self.identifier: str | None = None
        self.is_private = False
        self.set_cookies: list[str] = []
        self.clear_site_data = False
        self.standings: list[Standing] = []
        #: A form that brings files along, while it is read.
        self.upload_form: UploadForm | None = None
        #: The files that it brought, by field, until the view asks for them; and those that the view has by now.
        self.brought_files: dict[str, list[str]] = {}
        self.files_so_far: dict[str, list[str]] = {}
        #: SHA-256 of files whose last byte came with this request, by key.
        self.digests: dict[str, str] = {}
        #: Whether the answer is a file that somebody sent, and what caches may do with it.
        self.file_caching: str | None = None
        #: The origin of the map tiles that this one answer shows.
        self.pictures_from = ""
        self._caller: Caller | None = None

    @cached_property
    def now(self) -> datetime:
        """The time of this request: the same for every check."""
        return self.door.clock()

    @cached_property
    def nonce(self) -> str:
        """The nonce of this response, 128 random bits."""
        return secrets.token_urlsafe(16)

    @property
    def secure(self) -> bool:
        """Did this request come over TLS, to us or to a proxy that we trust?"""
        return self.client.scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port under which this request reached us."""
        return f"{self.client.scheme}://{self.client.host}"

    @cached_property
    def sends_token(self) -> bool:
        """Does a program want to enter by a token? Then cookies are not read, and nothing is forged (RFC 6750)."""
        return sends_bearer(self.environ.get("HTTP_AUTHORIZATION"))

    @property
    def caller(self) -> Caller:
        """Who asks. Looked up when somebody wants to know: a style sheet costs no query."""
        if self._caller is None:
            from doorward.web.checks.caller import find_caller

            self._caller = find_caller(self)
            self.is_private = self.is_private or bool(self._caller.holder)
        return self._caller

    def become(self, caller: Caller, session: Found | None, identifier: str | None) -> None:
        """From here on the request is somebody else's: after signing in, out, or a rotation."""
        self._caller = caller
        self.session = session
        self.identifier = identifier
        self.is_private = True


def here() -> Here:
    """The running request's."""
    found: Here = request.environ[KEY]
    return found
