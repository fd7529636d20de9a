"""The scene of a run: the app, the people, what is known of its ways. Every attack is handed this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from doorward.prove.filling import Filling
from doorward.prove.person import Person
from doorward.prove.raw import Place
from doorward.prove.sample import Sample
from doorward.prove.ways import Way, Ways
from doorward.prove.wire import Line

if TYPE_CHECKING:
    from doorward.prove.airing import Air
    from doorward.prove.gathering import Gathered
    from doorward.prove.liar.provider import LyingProvider
    from doorward.prove.sending import Control
    from doorward.prove.sowing import Sown


class NotHere(LookupError):
    """What an attack needs is not there: no host, no such page. The sentence says what; the attack is not tried."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A way by which requests of the server go out, as far as attacks need to know it.

    Arguments:
        name: such as `chat.previews`.
        hosts: its list, as it is written; `any public` among them for every public host.
        scheme: https, unless it takes only http.
        path: what its paths begin with.
        type: a media type that it takes.
        redirects: how many it follows.
        most: the largest body, in bytes.
    """

    name: str
    hosts: tuple[str, ...]
    scheme: str
    path: str
    type: str
    redirects: int
    most: int


class Host(Protocol):
    """What the keyboard of the server can do: make people and end them, and look into what is stored.

    Only a run that started the app itself has one.
    """

    def add_account(self, name: str, password: str, roles: frozenset[str]) -> str:
        """Make an account. Its id."""

    def add_waiting(self, name: str, password: str) -> str:
        """Make an account that waits for approval. Its id."""

    def account_id(self, name: str) -> str:
        """The id of the account with this name; empty if there is none."""

    def add_token(self, owner: str, scopes: frozenset[str], *, for_person: bool = False) -> tuple[int, str]:
        """Make an access token of the account `owner`. Its number and its secret."""

    def revoke_token(self, number: int) -> None:
        """End a token."""

    def age_token(self, number: int, *, hours: float) -> None:
        """Let the secrets of a token look as if they had been made so much longer ago, and so expire sooner."""

    def end_sessions(self, account_id: str) -> None:
        """Sign somebody out everywhere."""

    def block(self, account_id: str) -> None:
        """Keep somebody out."""

    def delete_account(self, account_id: str) -> None:
        """Delete an account."""

    def make_stale(self, account_id: str) -> None:
        """Let the sessions of somebody look as if they had signed in hours ago."""

    def age_sessions(self, account_id: str, *, idle_hours: float = 0, old_hours: float = 0) -> None:
        """Let the sessions of somebody look as if unused, or open, for so long."""

    def age_password(self, account_id: str, *, days: float) -> None:
        """Let the password of somebody look as if it had been chosen so long ago."""

    def age_codes(self, *, hours: float) -> None:
        """Let every code and link that was made so far look so much older."""

    def setup_code(self) -> str:
        """A code for `/setup/<code>`; empty when an administrator is there."""

    def reset_code(self, account_id: str) -> str:
        """A code for `/reset/<code>`."""

    def settle(self) -> None:
        """Wait until what is to be done in the background is done."""

    def mail_to(self, address: str) -> str:
        """The text of the newest mail to this address, as soon as it is sent; empty if none comes."""

    def failed_mail(self) -> int:
        """Put a mail into the outbox that could not be sent. Its number."""

    def seen_proof(self) -> tuple[str, str]:
        """The name and value of a header for which the server tells what it sees of the connection."""

    def note_like(self, note: str, *, purpose: str = "", hours: float = 0, strange: bool = False) -> str:
        """A note of a begun sign-in with the content of this one: of so many hours ago, for another purpose, or signed
        with keys that are not those of this server.
        """

    def provider_note_like(self, note: str, browser: str, *, hours: float) -> str:
        """The note of a sign-in by a provider that this browser has begun, as if so many hours ago; empty for others.

        Arguments:
            browser: the identifier in its cookie.
        """

    def stored_texts(self) -> Iterator[tuple[str, str]]:
        """Every stored value that is a text, with where it stands, as `accounts.name`."""

    def app_records(self) -> object:
        """All records of the apps, but not of the kit, to be compared with what they are later."""

    def log_text(self) -> str:
        """What the server has printed so far, without the mails that it shows in the place of a mail server."""

    def journal_holds(self) -> str:
        """Check the chain of the journal. Empty when it holds, else what is wrong."""

    def journal_forgeries(self) -> Mapping[str, bool]:
        """Forge the journal in copies of the records: what was done, and whether checking it found that out."""

    def journal_entries(self) -> list[Mapping[str, str]]:
        """The newest entries of the journal, at most a thousand: at, event, outcome, who, address, on, details."""

    def outlets(self) -> list[Outlet]:
        """The ways by which requests of the server go out: those of the app, and the kit's own."""

    def fetch(
        self,
        outlet: str,
        address: str,
        resolve: Callable[[str], Sequence[str]],
        dial: Callable[[str, int], tuple[str, int]],
        granted: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Let one of them fetch an address as the app would, in a network of the attack's own.

        Arguments:
            outlet: its name.
            resolve: the name service: a name to its addresses.
            dial: where a connection to an address and port really leads.
            granted: targets that the operator grants to it for this one fetch.
            headers: of the app.

        Results:
            empty if it was fetched, else why not.
        """

    def folder(self) -> str:
        """The data folder of this run."""

    def fill_quota(self, intake: str, account_id: str, left: int) -> Callable[[], None]:
        """Let an account look as if it could send only so many bytes more by an intake, until this is undone."""

    def backed_up(self, *, encrypted: bool) -> tuple[bytes, str]:
        """A backup of this moment, and its key; empty where it is not encrypted."""

    def another_backup_key(self) -> str:
        """A key that opens none of the backups."""

    def why_not_restored(self, content: bytes, key: str = "", *, vouched: bool = False) -> str:
        """Build this backup beside the records, and put nothing in its place: why not; empty if it could be restored.

        Arguments:
            vouched: whether the operator says that it comes from where it should, though nothing shows it.
        """

    def comes_back(self, content: bytes) -> Mapping[str, tuple[int, int]]:
        """Restore an unencrypted backup elsewhere: how much there is here that lets somebody in, and how much there."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the settings, as plain values.

    Arguments:
        url: where the app answers directly.
        cookie: the name of the session cookie as it comes over plain HTTP and over HTTPS.
        sign_in_failures: how many failed sign-ins an account bears.
        sign_in_per_address: how many failures an address may have in its window.
        max_body: the largest body of an ordinary request, in bytes.
        streams: the kinds of live streams that there are.
        streams_per_browser, streams_per_account, streams_per_address: how many live streams each may hold.
        streams_end_within: how long a stream may outlive what another process has ended, in seconds.
        production: whether unsafe settings stop the start.
        closed_by: the settings that close ways of the door as they are (`doorward.prove.closed`).
        mail: whether mails are sent somewhere.
        roles: every role that the app lists, whether a way names it or not.
    """

    url: str
    sign_in_failures: int = 5
    sign_in_per_address: int = 10
    max_body: int = 256 * 1024
    streams: frozenset[str] = frozenset()
    streams_per_browser: int = 6
    streams_per_account: int = 20
    streams_per_address: int = 5000
    streams_end_within: float = 12.0
    production: bool = True
    closed_by: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Direct:
    """The same app on the same records, served a second time: over TLS, and without a proxy before it.

    Arguments:
        line: to it; it believes no forwarded header.
        place: where it listens.
        authority: the file of the authority that signed its certificate.
        head_seconds, body_seconds: how long the head and the body of a request may take there; short, so that one
            need not wait long to see it.
        log: what it has printed so far.
    """

    line: Line
    place: Place
    authority: str
    head_seconds: float
    body_seconds: float
    log: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Aside:
    """The same app on empty records of its own, with further settings; until it is stopped.

    Arguments:
        line: to it; it believes no forwarded header.
        setup_path: waits for the path on which its first administrator is set up.
        stop: ends it.
    """

    line: Line
    setup_path: Callable[[], str]
    stop: Callable[[], None]


@dataclass
class Scene:
    """Everything an attack may use.

    Arguments:
        line: to the app; where `line.chooses_address`, requests may come from anywhere.
        ways: all ways of the app; empty where none are known.
        facts: what is known of the settings.
        host: the keyboard of the server; None if the app was not started by this run.
        place: where the server listens; None if there is no socket.
        start_direct: starts the second server (`direct`) when an attack asks for it first.
        start_aside: starts a server with these settings, by name, for one attack alone; None if this run cannot.
        only_reading: whether nothing may be changed (with `--url`).
        people: by name: "a visitor", "a member", "another member", "an administrator", and one for each role,
            besides "an ended session", "a revoked token", "a token without scopes".
        samples: what the survey found.
        uncovered: the ways for which no request succeeded, with the reason.
        closed: the ways that the settings of this run close, with what opens them.
        examples: of the app, by way: how it is rightfully used (`doorward.core.examples`).
        canaries: secrets that were used in the run, with what they are, to be searched for at the end.
        hosts: names of the site besides those of this machine, for reading its pages.
        left_out: beginnings of the names of endpoints that are not walked through: a run that is about the app alone
            leaves out the pages of the kit, which attacks may use all the same.
        spared: beginnings of paths that the survey leaves alone, such as those of the token of the run's program.
        pages: the texts of pages that were seen: by whom, where, and the text.
        gathered: answers of all kinds (`doorward.prove.gathering`).
        sown: what came of hostile words in every field (`doorward.prove.sowing`).
        air: which streams are on the air (`doorward.prove.airing`).
        controls: for files, of each intake one that works (`doorward.prove.sending`); None until somebody asked.
        browser: the program of a Chromium, to see what runs in a page; empty if there is none, or none is wanted.
        liar: a provider to sign in by that the app was told to believe; None if no attack of this run needs one.
    """

    line: Line
    ways: Ways
    facts: Facts
    host: Host | None = None
    place: Place | None = None
    start_direct: Callable[[], Direct] | None = None
    start_aside: Callable[[Mapping[str, str]], Aside] | None = None
    only_reading: bool = False
    filling: Filling = field(default_factory=Filling)
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    uncovered: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    examples: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    canaries: dict[str, str] = field(default_factory=dict)
    pages: list[tuple[str, str, str]] = field(default_factory=list)
    hosts: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    spared: list[str] = field(default_factory=list)
    gathered: list[Gathered] = field(default_factory=list)
    sown: Sown | None = None
    air: Air | None = None
    controls: list[Control] | None = None
    browser: str = ""
    liar: LyingProvider | None = None
    _addresses: Iterator[int] = field(default_factory=lambda: iter(range(1, 60_000)))

    @cached_property
    def direct(self) -> Direct | None:
        """The second server; None if this run has none."""
        return self.start_direct() if self.start_direct is not None else None

    @property
    def visitor(self) -> Person:
        """A browser that nobody has signed in from; a new one each time."""
        return Person("a visitor", self.line, address=self.new_address(), hosts=self.hosts)

    def is_about(self, way: Way) -> bool:
        """Whether the run is about this way, and not only uses it."""
        return not (self.left_out and way.endpoint.startswith(self.left_out))

    def person(self, name: str) -> Person | None:
        """One of the people; None if this run has none of that name."""
        return self.people.get(name)

    def new_address(self) -> str:
        """A client address that nobody has used in this run, of a range for documentation (RFC 5737, RFC 2544)."""
        number = next(self._addresses)
        return f"198.18.{number // 250}.{number % 250 + 1}"

    def samples_of(self, *methods: str) -> Iterator[Sample]:
        """The samples that were shown to succeed, of these methods or of all."""
        for sample in self.samples:
            if sample.proved and (not methods or sample.way.method in methods):
                yield sample

    def writes(self) -> Iterable[Sample]:
        """The samples that change something."""
        return [sample for sample in self.samples_of() if sample.way.writes]

    def remember(self, secret: str, what: str) -> None:
        """A secret that must not turn up anywhere; looked for at the end."""
        if len(secret) >= 8:
            self.canaries[secret] = what


MEMBER = "a member"
OTHER = "another member"
ADMIN = "an administrator"
VISITOR = "a visitor"
ENDED = "an ended session"
REVOKED = "a revoked token"
BARE_TOKEN = "a token without scopes"  # nosec B105
PROGRAM = "a program"
SPARE = "a spare member"

#: The role of administrators (`doorward.core.access.ADMIN`; the room of proofs does not look into the door).
ADMIN_ROLE = "admin"
