"""Is this part of the house closed by a setting? Then there is nothing: 404, as for an address that leads nowhere.

The one place for `admin_enabled = false`, for what makes no sense beside the single password, and for views that say
which setting they need (`access.needs_setting`).
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchAddress

from doorward.core.access import ADMIN, Demand
from doorward.errors import NotFound
from doorward.settings import Settings
from doorward.web.here import Here

#: Without administration nobody signs in, and nobody becomes somebody who could.
ADMINISTRATION = ("/login", "/setup", "/admin", "/account", "/join", "/register", "/reset", "/recover", "/verify")
#: One account, whose password stands in the settings: nobody joins it, and no page changes it.
MANY_ACCOUNTS = (
    *("/setup", "/join", "/register", "/reset", "/recover", "/verify", "/admin/invitations"),
    *("/admin/people/invite", "/account/password", "/account/email", "/account/identities", "/login/oidc"),
)


def check(at: Here) -> None:
    """Answer for what is closed as if it were not there.

    Errors:
        NotFound: it is closed.
    """
    settings = at.door.settings
    if _lies_under(request.path, closed_paths(settings)):
        raise NotFound
    demands = list(_demands(at))
    if not settings.admin_enabled and any(_is_for_administrators(demand) for demand in demands):
        raise NotFound
    if any(not getattr(settings, name) for demand in demands if demand is not None for name in demand.needs):
        raise NotFound


def closed_paths(settings: Settings) -> tuple[str, ...]:
    """What is closed, and everything below it."""
    of_accounts = MANY_ACCOUNTS if settings.admin_password is not None else ()
    return of_accounts if settings.admin_enabled else (*ADMINISTRATION, *of_accounts)


def _lies_under(path: str, closed: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in closed)


def _is_for_administrators(demand: Demand | None) -> bool:
    return demand is not None and any(ADMIN in group for group in demand.rule.roles)


def _demands(at: Here) -> Iterator[Demand | None]:
    """What the route demands; for a method that it does not have, what its other methods demand."""
    yield at.demand
    wrong = request.routing_exception
    if not isinstance(wrong, MethodNotAllowed):
        return
    adapter = current_app.create_url_adapter(request)
    for method in wrong.valid_methods or () if adapter is not None else ():
        try:
            endpoint, _ = adapter.match(method=method)  # type: ignore[union-attr]
        except NoSuchAddress:
            continue
        found = at.door.census.find(endpoint)
        yield found.demand(method) if found else None
