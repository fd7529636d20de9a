"""Votes against a real server that is killed in the middle, and the question whether it kept its word.

Whatever a client was told is saved must be there after a kill -9: each vote, each entry of the journal. What was
on its way when the server died may be there or not.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from doorward.clock import system_clock
from doorward.core.secrets import KeyRing
from doorward.settings import Settings
from doorward_suite.polls.respondents import COOKIE
from tests.support.server import Server, _environment

PASSWORD = "a quiet harbour in late november"
ENV = {
    "DOORWARD_ENV": "development",
    "DOORWARD_HASH_PROFILE": "cheap",
    "DOORWARD_REQUESTS_PER_ADDRESS": "9000000/minute",
}
VOTES_OF_ONE = 20  # the limit for one respondent is 60 a minute
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|name="csrf-token" content="([^"]+)"')


class Gone(Exception):
    """The server did not answer to the end."""


class Client:
    """A browser of few words: one connection, cookies, the token of the last page."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, path: str) -> tuple[int, str]:
        status, page = self._ask("GET", path, None, {"Accept": "text/html"})
        found = _TOKEN.search(page)
        self.token = (found[1] or found[2]) if found else self.token
        return status, page

    def post(self, path: str, form: Mapping[str, str], accept: str = "application/json") -> tuple[int, str]:
        body = urlencode({"csrf_token": self.token, **form})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException) as problem:
            raise Gone from problem
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.location = answer.headers.get("Location") or ""
        return answer.status, text


@dataclass
class Word:
    """What one respondent was told about one question."""

    saved: str | None = None
    on_its_way: list[str] = field(default_factory=list)

    def allows(self, stored: str | None) -> bool:
        return stored == self.saved or stored in self.on_its_way


class Trial:
    """One data folder, on which a server is started and killed again and again.

    Arguments:
        data: the folder.
        clients: how many vote at the same time.
        seed: for the moments of the kills.
    """

    def __init__(self, data: Path, clients: int, seed: int) -> None:
        self.data = data
        self.clients = clients
        self.random = random.Random(seed)
        self.words: dict[tuple[int, str], Word] = {}
        self.votes = 0
        self.switches = 0
        self.switches_on_their_way = 0
        self.problems: list[str] = []
        self._lock = threading.Lock()
        self._left = 0
        self._doorward("account", "create", "ada", "--role", "admin", "--password-stdin", given=PASSWORD)
        self.keys = KeyRing(Settings.load(data, ENV).secret_keys)
        server = self._start()
        self._make_poll(server.port)
        server.stop()

    def _start(self) -> Server:
        return Server(self.data, env=ENV, args=["--apps", "polls"]).wait_ready()

    def _doorward(self, *command: str, given: str = "") -> subprocess.CompletedProcess[str]:
        run = [sys.executable, "-m", "doorward.cli.main", "--data", str(self.data), *command]
        return subprocess.run(run, input=f"{given}\n", env=_environment(ENV), capture_output=True, text=True)

    def _sign_in(self, port: int) -> Client:
        ada = Client(port)
        ada.get("/login")
        status, page = ada.post("/login", {"username": "ada", "password": PASSWORD}, accept="text/html")
        assert status == 303, page
        ada.get("/polls/")
        return ada

    def _make_poll(self, port: int) -> None:
        ada = self._sign_in(port)
        ada.post("/polls/", {"name": "Rivers"})
        (self.poll, self.code) = self._rows("SELECT id, code FROM polls")[0]
        for kind, options in (("choice", "Nile\nAmazon\nYangtze"), ("short", ""), ("rating", "")):
            form = {"kind": kind, "title": f"A {kind}", "options": options}
            ada.post(f"/polls/{self.poll}/questions", form)
        found = self._rows("SELECT kind, id FROM polls_questions")
        assert len(found) == 3, found
        self.questions = dict(found)
        for question in self.questions.values():
            status, _ = ada.post(f"/polls/{self.poll}/questions/{question}/status", {"status": "open"})
            assert status == 204

    def round(self, votes: int) -> int:
        """Start, let everybody vote, kill at some moment. How many votes were acknowledged."""
        server = self._start()
        before = self.votes
        self._left = votes
        threads = [threading.Thread(target=self._vote_on, args=(server.port,)) for _ in range(self.clients)]
        threads.append(threading.Thread(target=self._switch_on, args=(self._sign_in(server.port), before, votes)))
        for thread in threads:
            thread.start()
        moment = before + self.random.randint(votes // 20, votes - votes // 20)
        until = time.monotonic() + 120
        while self.votes < moment and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(self.random.uniform(0, 0.02))  # somewhere between two acknowledgements
        server.kill()
        for thread in threads:
            thread.join()
        return self.votes - before

    def _vote_on(self, port: int) -> None:
        """One respondent after the other, each with some votes and changes of mind, until the server is gone."""
        try:
            while self._takes(VOTES_OF_ONE):
                self._vote_as_one(Client(port))
        except Gone:
            pass

    def _takes(self, count: int) -> bool:
        with self._lock:
            self._left -= count
            return self._left >= 0

    def _vote_as_one(self, client: Client) -> None:
        client.get(f"/polls/join/{self.code}")
        signed = client.cookies[COOKIE]
        _days, key, *_joined = self.keys.unsign(f"cookie:{COOKIE}", signed, None, system_clock()).split(".")
        pseudonym = self.keys.mac_all("app:polls.respondent", f"{self.poll}:{key}".encode())[-1].hex()
        for turn in range(VOTES_OF_ONE):
            kind = ("choice", "short")[turn % 2]
            answer = ("o1", "o2", "o3")[turn % 3] if kind == "choice" else f"{pseudonym[:6]} turn {turn}"
            self._vote(client, self.questions[kind], pseudonym, answer)

    def _vote(self, client: Client, question: int, pseudonym: str, answer: str) -> None:
        word = self.words.setdefault((question, pseudonym), Word())
        word.on_its_way.append(answer)
        form = {"question": str(question), "answer": answer}
        status, text = client.post(f"/polls/join/{self.code}/votes", form)
        if status != 200 or not json.loads(text).get("saved"):
            self.problems.append(f"a vote was answered with {status}: {text[:200]}")
            return
        word.saved, word.on_its_way = answer, []
        with self._lock:
            self.votes += 1

    def _switch_on(self, ada: Client, before: int, votes: int) -> None:
        """Close and open a question as fast as one can: each is an entry in the journal."""
        path = f"/polls/{self.poll}/questions/{self.questions['rating']}/status"
        try:
            (status,) = self._rows("SELECT status FROM polls_questions WHERE kind = 'rating'")[0]
            while self.votes < before + votes:
                status = "closed" if status == "open" else "open"
                self.switches_on_their_way += 1
                answered, text = ada.post(path, {"status": status})
                assert answered == 204, text
                self.switches_on_their_way -= 1
                self.switches += 1
        except Gone:
            pass

    def broken_words(self) -> list[str]:
        """Start once more, and give every promise that was not kept. The server has then made up for its death."""
        server = self._start()
        verified = self._doorward("journal", "verify")
        server.stop()
        found = [*self.problems, *self._lost_votes(), *self._wrong_tallies(), *self._lost_entries()]
        if verified.returncode or "whole" not in verified.stdout:
            found.append(f"journal verify: {verified.stdout}{verified.stderr}")
        return found

    def _lost_votes(self) -> list[str]:
        rows = self._rows("SELECT question_id, respondent, value FROM polls_answers")
        stored = {(question, respondent): json_text(value) for question, respondent, value in rows}
        return [
            f"vote {key}: told {word.saved!r}, found {stored.get(key)!r}"
            for key, word in self.words.items()
            if not word.allows(stored.get(key))
        ] + [f"vote {key} was never sent" for key in stored if key not in self.words]

    def _wrong_tallies(self) -> list[str]:
        counted = "SELECT question_id, count(*) FROM polls_answers GROUP BY question_id"
        kept = dict(self._rows("SELECT question_id, count FROM polls_tallies WHERE key = '*'"))
        found = dict(self._rows(counted))
        wrong = [f"{found[of]} answers to {of}, {kept[of]} counted" for of in found if kept[of] != found[of]]
        by_option: dict[str, int] = {}
        for (value,) in self._rows(f"SELECT value FROM polls_answers WHERE question_id = {self.questions['choice']}"):
            by_option[json_text(value)] = by_option.get(json_text(value), 0) + 1
        query = f"SELECT key, count FROM polls_tallies WHERE question_id = {self.questions['choice']}"
        kept_by_option = {key: count for key, count in self._rows(query) if key.startswith("o") and count}
        return wrong + ([f"tally {kept_by_option}, votes {by_option}"] if kept_by_option != by_option else [])

    def _lost_entries(self) -> list[str]:
        query = (
            "SELECT count(*) FROM journal WHERE event IN ('question.opened', 'question.closed') AND target LIKE '%:{}'"
        )
        (found,) = self._rows(query.format(self.questions["rating"]))[0]
        least, most = self.switches + 1, self.switches + 1 + self.switches_on_their_way  # and the opening at first
        return [] if least <= found <= most else [f"{found} entries of switches, {least} to {most} expected"]

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        with sqlite3.connect(self.data / "doorward.sqlite3", timeout=20) as db:
            rows = db.execute(query).fetchall()
        db.close()
        return rows


def json_text(value: str) -> str:
    """A stored answer as it was sent: the key of an option, or the text."""
    answer = json.loads(value)
    return str(answer[0] if isinstance(answer, list) else answer)
