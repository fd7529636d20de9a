"""How the ways of evidence are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

from base64 import b64decode
from secrets import token_hex

from doorward import Example, People

_DOORS = b"""family,family name,requirement,requirement title,weight,objective,objective title
DOOR,Doors,D.1,Doors are locked at night,5,D.1-a,There is a lock on every door
"""


def _begun(people: People) -> str:
    """The path of a new assessment that the administrator leads."""
    made = people.administrator.send("POST", "/evidence/", form={"name": "A proof", "lead": ""})
    return made.header("Location")


def _member(people: People) -> dict[str, str]:
    account: dict[str, str] = people.member.get("/api/account").json()["account"]
    return account


def _with_member(people: People, role: str) -> tuple[str, str]:
    """The path of a new assessment in which the member has this role, and the member's account."""
    path, member = _begun(people), _member(people)
    people.administrator.send("POST", f"{path}/people", form={"member": member["name"], "role": role})
    return path, member["id"]


def name_lead(people: People) -> Example:
    """An administrator names a lead."""
    path = _begun(people)
    return Example(people.administrator, f"{path}/leads", form={"lead": _member(people)["name"]})


def person(people: People) -> Example:
    """Somebody of the team looks at their work."""
    path, account = _with_member(people, "collector")
    return Example(people.member, f"{path}/people/{account}")


def remove_member(people: People) -> Example:
    """A lead sends somebody away."""
    path, account = _with_member(people, "collector")
    return Example(people.administrator, f"{path}/people/{account}/removal", form={})


def load_catalogue(people: People) -> Example:
    """An administrator loads a catalogue of their own."""
    key = f"doors-{token_hex(4)}"
    form = {"key": key, "name": f"Doors {key}"}
    return Example(people.administrator, "/evidence/catalogues", form=form, files={"file": ("doors.csv", _DOORS)})


#: Four grey dots, as PNG.
_PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mNsYGBiYAAAApIAhOoU7S4AAAAASUVORK5CYII=")
_PIECE = {"file": ("a note.txt", b"Every door was locked.\n")}


def add_piece(people: People) -> Example:
    """A piece of evidence comes in; from a reviewer it does not."""
    path, _ = _with_member(people, "reviewer")
    form = {"title": "A note"}
    return Example(people.administrator, f"{path}/items", form=form, files=_PIECE, never=[people.member])


def _piece(people: People, role: str = "") -> str:
    """The path of a new piece of evidence in an assessment that the administrator leads; the member has this role."""
    path = _with_member(people, role)[0] if role else _begun(people)
    made = people.administrator.send("POST", f"{path}/items", form={"title": "A note"}, files=_PIECE)
    return made.header("Location")


def piece(people: People) -> Example:
    """Its page."""
    return Example(people.administrator, _piece(people))


def picture(people: People) -> Example:
    """What a picture shows is seen."""
    form, files = {"title": "A lock"}, {"file": ("a lock.png", _PICTURE)}
    made = people.administrator.send("POST", f"{_begun(people)}/items", form=form, files=files)
    return Example(people.administrator, f"{made.header('Location')}/versions/1/picture")


def check_piece(people: People) -> Example:
    """Its files are read again; not for who only reads."""
    return Example(people.administrator, f"{_piece(people, 'viewer')}/checks", form={}, never=[people.member])


def delete_piece(people: People) -> Example:
    """It is deleted, with the reason; not by another collector."""
    path, form = f"{_piece(people, 'collector')}/deletion", {"reason": "It was a trial."}
    return Example(people.administrator, path, form=form, never=[people.member])


def restore_piece(people: People) -> Example:
    """It is brought back."""
    path = _piece(people, "collector")
    people.administrator.send("POST", f"{path}/deletion", form={"reason": "It was a trial."})
    return Example(people.administrator, f"{path}/restoration", form={}, never=[people.member])


def link_piece(people: People) -> Example:
    """It is linked to an objective; not by a reviewer."""
    path, form = f"{_piece(people, 'reviewer')}/links", {"objectives": "3.1.1[a]", "change": "link"}
    return Example(people.administrator, path, form=form, never=[people.member])


def sign_off(people: People) -> Example:
    """A reviewer finds an objective met; who collected for it does not, though they lead."""
    path, objective = _with_member(people, "reviewer")[0], "3.1.1[a]"
    people.administrator.send("POST", f"{path}/items", form={"title": "A note", "objectives": objective}, files=_PIECE)
    steps = f"{path}/objectives/{objective}/steps"
    people.administrator.send("POST", steps, form={"step": "hand_in"})
    return Example(people.member, steps, form={"step": "met"}, never=[people.administrator])


def say_something(people: People) -> Example:
    """Something is said about an objective; not by who only reads."""
    path = f"{_with_member(people, 'viewer')[0]}/objectives/3.1.1[a]/comments"
    return Example(people.administrator, path, form={"text": "Seen."}, never=[people.member])


def assign(people: People) -> Example:
    """A lead assigns work; a reviewer does not."""
    path, account = _with_member(people, "reviewer")
    form = {"objective": "3.1.1[a]", "assignee": account, "due": ""}
    return Example(people.administrator, f"{path}/assignments", form=form, never=[people.member])


def invite(people: People) -> Example:
    """A lead says who is in the team; a reviewer does not."""
    path = f"{_with_member(people, 'reviewer')[0]}/people"
    form = {"member": _member(people)["name"], "role": "lead"}
    return Example(people.administrator, path, form=form, never=[people.member])


def add_version(people: People) -> Example:
    """A newer version comes in."""
    return Example(people.administrator, f"{_piece(people)}/versions", form={}, files=_PIECE)


def download(people: People) -> Example:
    """Its first version is given back."""
    return Example(people.administrator, f"{_piece(people)}/versions/1/file")


def report(people: People) -> Example:
    """The report of an assessment is read."""
    return Example(people.administrator, f"{_begun(people)}/report")


def report_file(people: People) -> Example:
    """The same as a table."""
    return Example(people.administrator, f"{_begun(people)}/report/csv")


_ENTRY = {"weakness": "There is no list.", "remediation": "A list is made.", "due": "2030-01-01"}


def open_entry(people: People) -> Example:
    """A requirement comes onto the POA&M."""
    return Example(people.administrator, f"{_begun(people)}/poam", form={**_ENTRY, "requirement": "3.1.3"})


def _entry(people: People) -> str:
    """The path of a new entry of the POA&M."""
    form = {**_ENTRY, "requirement": "3.1.3"}
    return people.administrator.send("POST", f"{_begun(people)}/poam", form=form).header("Location")


def entry(people: People) -> Example:
    """Its page."""
    return Example(people.administrator, _entry(people))


def change_entry(people: People) -> Example:
    """It is written anew."""
    return Example(people.administrator, _entry(people), form=_ENTRY)


def close_entry(people: People) -> Example:
    """A lead withdraws it."""
    return Example(
        people.administrator, f"{_entry(people)}/closing", form={"change": "withdraw", "closing": "A trial."}
    )


_STEP = {"step": "A list is begun", "step_due": "2029-01-01"}


def add_milestone(people: People) -> Example:
    """It gets a milestone."""
    return Example(people.administrator, f"{_entry(people)}/milestones", form=_STEP)


def settle_milestone(people: People) -> Example:
    """A milestone is done."""
    path = _entry(people)
    added = people.administrator.send("POST", f"{path}/milestones", form=_STEP)
    number = added.header("Location").partition("#m-")[2]
    return Example(people.administrator, f"{path}/milestones/{number}", form={"change": "done"})


def poam_file(people: People) -> Example:
    """The POA&M as a table."""
    return Example(people.administrator, f"{_begun(people)}/poam/files/csv")


def ssp_entry(people: People) -> Example:
    """What the plan says of a requirement."""
    return Example(people.administrator, f"{_begun(people)}/ssp/3.1.1")


def write_mapping(people: People) -> Example:
    """It is written."""
    return Example(people.administrator, f"{_begun(people)}/ssp/3.1.1", form={"document": "The plan", "page": "7"})


def load_mapping(people: People) -> Example:
    """A table of the mapping is loaded."""
    table = {"file": ("mapping.csv", b"Requirement,Document\n3.1.1,The plan\n")}
    return Example(people.administrator, f"{_begun(people)}/ssp", form={}, files=table)


def ssp_file(people: People) -> Example:
    """The mapping as a table."""
    return Example(people.administrator, f"{_begun(people)}/ssp/files/csv")


def ask_for_package(people: People) -> Example:
    """A lead asks for the sealed package."""
    return Example(people.administrator, f"{_begun(people)}/packages", form={})


EXAMPLES = {
    "POST /evidence/<int:number>/packages": ask_for_package,
    "GET /evidence/<int:number>/ssp/<requirement_id>": ssp_entry,
    "POST /evidence/<int:number>/ssp/<requirement_id>": write_mapping,
    "POST /evidence/<int:number>/ssp": load_mapping,
    "GET /evidence/<int:number>/ssp/files/<kind>": ssp_file,
    "POST /evidence/<int:number>/poam": open_entry,
    "GET /evidence/<int:number>/poam/<int:entry_id>": entry,
    "POST /evidence/<int:number>/poam/<int:entry_id>": change_entry,
    "POST /evidence/<int:number>/poam/<int:entry_id>/closing": close_entry,
    "POST /evidence/<int:number>/poam/<int:entry_id>/milestones": add_milestone,
    "POST /evidence/<int:number>/poam/<int:entry_id>/milestones/<int:step_id>": settle_milestone,
    "GET /evidence/<int:number>/poam/files/<kind>": poam_file,
    "GET /evidence/<int:number>/report": report,
    "GET /evidence/<int:number>/report/<kind>": report_file,
    "POST /evidence/<int:number>/items": add_piece,
    "GET /evidence/<int:number>/items/<int:item_id>": piece,
    "POST /evidence/<int:number>/items/<int:item_id>/checks": check_piece,
    "POST /evidence/<int:number>/items/<int:item_id>/deletion": delete_piece,
    "POST /evidence/<int:number>/items/<int:item_id>/restoration": restore_piece,
    "POST /evidence/<int:number>/items/<int:item_id>/links": link_piece,
    "POST /evidence/<int:number>/objectives/<objective_id>/steps": sign_off,
    "POST /evidence/<int:number>/objectives/<objective_id>/comments": say_something,
    "POST /evidence/<int:number>/assignments": assign,
    "POST /evidence/<int:number>/people": invite,
    "POST /evidence/<int:number>/items/<int:item_id>/versions": add_version,
    "GET /evidence/<int:number>/items/<int:item_id>/versions/<int:version>/file": download,
    "GET /evidence/<int:number>/items/<int:item_id>/versions/<int:version>/picture": picture,
    "POST /evidence/catalogues": load_catalogue,
    "POST /evidence/<int:number>/leads": name_lead,
    "GET /evidence/<int:number>/people/<account_id>": person,
    "POST /evidence/<int:number>/people/<account_id>/removal": remove_member,
}
