"""`/`: the way to each app."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template

from doorward import access


def home_page(apps: Sequence[tuple[str, str, str]]) -> Blueprint:
    """The start page, for these apps as (title, address, sentence)."""
    pages = Blueprint("portal", __name__)

    @pages.get("/")
    @access.public
    def home() -> str:
        return render_template("doorward/home.html", apps=apps)

    return pages
