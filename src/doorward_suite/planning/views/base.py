"""What all pages of planning share: the blueprint, its rules, and how a page is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from doorward import Invalid, Refused, TileLayer, access, ai_host, map_tiles, static_files, wants_json

from .. import phases
from ..access import TAKE_PART
from ..models import PARTS, Consultation

#: A town hall behind one address.
GENEROUS = "6000/minute"

blueprint = Blueprint("planning", __name__, template_folder="../templates")
access.default(blueprint, access.member)
static_files(blueprint, Path(__file__).parents[1] / "static")

#: The rule of pages for participants. Organisers, and members who registered, enter with their account.
taking_part = access.scope(TAKE_PART)


@blueprint.context_processor
def _for_templates() -> dict[str, Any]:
    return {"PHASES": phases.PHASES, "PHASE_NAMES": phases.NAMES, "degrees": _degrees, "AI_HOST": ai_host()}


def _degrees(stored: int) -> str:
    return f"{stored / PARTS:.6f}"


def layer_for(consultation: Consultation) -> TileLayer | None:
    """The map of the settings, where a consultation shows places on it: only then its page may fetch pictures there."""
    return map_tiles() if consultation.has_map else None


def page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page; or, after a refusal, the same page with what is to be mended. A program gets the refusal itself."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    text = render_template(f"planning/{template}.html", problems=problems, wrong=wrong, **context)
    return make_response(text, wrong.status if wrong else 200)


def to(name: str, **values: Any) -> Response:
    """On to another page, after a change."""
    return make_response(redirect(url_for(f"planning.{name}", **values), 303))


def field(name: str) -> str:
    """A field of the form that was sent; empty where it is not there."""
    return request.form.get(name, "")
