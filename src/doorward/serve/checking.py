"""One run of the static checks on an app: gather what they look at, let them judge, keep what they found."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from flask import Flask

from doorward.core.access import HOST, Caller
from doorward.core.checks import Explained
from doorward.core.passwords import Hasher
from doorward.prove import checks
from doorward.prove.attacks import attack_of
from doorward.prove.checks.facts import Database, Facts, Invitation, KnownOutbound, KnownToken, Person
from doorward.prove.checks.settings import is_local
from doorward.prove.findings import Finding, Severity
from doorward.prove.reaching import Host
from doorward.serve.sources import python_of, routes_of, templates_of
from doorward.store import bootstrap, check_facts, check_runs, codes, kit_settings
from doorward.web.extension import Doorward
from doorward.web.pages import seen


class StaticChecks:
    """The checks of one app, for the command and for the page. See `core.checks.Checker`."""

    def __init__(self, app: Flask, door: Doorward) -> None:
        self._app = app
        self._door = door

    def find(self) -> list[Finding]:
        """Every finding, the worst first. Nothing is kept."""
        return checks.run(facts_of(self._app, self._door))

    def run(self, actor: Caller = HOST) -> None:
        keep(self._door, self.find(), actor)

    def explain(self, finding_id: str) -> Explained | None:
        kind = checks.kind_of(finding_id) or attack_of(finding_id)
        if kind is None:
            return None
        return Explained(kind.id, kind.title, kind.severity.value, kind.why, kind.mend, kind.asvs)


def install(app: Flask, door: Doorward) -> StaticChecks:
    """Let the page `/admin/security` run the checks of this app."""
    door.checker = made = StaticChecks(app, door)
    return made


def keep(door: Doorward, findings: Sequence[Finding], actor: Caller = HOST) -> None:
    """Keep what a check found, for `/admin/security`."""
    counts = Counter(one.severity.value for one in findings)
    summary = {"counts": {severity.value: counts[severity.value] for severity in Severity}}
    with door.store.transaction(actor) as tx:
        check_runs.keep(tx, check_runs.CHECK, summary, [_as_mapping(one) for one in findings])


def host_of(door: Doorward) -> Host:
    """What makes the running server tell a checker on its host what it sees: both have the keys."""

    def prove() -> tuple[str, str]:
        nonce = secrets.token_hex(16)
        return nonce, door.keys.sign(seen.PROOF, nonce, door.clock())

    def holds(nonce: str, text: str, code: str) -> bool:
        try:
            return door.keys.mac_holds(seen.ANSWER, f"{nonce}\n{text}".encode(), bytes.fromhex(code))
        except ValueError:
            return False

    return Host(seen.PATH, seen.HEADER, prove, holds, door.settings.data / "tls" / "ca.pem")


def _as_mapping(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "severity": finding.severity.value, "asvs": list(finding.asvs)}


def facts_of(app: Flask, door: Doorward) -> Facts:
    """Everything the checks look at, as plain values: of the settings, the census, the records and the sources."""
    settings, now = door.settings, door.clock()
    hasher = Hasher(settings.hash_profile)
    with door.store.reading() as db:
        people = [
            Person(row.name, row.admin, row.second_factor, hasher.is_strong_enough(row.password_hash), row.seen_at)
            for row in check_facts.active_accounts(db)
        ]
        tokens = [
            KnownToken(row.number, row.name, row.created_at, row.expires_at, row.used_at)
            for row in check_facts.working_tokens(db, now)
        ]
        invitations = [
            Invitation(one.note, check_facts.makes_admins(one), one.uses_left, one.expires_at)
            for one in check_facts.open_invitations(db, now)
        ]
        return Facts(
            settings=settings,
            now=now,
            here=Path.cwd(),
            routes=tuple(routes_of(app, door.census)),
            people=people,
            factor_required_of=kit_settings.second_factor_of(db),
            tokens=tokens,
            invitations=invitations,
            bootstrap_used=not bootstrap.is_waiting(db, settings.bootstrap_token),
            setup_waiting=codes.is_waiting(db, codes.SETUP) and not any(one.admin for one in people),
            resets_waiting=check_facts.resets_waiting(db, now),
            database=Database(
                kind=door.store.engine.dialect.name,
                values=check_facts.own_settings(db),
                local=not (host := check_facts.host_of(db)) or is_local(host),
                encrypted=check_facts.is_encrypted(db),
                superuser=check_facts.is_superuser(db),
            ),
            journal_break=check_facts.tail_break(db, door.parts.seals),
            outbounds=tuple(outbounds_of(door)),
            templates=tuple(templates_of(app)),
            sources=tuple(python_of(app)),
        )


def outbounds_of(door: Doorward) -> Iterator[KnownOutbound]:
    """The ways by which requests of this server go out, with what each may reach."""
    for reach in door.parts.outbounds:
        yield KnownOutbound(
            name=reach.outbound.name,
            any_public=any(entry.is_any for entry in reach.entries),
            granted=tuple(str(grant) for grant in reach.grants),
            redirects=reach.outbound.redirects,
        )
