"""A hall: ten thousand phones hold their streams, the presenter asks, and two thousand vote within ten seconds."""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from doorward.clock import system_clock
from doorward.core.secrets import KeyRing
from doorward.settings import Settings
from doorward_suite.polls.respondents import COOKIE
from tests.support.server import Server

from .crowd import Crowd, Vote
from .room import ENV, OPTIONS, Phone, Room, make_room, memory_of, processor_seconds, serving

WITHIN = 10.0
#: How long the stragglers are waited for before they count as lost.
_PATIENCE = 30.0
#: The hall's network has several addresses; each may hold 5,000 streams as it comes, and half of them are enough.
_PER_ADDRESS = 2500


def measured(folder: Path, phones: int, voters: int) -> dict[str, Any]:
    """What becomes of every phone, every vote, and the server's memory."""
    room = make_room(folder / "hall", asked=False)
    with serving(folder / "hall") as server:
        before, _ = memory_of(server)
        crowd = Crowd(server.port, room)
        facts = {"phones": phones, "voters": voters, **_played(crowd, server, room, phones, voters)}
        now, most = memory_of(server)
        memory = {"memory_before_mb": before, "memory_at_the_end_mb": now, "memory_most_mb": most}
        facts |= {name: round(one, 1) for name, one in memory.items()}
        facts |= _stored(folder / "hall", room, crowd.phones, crowd.votes)
        crowd.close()
    return facts


def _played(crowd: Crowd, server: Server, room: Room, phones: int, voters: int) -> dict[str, Any]:
    began = time.perf_counter()
    crowd.present()
    crowd.come(phones, _PER_ADDRESS)
    came = time.perf_counter() - began
    asked = crowd.ask()
    crowd.listen(until=lambda: len(crowd.has_question) == phones, most=_PATIENCE)
    heard = [1000 * (at - asked) for at in crowd.has_question.values()]
    dice = random.Random(8)
    now = time.perf_counter() + 0.5
    due = sorted(now + dice.uniform(0, WITHIN) for _ in range(voters))
    who = dice.sample(range(phones), voters)
    worked = processor_seconds(server.process.pid)
    crowd.vote([Vote(phone, dice.choice(OPTIONS), at) for phone, at in zip(who, due, strict=True)], _PATIENCE)
    worked = processor_seconds(server.process.pid) - worked
    crowd.listen(until=lambda: crowd.told_of() == voters, most=_PATIENCE)
    saved = [vote for vote in crowd.votes if vote.saved_at]
    took = [1000 * (vote.saved_at - vote.due) for vote in saved]
    shown = [1000 * one for one in crowd.shown_after()]
    return {
        "seconds_until_all_had_come": round(came, 1),
        "question_p99_ms": round(_p99(heard), 1),
        "question_last_ms": round(max(heard), 1),
        "phones_without_the_question": phones - crowd.once(),
        "votes_sent_within_seconds": round(crowd.votes[-1].sent_at - crowd.votes[0].sent_at, 2),
        "votes_saved": len(saved),
        "errors": crowd.errors[:5],
        "vote_p50_ms": round(statistics.median(took), 1),
        "vote_p99_ms": round(_p99(took), 1),
        "vote_worst_ms": round(max(took), 1),
        "presenter_updates": len(crowd.tallies),
        "presenter_p50_ms": round(statistics.median(shown), 1),
        "presenter_p99_ms": round(_p99(shown), 1),
        "presenter_worst_ms": round(max(shown), 1),
        "votes_the_presenter_did_not_see": len(saved) - len(shown),
        "server_processor_seconds_while_voting": round(worked, 1),
        "streams_at_the_end": crowd.connected,
    }


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _stored(data: Path, room: Room, phones: list[Phone], votes: list[Vote]) -> dict[str, Any]:
    """What the database holds, vote by vote: each under the name that its phone's cookie gives."""
    keys = KeyRing(Settings.load(data, ENV).secret_keys)

    def name_of(phone: Phone) -> str:
        signed = next(one for one in phone.cookies.split("; ") if one.startswith(f"{COOKIE}=")).partition("=")[2]
        _days, key, *_joined = keys.unsign(f"cookie:{COOKIE}", signed, None, system_clock()).split(".")
        return keys.mac_all("app:polls.respondent", f"{room.poll}:{key}".encode())[-1].hex()

    db = sqlite3.connect(data / "doorward.sqlite3", timeout=20)
    rows = db.execute("SELECT respondent, value FROM polls_answers WHERE question_id = ?", (room.question,)).fetchall()
    kept = dict(db.execute("SELECT key, count FROM polls_tallies WHERE question_id = ?", (room.question,)).fetchall())
    db.close()
    stored = {name: json.loads(value) for name, value in rows}
    cast = {name_of(phones[vote.phone]): [vote.answer] for vote in votes if vote.saved_at}
    recounted = Counter(answer for (answer,) in stored.values())
    right = kept["*"] == len(rows) and all(kept[key] == recounted[key] for key in OPTIONS)
    return {
        "answers_stored": len(rows),
        "votes_lost": sum(name not in stored for name in cast),
        "votes_not_as_cast": sum(stored[name] != cast.get(name) for name in stored),
        "tallies_wrong": not right,
    }
