"""What all pages of evidence share: the blueprint, its rules, and how a page is answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from doorward import Invalid, Refused, access, now, static_files, wants_json

from ..access import ROLES
from ..queries.team import role_words
from ..stages import FINDINGS, STAGES, STEPS

#: What a guest's token opens, and a program's that reads.
READ_SCOPE = "evidence:read"

blueprint = Blueprint("evidence", __name__, template_folder="../templates")
access.default(blueprint, access.member)
static_files(blueprint, Path(__file__).parents[1] / "static")

#: The rule of pages that guests see too.
reading_page = access.scope(READ_SCOPE)


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    return {"STAGES": STAGES, "FINDINGS": FINDINGS, "STEPS": STEPS, "ROLES": ROLES, "role_words": role_words}


def today() -> date:
    """The day, UTC."""
    return now().date()


def page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page; or, after a refusal, the same page with what is to be mended. A program gets the refusal itself."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    text = render_template(f"evidence/{template}.html", problems=problems, wrong=wrong, **context)
    return make_response(text, wrong.status if wrong else 200)


def to(name: str, **values: Any) -> Response:
    """On to another page, after a change."""
    return make_response(redirect(url_for(f"evidence.{name}", **values), 303))


def field(name: str) -> str:
    """A field of the form that was sent; empty where it is not there."""
    return request.form.get(name, "")


#: The content type of each kind of file that is given out.
FILE_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_file(content: str | bytes, kind: str, name: str) -> Response:
    """A file that was made for this answer.

    Arguments:
        kind: of `FILE_TYPES`.
        name: without its ending; ASCII.
    """
    response = Response(content, content_type=FILE_TYPES[kind])
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{kind}")
    return response
