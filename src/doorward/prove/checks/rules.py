"""Rules of the app's routes that are weaker than they look. The door's own pages are held by its own tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.prove.checks.facts import Facts, GuardedRoute
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

PUBLIC_WRITE = Kind(
    "rules.public-write",
    "A public route changes something, without a limit",
    Severity.MEDIUM,
    "Anybody can fill up the records or wear out the server, as often as they like.",
    'Give it a limit: @limit("60/minute"); or a stricter rule.',
    ("8.2.1", "2.4.1"),
)
CSRF_EXEMPT = Kind(
    "rules.csrf-exempt",
    "A route takes forms of other sites",
    Severity.MEDIUM,
    "No token is asked for there; only the browser's own headers stand against forged requests.",
    "Remove csrf_exempt; a form or script of a page of yours can send the token.",
    ("3.5.1",),
)
CSP_SCRIPT = Kind(
    "rules.csp-script",
    "A page may load scripts, frames or forms from elsewhere",
    Severity.MEDIUM,
    "Whoever holds that other server runs code in the page, as the person who looks at it.",
    "Serve the file yourself, and remove @access.csp.",
    ("3.4.3", "3.6.1"),
)
CSP_OTHER = Kind(
    "rules.csp",
    "A page may load from elsewhere",
    Severity.LOW,
    "The other server learns who looks at the page and when, and can change what is shown.",
    "Serve the file yourself, and remove @access.csp.",
    ("3.4.3", "14.2.3"),
)
GET_WRITES = Kind(
    "rules.get-writes",
    "A GET route whose name says that it changes something",
    Severity.MEDIUM,
    "A link, an image or a prefetching browser then does it in a person's name; no token is asked for on GET.",
    "Make it a POST with a form.",
    ("3.5.3",),
)
ADMIN_PATH = Kind(
    "rules.admin-path",
    "An administration page that is not for administrators only",
    Severity.MEDIUM,
    "The address says that it is for administrators, and the rule lets others in.",
    'Use @access.role("admin"), or another address.',
    ("8.2.1",),
)
SECRET_PATH = Kind(
    "rules.secret-in-path",
    "A secret in the address",
    Severity.LOW,
    "Addresses stay in histories, logs of proxies, and the Referer of links.",
    "Take it in a form field or header. If it must be a link, let it work once and expire soon.",
    ("14.2.1",),
)
LARGE_BODY = Kind(
    "rules.large-body",
    "Anybody may send very much",
    Severity.LOW,
    "A public route that takes large bodies lets anybody keep the server busy.",
    "Ask for a rule before the upload, or lower max_body.",
    ("5.2.1",),
)

_READS = ("GET", "HEAD", "OPTIONS")
_LARGE = 10 << 20
_ACTIVE = frozenset(
    {"script-src", "script-src-elem", "worker-src", "frame-src", "child-src", "object-src", "form-action", "base-uri",
     "default-src", "frame-ancestors", "style-src"}
)  # fmt: skip
_VERBS = re.compile(
    r"(?:delete|remove|destroy|purge|clear|revoke|approve|reject|block|unblock|ban|reset|disable|enable|promote|demote|"
    r"toggle|vote|transfer|pay|publish|unpublish|archive|restore|save|update|logout|signout|sign_out)(?:[_-].*)?"
)
_SECRET = re.compile(r"<(?:[^:>]+:)?(token|key|secret|password|api_?key|access_token|session|session_id|sid)>", re.I)
_ADMIN = "admin"


def check(facts: Facts) -> Iterator[Finding]:
    """Each route of the app."""
    ours = [one for one in facts.routes if not one.own]
    answered = {(one.route.method, one.route.path) for one in facts.routes}
    for one in ours:
        yield from _rule(one, facts)
        yield from _loosened(one, facts)
        if _writes_on_get(one, answered):
            yield GET_WRITES.found(f"{one.where} reads like a change.", _place(one, facts))
        if match := _SECRET.search(one.route.path):
            yield SECRET_PATH.found(f"{one.where} has a {match[1]} in its path.", _place(one, facts))


def _place(one: GuardedRoute, facts: Facts) -> str:
    return f"{facts.shown(one.file)}:{one.line}" if one.file else one.where


def _rule(one: GuardedRoute, facts: Facts) -> Iterator[Finding]:
    demand, place = one.route.demand, _place(one, facts)
    limited = bool(demand.limits or demand.counts)
    if demand.rule.public and one.route.method not in _READS and not limited:
        yield PUBLIC_WRITE.found(f"Everybody may send {one.where}, without a limit.", place)
    if demand.csrf_exempt:
        yield CSRF_EXEMPT.found(f"{one.where} asks for no token: {demand.csrf_exempt}.", place)
    size = getattr(facts.settings, demand.max_body) if isinstance(demand.max_body, str) else demand.max_body
    if demand.rule.public and size is not None and size > _LARGE:
        yield LARGE_BODY.found(f"Everybody may send {size >> 20} MiB to {one.where}.", place)
    segments = one.route.path.split("/")
    if _ADMIN in segments and not any(_ADMIN in group for group in demand.rule.roles):
        yield ADMIN_PATH.found(f"{one.where} is open to: {demand.rule}.", place)


def _loosened(one: GuardedRoute, facts: Facts) -> Iterator[Finding]:
    for directive, sources in one.route.demand.loosened:
        # The page's own site is no other server. Of Trusted Types only @access.starts_worker names one, the kit's own.
        if set(sources) == {"'self'"} or directive == "trusted-types":
            continue
        kind = CSP_SCRIPT if directive in _ACTIVE else CSP_OTHER
        yield kind.found(f"{one.where} allows {directive} {' '.join(sources)}.", _place(one, facts))


def _writes_on_get(one: GuardedRoute, answered: set[tuple[str, str]]) -> bool:
    """A GET beside a POST at the same address is the page that asks before."""
    if one.route.method != "GET" or ("POST", one.route.path) in answered:
        return False
    words = [part for part in one.route.path.split("/") if part and not part.startswith("<")]
    names = [one.route.endpoint.rpartition(".")[2], *words[-1:]]
    return any(_VERBS.fullmatch(name) for name in names)
