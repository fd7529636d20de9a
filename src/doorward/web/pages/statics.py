"""`/doorward/static/…`: the kit's own style and scripts."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_from_directory

from doorward.web import access
from doorward.web.jinja import STATIC

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/doorward/static/<path:name>", "static_file", static_file)


@access.public
@access.passive
def static_file(name: str) -> Response:
    """A file with a fixed type. An address with the content's fingerprint may be kept for a year."""
    suffix = "." + name.rpartition(".")[2]
    response = send_from_directory(STATIC, name, mimetype=_TYPES.get(suffix, "application/octet-stream"))
    if request.args.get("v"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
