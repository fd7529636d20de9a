"""Every error of the kit, and the HTTP answer of each.

Two families. `StartRefused` is for the person who starts the app: it must not start, and the text says what
to do. `Refused` is for the caller of a route: its `message` is safe to show to anybody, because no page ever
shows internals (OWASP ASVS 16.5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


class DoorwardError(Exception):
    """The root: whatever the kit raises on purpose.

    Arguments:
        message: a sentence for the person who meets the error; never a secret, a path or a trace.
    """

    code = "error"
    status = 500
    default = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


class StartRefused(DoorwardError):
    """The app or the server must not start. `str()` says why and what to do."""

    code = "start_refused"


class SettingsError(StartRefused):
    """A setting is unknown, ill-typed, missing or unsafe."""

    code = "settings"


class BackupRefused(DoorwardError):
    """A backup cannot be made, or is not one to be restored. `str()` is for the operator: why, and what to do."""

    code = "backup_refused"


class UnguardedRoutes(StartRefused):
    """Some endpoints do not say who may enter (law 1 of the design).

    Arguments:
        routes: one line for each endpoint: its name, path, and the file and line of its view.
    """

    code = "unguarded_routes"

    def __init__(self, routes: Sequence[str]) -> None:
        self.routes = tuple(routes)
        lines = "\n".join(f"  {route}" for route in self.routes)
        super().__init__(
            f"These routes do not say who may enter, so the app does not start:\n{lines}\n"
            "Give each view a rule (for example @access.member or @access.public), its blueprint a default\n"
            "(access.default(blueprint, access.member)), or name it in Doorward(app, rules={endpoint: rule})."
        )


class UndescribedRoutes(StartRefused):
    """Some routes under `/api/` are not described, so that nothing of what they take would be checked.

    Arguments:
        routes: one line for each: its endpoint, method and path, the file and line of its view, and what is missing.
    """

    code = "undescribed_routes"

    def __init__(self, routes: Sequence[str]) -> None:
        self.routes = tuple(routes)
        lines = "\n".join(f"  {route}" for route in self.routes)
        super().__init__(
            f"These routes under /api/ are not described, so the app does not start:\n{lines}\n"
            "Say what each takes and answers (@api.takes(…), @api.asks(…), @api.gives(…)), or why nothing is said\n"
            'of it (@api.undescribed("a reason")).'
        )


class Refused(DoorwardError):
    """A request that is answered with an error. Carries the HTTP status and a stable code."""

    code = "refused"
    status = 400


class BadRequest(Refused):
    code = "bad_request"
    status = 400
    default = "The request could not be understood."


class CsrfRefused(BadRequest):
    """The request did not prove that it came from a page of ours (OWASP ASVS 3.5.1)."""

    code = "csrf"
    default = "This form is no longer valid. Go back, reload the page and send it again."


class NotSignedIn(Refused):
    code = "not_signed_in"
    status = 401
    default = "Sign in to continue."


class TokenRefused(Refused):
    """A token that was sent opens nothing: malformed, unknown, expired or revoked, with the same answer for all.

    (RFC 6750 section 3.1, `invalid_token`.)
    """

    code = "invalid_token"
    status = 401
    default = "This access token does not work here. It may be incomplete, expired or revoked."


class Forbidden(Refused):
    code = "forbidden"
    status = 403
    default = "You may not do this."


class ScopeMissing(Forbidden):
    """A token holds, but it was not made for this (RFC 6750 section 3.1, `insufficient_scope`).

    Arguments:
        scopes: what the route demands; none where it takes no token at all.
    """

    code = "insufficient_scope"
    default = "This token does not reach that far."

    def __init__(self, scopes: Iterable[str] = ()) -> None:
        self.scopes = tuple(sorted(scopes))
        super().__init__()


class SignInAgain(Forbidden):
    """The rule `fresh` asks for a sign-in within the last minutes (OWASP ASVS 7.5.1)."""

    code = "sign_in_again"
    default = "Sign in again to do this."


class PasswordDue(Forbidden):
    """The password has reached the greatest age of the profile, and must be changed before anything else."""

    code = "password_due"
    default = "Your password has reached its greatest age. Choose a new one to go on."


class FactorDue(Forbidden):
    """A second factor is required of this role, and must be set up before anything else."""

    code = "factor_due"
    default = "Your role asks for a second factor. Set one up to go on."


class NotFound(Refused):
    """Not there, or not yours: the same answer, so that nothing can be probed (OWASP ASVS 8.2.2)."""

    code = "not_found"
    status = 404
    default = "There is nothing here, or you may not see it."


class WrongMethod(Refused):
    code = "method_not_allowed"
    status = 405
    default = "This address does not accept that kind of request."


class Conflict(Refused):
    code = "conflict"
    status = 409
    default = "This was changed in the meantime. Reload and try again."


class TooLarge(Refused):
    code = "too_large"
    status = 413
    default = "That is too large."


class FileRefused(Refused):
    """A file that is not taken. The sentence says why, for the person who sent it.

    Arguments:
        why: one word for the journal, such as "type" or "polyglot".
    """

    code = "file_refused"
    status = 422
    default = "This file cannot be taken."

    def __init__(self, message: str | None = None, why: str = "file") -> None:
        self.why = why
        super().__init__(message)


class QuotaFull(Refused):
    """There is no room left for this file, for its sender or for all together."""

    code = "quota_full"
    status = 413
    default = "There is no room left for this file."


class WrongType(Refused):
    code = "unsupported_media_type"
    status = 415
    default = "That kind of content is not accepted here."


class WrongHost(Refused):
    """The Host header names a host that this server does not answer for."""

    code = "wrong_host"
    status = 421
    default = "This server does not answer for that host name."


class Invalid(Refused):
    """Input that was understood and is wrong.

    Arguments:
        fields: what is wrong, by field name, each a sentence that says what to do.
    """

    code = "invalid"
    status = 422
    default = "Some fields need attention."

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        self.fields = dict(fields)
        super().__init__(message or " ".join(self.fields.values()) or None)


class Limited(Refused):
    """A limit was reached (RFC 6585 section 4).

    Arguments:
        retry_after: whole seconds until a further try can succeed, at least 1.
    """

    code = "rate_limited"
    status = 429
    default = "Too many requests. Wait a moment and try again."

    def __init__(self, retry_after: int, message: str | None = None) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(message)


class Unavailable(Refused):
    """The server cannot do this now, but can later (RFC 9110 section 15.6.4).

    Arguments:
        retry_after: whole seconds after which a further try makes sense.
    """

    code = "unavailable"
    status = 503
    default = "The server is busy or its storage is not available. Nothing was changed. Try again shortly."

    def __init__(self, message: str | None = None, retry_after: int = 2) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(message)


class OutboundRefused(Invalid):
    """This server does not fetch that address: it is not on the list, or leads where only the server can reach.

    Arguments:
        reason: why, for the journal and for whoever runs the server; never shown to people, since where a name leads
            inside a network is nobody's business.
        message: what to write instead, where that tells nothing but what was typed.
        host: which host was meant, as far as that could be read.
    """

    code = "outbound_refused"
    default = "This server does not fetch that address. Use one that everybody on the Internet can open."

    def __init__(self, reason: str, message: str | None = None, host: str = "") -> None:
        self.reason = reason
        self.host = host
        super().__init__({}, message)


class OutboundFailed(Unavailable):
    """What was fetched did not come, or not as it should: too slow, too large, of another type.

    Arguments:
        reason: what happened, for the log and for whoever runs the server.
    """

    code = "outbound_failed"
    default = "The other server did not answer, or not with what was asked for. Try again later."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(retry_after=10)


class AiFailed(Unavailable):
    """The AI provider gave nothing that can be used. Nothing was changed, and nothing that somebody typed is lost.

    Arguments:
        reason: what happened, for the log and for whoever runs the server; never what was asked or answered.
        message: what somebody can do about it.
        retry_after: whole seconds after which a further try makes sense.
    """

    code = "ai_failed"
    default = "The AI service answered with something that cannot be used. Try again, or write it yourself."
    refused = "The AI service declined to answer this. Say it in other words, or write it yourself."
    too_long = "The AI service could not do that much at once. Ask for less."
    too_slow = "The AI service did not answer in time. Try again, ask for less, or write it yourself."
    down = "The AI service has a problem of its own. Try again in a few minutes."
    away = "The AI service cannot be reached. Try again later; whoever runs this server finds why in its log."
    wrong_key = "The AI service does not take the key of this server. Whoever runs it has to mend the setting ai_key."
    wrong_place = (
        "The AI service does not know what it was asked for. Whoever runs this server has to mend ai_base_url or "
        "ai_model."
    )

    @staticmethod
    def busy(seconds: int) -> str:
        """What to say where too much was asked."""
        wait = f"{seconds} seconds" if seconds <= 90 else f"{-(-seconds // 60)} minutes"
        return f"The AI service takes no more requests for now. Try again in {wait}."

    def __init__(self, reason: str, message: str | None = None, retry_after: int = 10) -> None:
        self.reason = reason
        super().__init__(message, retry_after)
