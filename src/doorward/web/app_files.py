"""An app's own scripts, styles and pictures: served with fixed types, under addresses that change with the content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, send_from_directory, url_for

from doorward.errors import NotFound
from doorward.web import access

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


def static_files(blueprint: Blueprint, folder: Path) -> None:
    """Serve the files of a folder to everybody, at `/<blueprint>/static/<name>`.

    Templates of the blueprint get `<blueprint>_static("app.css")`, an address with a fingerprint of the content: a
    browser may keep what it finds there for a year.

    Arguments:
        blueprint: of the app.
        folder: of scripts (.js), styles (.css) and pictures (.svg, .png); whatever else lies there is not given.
    """

    @access.public
    @access.passive
    def static_file(name: str) -> Response:
        """Scripts and style, with fixed types."""
        kind = _TYPES.get(Path(name).suffix)
        if kind is None:
            raise NotFound
        response = send_from_directory(folder, name, mimetype=kind)
        if request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    @cache
    def below(root: str, name: str) -> str:
        return url_for(f"{blueprint.name}.static_file", name=name, v=_fingerprint(folder / name))

    def address(name: str) -> str:
        return below(request.root_path, name)

    def for_templates() -> dict[str, Any]:
        return {f"{blueprint.name}_static": address}

    blueprint.add_url_rule(f"/{blueprint.name}/static/<name>", "static_file", static_file)
    blueprint.context_processor(for_templates)


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
