"""What vote number 100 costs, and what vote number 100,000: processor time, of two databases in turns.

Not of one database with two questions: there the small question would lie in the large table. Each vote is one of
`actions.vote`, with its reading, its tallies, its event and its commit, without the request around it, which costs the
same always and would only hide what grows.
"""

from __future__ import annotations

import gc
import secrets
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doorward import Caller
from doorward.store.engine import open_engine
from doorward.store.migrate import migrate
from doorward.store.store import Store, using
from doorward_suite.polls import MIGRATIONS, actions, kinds, queries

EARLY = 100
#: How many votes are taken together, in turn of the one and the other; and how often.
BLOCK, TURNS = 50, 60
#: So many vote before each block, in the small table from its first vote on: the processor has then seen both alike.
_BEFORE = EARLY - BLOCK // 2
_FILLERS = 8
_OLGA = Caller(account_id="olga", name="Olga")
_RIVERS = "Nile\nAmazon\nYangtze\nRhine"
DRAFTS = {
    kinds.CHOICE: kinds.Draft(kinds.CHOICE, "Which is longest?", _RIVERS),
    kinds.SHORT: kinds.Draft(kinds.SHORT, "What is unclear?"),
    kinds.CLOUD: kinds.Draft(kinds.CLOUD, "One word for it", most="2"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A database with one open question."""

    store: Store
    poll: int
    question: int
    kind: str

    def vote(self, number: int) -> None:
        """Somebody votes for the first time."""
        actions.vote(self.poll, self.question, secrets.token_hex(32), given(self.kind, number))

    def block(self, first: int, votes: int) -> float:
        """The processor time of this process while so many vote, in microseconds a vote."""
        with using(self.store):
            began = time.process_time()
            for number in range(first, first + votes):
                self.vote(number)
            return (time.process_time() - began) / votes * 1e6


@contextmanager
def _place(kind: str, folder: Path) -> Iterator[Place]:
    folder.mkdir(parents=True)
    engine = open_engine(f"sqlite:///{folder / 'polls.sqlite3'}")
    migrate(engine, [MIGRATIONS])
    store = Store(engine)
    try:
        with using(store):
            poll = actions.create_poll(_OLGA, "Rivers")
            question = actions.add_question(_OLGA, poll, DRAFTS[kind])
            actions.open_question(_OLGA, poll, question)
        yield Place(store, poll, question, kind)
    finally:
        store.close()


def given(kind: str, number: int) -> list[str]:
    """What the voter of this number answers. Of words there are some thousands, some frequent and most rare."""
    if kind == kinds.CHOICE:
        return [f"o{1 + number % 4}"]
    if kind == kinds.SHORT:
        return [f"Why does the river of person {number} turn to the north?"]
    return [f"word{number % 7}", f"rare{number * 7919 % 5000}"]


def measured(folder: Path, late: int, wanted: Sequence[str]) -> dict[str, Any]:
    """For these kinds of question the median cost of a vote around the hundredth, and around the late one."""
    return {kind: _of(kind, folder / kind, late) for kind in wanted}


def _of(kind: str, folder: Path, late: int) -> dict[str, Any]:
    with _place(kind, folder / "early") as few, _place(kind, folder / "late") as many:
        there = late - (_BEFORE + BLOCK) * TURNS // 2
        _fill(many, there)
        gc.collect()
        gc.freeze()
        costs: dict[str, list[float]] = {"early": [], "late": []}
        for turn in range(TURNS):
            with using(few.store):
                actions.clear_answers(_OLGA, few.poll, few.question)
            blocks = [("early", few, 0), ("late", many, there + turn * (_BEFORE + BLOCK))]
            for name, place, first in blocks if turn % 2 else reversed(blocks):
                place.block(first, _BEFORE)
                costs[name].append(place.block(first + _BEFORE, BLOCK))
        with using(many.store), many.store.reading() as db:
            stored = queries.tallies_of_one(db, many.question).respondents
    assert stored == there + (_BEFORE + BLOCK) * TURNS, stored
    early_cost, late_cost = statistics.median(costs["early"]), statistics.median(costs["late"])
    return {
        "late": late,
        "vote_100_us": round(early_cost, 1),
        "late_vote_us": round(late_cost, 1),
        "ratio": round(late_cost / early_cost, 3),
        "ratio_of_means": round(statistics.fmean(costs["late"]) / statistics.fmean(costs["early"]), 3),
    }


def _fill(place: Place, votes: int) -> None:
    """Let so many vote, several at once: then they share the waiting for the disk."""

    def some(first: int) -> None:
        with using(place.store):
            for number in range(first, votes, _FILLERS):
                place.vote(number)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(_FILLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
