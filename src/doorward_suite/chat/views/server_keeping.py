"""For administrators: how much the server keeps of the files of all rooms; what would go, shown before it is set."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from doorward import Invalid, Refused, access, current_caller, limit, reading

from ..actions import server_keeping as actions
from ..queries import server_keeping as queries
from .base import blueprint, done, page


@blueprint.get("/chat/keeping")
@access.role("admin")
@access.slow
@limit("120/hour")
def server_keeping() -> Response:
    return _shown(request.args)


def _shown(asked: Mapping[str, str], wrong: Refused | None = None) -> Response:
    with reading() as db:
        now = queries.files_mib(db)
        typed = asked.get("files_mib", str(now))[:20]
        try:
            wanted = actions.judged({"files_mib": typed})
        except Invalid as problem:
            wanted, wrong = now, wrong or problem
        found = queries.sizes(db)
        giving = queries.giving(db, current_caller(), found, wanted)
        over = found.over(wanted)
    context = {"now": now, "wanted": wanted, "typed": typed, "found": found, "giving": giving, "over": over}
    return page("server_keeping", wrong, **context)


@blueprint.post("/chat/keeping")
@access.role("admin")
@access.fresh
@limit("60/hour")
def set_server_keeping() -> Response:
    try:
        actions.set_limit(current_caller(), actions.judged(request.form))
    except Invalid as wrong:
        return _shown(request.form, wrong)
    return done("server_keeping")
