"""The API of evidence, under `/api/evidence/`: the same access, queries and actions as the pages have, in JSON."""

from __future__ import annotations

from typing import Any

from . import changes, items, standing, teams

_ONE = "/api/evidence/<int:number>"
_OBJECTIVE = f"{_ONE}/objectives/<objective_id>"
_ITEM = f"{_ONE}/items/<int:item_id>"

_ROUTES = (
    ("/api/evidence/", standing.assessments, "GET"),
    ("/api/evidence/", teams.begin, "POST"),
    ("/api/evidence/standards", teams.standards, "GET"),
    (_ONE, standing.overview, "GET"),
    (f"{_ONE}/families/<code>", standing.family, "GET"),
    (f"{_ONE}/requirements/<requirement_id>", standing.requirement, "GET"),
    (f"{_ONE}/objectives", standing.objective_list, "GET"),
    (_OBJECTIVE, standing.objective, "GET"),
    (f"{_OBJECTIVE}/steps", changes.take_step, "POST"),
    (f"{_OBJECTIVE}/comments", changes.comment, "POST"),
    (f"{_ONE}/assignments", changes.assign, "POST"),
    (f"{_ONE}/people", standing.people, "GET"),
    (f"{_ONE}/people", teams.seat_member, "POST"),
    (f"{_ONE}/people/<account_id>", teams.remove_member, "DELETE"),
    (f"{_ONE}/files", items.bring_files, "POST"),
    (f"{_ONE}/items", items.evidence, "GET"),
    (f"{_ONE}/items", items.add_evidence, "POST"),
    (_ITEM, items.piece, "GET"),
    (f"{_ITEM}/versions", items.add_version, "POST"),
    (f"{_ITEM}/versions/<int:version>/file", items.file, "GET"),
    (f"{_ITEM}/links", items.link, "POST"),
    (f"{_ITEM}/links/<objective_id>", items.unlink, "DELETE"),
    (f"{_ITEM}/checks", items.check, "POST"),
    (f"{_ITEM}/deletion", items.delete, "POST"),
    (f"{_ITEM}/restoration", items.restore, "POST"),
    (f"{_ONE}/manifests", items.manifests, "GET"),
)


def add_to(pages: Any) -> None:
    """Put these addresses beside the pages, on their blueprint."""
    for path, view, method in _ROUTES:
        pages.add_url_rule(path, f"api_{view.__name__}", view, methods=[method])
