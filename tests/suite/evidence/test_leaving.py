"""Who deletes their account: what they take along, what is erased, and that the chain of evidence stays whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from doorward import NotFound, journal_excerpt, now
from doorward.core.journal_excerpts import check_lines
from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.actions import items, leaving, linking, poam, progress, ssp
from doorward_suite.evidence.collecting import Details
from doorward_suite.evidence.models import Item, Note, Package, Version
from doorward_suite.evidence.planning import TypedEntry
from doorward_suite.evidence.queries import handing_over, personal, reporting
from doorward_suite.evidence.queries import ssp as described
from doorward_suite.evidence.ssp_mapping import Said

from .conftest import ADA, CLEO, LEA, ROSA, VERA, Shelf, Team

NOTHING_SAID = Details("", "screenshot", "the directory", None, None)


@pytest.fixture
def filled(store: Store, shelf: Shelf) -> Team:
    """An assessment in which Cleo collected, wrote and said something, and Rosa reviewed it."""
    made = Team(store)
    ids = items.add_items(CLEO, made.number, [shelf.sent(CLEO)], ["3.1.1[a]"], NOTHING_SAID)
    items.add_version(CLEO, made.number, ids[0], [shelf.sent(CLEO, content=b"%PDF-1.7 newer")], NOTHING_SAID)
    slip = items.add_items(CLEO, made.number, [shelf.sent(CLEO, "slip.pdf", b"%PDF-1.7 slip")], [], NOTHING_SAID)
    linking.delete_item(CLEO, made.number, slip[0], "A slip.")
    progress.comment(CLEO, made.number, "3.1.1[a]", "The cobalt umbrella.")
    progress.take_step(CLEO, made.number, "3.1.1[a]", "hand_in")
    progress.take_step(ROSA, made.number, "3.1.1[a]", "met")
    ssp.write_mapping(CLEO, made.number, "3.1.1", Said(document="The plan", statement="By the directory."))
    typed = TypedEntry(weakness="No list.", remediation="A list.", due="2030-01-01", owner=CLEO.id)
    poam.open_entry(CLEO, made.number, "3.1.3", typed)
    with store.transaction(CLEO) as tx:
        made_by = {"made_by": CLEO.id, "made_at": tx.now, "files": 1, "size": 1, "manifest": "0" * 64}
        tx.db.add(Package(assessment_id=made.number, **made_by))
    return made


def exported(made: Team, account_id: str) -> dict[str, Any]:
    with made.store.reading() as db:
        return json.loads(json.dumps(dict(personal.everything_of(db, account_id))))


def test_ones_own_export_has_all_that_the_app_stores_about_one(filled: Team) -> None:
    mine = exported(filled, CLEO.id)
    place = mine[f"assessment-{filled.number}"]
    assert (place["role"], [one["requirement"] for one in place["poam"]]) == ("collector", ["3.1.3"])
    added = [one for one in mine["evidence-1"]["added"] if one["assessment"] == filled.number]
    assert [(one["file"], one["version"], bool(one["deleted_at"])) for one in added] == [
        ("policy.pdf", 1, False),
        ("policy.pdf", 2, False),
        ("slip.pdf", 1, True),
    ]
    assert all(len(one["sha256"]) == 64 for one in added)
    (written,) = [one for one in mine["ssp-1"]["written"] if one["assessment"] == filled.number]
    assert (written["requirement"], written["statement"]) == ("3.1.1", "By the directory.")
    said = [line for line in mine["history-1"]["lines"] if line["assessment"] == filled.number]
    assert "The cobalt umbrella." in [line["text"] for line in said]
    others = json.dumps(exported(filled, VERA.id))
    assert "umbrella" not in others
    assert "By the directory." not in others


def test_a_long_life_is_exported_in_parts(filled: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "_AT_ONCE", 2)
    mine = exported(filled, CLEO.id)
    parts = [name for name in mine if name.startswith("evidence-")]
    assert len(parts) >= 2
    assert all(len(mine[name]["added"]) <= 2 for name in parts)


@pytest.mark.parametrize("way", [leaving.let_go, leaving.erase], ids=["soft", "hard"])
def test_the_chain_of_evidence_stays_whole(filled: Team, shelf: Shelf, way: Callable[[Any, str], None]) -> None:
    before = state(filled)
    with filled.store.transaction(ADA) as tx:
        way(tx, CLEO.id)
    assert state(filled) == before
    with filled.store.reading() as db:
        with pytest.raises(NotFound):
            access.seat_in(db, CLEO, filled.number)
        comment = db.scalars(
            select(Note).where(Note.assessment_id == filled.number, Note.kind == "comment", Note.author_id == CLEO.id)
        ).one()
        assert comment.text == ("" if way is leaving.erase else "The cobalt umbrella.")
        seat = access.seat_in(db, LEA, filled.number)
        report = reporting.report_of(db, seat, now(), "lea")
        assert report.parts[0].objectives[0].finding == "Met"
        assert report.parts[0].how_met == "By the directory."
        assert [line.responsible for line in report.poam] == [""]
        checked, _entries = check_lines(list(journal_excerpt(db, "", list(handing_over.journal_names(db, seat)))))
        assert (checked.reason, checked.count > 5) == ("", True)


def state(made: Team) -> Any:
    """What must not change when somebody leaves: files, hashes, what they show, and what was handed over."""
    with made.store.reading() as db:
        seat = access.seat_in(db, LEA, made.number)
        mine = select(Version).join(Item, Item.id == Version.item_id).where(Item.assessment_id == made.number)
        return (
            handing_over.packed_files(db, seat),
            [(one.file_id, one.sha256, one.added_by) for one in db.scalars(mine.order_by(Version.id))],
            [one.manifest for one in handing_over.packages_of(db, seat)],
            described.mapping_of(db, seat),
        )
