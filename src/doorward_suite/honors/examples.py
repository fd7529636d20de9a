"""How the ways of honors are rightfully used that no page leads to, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from secrets import token_hex
from zlib import compress, crc32

from doorward import Example, People

_ADMIN = "/honors/admin"
ExampleMaker = Callable[[People], Example]


def _made(people: People, kind: str, **form: str) -> str:
    """The path of a new record of the administration's; its number stands at the end."""
    made = people.administrator.send("POST", f"{_ADMIN}/{kind}", form=form)
    return made.header("Location")


def _number(path: str) -> str:
    return path.rpartition("/")[2]


def _edition(people: People) -> str:
    competition = _number(_made(people, "competitions", name=f"A proof {token_hex(4)}"))
    return _made(people, "editions", competition=competition, year="2026", name="A proof 2026")


def _person(people: People) -> str:
    return _made(people, "people", full_name=f"Ada Proof {token_hex(4)}")


def _award_form(people: People) -> dict[str, str]:
    edition = _edition(people)
    medal = _made(people, "medals", rank="1", name="Gold")
    people.administrator.send("POST", f"{edition}/publication", form={"published": "yes"})
    return {"edition": _number(edition), "medal": _number(medal), "subject": "", "school": "", "result": "1st"}


def _listed_person(people: People) -> str:
    """The path of somebody whom everybody may see."""
    person = _person(people)
    people.administrator.send("POST", f"{person}/awards", form=_award_form(people))
    people.administrator.send("POST", f"{person}/consent", form={"consent": "full"})
    return person


def add(people: People) -> Example:
    """A person is added."""
    return Example(people.administrator, f"{_ADMIN}/people", form={"full_name": "Ada Proof"})


def record(people: People) -> Example:
    """The page of a person, for the administration."""
    return Example(people.administrator, _person(people))


def journal_of(people: People) -> Example:
    """An administrator reads what the journal says about a person; a publisher does not."""
    path = f"{_person(people)}/journal"
    return Example(people.administrator, path, never=[people.with_role("honors-publisher")])


def correct(people: People) -> Example:
    """A person's name is corrected."""
    return Example(people.administrator, _person(people), form={"full_name": "Ada Proof-Reader"})


def delete(people: People) -> Example:
    """A person is deleted."""
    return Example(people.administrator, f"{_person(people)}/deletion", form={})


def restore(people: People) -> Example:
    """A deleted person is brought back."""
    path = _person(people)
    people.administrator.send("POST", f"{path}/deletion", form={})
    return Example(people.administrator, f"{path}/restoration", form={})


def add_award(people: People) -> Example:
    """Somebody is given an award."""
    return Example(people.administrator, f"{_person(people)}/awards", form=_award_form(people))


def consent(people: People) -> Example:
    """A publisher says that somebody agreed to be shown; an editor does not."""
    path = f"{_person(people)}/consent"
    return Example(people.administrator, path, form={"consent": "full"}, never=[people.with_role("honors-editor")])


def publish(people: People) -> Example:
    """A publisher publishes an edition; an editor does not."""
    path = f"{_edition(people)}/publication"
    return Example(people.administrator, path, form={"published": "yes"}, never=[people.with_role("honors-editor")])


def _team(people: People) -> str:
    return _made(people, "teams", name="The provers", edition=_number(_edition(people)), school="")


def join_team(people: People) -> Example:
    """Somebody is put into a team."""
    team = _number(_team(people))
    return Example(people.administrator, f"{_person(people)}/teams", form={"team": team})


def leave_team(people: People) -> Example:
    """Somebody is taken out of a team."""
    person, team = _person(people), _number(_team(people))
    people.administrator.send("POST", f"{person}/teams", form={"team": team})
    return Example(people.administrator, f"{person}/teams/{team}/removal", form={})


def person_page(people: People) -> Example:
    """Everybody reads the page of somebody who agreed to be shown."""
    return Example(people.visitor, f"/honors/people/{_number(_listed_person(people))}")


def team_page(people: People) -> Example:
    """Everybody reads the page of a team."""
    edition = _edition(people)
    people.administrator.send("POST", f"{edition}/publication", form={"published": "yes"})
    team = _made(people, "teams", name="The provers", edition=_number(edition), school="")
    return Example(people.visitor, f"/honors/teams/{_number(team)}")


def competition_page(people: People) -> Example:
    """Everybody reads the page of a competition."""
    made = _made(people, "competitions", name=f"A proof {token_hex(4)}")
    return Example(people.visitor, f"/honors/competitions/{_number(made)}")


def sitemap(people: People) -> Example:
    """A search engine reads the map of the site."""
    return Example(people.visitor, "/honors/sitemap.xml")


def sitemap_part(people: People) -> Example:
    """A search engine reads the first part of it."""
    return Example(people.visitor, "/honors/sitemap-0.xml")


def hiding(people: People) -> Example:
    """Somebody looks at the form by which they ask to be hidden."""
    return Example(people.visitor, f"/honors/people/{_number(_listed_person(people))}/hiding")


def ask_to_hide(people: People) -> Example:
    """Somebody without an account asks to be hidden."""
    path = f"/honors/people/{_number(_listed_person(people))}/hiding"
    return Example(people.visitor, path, form={"who": "self", "words": "Please."})


def hiding_asked(people: People) -> Example:
    """Somebody who asked reads that it was sent."""
    return Example(people.visitor, "/honors/hiding")


def decide_hiding(people: People) -> Example:
    """A publisher decides on a request; an editor does not."""
    person = _listed_person(people)
    people.visitor.send("POST", f"/honors/people/{_number(person)}/hiding", form={"who": "self"})
    told = people.administrator.get(person).text.partition(f"{_ADMIN}/requests/")[2]
    path = f"{_ADMIN}/requests/{told.partition('/')[0]}/decision"
    return Example(people.administrator, path, form={"decision": "hide"}, never=[people.with_role("honors-editor")])


def award_certificate(people: People) -> Example:
    """Somebody prints the certificate of an award."""
    page = people.visitor.get(f"/honors/people/{_number(_listed_person(people))}").text
    award = page.partition("/honors/awards/")[2].partition("/")[0]
    return Example(people.visitor, f"/honors/awards/{award}/certificate.pdf")


def person_certificate(people: People) -> Example:
    """Somebody prints the certificate of all that a person was awarded."""
    return Example(people.visitor, f"/honors/people/{_number(_listed_person(people))}/certificate.png")


def verify(people: People) -> Example:
    """Somebody follows the code of a certificate."""
    page = people.visitor.get(f"/honors/people/{_number(_listed_person(people))}").text
    code = page.partition("/honors/verify/")[2].partition('"')[0]
    return Example(people.visitor, f"/honors/verify/{code}")


def _picture() -> dict[str, tuple[str, bytes]]:
    """A square of one colour, as PNG (W3C PNG, section 5)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + crc32(name + content).to_bytes(4, "big")

    head = (8).to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    pixels = compress((b"\0" + b"\x80\x60\x20" * 8) * 8)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return {"photo": ("ada.png", content)}


def _with_photo(people: People) -> str:
    """The path of somebody whom everybody may see, with a photo."""
    path = _listed_person(people)
    people.administrator.send("POST", f"{path}/photo", form={}, files=_picture())
    return path


def put_photo(people: People) -> Example:
    """An editor adds a photo."""
    return Example(people.administrator, f"{_person(people)}/photo", form={}, files=_picture())


def kept_photo(people: People) -> Example:
    """An editor looks at it."""
    return Example(people.administrator, f"{_with_photo(people)}/photo")


def agree_to_photo(people: People) -> Example:
    """A publisher says that a parent agreed; an editor does not."""
    path = f"{_with_photo(people)}/photo/agreement"
    return Example(people.administrator, path, form={"agreed": "parent"}, never=[people.with_role("honors-editor")])


def remove_photo(people: People) -> Example:
    """An editor deletes a photo."""
    return Example(people.administrator, f"{_with_photo(people)}/photo/removal", form={})


def photo(people: People) -> Example:
    """Everybody sees the photo that was agreed to."""
    path = _with_photo(people)
    people.administrator.send("POST", f"{path}/photo/agreement", form={"agreed": "self"})
    return Example(people.visitor, f"/honors/people/{_number(path)}/photo")


def api_person(people: People) -> Example:
    """A program reads what somebody was awarded."""
    return Example(people.visitor, f"/api/honors/people/{_number(_listed_person(people))}")


def card_of(people: People) -> Example:
    """A page that links to somebody shows their card."""
    return Example(people.visitor, f"/honors/people/{_number(_listed_person(people))}/card.png")


def card(people: People) -> Example:
    """A page that links to the roll shows its card."""
    return Example(people.visitor, "/honors/card.png")


def board(people: People) -> Example:
    """Somebody takes the roll as one picture."""
    return Example(people.visitor, "/honors/board.png")


_RESULTS = b"name,medal,competition,year\nAda Proof,Gold,A proof,2026\n"


def _sent(people: People, content: bytes = _RESULTS, name: str = "results.csv") -> str:
    """The path of an import whose file was sent."""
    sent = people.administrator.send("POST", f"{_ADMIN}/imports", files={"file": (name, content)})
    return sent.header("Location")


def send_results(people: People) -> Example:
    """An editor sends a file of results."""
    return Example(people.administrator, f"{_ADMIN}/imports", files={"file": ("results.csv", _RESULTS)})


def one_import(people: People) -> Example:
    """An editor looks how a file is understood."""
    return Example(people.administrator, _sent(people))


def run_import(people: People) -> Example:
    """An editor tries an import."""
    form = {"name": "name", "medal": "medal", "competition": "competition", "year": "year", "do": "try"}
    return Example(people.administrator, _sent(people), form=form)


def read_configuration(people: People) -> Example:
    """An editor brings in a configuration of an honor roll."""
    path = _sent(people, b'{"competitions": [], "editions": [], "medals": {}}', "honor.config.json")
    return Example(people.administrator, f"{path}/configuration", form={})


def drop_import(people: People) -> Example:
    """An editor throws away a file that was sent."""
    return Example(people.administrator, f"{_sent(people)}/removal", form={})


def undo_import(people: People) -> Example:
    """An editor undoes an import."""
    edition, medal = _edition(people), f"Proof {token_hex(4)}"
    _made(people, "medals", rank="1", name=medal)
    path = _sent(people, f"name,medal\nAda Proof,{medal}\n".encode())
    form = {"name": "name", "medal": "medal", "edition": _number(edition), "do": "import"}
    people.administrator.send("POST", path, form=form)
    return Example(people.administrator, f"{path}/undoing", form={})


_RECORD = f"{_ADMIN}/<kind>/<int:number>"
EXAMPLES: dict[str, ExampleMaker] = {
    f"POST {_ADMIN}/<kind>": add,
    f"GET {_RECORD}": record,
    f"GET {_ADMIN}/people/<int:number>/journal": journal_of,
    f"POST {_RECORD}": correct,
    f"POST {_RECORD}/deletion": delete,
    f"POST {_RECORD}/restoration": restore,
    f"POST {_RECORD}/awards": add_award,
    f"POST {_ADMIN}/people/<int:number>/consent": consent,
    f"POST {_ADMIN}/editions/<int:number>/publication": publish,
    f"POST {_ADMIN}/people/<int:number>/teams": join_team,
    f"POST {_ADMIN}/people/<int:number>/teams/<int:team_id>/removal": leave_team,
    "GET /honors/people/<int:person_id>": person_page,
    "GET /honors/teams/<int:team_id>": team_page,
    "GET /honors/competitions/<int:competition_id>": competition_page,
    "GET /honors/people/<int:person_id>/hiding": hiding,
    "POST /honors/people/<int:person_id>/hiding": ask_to_hide,
    "GET /honors/hiding": hiding_asked,
    f"POST {_ADMIN}/requests/<int:number>/decision": decide_hiding,
    f"POST {_ADMIN}/imports": send_results,
    f"GET {_ADMIN}/imports/<int:number>": one_import,
    f"POST {_ADMIN}/imports/<int:number>": run_import,
    f"POST {_ADMIN}/imports/<int:number>/configuration": read_configuration,
    f"POST {_ADMIN}/imports/<int:number>/removal": drop_import,
    f"POST {_ADMIN}/imports/<int:number>/undoing": undo_import,
    "GET /honors/awards/<int:award_id>/certificate.<any(png, pdf):ending>": award_certificate,
    "GET /honors/people/<int:person_id>/certificate.<any(png, pdf):ending>": person_certificate,
    "GET /honors/<any(people, teams, competitions):kind>/<int:number>/card.png": card_of,
    "GET /honors/verify/<code>": verify,
    f"POST {_ADMIN}/people/<int:number>/photo": put_photo,
    f"GET {_ADMIN}/people/<int:number>/photo": kept_photo,
    f"POST {_ADMIN}/people/<int:number>/photo/agreement": agree_to_photo,
    f"POST {_ADMIN}/people/<int:number>/photo/removal": remove_photo,
    "GET /honors/people/<int:person_id>/photo": photo,
    "GET /api/honors/people/<int:person_id>": api_person,
    "GET /honors/card.png": card,
    "GET /honors/board.png": board,
    "GET /honors/sitemap.xml": sitemap,
    "GET /honors/sitemap-<int:part>.xml": sitemap_part,
}
_FOR_ALL = (
    "GET /honors/people/<int:person_id>",
    "GET /honors/teams/<int:team_id>",
    "GET /honors/competitions/<int:competition_id>",
    "GET /honors/people/<int:person_id>/hiding",
    "POST /honors/people/<int:person_id>/hiding",
    "GET /honors/hiding",
    "GET /honors/awards/<int:award_id>/certificate.<any(png, pdf):ending>",
    "GET /honors/people/<int:person_id>/certificate.<any(png, pdf):ending>",
    "GET /honors/<any(people, teams, competitions):kind>/<int:number>/card.png",
    "GET /honors/verify/<code>",
    "GET /honors/card.png",
    "GET /honors/board.png",
)


def _in_vietnamese(make: ExampleMaker) -> ExampleMaker:
    """The same way with a language in its address."""

    def made(people: People) -> Example:
        example = make(people)
        return replace(example, path=example.path.replace("/honors/", "/honors/vi/", 1))

    return made


EXAMPLES |= {
    way.replace("/honors/", "/honors/<any(en, vi):lang>/", 1): _in_vietnamese(EXAMPLES[way]) for way in _FOR_ALL
}
