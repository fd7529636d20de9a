"""What lets a browser install chat as an app of its own: a manifest, and a worker that keeps static files."""

from __future__ import annotations

from flask import Response, make_response, render_template, send_from_directory

from doorward import access

from .base import STATIC, blueprint


@blueprint.get("/chat/manifest.webmanifest")
@access.public
@access.passive
def manifest() -> Response:
    """Name, colours and picture; the same for everybody, since browsers fetch it without cookies."""
    response = make_response(render_template("chat/manifest.json"))
    response.mimetype = "application/manifest+json"
    return response


@blueprint.get("/chat/worker.js")
@access.public
@access.passive
def worker() -> Response:
    """The service worker. Here, and not among the static files, so that it may look after the pages of chat."""
    response = send_from_directory(STATIC, "worker.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response
