"""`/admin/people/invite`: invite many people by a list, look at it first, then print or download their links."""

from __future__ import annotations

import math

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.invite_lists import LARGEST, UnreadableList, decode, read
from doorward.core.tables import csv_table
from doorward.errors import Invalid, NotFound
from doorward.store import invitation_sheets
from doorward.web import access, invite_many
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.helpers import page_address
from doorward.web.here import here
from doorward.web.invite_many import Link

_BASE = "/admin/people/invite"
_ON_A_SHEET = 24
_SHOWN = 100
EXAMPLE = "name,role,days,uses,email\nAnn Lee,member,7,1,ann@example.org\nStaff room,member,30,25,"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(_BASE, "invite_many", form, methods=["GET"])
    pages.add_url_rule(_BASE, "invite_many_look", look, methods=["POST"])
    pages.add_url_rule(f"{_BASE}/<int:number>", "invite_sheet", sheet, methods=["GET"])
    pages.add_url_rule(f"{_BASE}/<int:number>/make", "invite_sheet_make", make, methods=["POST"])
    pages.add_url_rule(f"{_BASE}/<int:number>/print", "invite_sheet_print", to_print, methods=["GET"])
    pages.add_url_rule(f"{_BASE}/<int:number>/links.csv", "invite_sheet_csv", to_download, methods=["GET"])
    pages.add_url_rule(f"{_BASE}/<int:number>/forget", "invite_sheet_forget", forget, methods=["POST"])
    pages.add_url_rule(f"{_BASE}/<int:number>/take-back", "invite_sheet_take_back", take_back, methods=["POST"])


@access.role("admin")
def form() -> str:
    return _form("", {})


def _form(text: str, problems: dict[str, str]) -> str:
    at = here()
    with at.door.store.reading() as db:
        made = invitation_sheets.latest(db, at.caller.id)
    return render_template(
        "doorward/admin/invite_many.html",
        text=text,
        problems=problems,
        example=EXAMPLE,
        roles=invite_many.listed(at),
        sheets=[{"id": one.id, "made": one.made_at, "count": one.count} for one in made],
    )


@access.role("admin")
@access.slow
@access.max_body(4 * LARGEST)
def look() -> ResponseReturnValue:
    """Read the list and show what would be made of it. Nothing is."""
    at, typed = here(), posted_form()
    text = typed.get("list", "").replace("\r\n", "\n")
    try:
        sent = request.files.get("file")
        if sent is not None and sent.filename:
            text = decode(sent.stream.read(LARGEST + 1))
        number = invite_many.keep(at, text)
    except UnreadableList as wrong:
        if wants_json():
            raise Invalid({"list": str(wrong)}) from None
        return _form(text[:LARGEST], {"list": str(wrong)}), 422
    return redirect(f"{_BASE}/{number}", 303)


@access.role("admin")
@access.slow
def sheet(number: int) -> str:
    at = here()
    found = invite_many.own_sheet(at, number)
    if found.made_at is not None:
        links = invite_many.links_of(at, found)
        shown = {"id": found.id, "made": found.made_at, "count": found.count, "has_links": bool(links)}
        return render_template("doorward/admin/invite_made.html", sheet=shown)
    text = invite_many.text_of(at, found)
    rows = read(text, invite_many.listed(at))
    wrong = [row for row in rows if row.problems]
    good = [row for row in rows if not row.problems]
    return render_template(
        "doorward/admin/invite_look.html",
        number=number,
        text=text,
        wrong=wrong[:_SHOWN],
        wrong_in_all=len(wrong),
        good=good[:_SHOWN],
        good_in_all=len(good),
    )


@access.role("admin")
@access.fresh
@access.slow
def make(number: int) -> ResponseReturnValue:
    at = here()
    only_good = bool(posted_form().get("only_good"))
    count = invite_many.make(at, invite_many.own_sheet(at, number), only_good=only_good)
    flash(f"{count} invitation{'s are' if count != 1 else ' is'} made.", "ok")
    return redirect(f"{_BASE}/{number}", 303)


@access.role("admin")
@access.fresh
@access.slow
def to_print(number: int) -> str:
    """Some links of the sheet with their QR codes, as many as print well at once."""
    links = _links(number)
    pages = math.ceil(len(links) / _ON_A_SHEET)
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    some = links[(page - 1) * _ON_A_SHEET : page * _ON_A_SHEET]
    cards = [{"link": one, "address": _address(one), "qr": _qr(_address(one))} for one in some]
    return render_template("doorward/admin/invite_print.html", number=number, cards=cards, page=page, pages=pages)


def _links(number: int) -> list[Link]:
    at = here()
    at.is_private = True
    links = invite_many.links_of(at, invite_many.own_sheet(at, number))
    if not links:
        raise NotFound("These links are not shown any more. Those that were given out still work.")
    return links


def _address(link: Link) -> str:
    return page_address(f"/join/{link.code}")


def _qr(address: str) -> str:
    import segno

    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#000", light="#fff")


@access.role("admin")
@access.fresh
@access.slow
def to_download(number: int) -> Response:
    """All links as a CSV file that no spreadsheet takes for formulas."""
    rows = [
        [one.name, one.role, one.email, one.uses, f"{one.expires:%Y-%m-%d %H:%M} UTC", _address(one)]
        for one in _links(number)
    ]
    head = ["name", "role", "email", "uses", "works until", "link"]
    response = Response(csv_table(head, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="invitations-{number}.csv"'
    return response


@access.role("admin")
def forget(number: int) -> ResponseReturnValue:
    at = here()
    invite_many.forget(at, invite_many.own_sheet(at, number))
    flash("The links are shown to nobody any more. They still work.", "ok")
    return redirect(f"{_BASE}/{number}", 303)


@access.role("admin")
@access.fresh
def take_back(number: int) -> ResponseReturnValue:
    at = here()
    count = invite_many.take_back(at, invite_many.own_sheet(at, number))
    flash(f"{count} invitation{'s no longer work' if count != 1 else ' no longer works'}.", "ok")
    return redirect(f"{_BASE}/{number}", 303)
