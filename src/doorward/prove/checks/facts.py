"""What the checks judge: plain values, gathered by whoever starts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from doorward.settings import Settings
from doorward.web.census import Route


@dataclass(frozen=True, slots=True)
class Person:
    """An account that may sign in.

    Arguments:
        name: as it is shown.
        admin: may it administer?
        second_factor: does signing in ask for more than a password?
        hash_ok: is its password hash argon2id with at least the work that this server asks for?
        seen_at: when it was last used; None for never.
    """

    name: str
    admin: bool = False
    second_factor: bool = True
    hash_ok: bool = True
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownToken:
    """An access token that was not revoked, and whose newest secret still works."""

    number: int
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that still makes accounts."""

    note: str
    admin: bool
    uses_left: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Database:
    """How the database answers this server.

    Arguments:
        kind: "sqlite" or "postgresql".
        values: its own settings by name, as texts in lower case.
        local: is it on this machine?
        encrypted: is the connection encrypted? None where there is none.
        superuser: does the server sign in as one that may do everything?
    """

    kind: str = "sqlite"
    values: dict[str, str] = field(default_factory=dict)
    local: bool = True
    encrypted: bool | None = None
    superuser: bool = False


@dataclass(frozen=True, slots=True)
class KnownOutbound:
    """A way by which requests of the server go out.

    Arguments:
        name: such as `chat.previews`.
        any_public: whether it may ask every public host.
        granted: the targets of `outbound_lan` that it may ask, as they are written there.
        redirects: how many it follows.
    """

    name: str
    any_public: bool = False
    granted: tuple[str, ...] = ()
    redirects: int = 0

    @property
    def own(self) -> bool:
        """Is it one of the kit itself, and not of an app?"""
        return self.name.startswith("kit.")


@dataclass(frozen=True, slots=True)
class GuardedRoute:
    """A line of the census, with the file and line of its view, and the comments that stand there."""

    route: Route
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        return f"{self.route.method} {self.route.path}"

    @property
    def own(self) -> bool:
        """Is it a page of the door itself, and not of the app?"""
        return self.route.endpoint.startswith("doorward.")


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the app or of the door."""

    name: str
    file: str
    source: str
    escaped: bool = True

    @property
    def own(self) -> bool:
        """Is it a template of the door itself?"""
        return self.name.startswith("doorward/")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the checks look at. What was not gathered is empty, and no check takes it for sound or unsound."""

    settings: Settings
    now: datetime
    here: Path
    routes: Sequence[GuardedRoute] = ()
    people: Sequence[Person] = ()
    factor_required_of: str = ""
    tokens: Sequence[KnownToken] = ()
    invitations: Sequence[Invitation] = ()
    bootstrap_used: bool = False
    setup_waiting: bool = False
    resets_waiting: int = 0
    database: Database | None = None
    journal_break: str = ""
    outbounds: Sequence[KnownOutbound] = ()
    templates: Sequence[Template] = ()
    sources: Sequence[Path] = ()

    def shown(self, path: Path | str) -> str:
        """A path as a person reads it: below the working folder where it lies there."""
        path = Path(path)
        return str(path.relative_to(self.here)) if path.is_relative_to(self.here) else str(path)
