"""Secrets that were used in this run, searched for where they must not be: records, log, journal, addresses, pages."""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.scene import Scene
from doorward.prove.stories.telling import somebody

_ADDRESS_SECRET = re.compile(
    r"[?&](?:token|password|secret|session|sid|key|api_key|access_token|jwt|csrf_token)=", re.I
)
_SLOW_HASH = re.compile(r"^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$")
_FILE_MOST = 8 * 1024 * 1024


def _disguises(secret: str) -> Iterable[str]:
    """The secret as it is, and as it would look if it were only wrapped."""
    raw = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield base64.b64encode(raw).decode().rstrip("=")
    yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
    yield raw.hex()


def search(scene: Scene, texts: Iterable[tuple[str, bytes]], place: str) -> Iterator[Try]:
    """Look for every secret of the run in these texts. Where and what is said, never the secret itself."""
    wanted = [(form, what) for secret, what in scene.canaries.items() for form in dict.fromkeys(_disguises(secret))]
    found: set[str] = set()
    whole = [(where, text) for where, text in texts if text]
    # Looked through as one, which is many times quicker. No secret has the sign that stands between them.
    begins = list(accumulate((len(text) + 1 for _, text in whole), initial=0))
    joined = b"\0".join(text for _, text in whole)
    for form, what in wanted:
        at = joined.find(form.encode()) if what not in found else -1
        if at >= 0:
            found.add(what)
            yield won(f"{what.capitalize()} stands in {place}.", whole[bisect_right(begins, at) - 1][0])
    if not found and wanted and whole:
        yield held(place)
    elif not wanted:
        yield untried("no secret was used in this run")


def in_records(scene: Scene) -> Iterator[Try]:
    if scene.host is None:
        yield untried("this run has no records of its own")
        return
    forgot = somebody(scene, "forgot the password")
    scene.remember(scene.host.reset_code(scene.ids[forgot.account]), "the code of a link to choose a password")
    stored = ((where, text.encode("utf-8", "replace")) for where, text in scene.host.stored_texts())
    yield from search(scene, stored, "the database")
    yield from search(scene, _files(Path(scene.host.folder())), "a file of the data folder")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < _FILE_MOST:
            yield path.name, path.read_bytes()


def in_log(scene: Scene) -> Iterator[Try]:
    if scene.host is None or not scene.host.log_text():
        yield untried("the app was not started by this run, so that there is no log to read")
        return
    yield from search(scene, [("the log", scene.host.log_text().encode("utf-8", "replace"))], "the log")


def in_journal(scene: Scene) -> Iterator[Try]:
    if scene.host is None:
        yield untried("this run has no journal of its own")
        return
    entries = [
        (f"an entry {entry['event']}", "\n".join(entry.values()).encode("utf-8", "replace"))
        for entry in scene.host.journal_entries()
    ]
    yield from search(scene, entries, "the journal")


def in_pages(scene: Scene) -> Iterator[Try]:
    """Passwords and session identifiers in pages; secrets that are shown once are not among what is looked for."""
    pages = [(f"{path}, seen by {name}", text.encode("utf-8", "replace")) for name, path, text in scene.pages]
    kept = {secret: what for secret, what in scene.canaries.items() if "password" in what or "cookie" in what}
    scene_of_these = Scene(scene.line, scene.ways, scene.facts)
    scene_of_these.canaries = kept
    yield from search(scene_of_these, pages, "a page")


def in_addresses(scene: Scene) -> Iterator[Try]:
    """Links and forms that would send a secret in an address, where histories and logs keep it."""
    for sample in scene.samples_of():
        asks_secret = sample.form is not None and any(field.type == "password" for field in sample.form.fields)
        if _ADDRESS_SECRET.search(sample.path):
            yield won("An address carries a secret.", str(sample.way), sample.path)
        elif sample.way.method == "GET" and asks_secret:
            yield won("A form sends what is typed into a password field in the address.", str(sample.way))
        else:
            yield held(str(sample.way))


def passwords_at_rest(scene: Scene) -> Iterator[Try]:
    """Every stored password hash: is it slow enough for its time?"""
    if scene.host is None:
        yield untried("this run has no records of its own")
        return
    hashes = [text for where, text in scene.host.stored_texts() if "password_hash" in where and len(text) > 4]
    for text in hashes:
        found = _SLOW_HASH.match(text)
        if found is None:
            yield won(f"A password is stored in another way than argon2id ({text[:12]}…).", "accounts")
        elif int(found[1]) * int(found[2]) < 19 * 1024 * 2 and scene.facts.production:
            yield won("Passwords are hashed with less work than OWASP asks for.", "accounts")
        else:
            yield held("accounts")
    if not hashes:
        yield untried("no password hash was found")


_MEND = "Find what writes it there, and hand it a name or a hash instead."

ATTACKS = (
    Attack(
        "secrets.records", "Secrets stand in the records",
        "Every secret that was used in the run, searched for in every stored value and file, plain and encoded.",
        "Who gets hold of a backup would get hold of the accounts.", _MEND,
        ("6.5.2", "7.2.1"), ("hashed sessions", "hashed tokens", "hashed codes", "journal without secrets"),
        on_scene=in_records),
    Attack(
        "secrets.log", "Secrets stand in the log", "Every secret that was used in the run, searched for in the log.",
        "Logs are read by many, kept for long, and sent elsewhere.", _MEND,
        ("16.2.5", "14.2.1"), ("log without secrets",), on_scene=in_log),
    Attack(
        "secrets.journal", "Secrets stand in the journal",
        "Every secret that was used in the run, searched for in the journal's entries.",
        "The journal is kept, exported and shown.", _MEND,
        ("16.2.5",), ("journal without secrets",), on_scene=in_journal),
    Attack(
        "secrets.pages", "Passwords or session identifiers stand in pages",
        "Passwords and session identifiers, searched for in every page that was seen.",
        "Scripts, caches, screenshots and people at the next desk read pages.", _MEND,
        ("14.2.1", "3.3.4"), ("pages without secrets",), on_scene=in_pages),
    Attack(
        "secrets.addresses", "Secrets are sent in addresses", "Every address and form of the app.",
        "Addresses stand in histories, logs, and in what other sites are told.", _MEND,
        ("14.2.1",), ("secrets in bodies",), changes=False, bare=True, on_scene=in_addresses),
    Attack(
        "secrets.passwords", "Passwords are stored too weakly", "Every stored password hash.",
        "Stolen hashes are tried offline, billions a second if they are fast.",
        "Leave the hash profile at its default.", ("11.4.2",), ("slow hash",), on_scene=passwords_at_rest),
)  # fmt: skip
