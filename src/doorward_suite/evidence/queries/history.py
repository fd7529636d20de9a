"""What was said and done: of objectives, of an assessment, of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from doorward import account_names

from ..models import Mention, Note, Progress
from ..stages import STEPS

#: What a line of history says was done, besides the steps.
DONE = {
    "comment": "wrote",
    "assigned": "assigned it",
    "unassigned": "left it to nobody",
    "linked": "linked evidence",
    "unlinked": "unlinked evidence",
    "added": "added evidence",
    "replaced": "added a newer version",
    "deleted": "deleted evidence",
    "restored": "brought evidence back",
}
_CROWDS = ("assigned", "unassigned")
#: How many lines of an objective its page shows.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One line of history.

    Arguments:
        who: the name of whoever did it.
        did: in a few words.
        objective: which one it was about.
    """

    note: Note
    who: str
    did: str
    objective: str


def of_objectives(db: Session, progress_ids: Sequence[int]) -> dict[int, list[Line]]:
    """The newest lines of each of these objectives, the newest first."""
    found: dict[int, list[Line]] = {one: [] for one in progress_ids}
    # One look into the index for each: together they could only be had by sorting all that was ever said.
    rows = [
        row
        for one in progress_ids
        for row in db.execute(_lines().where(Note.progress_id == one).order_by(Note.id.desc()).limit(SHOWN)).all()
    ]
    for line in _named(db, rows):
        found[line.note.progress_id].append(line)
    return found


def recent(db: Session, number: int, count: int = 8) -> list[Line]:
    """What happened last in an assessment, but for who was assigned what: that comes in crowds."""
    query = _lines().where(Note.assessment_id == number, Note.kind.not_in(_CROWDS))
    query = query.order_by(Note.id.desc()).limit(count)
    return _named(db, db.execute(query).all())


def mentions_of(db: Session, number: int, account_id: str, count: int = 20) -> list[Line]:
    """The newest comments of an assessment that name somebody."""
    query = _lines().join(Mention, Mention.note_id == Note.id)
    query = query.where(Mention.account_id == account_id, Mention.assessment_id == number)
    return _named(db, db.execute(query.order_by(Mention.note_id.desc()).limit(count)).all())


def _lines() -> Select[Note, str]:
    return select(Note, Progress.objective).join(Progress, Progress.id == Note.progress_id)


def _named(db: Session, rows: Iterable[Row[Note, str]]) -> list[Line]:
    there = list(rows)
    ids = {note.author_id for note, _objective in there} | {_assigned_to(note) for note, _objective in there}
    names = account_names(db, ids)
    return [Line(note, names[note.author_id], _did(note, names), objective) for note, objective in there]


def _assigned_to(note: Note) -> str:
    return note.about.removeprefix("account:") if note.about.startswith("account:") else ""


def _did(note: Note, names: Mapping[str, str]) -> str:
    step = STEPS.get(note.kind)
    did = step.done if step is not None else DONE.get(note.kind, note.kind)
    return f"{did} to {names[whom]}" if (whom := _assigned_to(note)) else did
