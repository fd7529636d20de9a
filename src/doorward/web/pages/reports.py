"""`/csp-report`: browsers report what the content policy blocked. Anybody can send this, so little is believed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from doorward.core.headers import REPORT_PATH
from doorward.core.journal import clean
from doorward.core.transport import address_group
from doorward.errors import BadRequest, WrongType
from doorward.store import violations
from doorward.web import access
from doorward.web.here import here

_TYPES = frozenset({"application/csp-report", "application/reports+json"})
_MOST_AT_ONCE = 10


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(REPORT_PATH, "csp_report", csp_report, methods=["POST"])


@access.public
@access.passive
@access.max_body(16 * 1024)
@access.csrf_exempt("browsers send reports by themselves; the headers are checked")
def csp_report() -> ResponseReturnValue:
    at = here()
    if request.mimetype not in _TYPES:
        raise WrongType
    at.door.limiter.take(at.door.limits.reports, address_group(at.client.address))
    reports = _read(request.get_data())
    with at.door.store.transaction() as tx:
        for directive, blocked, page in reports:
            violations.report(tx, directive, blocked, page)
    return "", 204


def _read(body: bytes) -> list[tuple[str, str, str]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The report is not JSON.") from None
    if isinstance(found, dict):
        found = [{"type": "csp-violation", "body": found.get("csp-report", {})}]
    if not isinstance(found, list):
        raise BadRequest("The report has no known form.")
    bodies = [one.get("body") for one in found[:_MOST_AT_ONCE] if _is_violation(one)]
    return [_facts(body) for body in bodies if isinstance(body, dict)]


def _is_violation(report: Any) -> bool:
    return isinstance(report, dict) and report.get("type") == "csp-violation"


def _facts(body: dict[str, Any]) -> tuple[str, str, str]:
    """Directive, what was blocked, and on which page; addresses without their queries, which may carry secrets."""
    directive = body.get("effectiveDirective") or body.get("effective-directive") or body.get("violated-directive")
    blocked = body.get("blockedURL") or body.get("blocked-uri")
    page = body.get("documentURL") or body.get("document-uri")
    return clean(str(directive), 50), _address(blocked), _address(page, only_path=True)


def _address(value: object, *, only_path: bool = False) -> str:
    try:
        parts = urlsplit(str(value))
    except ValueError:
        return "(not an address)"
    place = parts.path if only_path or not parts.netloc else f"{parts.scheme}://{parts.netloc}{parts.path}"
    return clean(place or str(parts.scheme), 250)
