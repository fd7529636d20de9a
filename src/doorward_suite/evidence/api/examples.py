"""How the API of evidence is rightfully used, for `doorward prove`: by a program whose owner leads an assessment."""

from __future__ import annotations

from collections.abc import Callable

from doorward import Example, People

_PIECE = {"file": ("a note.txt", b"Every door was locked.\n")}


def _led(people: People) -> str:
    """The address of a new assessment that the program's owner leads."""
    form = {"name": "A proof", "lead": _owner(people)}
    people.administrator.send("POST", "/evidence/", form=form)
    mine = people.program.get("/api/evidence/").json()["assessments"]
    return f"/api/evidence/{mine[0]['id']}"


def _owner(people: People) -> str:
    """The name of the account whose program it is."""
    name: str = people.program.get("/api/account").json()["account"]["name"]
    return name


def _another(people: People) -> str:
    """The name of an account that is not in the team."""
    name: str = people.administrator.get("/api/account").json()["account"]["name"]
    return name


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


def begin_by_api(people: People) -> Example:
    """An administrator begins an assessment as a program does, which needs the same role."""
    return Example(people.administrator, "/api/evidence/", json={"name": "A proof", "lead": _owner(people)})


def list_standards(people: People) -> Example:
    """An administrator looks by which standards an assessment can be."""
    return Example(people.administrator, "/api/evidence/standards")


def seat_by_api(people: People) -> Example:
    """A program of a lead gives an administrator a place in the team."""
    body = {"name": _another(people), "role": "viewer"}
    return Example(people.program, f"{_led(people)}/people", json=body)


def remove_by_api(people: People) -> Example:
    """A program of a lead takes that place away."""
    path, name = _led(people), _another(people)
    there = people.program.send("POST", f"{path}/people", json={"name": name, "role": "viewer"}).json()["people"]
    account = next(one["id"] for one in there if one["name"] == name)
    return Example(people.program, f"{path}/people/{account}")


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
    "POST /api/evidence/": begin_by_api,
    "GET /api/evidence/standards": list_standards,
    f"POST {_API}/people": seat_by_api,
    f"DELETE {_API}/people/<account_id>": remove_by_api,
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
