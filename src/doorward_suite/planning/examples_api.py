"""How the API of planning is rightfully used, for `doorward prove`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from doorward import Example, People

from .examples import (
    COMMENT,
    CONTRIBUTION,
    ONE,
    SAID,
    SHEET,
    contributed,
    joined,
    kind_in,
    member_of,
    number_after,
    put_dots,
    registered_sheet,
    shared,
)  # fmt: skip


def _by_program(rest: str) -> Callable[[People], Example]:
    """A program of an organiser's reads, or deletes."""

    def make(people: People) -> Example:
        return Example(people.program, f"/api{shared(people)}{rest}")

    return make


def _program_organises(method_rest: str, body: dict[str, Any]) -> Callable[[People], Example]:
    """A program of an organiser's writes."""

    def make(people: People) -> Example:
        return Example(people.program, f"/api{shared(people)}{method_rest}", json=body)

    return make


def api_begin(people: People) -> Example:
    """Somebody who organises begins a consultation as a program would; a member may not."""
    asker = people.with_role("planning-organiser")
    return Example(asker, "/api/planning/", json={"title": "A proof"}, never=[people.program])


def api_settle(people: People) -> Example:
    """A program of an organiser's settles a consultation."""
    days = {"collect": str(datetime.now(UTC).date())}
    body = {
        "title": "A proof", "about": "", "summary": "", "begins": days, "categories": ["Idea"], "dots": 5,
        "moderated": False, "open_link": False, "published": False,
    }  # fmt: skip
    return Example(people.program, f"/api{shared(people)}", json=body)


def api_remove_kind(people: People) -> Example:
    """A program takes a kind away."""
    path = shared(people)
    return Example(people.program, f"/api{path}/kinds/{kind_in(people, path)}")


def api_drop_question(people: People) -> Example:
    """A program takes a question away."""
    path = shared(people)
    people.administrator.send("POST", f"{path}/questions", form={"question": "Where?"})
    question = number_after(people.administrator.get(f"{path}/manage").text, f"{path}/questions/")
    return Example(people.program, f"/api{path}/questions/{question}")


def _shared_sheet(people: People) -> tuple[str, str, str]:
    """The same as `registered_sheet`, in a consultation that the member organises too."""
    path, sheet, token = registered_sheet(people)
    people.administrator.send("POST", f"{path}/organisers", form={"organiser": member_of(people)["name"]})
    return path, sheet, token


def api_make_sheet(people: People) -> Example:
    """A program asks for tokens. Its owner may have made five sheets within the hour: then somebody new is asked."""
    path = shared(people)
    if "0 more within this hour" in people.member.get(f"{path}/tokens").text:
        raise ValueError("the member has made as many sheets as one may within an hour")
    body = {"kind": int(kind_in(people, path)), "count": 2, "days": 30}
    return Example(people.program, f"/api{path}/tokens", json=body)


def api_revoke_sheet(people: People) -> Example:
    """A program ends all tokens of a sheet."""
    path, sheet, _ = _shared_sheet(people)
    return Example(people.program, f"/api{path}/tokens/{sheet}")


def api_revoke_one(people: People) -> Example:
    """A program ends one token."""
    path, sheet, token = _shared_sheet(people)
    return Example(people.program, f"/api{path}/tokens/{sheet}/{token}")


def _api_moderates(rest: str, body: dict[str, Any]) -> Callable[[People], Example]:
    """A program of an organiser's looks after a contribution."""

    def make(people: People) -> Example:
        path = contributed(people)
        base = path.partition("/contributions")[0]
        people.administrator.send("POST", f"{base}/organisers", form={"organiser": member_of(people)["name"]})
        return Example(people.program, f"/api{path}{rest}", json=body)

    return make


def api_group(people: People) -> Example:
    """A program puts near-duplicates together."""
    base = contributed(people).partition("/contributions")[0]
    people.administrator.send("POST", f"{base}/organisers", form={"organiser": member_of(people)["name"]})
    again = people.member.send("POST", f"{base}/contributions", form=SAID).header("Location")
    return Example(people.program, f"/api{again}/grouping", json={"together": True})


def api_set_comment(people: People) -> Example:
    """A program hides a comment."""
    path = contributed(people)
    people.member.send("POST", f"{path}/comments", form={"comment": "And a fountain."})
    base = path.partition("/contributions")[0]
    people.administrator.send("POST", f"{base}/organisers", form={"organiser": member_of(people)["name"]})
    number = number_after(people.administrator.get(path).text, f"{base}/comments/")
    body = {"state": "hidden", "reason": "Off the subject."}
    return Example(people.program, f"/api{base}/comments/{number}/state", json=body)


def api_contribute(people: People) -> Example:
    """A participant contributes as a program would."""
    body = {"text": "More trees.", "category": "Idea", "question": None, "place": None}
    return Example(people.member, f"/api{joined(people)}/contributions", json=body, never=[people.administrator])


def _api_takes_part(rest: str, body: dict[str, Any]) -> Callable[[People], Example]:
    """A participant does something with somebody else's contribution, as a program would."""

    def make(people: People) -> Example:
        return Example(people.member, f"/api{contributed(people)}{rest}", json=body)

    return make


def api_put_dots(people: People) -> Example:
    """A participant puts dots as a program would."""
    shown = put_dots(people)
    return Example(people.member, f"/api{shown.path}", json={"count": 1})


API_EXAMPLES: dict[str, Callable[[People], Example]] = {
    "POST /api/planning/": api_begin,
    f"PUT /api{ONE}": api_settle,
    f"DELETE /api{ONE}": _by_program(""),
    f"POST /api{ONE}/kinds": _program_organises("/kinds", {"name": "Farmer"}),
    f"DELETE /api{ONE}/kinds/<int:kind_id>": api_remove_kind,
    f"POST /api{ONE}/questions": _program_organises("/questions", {"text": "Where?"}),
    f"DELETE /api{ONE}/questions/<int:question_id>": api_drop_question,
    f"GET /api{ONE}/tokens": _by_program("/tokens"),
    f"POST /api{ONE}/tokens": api_make_sheet,
    f"DELETE /api{SHEET}": api_revoke_sheet,
    f"DELETE /api{SHEET}/<int:token_id>": api_revoke_one,
    f"PUT /api{CONTRIBUTION}/state": _api_moderates("/state", {"state": "hidden", "reason": "Off the subject."}),
    f"PUT /api{CONTRIBUTION}/category": _api_moderates("/category", {"category": "Problem"}),
    f"PUT /api{CONTRIBUTION}/grouping": api_group,
    f"PUT /api{COMMENT}/state": api_set_comment,
    f"POST /api{ONE}/contributions": api_contribute,
    f"POST /api{CONTRIBUTION}/comments": _api_takes_part("/comments", {"text": "Yes."}),
    f"PUT /api{CONTRIBUTION}/support": _api_takes_part("/support", {"supported": True}),
    f"PUT /api{CONTRIBUTION}/dots": api_put_dots,
    f"POST /api{CONTRIBUTION}/reports": _api_takes_part("/reports", {"words": "Look at this."}),
    f"GET /api{ONE}": _by_program(""),
    f"GET /api{ONE}/contributions": _by_program("/contributions"),
    f"GET /api{ONE}/whole": _by_program("/whole"),
}
