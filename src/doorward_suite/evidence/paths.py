"""Where pages and files are, for mails and the API: the only addresses that are written outside of the views."""

from __future__ import annotations

from urllib.parse import quote


def requirement_path(number: int, requirement: str) -> str:
    """The page of a requirement.

    Arguments:
        number: of the assessment.
    """
    return f"/evidence/{number}/requirements/{quote(requirement, safe='')}"


def person_path(number: int, account_id: str) -> str:
    """The page of somebody's work."""
    return f"/evidence/{number}/people/{account_id}"


def poam_path(number: int) -> str:
    """The plan of action and milestones."""
    return f"/evidence/{number}/poam"


def item_path(number: int, item_id: int) -> str:
    """The page of a piece of evidence."""
    return f"/evidence/{number}/items/{item_id}"


def file_path(number: int, item_id: int, version: int) -> str:
    """Where the file of a version is given back to programs."""
    return f"/api/evidence/{number}/items/{item_id}/versions/{version}/file"
