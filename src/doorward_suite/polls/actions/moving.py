"""A poll that comes from another installation: its questions, and its answers as those of nobody."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import insert, update

from doorward import Caller, FileRefused, Invalid, Transaction, file_within, open_file, transaction

from .. import access
from ..answering import counts_of, text_in, words_of
from ..files import MOVES, PICTURES
from ..kinds import Definition
from ..models import ANSWERS, CLOSED, RESPONDENTS, TALLIES, TURN, WORDS, Question
from ..moving import Moved, MovedPoll, picture_name, read_moved
from .polls import new_poll
from .questions import put

_AT_ONCE = 1_000


def load_sent(actor: Caller, file_ids: list[str]) -> int:
    """Make a poll of a file that was sent; the file itself is not kept. The number of the new poll."""
    owner = access.owner_to_be(actor)
    if len(file_ids) != 1:
        raise Invalid({"file": "Choose one file."})
    with transaction(actor) as tx:
        sent = tx.take_files(MOVES, file_ids)[0]
    try:
        with open_file(sent.id) as file:
            moved = read_moved(file.read())
    finally:
        with transaction(actor) as tx:
            tx.drop_file(sent.id)
    return _make(actor, owner, moved)


def load(actor: Caller, whole: object) -> int:
    """The same of a program's JSON."""
    owner = access.owner_to_be(actor)
    return _make(actor, owner, read_moved(json.dumps(whole)))


def _make(actor: Caller, owner: str, moved: MovedPoll) -> int:
    """Make the poll. Its pictures come in before, each looked into like one that is sent; else nothing is made."""
    sent: list[str] = []
    try:
        definitions = [
            one.definition.with_pictures(_bring_in(place, one, sent)) for place, one in enumerate(moved.questions)
        ]
        return _write(actor, owner, moved, definitions)
    except Exception:
        with transaction(actor) as tx:
            for file_id in sent:
                tx.drop_file(file_id)
        raise


def _bring_in(place: int, moved: Moved, sent: list[str]) -> dict[str, str]:
    """The pictures of one question, as files that arrived: the id of each by the name in the definition."""
    ids = {}
    for number, (name, content) in enumerate(moved.pictures.items()):
        try:
            ids[name] = file_within(PICTURES, picture_name(content), content)
        except FileRefused as refused:
            raise Invalid({"file": f"questions[{place}].pictures[{number}]: {refused.message}"}) from refused
        sent.append(ids[name])
    return ids


def _write(actor: Caller, owner: str, moved: MovedPoll, definitions: Sequence[Definition]) -> int:
    with transaction(actor) as tx:
        poll = new_poll(tx, moved.name, owner)
        for one, definition in zip(moved.questions, definitions, strict=True):
            question = put(tx, poll, definition, "question.added")
            if one.answers:
                _answer(tx, question, one)
        tx.journal("poll.loaded", on=f"poll:{poll.id}", questions=len(moved.questions))
        return poll.id


def _answer(tx: Transaction, question: Question, moved: Moved) -> None:
    """Put the answers in, each of a respondent that nobody is, and their numbers with them."""
    asked = moved.definition
    counts: Counter[str] = Counter({RESPONDENTS: len(moved.answers), TURN: len(moved.answers)})
    words: Counter[str] = Counter()
    as_written: dict[str, str] = {}
    rows = []
    for turn, stored in enumerate(moved.answers, start=1):
        counts.update(counts_of(asked, stored))
        said = words_of(asked, stored)
        words.update(said.keys())
        as_written = said | as_written
        keeps_order = turn if text_in(stored) is not None else None
        rows.append({"respondent": secrets.token_hex(32), "value": stored, "turn": keeps_order})
    _insert(tx, ANSWERS, ({"question_id": question.id, **row} for row in rows))
    for key, count in counts.items():
        here = (TALLIES.c.question_id == question.id, TALLIES.c.key == key)
        tx.db.execute(update(TALLIES).where(*here).values(count=TALLIES.c.count + count))
    spoken = ({"word": word, "written": as_written[word], "count": count} for word, count in words.items())
    _insert(tx, WORDS, ({"question_id": question.id, **row} for row in spoken))
    question.status, question.opened_at, question.closed_at = CLOSED, tx.now, tx.now


def _insert(tx: Transaction, table: object, rows: Iterable[dict[str, object]]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), _AT_ONCE):
        tx.db.execute(insert(table), waiting[start : start + _AT_ONCE])  # type: ignore[arg-type]
