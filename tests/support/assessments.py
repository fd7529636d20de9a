"""An assessment that is always there, for tests that try whatever the description of the API allows on it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from doorward.testing import Browser, Program

_OBJECTIVE = "3.1.1[a]"
READER = {"name": "ada", "role": "viewer"}


class Assessment:
    """One assessment, and a piece of evidence in it.

    Arguments:
        program: of a person who leads it; with all scopes.
        administrator: who makes it; Ada, who reads it.
        lead: the name of that person's account.
    """

    def __init__(self, program: Program, administrator: Browser, lead: str) -> None:
        self.program, self.administrator, self.lead = program, administrator, lead
        self.number = self.item = 0
        self.reader = ""

    @property
    def path(self) -> str:
        return f"/api/evidence/{self.number}"

    def there(self) -> None:
        """Make what is not there any more."""
        if not self.number:
            self.administrator.post("/evidence/", {"name": "A system", "lead": self.lead})
            self.number = self.program.get("/api/evidence/").json["assessments"][0]["id"]  # type: ignore[index]
        seated = self.program.post(f"{self.path}/people", READER).json["people"]  # type: ignore[index]
        self.reader = next(one["id"] for one in seated if one["name"] == READER["name"])
        if not self.item or self.program.get(f"{self.path}/items/{self.item}").status_code != 200:
            body = {"files": [self.sent()], "objectives": [_OBJECTIVE]}
            added = self.program.post(f"{self.path}/items", body)
            assert added.status_code in (201, 409), added.json
            if added.status_code == 409:  # a step has led the objective to a reviewer
                added = self.program.post(f"{self.path}/items", {"files": body["files"]})
            self.item = added.json["evidence"][0]  # type: ignore[index]

    def sent(self) -> str:
        """The id of a file that has just come in."""
        form = {"file": (io.BytesIO(b"Every door was locked.\n"), "a note.txt")}
        answer = self.program.send("POST", f"{self.path}/files", data=form, content_type="multipart/form-data")
        assert answer.status_code == 201, answer.json
        return str(answer.json["files"][0])  # type: ignore[index]

    def parameters(self, operation: Any) -> dict[str, Any]:
        """Of the path of an operation."""
        known = {
            "number": self.number,
            "item_id": self.item,
            "account_id": self.reader,
            "code": "AC",
            "requirement_id": "3.1.1",
            "objective_id": _OBJECTIVE,
        }
        return {one.name: known[one.name] for one in operation.path_parameters}

    def bodies(self, operation: Any) -> Iterator[Any]:
        """What chance does not find: files that have come in, objectives that there are."""
        method, path = operation.method.upper(), operation.path.rpartition("}/")[2]
        if method != "POST":
            return
        if path == "restoration":
            self.program.post(f"{self.path}/items/{self.item}/deletion", {"reason": "A trial."})
        match path:
            case "/api/evidence/":
                yield {"name": "Another system", "lead": self.lead}
            case "people":
                yield READER
            case "items":
                yield {"files": [self.sent()], "title": "A note", "how": "record", "collected_on": "2025-12-01"}
            case "versions":
                yield {"file": self.sent(), "source": "The wiki"}
            case "links":
                yield {"objectives": ["3.1.2"]}
            case "assignments":
                yield {"objectives": [_OBJECTIVE], "assignee": None}
            case "steps":
                for step in ("start", "hand_in", "take_back", "not_applicable"):
                    yield {"step": step, "reason": "Not here."}  # one of them is possible, wherever it stands
