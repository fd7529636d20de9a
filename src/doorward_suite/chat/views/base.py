"""What all pages of chat share: the blueprint, its rule, and how a page is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from doorward import Invalid, Refused, access, account_notices, static_files, wants_json

from .. import api, marks
from ..actions.people import NOTIFY
from ..files import FILES
from ..queries.messages import Line

blueprint = Blueprint("chat", __name__, template_folder="../templates")
access.default(blueprint, access.member)
api.add_to(blueprint)
STATIC = Path(__file__).parents[1] / "static"
static_files(blueprint, STATIC)

#: What can be given with one tap.
QUICK = ("👍", "❤️", "😂", "🎉", "👀", "✅")


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    # Called by the pages that show them alone: it asks the records.
    return {
        "about_account": account_notices,
        "FILES": FILES,
        "QUICK": QUICK,
        "NOTIFY": NOTIFY,
        "body_of": body_of,
        "first_line": marks.first_line,
    }


def body_of(line: Line) -> Markup:
    """What a message says, for a template."""
    # doorward: allow source.markup because nh3 sanitised it and marks.py escapes every text
    return Markup(line.html())  # nosec B704


def page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page; or, after a refusal, the same page with what is to be mended. A program gets the refusal itself."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    text = render_template(f"chat/{template}.html", problems=problems, wrong=wrong, **context)
    return make_response(text, wrong.status if wrong else 200)


def done(name: str, anchor: str | None = None, **values: Any) -> Response:
    """After a change: on to a page, or for a script that it is done."""
    if wants_json():
        return jsonify(done=True)
    return make_response(redirect(url_for(f"chat.{name}", _anchor=anchor, **values), 303))


def field(name: str) -> str:
    """A field of the form that was sent; empty where it is not there."""
    return request.form.get(name, "")


def is_on() -> bool:
    """Whether the form switches something on."""
    return field("on") == "1"
