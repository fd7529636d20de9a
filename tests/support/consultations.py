"""Consultations on which what the API describes can be done: one collects, one prioritises, others come and go."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask

from doorward.testing import Browser, Clock, signed_in

#: What a consultation has a most of.
_COUNTED = ("kinds", "questions")


class Consultations:
    """What Olga organises and takes part in; Ada has contributed.

    Arguments:
        app: behind its door, with accounts of these names; Olga may begin consultations.
        clock: of the door.
    """

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self.olga, self.ada = signed_in(app, "olga"), signed_in(app, "ada")
        self.collecting, self.prioritising, self.other = 0, 0, 0
        self.again = 0
        self.kinds: dict[int, int] = {}
        self.said: dict[int, tuple[int, int]] = {}

    def there(self) -> None:
        """Somebody who was signed out by what was just tried is signed in again; what was deleted is begun again."""
        for who, name in ((self.olga, "olga"), (self.ada, "ada")):
            if who.get("/planning/").status_code != 200:
                who.sign_in(name)
        if not (self._is_there(self.collecting) and self._is_there(self.prioritising)):  # deleted by chance
            self.again = 0
            self.collecting, self.prioritising = self._begun(), self._begun()
            for number in (self.collecting, self.prioritising):
                self.said[number] = self._said(number)
            day = (self.clock.now - timedelta(days=1)).date()
            self._settled(self.prioritising, prioritise=str(day))

    def parameters(self, operation: Any) -> dict[str, Any]:
        """Of the path of an operation, those of a consultation on which it can be done."""
        last = operation.path.rpartition("/")[2]
        number = self.prioritising if last == "dots" else self.collecting
        if operation.path == "/api/planning/{number}" and operation.method.upper() != "GET":
            number = self._other()
        if last in _COUNTED or operation.path.rpartition("/")[0].rpartition("/")[2] in _COUNTED:
            number = self._begun()  # one more each time, and there is an end to how many a consultation has
        contribution, comment = self.said.get(number, (1, 1))
        contribution = self.again if last == "grouping" and self.again else contribution
        known = {"number": number, "contribution_id": contribution, "comment_id": comment}
        found = {one.name: known.get(one.name, 0) for one in operation.path_parameters}
        manage = self.olga.get(f"/planning/{number}/manage").get_data(as_text=True) if found else ""
        if "kind_id" in found:
            self.olga.post(f"/planning/{number}/kinds", {"kind": f"Kind {self.clock.now.timestamp():.0f}"})
            manage = self.olga.get(f"/planning/{number}/manage").get_data(as_text=True)
            found["kind_id"] = int(re.findall(r"/kinds/(\d+)/removal", manage)[-1])
        if "question_id" in found:
            self.olga.post(f"/planning/{number}/questions", {"question": "Where?"})
            manage = self.olga.get(f"/planning/{number}/manage").get_data(as_text=True)
            found["question_id"] = int(re.findall(r"/questions/(\d+)/removal", manage)[-1])
        if "sheet_id" in found:
            found |= {name: value for name, value in self._token(number).items() if name in found}
        return found

    def _token(self, number: int) -> dict[str, int]:
        """A token that works, with its sheet: of somebody who has just registered by the link."""
        page = self.olga.get(f"/planning/{number}/manage").get_data(as_text=True)
        code = re.search(r"/planning/join/(\w+)", page)
        assert code
        visitor = Browser(self.app)
        visitor.get(f"/planning/join/{code[1]}")
        visitor.post(f"/planning/join/{code[1]}", {"kind": str(self.kinds[number])})
        page = self.olga.get(f"/planning/{number}/tokens").get_data(as_text=True)
        for sheet in dict.fromkeys(re.findall(r"/tokens/(\d+)", page)):
            shown = self.olga.get(f"/planning/{number}/tokens/{sheet}").get_data(as_text=True)
            if token := re.search(r"/tokens/\d+/(\d+)/", shown):
                return {"sheet_id": int(sheet), "token_id": int(token[1])}
        raise AssertionError("nobody has registered")

    def bodies(self, operation: Any) -> list[dict[str, Any]]:
        """What chance does not find: categories, kinds and days that there are."""
        last = operation.path.rpartition("/")[2]
        if operation.label == "PUT /api/planning/{number}":
            days = {"collect": str(self.clock.now.date())}
            switches = {"moderated": False, "open_link": True, "published": False}
            texts = {"title": "The square", "about": "", "summary": ""}
            return [{**texts, **switches, "begins": days, "categories": ["Idea", "Problem"], "dots": 5}]
        if operation.label == "POST /api/planning/{number}/tokens":
            return [{"kind": self.kinds[self.collecting], "count": 2, "days": 30}]
        if operation.label == "POST /api/planning/{number}/kinds":
            return [{"name": "Farmers"}]
        if operation.label == "POST /api/planning/{number}/questions":
            return [{"text": "Where shall it stand?"}]
        if last == "category":
            return [{"category": "Problem"}]
        if operation.label == "POST /api/planning/{number}/contributions":
            return [{"text": "A bench.", "category": "Idea"}]
        if last == "dots":
            return [{"count": 1}]
        if last == "grouping":
            self.again = self._said(self.collecting)[0]
            return [{"together": True}]
        if last == "state":
            return [{"state": "shown"}]
        return []

    def _is_there(self, number: int) -> bool:
        return bool(number) and self.olga.get(f"/planning/{number}").status_code == 200

    def _other(self) -> int:
        if not self._is_there(self.other):
            self.other = self._begun()
        return self.other

    def _begun(self) -> int:
        """A new consultation that collects for ever, in which both take part, and one by a token."""
        number = int(self.olga.post("/planning/", {"title": "The square"}).headers["Location"].split("/")[2])
        self._settled(number)
        manage = self.olga.get(f"/planning/{number}/manage").get_data(as_text=True)
        code, kind = re.search(r"/planning/join/(\w+)", manage), re.search(r"/kinds/(\d+)/removal", manage)
        assert code
        assert kind
        self.kinds[number] = int(kind[1])
        for who in (self.olga, self.ada, Browser(self.app)):
            who.get(f"/planning/join/{code[1]}")
            who.post(f"/planning/join/{code[1]}", {"kind": kind[1]})
        return number

    def _settled(self, number: int, **changes: str) -> None:
        day = (self.clock.now - timedelta(days=2)).date()
        form = {"title": "The square", "collect": str(day), "categories": "Idea\nProblem", "dots": "50"}
        self.olga.post(f"/planning/{number}/settings", {**form, "open_link": "1", **changes})

    def _said(self, number: int) -> tuple[int, int]:
        """What Ada contributes and comments on."""
        form = {"text": "More trees on the square, and a bench.", "category": "Idea"}
        sent = self.ada.post(f"/planning/{number}/contributions", form)
        assert sent.status_code == 303, sent.get_data(as_text=True)
        path = sent.headers["Location"]
        self.ada.post(f"{path}/comments", {"comment": "And water."})
        comment = re.search(r"/comments/(\d+)/", self.olga.get(path).get_data(as_text=True))
        assert comment
        return int(path.rpartition("/")[2]), int(comment[1])
