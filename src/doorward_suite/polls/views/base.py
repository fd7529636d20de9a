"""What all pages of polls share: the blueprint, its rules, and how a page is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from doorward import Invalid, Refused, static_files, wants_json
from doorward import access as door

blueprint = Blueprint("polls", __name__, template_folder="../templates")
door.default(blueprint, door.member)
static_files(blueprint, Path(__file__).parents[1] / "static")


def page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page; or, after a refusal, the same page with what is to be mended. A program gets the refusal itself."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    page = render_template(f"polls/{template}.html", problems=problems, wrong=wrong, **context)
    return make_response(page, wrong.status if wrong else 200)


def to(name: str, **values: Any) -> Response:
    return make_response(redirect(url_for(f"polls.{name}", **values), 303))


def field(name: str) -> str:
    return request.form.get(name, "")
