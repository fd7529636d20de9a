"""How the ways of planning are rightfully used that no page leads to, for `doorward prove`.

The administrator begins a consultation; the member registers by its link, with their account, or is asked to organise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from doorward import Example, People

_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
)


def begun(people: People) -> str:
    """The path of a new consultation of the administrator's."""
    made = people.administrator.send("POST", "/planning/", form={"title": f"A proof {token_hex(4)}"})
    return made.header("Location").removesuffix("/manage")


def settled(people: People, path: str, **changes: str) -> None:
    """The administrator settles a consultation: open to everybody, in the phase of today that is asked for."""
    today = datetime.now(UTC).date()
    form = {
        "title": "A proof",
        "collect": str(today - timedelta(days=3)),
        "categories": "Idea\nProblem",
        "dots": "5",
        "open_link": "1",
    }
    people.administrator.send("POST", f"{path}/settings", form={**form, **changes})


def _code(people: People, path: str) -> str:
    found = re.search(r"/planning/join/(\w+)", people.administrator.get(f"{path}/manage").text)
    return found[1] if found else ""


def kind_in(people: People, path: str) -> str:
    found = re.search(r"/kinds/(\d+)/removal", people.administrator.get(f"{path}/manage").text)
    return found[1] if found else ""


def joined(people: People) -> str:
    """The path of a new consultation that collects, in which the member takes part."""
    path = begun(people)
    settled(people, path)
    people.member.send("POST", f"/planning/join/{_code(people, path)}", form={"kind": kind_in(people, path)})
    return path


_RULE = {"words": "tree, trees", "rule_category": "Problem"}
SAID = {"text": "More trees, and a bench below each.", "category": "Idea"}


def contributed(people: People, *, by_member: bool = False) -> str:
    """The path of a contribution in a consultation in which the member takes part; they wrote it, or not."""
    path = joined(people)
    writer = people.member
    if not by_member:
        writer = people.administrator
        writer.send("POST", f"/planning/join/{_code(people, path)}", form={"kind": kind_in(people, path)})
    return writer.send("POST", f"{path}/contributions", form=SAID).header("Location")


def number_after(text: str, before: str) -> str:
    found = re.search(re.escape(before) + r"(\d+)", text)
    return found[1] if found else "0"


def join(people: People) -> Example:
    """Somebody opens the link of a consultation."""
    path = begun(people)
    settled(people, path)
    return Example(people.visitor, f"/planning/join/{_code(people, path)}")


def register(people: People) -> Example:
    """Somebody registers by the link, without an account."""
    path = begun(people)
    settled(people, path)
    return Example(people.visitor, f"/planning/join/{_code(people, path)}", form={"kind": kind_in(people, path)})


def read(people: People) -> Example:
    """A participant reads the consultation."""
    return Example(people.member, joined(people))


def settle(people: People) -> Example:
    """An organiser settles the consultation; a participant does not."""
    path, today = joined(people), datetime.now(UTC).date()
    form = {"title": "A proof", "collect": str(today), "categories": "Idea", "dots": "5"}
    return Example(people.administrator, f"{path}/settings", form=form, never=[people.member])


def _by_organiser(rest: str, form: dict[str, str]) -> Callable[[People], Example]:
    """Something that an organiser does with the whole consultation, and a participant does not."""

    def make(people: People) -> Example:
        return Example(people.administrator, f"{joined(people)}{rest}", form=form, never=[people.member])

    return make


def _page(rest: str) -> Callable[[People], Example]:
    """A page of organisers."""

    def make(people: People) -> Example:
        return Example(people.administrator, f"{joined(people)}{rest}", never=[people.member])

    return make


def remove_kind(people: People) -> Example:
    """An organiser takes a kind of participant away."""
    path = begun(people)
    return Example(people.administrator, f"{path}/kinds/{kind_in(people, path)}/removal", form={})


def drop_question(people: People) -> Example:
    """An organiser takes a question away."""
    path = begun(people)
    people.administrator.send("POST", f"{path}/questions", form={"question": "Where?"})
    question = number_after(people.administrator.get(f"{path}/manage").text, f"{path}/questions/")
    return Example(people.administrator, f"{path}/questions/{question}/removal", form={})


def member_of(people: People) -> dict[str, str]:
    account: dict[str, str] = people.member.get("/api/account").json()["account"]
    return account


def add_organiser(people: People) -> Example:
    """An organiser asks somebody to organise too."""
    return Example(
        people.administrator, f"{joined(people)}/organisers", form={"organiser": member_of(people)["name"]},
        never=[people.member],
    )  # fmt: skip


def shared(people: People) -> str:
    """The path of a new consultation that the member organises too."""
    path = begun(people)
    people.administrator.send("POST", f"{path}/organisers", form={"organiser": member_of(people)["name"]})
    return path


def remove_organiser(people: People) -> Example:
    """An organiser lets another go."""
    path = shared(people)
    return Example(people.administrator, f"{path}/organisers/{member_of(people)['id']}/removal", form={})


def make_sheet(people: People) -> Example:
    """An organiser asks for tokens. Somebody who has made five within the hour does not: then somebody new is asked."""
    path = shared(people)
    if "0 more within this hour" in people.member.get(f"{path}/tokens").text:
        raise ValueError("the member has made as many sheets as one may within an hour")
    form = {"kind": kind_in(people, path), "count": "2", "days": "30"}
    return Example(people.member, f"{path}/tokens", form=form)


def registered_sheet(people: People) -> tuple[str, str, str]:
    """The path of a consultation, a sheet in it with one token, and the token: of somebody who came by the link."""
    path = begun(people)
    settled(people, path)
    people.visitor.send("POST", f"/planning/join/{_code(people, path)}", form={"kind": kind_in(people, path)})
    sheet = number_after(people.administrator.get(f"{path}/tokens").text, f"{path}/tokens/")
    token = number_after(people.administrator.get(f"{path}/tokens/{sheet}").text, f"{path}/tokens/{sheet}/")
    return path, sheet, token


def sheet(people: People) -> Example:
    """An organiser looks at the tokens of a sheet."""
    path, number, _ = registered_sheet(people)
    return Example(people.administrator, f"{path}/tokens/{number}")


def revoke_sheet(people: People) -> Example:
    """An organiser ends all tokens of a sheet."""
    path, number, _ = registered_sheet(people)
    return Example(people.administrator, f"{path}/tokens/{number}/revocation", form={})


def revoke_one(people: People) -> Example:
    """An organiser ends one token."""
    path, number, token = registered_sheet(people)
    return Example(people.administrator, f"{path}/tokens/{number}/{token}/revocation", form={})


def replace_one(people: People) -> Example:
    """An organiser gives somebody another token."""
    path, number, token = registered_sheet(people)
    return Example(people.administrator, f"{path}/tokens/{number}/{token}/replacement", form={})


def draw(people: People) -> Example:
    """An organiser puts a plan into the consultation; a participant does not."""
    files = {"plan": ("plan.png", _PNG)}
    form = {"plan_title": "The square"}
    return Example(people.administrator, f"{joined(people)}/plan", form=form, files=files, never=[people.member])


def plan(people: People) -> Example:
    """A participant looks at the plan."""
    path = joined(people)
    files = {"plan": ("plan.png", _PNG)}
    people.administrator.send("POST", f"{path}/plan", form={"plan_title": "The square"}, files=files)
    return Example(people.member, f"{path}/plan")


def as_geojson(people: People) -> Example:
    """An organiser takes away what has coordinates, of a consultation that came in with a map; its participant not."""
    whole = people.administrator.get(f"{begun(people)}/consultation.json").json()
    whole["places"] = {"on": "map", "begins": [11.57, 48.13], "zoom": 12}
    form = {"whole": json.dumps(whole)}
    path = people.administrator.send("POST", "/planning/whole", form=form).header("Location").removesuffix("/manage")
    settled(people, path)
    people.member.send("POST", f"/planning/join/{_code(people, path)}", form={"kind": kind_in(people, path)})
    return Example(people.administrator, f"{path}/contributions.geojson", never=[people.member])


def contribute(people: People) -> Example:
    """A participant contributes; nobody else, organisers neither."""
    return Example(people.member, f"{joined(people)}/contributions", form=SAID, never=[people.administrator])


def contribution(people: People) -> Example:
    """A participant reads a contribution."""
    return Example(people.member, contributed(people))


def attachment(people: People) -> Example:
    """A participant looks at a file beside a contribution."""
    path = joined(people)
    made = people.member.send("POST", f"{path}/contributions", form=SAID, files={"file": ("a.png", _PNG)})
    number = number_after(people.member.get(made.header("Location")).text, f"{path}/files/")
    return Example(people.member, f"{path}/files/{number}")


def _on_contribution(rest: str, form: dict[str, str]) -> Callable[[People], Example]:
    """Something that a participant does with somebody else's contribution."""

    def make(people: People) -> Example:
        return Example(people.member, f"{contributed(people)}{rest}", form=form)

    return make


def put_dots(people: People) -> Example:
    """A participant puts dots, while the consultation is prioritising."""
    path = contributed(people)
    today = datetime.now(UTC).date()
    settled(people, path.partition("/contributions")[0], prioritise=str(today))
    return Example(people.member, f"{path}/dots", form={"dots": "2"})


def _moderated(rest: str, form: dict[str, str]) -> Callable[[People], Example]:
    """Something that an organiser does with a contribution, and who wrote it does not."""

    def make(people: People) -> Example:
        path = contributed(people, by_member=True)
        return Example(people.administrator, f"{path}{rest}", form=form, never=[people.member])

    return make


def group(people: People) -> Example:
    """An organiser puts near-duplicates together."""
    path = contributed(people, by_member=True)
    again = people.member.send("POST", f"{path.partition('/contributions')[0]}/contributions", form=SAID)
    form = {"together": "yes"}
    return Example(people.administrator, f"{again.header('Location')}/grouping", form=form, never=[people.member])


def _commented(rest: str, form: dict[str, str]) -> Callable[[People], Example]:
    """Something that an organiser does with a comment."""

    def make(people: People) -> Example:
        path = contributed(people, by_member=True)
        people.member.send("POST", f"{path}/comments", form={"comment": "And a fountain."})
        base = path.partition("/contributions")[0]
        number = number_after(people.administrator.get(path).text, f"{base}/comments/")
        return Example(people.administrator, f"{base}/comments/{number}{rest}", form=form, never=[people.member])

    return make


def remove_rule(people: People) -> Example:
    """An organiser takes a rule away."""
    path = joined(people)
    people.administrator.send("POST", f"{path}/rules", form=_RULE)
    number = number_after(people.administrator.get(f"{path}/sorting").text, f"{path}/rules/")
    return Example(people.administrator, f"{path}/rules/{number}/removal", form={}, never=[people.member])


def decide(people: People) -> Example:
    """An organiser accepts what a rule proposes."""
    path = contributed(people, by_member=True)
    people.administrator.send("POST", f"{path.partition('/contributions')[0]}/rules", form=_RULE)
    return Example(people.administrator, f"{path}/proposal", form={"accept": "yes"}, never=[people.member])


def results(people: People) -> Example:
    """Everybody reads results that are published."""
    path = begun(people)
    settled(people, path, published="1")
    return Example(people.visitor, f"{path}/results")


def bring_in(people: People) -> Example:
    """An organiser brings a consultation in."""
    whole = people.administrator.get(f"{begun(people)}/consultation.json").json()
    return Example(people.administrator, "/planning/whole", form={"whole": json.dumps(whole)})


def listen(people: People) -> Example:
    """Whoever takes part listens to how the dots stand."""
    number = joined(people).rpartition("/")[2]
    return Example(people.member, f"/live?topic=planning.dots:{number}")


ONE = "/planning/<int:number>"
CONTRIBUTION = f"{ONE}/contributions/<int:contribution_id>"
SHEET = f"{ONE}/tokens/<int:sheet_id>"
COMMENT = f"{ONE}/comments/<int:comment_id>"
EXAMPLES: dict[str, Callable[[People], Example]] = {
    "GET /live": listen,
    "GET /planning/join/<code>": join,
    "POST /planning/join/<code>": register,
    "POST /planning/whole": bring_in,
    f"GET {ONE}": read,
    f"POST {ONE}/settings": settle,
    f"POST {ONE}/kinds": _by_organiser("/kinds", {"kind": "Farmer"}),
    f"POST {ONE}/kinds/<int:kind_id>/removal": remove_kind,
    f"POST {ONE}/questions": _by_organiser("/questions", {"question": "Where?"}),
    f"POST {ONE}/questions/<int:question_id>/removal": drop_question,
    f"POST {ONE}/organisers": add_organiser,
    f"POST {ONE}/organisers/<account_id>/removal": remove_organiser,
    f"POST {ONE}/plan": draw,
    f"POST {ONE}/ground": _by_organiser("/ground", {"shows": "none"}),
    f"GET {ONE}/contributions.geojson": as_geojson,
    f"POST {ONE}/deletion": _by_organiser("/deletion", {}),
    f"GET {ONE}/plan": plan,
    f"GET {ONE}/manage": _page("/manage"),
    f"GET {ONE}/tokens": _page("/tokens"),
    f"GET {ONE}/moderation": _page("/moderation"),
    f"GET {ONE}/contributions.csv": _page("/contributions.csv"),
    f"GET {ONE}/contributions.xlsx": _page("/contributions.xlsx"),
    f"GET {ONE}/consultation.json": _page("/consultation.json"),
    f"POST {ONE}/tokens": make_sheet,
    f"GET {SHEET}": sheet,
    f"POST {SHEET}/revocation": revoke_sheet,
    f"POST {SHEET}/<int:token_id>/revocation": revoke_one,
    f"POST {SHEET}/<int:token_id>/replacement": replace_one,
    f"POST {ONE}/contributions": contribute,
    f"GET {CONTRIBUTION}": contribution,
    f"GET {ONE}/files/<int:file_number>": attachment,
    f"POST {CONTRIBUTION}/comments": _on_contribution("/comments", {"comment": "Yes."}),
    f"POST {CONTRIBUTION}/support": _on_contribution("/support", {"support": "yes"}),
    f"POST {CONTRIBUTION}/reports": _on_contribution("/reports", {"words": "Look at this."}),
    f"POST {CONTRIBUTION}/dots": put_dots,
    f"POST {CONTRIBUTION}/showing": _moderated("/showing", {}),
    f"POST {CONTRIBUTION}/hiding": _moderated("/hiding", {"reason": "Off the subject."}),
    f"POST {CONTRIBUTION}/category": _moderated("/category", {"category": "Problem"}),
    f"POST {CONTRIBUTION}/grouping": group,
    f"POST {COMMENT}/showing": _commented("/showing", {}),
    f"POST {COMMENT}/hiding": _commented("/hiding", {"reason": "Off the subject."}),
    f"GET {ONE}/results": results,
    f"GET {ONE}/sorting": _page("/sorting"),
    f"POST {ONE}/rules": _by_organiser("/rules", _RULE),
    f"POST {ONE}/rules/<int:rule_id>/removal": remove_rule,
    f"POST {CONTRIBUTION}/proposal": decide,
}
