"""For administrators of the server: how large the records are, how they grow, and how old the last backup is."""

from __future__ import annotations

from flask import Response

from doorward import access, last_backup, now, reading

from ..queries import sizes
from .base import blueprint, page


@blueprint.get("/planning/monitoring")
@access.role("admin")
def monitoring() -> Response:
    with reading() as db:
        size, days = sizes.size_now(db), sizes.sizes(db)
    most = max((one.size for one in days), default=size) or 1
    return page("monitoring", size=size, days=days, most=most, backup=last_backup(), today=now())
