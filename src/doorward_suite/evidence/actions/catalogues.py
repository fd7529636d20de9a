"""Loading what standards say: NIST's official wording, and catalogues of one's own, for all teams of the server."""

from __future__ import annotations

import hashlib
import json
from typing import BinaryIO

from sqlalchemy import select

from doorward import Caller, Conflict, Forbidden, Invalid, Transaction, open_file, transaction

from ..catalogue import (
    KEY,
    Catalogue,
    Wording,
    WrongCatalogue,
    built_in,
    catalogue_json,
    load_wording,
    read_catalogue,
)
from ..catalogue.wording import plain
from ..files import CATALOGUES
from ..models import Assessment, Shelved
from ..queries import shelf
from ..workbooks import Unreadable


def load_sent(actor: Caller, file_ids: list[str], key: str, name: str) -> list[str]:
    """Load a file that was sent to the server. What it said, in sentences; the file itself is not kept.

    Arguments:
        actor: an administrator of the server.
        file_ids: one, of a file that came by the intake of catalogues.
        key, name: of a catalogue of one's own; empty for NIST's workbooks.

    Errors:
        Invalid: no file, or one that cannot be used, with every reason.
    """
    if len(file_ids) != 1:
        raise Invalid({"file": "Choose one file."})
    with transaction(actor) as tx:
        sent = tx.take_files(CATALOGUES, file_ids)[0]
    try:
        with open_file(sent.id) as file:
            return load(actor, file, key, name)
    finally:
        with transaction(actor) as tx:
            tx.drop_file(sent.id)


def load(actor: Caller, file: BinaryIO, key: str = "", name: str = "") -> list[str]:
    """Load a file: official wording where neither key nor name is given and it is one of NIST's workbooks.

    Results:
        What was found, in sentences for a person.

    Errors:
        Forbidden: the actor is no administrator. Invalid: the file cannot be used. Conflict: see `_must_agree`.
    """
    if not actor.is_admin:
        raise Forbidden("Only an administrator of this server loads catalogues.")
    try:
        if key or name or not _is_workbook(file):
            return _load_own(actor, file, key, name)
        loaded = load_wording(file, built_in())
    except Unreadable as problem:
        raise Invalid({"file": str(problem)}) from problem
    except WrongCatalogue as wrong:
        lines = [str(one) for one in wrong.problems]
        raise Invalid({"file": " ".join(lines[:20])}, "\n".join(lines)) from wrong
    with transaction(actor) as tx:
        _put_wording(tx, KEY, built_in().name, loaded.wording)
        report = loaded.report
        tx.journal(
            "catalogue.worded", on=f"catalogue:{KEY}", requirements=report.requirements, missing=len(report.missing)
        )
    return report.lines()


def _is_workbook(file: BinaryIO) -> bool:
    """Whether it begins as a workbook; a table or JSON is text."""
    head = file.read(4)
    file.seek(0)
    return head == b"PK\x03\x04"


def _load_own(actor: Caller, file: BinaryIO, key: str, name: str) -> list[str]:
    own = read_catalogue(file, key=key, name=name)
    made = own.catalogue
    with transaction(actor) as tx:
        row = _row(tx, made.key, made.name)
        _must_agree(tx, row, made)
        row.name, row.loaded_by, row.loaded_at = made.name, actor.id, tx.now
        row.content = catalogue_json(made)
        row.content_digest = _digest(row.content)
        tx.journal("catalogue.loaded", on=f"catalogue:{made.key}", objectives=len(made.objectives))
        _put_wording(tx, made.key, made.name, own.wording)
    count = (
        f"{len(made.families)} families, {len(made.requirements)} requirements and {len(made.objectives)} objectives"
    )
    return [f"{made.name}: {count}. Assessments can be by it from now on."]


def _row(tx: Transaction, key: str, name: str) -> Shelved:
    """What is shelved under a key, held until the transaction ends; a new row where there is none."""
    query = select(Shelved).where(Shelved.key == key).with_for_update()
    row = tx.db.scalar(query.execution_options(populate_existing=True))
    if row is None:
        row = Shelved(key=key, name=name, loaded_by=tx.actor.id, loaded_at=tx.now)
        tx.db.add(row)
        tx.db.flush()
    return row


def _must_agree(tx: Transaction, row: Shelved, made: Catalogue) -> None:
    """A catalogue that is in use may get other titles, but no other objectives: what was collected is for these."""
    if not row.content or tx.db.scalar(select(Assessment.id).where(Assessment.catalogue == made.key).limit(1)) is None:
        return
    before = shelf.catalogue_with(tx.db, made.key)
    if [one.id for one in before.objectives] != [one.id for one in made.objectives]:
        raise Conflict("An assessment is by this catalogue, and the file has other objectives. Give it another key.")


def _put_wording(tx: Transaction, key: str, name: str, more: Wording) -> None:
    row = _row(tx, key, name)
    known = shelf.wording_for(tx.db, key)
    row.wording = json.dumps(plain(known.with_more(more)), ensure_ascii=False)
    row.wording_digest = _digest(row.wording)
    row.loaded_by, row.loaded_at = tx.actor.id, tx.now


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
