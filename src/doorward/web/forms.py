"""The fields of a posted form."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import MultiDict

from doorward.errors import WrongType

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def posted_form() -> MultiDict[str, str]:
    """The fields that were sent; none for an empty body.

    Errors:
        WrongType: the body is of another type, so that its fields would silently count as empty.
    """
    if request.mimetype and request.mimetype not in _FORMS:
        raise WrongType("Send this as a form.")
    return request.form
