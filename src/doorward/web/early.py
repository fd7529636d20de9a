"""What could answer before the gate is refused at the start; what comes after the start is refused then.

The gate takes the place of `preprocess_request`, so `before_request` functions and `url_value_preprocessor`s come
behind it. What would still come before it: receivers of `request_started`, overridden dispatch methods, and
WSGI middleware around the app, be it inside or outside of the door's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask, request_started

from doorward.errors import StartRefused
from doorward.web.census import where
from doorward.web.flask_session import DoorSessionInterface
from doorward.web.middleware import Middleware

_NOT_TO_OVERRIDE = (
    "__call__",
    "full_dispatch_request",
    "dispatch_request",
    "preprocess_request",
    "handle_user_exception",
    "wsgi_app",
)


def refuse(app: Flask) -> None:
    """Stop the start if something could answer before the gate."""
    found = [*_receivers(app), *_overrides(app), *_layers(app)]
    if found:
        raise StartRefused("This would answer before the door, so the app does not start:\n  " + "\n  ".join(found))


def _receivers(app: Flask) -> Iterator[str]:
    for receiver in request_started.receivers_for(app):
        yield (f"a receiver of request_started at {where(receiver)}: use before_request, which runs behind the door")


def _overrides(app: Flask) -> Iterator[str]:
    for name in _NOT_TO_OVERRIDE:
        if getattr(type(app), name) is not getattr(Flask, name):
            yield f"{type(app).__name__}.{name} is overridden at {where(getattr(type(app), name))}: use before_request"
        elif name in vars(app) and not _is_ours(vars(app)[name]):
            yield f"{name} of this app is replaced at {where(vars(app)[name])}: use before_request"


def _is_ours(replacement: Any) -> bool:
    # Layers around the application are spoken of by `_layers`; the gate stands in place of preprocess_request.
    return isinstance(replacement, Middleware) or getattr(replacement, "__module__", "") == "doorward.web.gate"


def _layers(app: Flask) -> Iterator[str]:
    layer = app.wsgi_app.inner if isinstance(app.wsgi_app, Middleware) else app.wsgi_app
    if getattr(layer, "__func__", None) is not Flask.wsgi_app:
        yield (
            f"{type(layer).__name__} is wrapped around app.wsgi_app and could answer for addresses without a rule: "
            "use before_request, or wrap the app itself where it is served (for proxies, DOORWARD_BEHIND_PROXY takes "
            "the place of ProxyFix)"
        )
    if not isinstance(app.session_interface, DoorSessionInterface):
        yield f"{type(app.session_interface).__name__} replaces the session: the door keeps the sessions itself"


def close(app: Flask) -> None:
    """From now on no route can be added: it would not have been counted."""

    def refuse_route(*_args: Any, **_kwargs: Any) -> Any:
        raise StartRefused("The app has started: a route added now has no rule that was checked. Add it before.")

    app.add_url_rule = refuse_route  # type: ignore[method-assign]
    app.url_map.add = refuse_route  # type: ignore[method-assign]
