"""Pictures of questions: taken once they were sent, shared by copies, and deleted with the last that shows them."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import delete, func, select

from doorward import Conflict, Transaction

from ..files import PICTURES
from ..kinds import Definition
from ..models import Picture, Question

_GONE = "A picture of this question was taken away just now. Look at the question again."


def take(tx: Transaction, question_id: int, definition: Definition) -> Definition:
    """Keep the pictures of a question, and let go of those that it no longer has.

    Arguments:
        definition: names pictures that the question has, and files that were sent.

    Results:
        The definition with the names under which all of its pictures are kept.

    Errors:
        Conflict: one is neither of this question nor a file of the actor's that was not used yet. Nothing is taken.
    """
    kept = set(tx.db.scalars(select(Picture.name).where(Picture.question_id == question_id)))
    wanted = definition.pictures
    files = tx.take_files(PICTURES, [one for one in wanted if one not in kept])
    names = {file.id: _keep(tx, question_id, file.id) for file in files}
    _drop(tx, kept.difference(wanted))
    return definition.with_pictures(names)


def share(tx: Transaction, question_id: int, definition: Definition) -> Definition:
    """The pictures of a copy: the same files under names of its own.

    Errors:
        Conflict: one was deleted meanwhile.
    """
    if not definition.pictures:
        return definition
    there = select(Picture).where(Picture.name.in_(definition.pictures)).order_by(Picture.name).with_for_update()
    files = {one.name: one.file_id for one in tx.db.scalars(there.execution_options(populate_existing=True))}
    if len(files) < len(definition.pictures):
        raise Conflict(_GONE)
    return definition.with_pictures({name: _keep(tx, question_id, file) for name, file in files.items()})


def drop_of_question(tx: Transaction, question_id: int) -> None:
    """The question goes, and its pictures with it."""
    _drop(tx, tx.db.scalars(select(Picture.name).where(Picture.question_id == question_id)).all())


def drop_of_poll(tx: Transaction, poll_id: int) -> None:
    """The poll goes, and the pictures of all its questions with it."""
    of_poll = select(Picture.name).join(Question, Question.id == Picture.question_id)
    _drop(tx, tx.db.scalars(of_poll.where(Question.poll_id == poll_id)).all())


def _keep(tx: Transaction, question_id: int, file_id: str) -> str:
    name = secrets.token_hex(16)
    tx.db.add(Picture(name=name, question_id=question_id, file_id=file_id))
    tx.db.flush()
    return name


def _drop(tx: Transaction, names: Collection[str]) -> None:
    files = set(tx.db.scalars(select(Picture.file_id).where(Picture.name.in_(names)))) if names else set()
    for file_id in sorted(files):
        # Who copies a picture, or deletes another copy, waits here: counted is what is there after them.
        all_of_it = select(Picture.name).where(Picture.file_id == file_id).order_by(Picture.name)
        tx.db.scalars(all_of_it.with_for_update()).all()
        tx.db.execute(delete(Picture).where(Picture.file_id == file_id, Picture.name.in_(names)))
        if not tx.db.scalar(select(func.count()).where(Picture.file_id == file_id)):
            tx.drop_file(file_id)
