"""How the API of evidence is rightfully used, for `doorward prove`: by a program whose owner leads an assessment."""

from __future__ import annotations

from collections.abc import Callable

from doorward import Example, People

_PIECE = {"file": ("a note.txt", b"Every door was locked.\n")}


def _led(people: People) -> str:
    """The address of a new assessment that the program's owner leads."""
    owner = people.program.get("/api/account").json()["account"]
    form = {"name": "A proof", "lead": owner["name"]}
    people.administrator.send("POST", "/evidence/", form=form)
    mine = people.program.get("/api/evidence/").json()["assessments"]
    return f"/api/evidence/{mine[0]['id']}"


def _sent_to(people: People, path: str) -> str:
    """The id of a file that the program has sent."""
    sent: dict[str, list[str]] = people.program.send("POST", f"{path}/files", files=_PIECE).json()
    return sent["files"][0]


def _piece_of(people: People) -> str:
    """The address of a new piece of evidence of the program, linked to an objective."""
    path = _led(people)
    body = {"files": [_sent_to(people, path)], "objectives": ["3.1.1[a]"]}
    made = people.program.send("POST", f"{path}/items", json=body).json()
    return f"{path}/items/{made['evidence'][0]}"


def _of(address: str, json: object | None = None) -> Callable[[People], Example]:
    """A request about an assessment."""
    return lambda people: Example(people.program, f"{_led(people)}{address}", json=json)


def _of_piece(address: str, json: object | None = None) -> Callable[[People], Example]:
    """A request about a piece of evidence."""
    return lambda people: Example(people.program, f"{_piece_of(people)}{address}", json=json)


def bring_files(people: People) -> Example:
    """A program sends files as a form."""
    return Example(people.program, f"{_led(people)}/files", form={}, files=_PIECE)


def add_evidence(people: People) -> Example:
    """A program makes a piece of evidence of a file that it has sent."""
    path = _led(people)
    return Example(people.program, f"{path}/items", json={"files": [_sent_to(people, path)]})


def add_version_by_api(people: People) -> Example:
    """A program adds a newer version."""
    piece = _piece_of(people)
    sent = _sent_to(people, piece.rpartition("/items/")[0])
    return Example(people.program, f"{piece}/versions", json={"file": sent})


def restore_by_api(people: People) -> Example:
    """A program brings a deleted piece back."""
    piece = _piece_of(people)
    people.program.send("POST", f"{piece}/deletion", json={"reason": "It was a trial."})
    return Example(people.program, f"{piece}/restoration")


def assign_by_api(people: People) -> Example:
    """A program assigns an objective to nobody."""
    body = {"objectives": ["3.1.1[a]"], "assignee": None}
    return Example(people.program, f"{_led(people)}/assignments", json=body)


_API = "/api/evidence/<int:number>"
_API_PIECE = f"{_API}/items/<int:item_id>"
EXAMPLES = {
    f"GET {_API}": _of(""),
    f"GET {_API}/families/<code>": _of("/families/AC"),
    f"GET {_API}/requirements/<requirement_id>": _of("/requirements/3.1.1"),
    f"GET {_API}/objectives": _of("/objectives"),
    f"GET {_API}/objectives/<objective_id>": _of("/objectives/3.1.1%5Ba%5D"),
    f"POST {_API}/objectives/<objective_id>/steps": _of("/objectives/3.1.1%5Ba%5D/steps", {"step": "start"}),
    f"POST {_API}/objectives/<objective_id>/comments": _of("/objectives/3.1.1%5Ba%5D/comments", {"text": "A word."}),
    f"POST {_API}/assignments": assign_by_api,
    f"GET {_API}/people": _of("/people"),
    f"POST {_API}/files": bring_files,
    f"GET {_API}/items": _of("/items"),
    f"POST {_API}/items": add_evidence,
    f"GET {_API_PIECE}": _of_piece(""),
    f"POST {_API_PIECE}/versions": add_version_by_api,
    f"GET {_API_PIECE}/versions/<int:version>/file": _of_piece("/versions/1/file"),
    f"POST {_API_PIECE}/links": _of_piece("/links", {"objectives": ["3.1.2"]}),
    f"DELETE {_API_PIECE}/links/<objective_id>": _of_piece("/links/3.1.1%5Ba%5D"),
    f"POST {_API_PIECE}/checks": _of_piece("/checks"),
    f"POST {_API_PIECE}/deletion": _of_piece("/deletion", {"reason": "It was a trial."}),
    f"POST {_API_PIECE}/restoration": restore_by_api,
    f"GET {_API}/manifests": _of("/manifests"),
}
