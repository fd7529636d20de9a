"""The journal: what must be in it, how it says it, and whether a change of it is found out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.scene import MEMBER, SPARE, Scene
from doorward.prove.stories.telling import somebody, stranger
from doorward.prove.wire import Request, form

_UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
_FORGED = "forged\r\n2026-01-01T00:00:00Z session.opened ok admin\x1b[2J\u2028"


def _entries(scene: Scene) -> list[Mapping[str, str]]:
    return scene.host.journal_entries() if scene.host is not None else []


def complete(scene: Scene) -> Iterator[Try]:
    """Do what must be written down, and look for it."""
    if scene.host is None:
        yield untried("this run has no journal of its own")
        return
    person = somebody(scene, "is written down")
    place = scene.new_address()
    person.address = place
    person.sign_in()
    wrong = stranger(scene, "somebody with a wrong password")
    wrong.address = place
    wrong.open("/login")
    wrong.submit("/login", {"username": person.account, "password": "not the password at all"})  # nosec B105
    person.browse(Request("GET", "/admin"))
    person.send(form("POST", "/logout", {}, headers={"Origin": "https://evil.example"}))
    person.open("/account")
    person.submit("/logout", {})
    of_here = [entry for entry in _entries(scene) if entry["address"] == place]
    wanted = {
        "a sign-in": ("session.started", ("ok",)),
        "a refused sign-in": ("session.refused", ("refused", "failed")),
        "a refusal of a page": ("", ("refused",)),
        "a forged request": ("csrf", ("refused",)),
        "signing out": ("session.ended", ("ok",)),
    }
    for what, (event, outcomes) in wanted.items():
        there = any(event in entry["event"] and entry["outcome"] in outcomes for entry in of_here)
        yield held(what) if there else won(f"{what.capitalize()} is not in the journal.", what)


def clear(scene: Scene) -> Iterator[Try]:
    """Every entry says when (in UTC), what, how it ended, and from where or by whom."""
    entries = _entries(scene)
    if not entries:
        yield untried("this run has no journal of its own")
    for entry in entries:
        event = entry["event"]
        if not _UTC.match(entry["at"]):
            yield won(f"An entry's time is not in UTC: {entry['at'][:40]}", event)
        elif not event or not entry["outcome"] or not (entry["who"] or entry["who_name"] or entry["address"]):
            yield won("An entry does not say what, how, or who.", event)
        else:
            yield held(event)


def forged_lines(scene: Scene) -> Iterator[Try]:
    """Names and addresses with line ends and terminal codes, into the journal and the log."""
    if scene.host is None:
        yield untried("this run has no journal of its own")
        return
    forger = stranger(scene, "somebody who forges lines")
    forger.open("/login")
    forger.submit("/login", {"username": _FORGED, "password": "x"})  # nosec B105
    forger.send(Request("GET", "/nowhere/%0d%0aforged%20line", {"User-Agent": "a\tb\x1b[31m", "Referer": "x\ty"}))
    for sample in scene.samples_of("POST"):
        texts_in = [one.name for one in sample.form.fields if one.type in ("text", "textarea")] if sample.form else []
        if texts_in and sample.renew is None and not sample.ends_something:
            sample.person.open(sample.form.page if sample.form else "/")
            sample.person.browse(sample.build(csrf_token=sample.person.csrf_token, **dict.fromkeys(texts_in, _FORGED)))
    texts = ["\n".join(entry.values()) for entry in _entries(scene)]
    breaking = [text for text in texts if "forged\r" in text or "\x1b" in text or "\u2028" in text]
    yield (
        won("An entry of the journal holds line ends or terminal codes.", "the journal")
        if breaking
        else held("journal")
    )
    lines = [
        line for line in scene.host.log_text().splitlines() if line.startswith(("forged line", "2026-01-01T00:00:00Z"))
    ]
    yield won("A line of the log was written by a visitor.", "the log", "", lines[0]) if lines else held("log")


def tampering(scene: Scene) -> Iterator[Try]:
    """Change, remove, move and cut entries in a copy of the database, and let the journal be checked."""
    if scene.host is None:
        yield untried("this run has no journal of its own")
        return
    problem = scene.host.journal_holds()
    if problem:
        yield won(f"The journal of this run does not hold: {problem}", "the journal")
        return
    for what, found_out in scene.host.journal_forgeries().items():
        yield held(what) if found_out else won(f"Nobody finds out when {what}.", "the journal")


def unreachable(scene: Scene) -> Iterator[Try]:
    """No page changes the journal, and only administrators read it."""
    for sample in scene.samples:
        if "journal" in sample.way.path and sample.way.writes:
            yield won(f"{sample.way} writes to the journal.", str(sample.way))
    for name in (MEMBER, SPARE):
        person = scene.person(name)
        if person is None:
            continue
        answer = person.browse(Request("GET", "/admin/journal"))
        yield (
            won(f"{name} reads the journal.", "GET /admin/journal") if answer.status == 200 else held("/admin/journal")
        )


_WHY = (
    "After something has happened, the journal is what says what it was, if it is complete and nobody could change it."
)
_MEND = "Write entries with tx.journal, in the transaction of the change, and leave the chain to the door."

ATTACKS = (
    Attack("journal.complete", "What matters is not written down",
           "Signing in, a wrong password, refusals and a forged request, looked up in the journal.", _WHY, _MEND,
           ("16.3.1", "16.3.2", "16.3.3"), ("journal",), on_scene=complete),
    Attack("journal.clear", "Entries that do not say when, who, where or what", "Every entry of the run.", _WHY, _MEND,
           ("16.2.1", "16.2.2"), ("journal metadata",), on_scene=clear),
    Attack("journal.forged-lines", "Visitors write lines of their own into journal or log",
           "Names, paths, headers and every text field with line ends and terminal codes.", _WHY, _MEND,
           ("16.4.1",), ("journal cleaning",), on_scene=forged_lines),
    Attack("journal.tampering", "Changes of the journal are not found out",
           "Entries changed, removed, moved, cut off and put in, each in a copy, which is then checked.", _WHY, _MEND,
           ("16.4.2",), ("seals", "journal"), on_scene=tampering),
    Attack("journal.reading", "The journal is open to those whom it is about",
           "Reading the journal as members; any way that would change it.", _WHY, _MEND,
           ("16.4.2",), ("role", "rule"), on_scene=unreachable),
)  # fmt: skip
