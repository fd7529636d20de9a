"""The server time of evidence's pages, with 20,000 files and all 320 objectives in one assessment; and its report."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, update

from doorward import Doorward
from doorward.clock import system_clock
from doorward.store.store import Store
from doorward.testing import Browser, signed_in, test_settings
from doorward_suite.evidence.models import ITEMS, LINKS, PROGRESS, VERSIONS, WORDS, Totals
from doorward_suite.evidence.search import index_words
from doorward_suite.evidence.stages import COLLECTED, COLLECTING, MET, REVIEWED
from doorward_suite.portal import create_app

from .timing import timed

_AT_ONCE = 2000


def measured(folder: Path, files: int, rounds: int) -> dict[str, Any]:
    """The pages of one assessment, each asked for in turn, through the whole door and in the process itself.

    Arguments:
        files: how many pieces of evidence there are, each linked to one objective.
        rounds: how often each page is asked for.
    """
    app = create_app(["evidence"])
    door: Doorward = app.extensions["doorward"]
    door.start(test_settings(folder / "data"))
    try:
        return _measured(app, door, files, rounds)
    finally:
        door.close()


def _measured(app: Flask, door: Doorward, files: int, rounds: int) -> dict[str, Any]:
    lea = signed_in(app, "Lea", "admin")
    made = lea.post("/evidence/", {"name": "Measured", "lead": "lea"})
    number = int(made.headers["Location"].rpartition("/")[2])
    objectives = fill(door.store, number, files)
    path = f"/evidence/{number}"
    asked = {
        "dashboard": path,
        "library": f"{path}/items",
        "library, searched": f"{path}/items?q=firewall",
        "requirement": f"{path}/requirements/3.1.1",
        "work list": f"{path}/objectives",
        "search": f"{path}/search?q=firewall",
    }
    pages = {name: timed(lambda one=one: _got(lea, one), rounds) for name, one in asked.items()}
    return {
        "files": files,
        "objectives": objectives,
        "rounds": rounds,
        "pages": pages,
        "routes of the report": report(lea, path),
    }


def report(browser: Browser, path: str) -> dict[str, Any]:
    """How long the report of this assessment takes in each form that there is; empty while pages give none."""
    forms = {"page": f"{path}/report", **{kind: f"{path}/report/{kind}" for kind in ("pdf", "csv", "xlsx")}}
    there = {name: one for name, one in forms.items() if browser.get(one).status_code == 200}
    return {name: timed(lambda one=one: _got(browser, one), 3) for name, one in there.items()}


def _got(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    assert answer.get_data()


def fill(store: Store, number: int, files: int) -> int:
    """Put so many pieces of evidence into an assessment, past every rule; gives how many objectives it has."""
    now = system_clock()
    with store.transaction() as tx:
        progress = list(tx.db.scalars(select(PROGRESS.c.id).where(PROGRESS.c.assessment_id == number)))
    for begin in range(0, files, _AT_ONCE):
        rows = range(begin + 1, min(begin + _AT_ONCE, files) + 1)
        with store.transaction() as tx:
            tx.db.execute(insert(ITEMS), [_item(number, one, now) for one in rows])
            tx.db.execute(insert(VERSIONS), [_version(one, now) for one in rows])
            links = [{"item_id": one, "progress_id": progress[one % len(progress)]} for one in rows]
            tx.db.execute(insert(LINKS), [{**one, "linked_by": "x", "linked_at": now} for one in links])
            tx.db.execute(insert(WORDS), [word for one in rows for word in _words(number, one)])
    with store.transaction() as tx:
        tx.db.execute(update(Totals).where(Totals.assessment_id == number).values(pieces=files, size=files * 4096))
        for place, one in enumerate(progress):
            stage = (COLLECTING, COLLECTED, REVIEWED)[place % 3]
            found = {"finding": MET, "reason": "Seen.", "reviewed_at": now} if stage == REVIEWED else {}
            count = files // len(progress) + (place and place <= files % len(progress))
            tx.db.execute(
                update(PROGRESS)
                .where(PROGRESS.c.id == one)
                .values(stage=stage, evidence=count, due_on=now.date() + timedelta(days=place % 60 - 30), **found)
            )
    return len(progress)


def _title(number: int) -> str:
    return f"{('Firewall rules', 'Access policy', 'Visitor log', 'Scan report')[number % 4]} {number}"


def _item(assessment: int, number: int, now: Any) -> dict[str, Any]:
    expires = now.date() + timedelta(days=number % 900 - 20)
    fixed = {"versions": 1, "links": 1, "state": "intact", "deleted_by": "", "delete_reason": ""}
    owned = {"assessment_id": assessment, "owner_id": "x", "added_at": now}
    return {"id": number, "title": _title(number), "expires_on": expires, **owned, **fixed}


def _version(number: int, now: Any) -> dict[str, Any]:
    file = {"file_id": f"f{number}", "name": f"{_title(number)}.pdf", "type": "application/pdf", "size": 4096}
    digest = sha256(str(number).encode()).hexdigest()
    times = {"added_at": now, "checked_at": now, "collected_on": now.date(), "expires_on": None}
    said = {"notes": "", "how": "document", "source": "the wiki", "added_by": "x", "state": "intact"}
    return {"item_id": number, "number": 1, "sha256": digest, **file, **times, **said}


def _words(assessment: int, number: int) -> list[dict[str, Any]]:
    words = index_words(_title(number), "the wiki")
    return [{"assessment_id": assessment, "word": word, "item_id": number} for word in words]
