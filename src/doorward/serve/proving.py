"""A place for a run of `prove`: the app, started on empty records in a folder that is gone afterwards."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from flask import Flask

from doorward.core.access import HOST
from doorward.core.backup_seal import new_key
from doorward.core.names import name_key
from doorward.core.secrets import KeyRing, SecretError, new_secret
from doorward.core.sessions import identifier_hash
from doorward.errors import StartRefused
from doorward.prove.scene import Facts, Outlet
from doorward.serve import proving_backups, proving_fetch, proving_work
from doorward.serve.server import wants_tls
from doorward.settings import Settings
from doorward.store import accounts, codes, journal, proving, tokens
from doorward.store.journal import Filter
from doorward.store.tokens import NewToken
from doorward.web import backups, emails, mail_recovery, pending, people, recovery, registration, token_actions
from doorward.web.extension import Doorward
from doorward.web.new_passwords import new_account
from doorward.web.oidc import flow
from doorward.web.pages import seen
from doorward.web.topics import kinds_of_topics

_NINETY_DAYS = timedelta(days=90)


class DoorHost:
    """The keyboard of the server (`doorward.prove.scene.Host`), on the records that the running server uses.

    Arguments:
        app: the app, whose door has started on those records.
        log: the lines that the server prints, as they come.
    """

    def __init__(self, app: Flask, log: list[str] | None = None) -> None:
        self.door: Doorward = app.extensions["doorward"]
        self.log: list[str] = log if log is not None else []
        self._served = log is not None

    def add_account(self, name: str, password: str, roles: frozenset[str]) -> str:
        """Make an account. Its id."""
        new = new_account(self.door.parts, name, password, password, roles)
        with self.door.store.transaction(HOST) as tx:
            return accounts.add(tx, new).id

    def add_waiting(self, name: str, password: str) -> str:
        """Make an account that waits for approval. Its id."""
        new = new_account(self.door.parts, name, password, password, frozenset())
        with self.door.store.transaction(HOST) as tx:
            return accounts.add(tx, new, accounts.WAITING).id

    def account_id(self, name: str) -> str:
        """The id of the account with this name; empty if there is none."""
        with self.door.store.reading() as db:
            found = accounts.by_name_key(db, name_key(name))
        return found.id if found is not None else ""

    def add_token(self, owner: str, scopes: frozenset[str], *, for_person: bool = False) -> tuple[int, str]:
        """Make an access token of the account `owner`. Its number and its secret."""
        with self.door.store.transaction(HOST) as tx:
            account = accounts.by_name_key(tx.db, name_key(owner))
            if account is None:
                raise StartRefused(f"There is no account {owner}.")
            made, secret = tokens.add(tx, NewToken(account.id, "proof", scopes, _NINETY_DAYS, for_person))
            return made.id, secret

    def revoke_token(self, number: int) -> None:
        """End a token."""
        token_actions.revoke(self.door.store, HOST, number)

    def age_token(self, number: int, *, hours: float) -> None:
        """Let the secrets of a token look as if they had been made so much longer ago, and so expire sooner."""
        with self.door.store.transaction(HOST) as tx:
            proving.age_token(tx, number, timedelta(hours=hours))

    def end_sessions(self, account_id: str) -> None:
        """Sign somebody out everywhere."""
        people.end_sessions(self.door.store, HOST, account_id)

    def block(self, account_id: str) -> None:
        """Keep somebody out."""
        people.block(self.door.store, HOST, account_id)

    def delete_account(self, account_id: str) -> None:
        """Delete an account."""
        people.delete(self.door.store, HOST, account_id)

    def make_stale(self, account_id: str) -> None:
        """Let the sessions of somebody look as if they had signed in hours ago."""
        with self.door.store.transaction(HOST) as tx:
            proving.age_sessions(tx, account_id, stale=timedelta(hours=3))

    def age_sessions(self, account_id: str, *, idle_hours: float = 0, old_hours: float = 0) -> None:
        """Let the sessions of somebody look as if unused, or open, for so long."""
        with self.door.store.transaction(HOST) as tx:
            proving.age_sessions(tx, account_id, idle=timedelta(hours=idle_hours), old=timedelta(hours=old_hours))

    def age_password(self, account_id: str, *, days: float) -> None:
        """Let the password of somebody look as if it had been chosen so long ago."""
        with self.door.store.transaction(HOST) as tx:
            proving.age_password(tx, account_id, timedelta(days=days))

    def age_codes(self, *, hours: float) -> None:
        """Let every code and link that was made so far look so much older."""
        with self.door.store.transaction(HOST) as tx:
            proving.age_codes(tx, timedelta(hours=hours))

    def setup_code(self) -> str:
        """A code for `/setup/<code>`; empty when an administrator is there."""
        with self.door.store.reading() as db:
            if accounts.has_administrator(db):
                return ""
        from doorward.core.tokens import new_one_time_code

        code = new_one_time_code()
        with self.door.store.transaction(HOST) as tx:
            codes.replace(tx, codes.SETUP, code)
        return code

    def reset_code(self, account_id: str) -> str:
        """A code for `/reset/<code>`."""
        return recovery.make_reset_code(self.door.parts, HOST, account_id)

    def settle(self) -> None:
        """Wait until what is to be done in the background is done."""
        proving_work.settle(self.door, self.log, served=self._served)

    def mail_to(self, address: str) -> str:
        """The text of the newest mail to this address, as soon as it is sent; empty if none comes."""
        return proving_work.mail_to(self.door, self.log, address, served=self._served)

    def failed_mail(self) -> int:
        """Put a mail into the outbox that could not be sent. Its number."""
        return proving_work.failed_mail(self.door)

    def seen_proof(self) -> tuple[str, str]:
        """The name and value of a header for which the server tells what it sees of the connection."""
        return seen.HEADER, self.door.keys.sign(seen.PROOF, secrets.token_hex(16), self.door.clock())

    def note_like(self, note: str, *, purpose: str = "", hours: float = 0, strange: bool = False) -> str:
        """A note of a begun sign-in with the content of this one, of another time, purpose or house."""
        content = note.rsplit(".", 2)[0]
        keys = KeyRing([new_secret()]) if strange else self.door.parts.keys
        return keys.sign(purpose or pending.PURPOSE, content, self.door.store.clock() - timedelta(hours=hours))

    def provider_note_like(self, note: str, browser: str, *, hours: float) -> str:
        """The note of a sign-in by a provider that this browser has begun, as if so long ago; empty for others."""
        use, whose = f"note:{flow.COOKIE}", identifier_hash(browser)
        try:
            content = json.loads(self.door.keys.decrypt(use, note, whose))
        except SecretError:
            return ""
        content["at"] -= timedelta(hours=hours).total_seconds()
        return self.door.keys.encrypt(use, json.dumps(content).encode(), whose)

    def stored_texts(self) -> Iterator[tuple[str, str]]:
        """Every stored value as text, with where it stands."""
        with self.door.store.reading() as db:
            yield from list(proving.stored_texts(db))

    def app_records(self) -> object:
        """All records of the apps, to be compared with what they are later."""
        with self.door.store.reading() as db:
            return proving.app_records(db)

    def log_text(self) -> str:
        """What the server has printed so far, without the mails that it shows since no mail server is set."""
        return proving_work.without_mails("".join(self.log))

    def journal_holds(self) -> str:
        """Check the chain of the journal. Empty when it holds, else what is wrong."""
        with self.door.store.reading() as db:
            broken = journal.verify(db, self.door.parts.seals)
        return "" if broken is None else str(broken)

    def journal_forgeries(self) -> Mapping[str, bool]:
        """What was forged in copies of the records, and whether checking the journal found it."""
        return proving.found_forgeries(self.door.store.engine, self.door.parts.seals)

    def journal_entries(self) -> list[Mapping[str, str]]:
        """The newest entries of the journal, at most a thousand."""
        with self.door.store.reading() as db:
            found = [sealed.entry for sealed in journal.page(db, Filter(), 1000)]
        names = ("at", "event", "outcome", "who", "who_name", "address", "on", "details")
        return [{name: str(getattr(entry, name)) for name in names} for entry in found]

    def outlets(self) -> list[Outlet]:
        """The ways by which requests of the server go out: those of the app, and the kit's own."""
        return proving_fetch.outlets(self.door)

    def fetch(
        self,
        outlet: str,
        address: str,
        resolve: Callable[[str], Sequence[str]],
        dial: Callable[[str, int], tuple[str, int]],
        granted: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Let one of them fetch an address in a network of the attack's own. Empty if it was fetched, else why not."""
        return proving_fetch.fetch(self.door, outlet, address, resolve, dial, granted, headers)

    def folder(self) -> str:
        """The data folder of this run."""
        return str(self.door.settings.data)

    def fill_quota(self, intake: str, account_id: str, left: int) -> Callable[[], None]:
        """Let an account look as if it could send only so many bytes more by an intake, until this is undone."""
        return proving_work.fill_quota(self.door, intake, account_id, left)

    def backed_up(self, *, encrypted: bool) -> tuple[bytes, str]:
        """A backup of this moment, and its key; empty where it is not encrypted."""
        return proving_backups.made(self.door, encrypted=encrypted)

    def another_backup_key(self) -> str:
        """A key that opens none of the backups."""
        return new_key()

    def why_not_restored(self, content: bytes, key: str = "", *, vouched: bool = False) -> str:
        """Build this backup beside the records, and put nothing in its place: why it is refused."""
        return proving_backups.why_not_restored(self.door, content, key, vouched=vouched)

    def comes_back(self, content: bytes) -> Mapping[str, tuple[int, int]]:
        """Restore a backup elsewhere: how many sessions and codes there are here, and how many there."""
        return proving_backups.comes_back(self.door, content)


def facts_of(door: Doorward, url: str) -> Facts:
    """What attacks may know of the settings."""
    settings = door.settings
    return Facts(
        url=url,
        sign_in_failures=settings.sign_in_failures.count,
        sign_in_per_address=settings.sign_in_per_address.count,
        max_body=settings.max_body,
        streams=frozenset(kinds_of_topics()),
        streams_per_browser=settings.live_per_browser,
        streams_per_account=settings.live_per_account,
        streams_per_address=settings.live_per_address,
        production=settings.production,
        closed_by=frozenset(_closing(settings)),
        roles=frozenset(role.name for role in door.roles),
    )


def _closing(settings: Settings) -> Iterator[str]:
    """The settings that close ways of the door as they are."""
    if not registration.is_open(settings):
        yield "registration_open"
    if not (registration.is_open(settings) and emails.is_needed(settings)):
        yield "registration_email"
    if not mail_recovery.is_open(settings):
        yield "smtp_url"
    if not settings.oidc:
        yield "oidc"
    if not backups.has_key(settings):
        yield "backup_key"
    if not wants_tls(settings):
        yield "host"
