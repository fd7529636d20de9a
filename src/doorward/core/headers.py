"""The headers that every response carries, as values (OWASP ASVS 3.4.1 to 3.4.8, 14.3.2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

#: Where browsers send reports of violations.
REPORT_PATH = "/csp-report"

#: Trusted Types are on and no policy may be made: our scripts never hand text to an HTML sink.
_DIRECTIVES: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": (),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "media-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
    "form-action": ("'self'",),
    "require-trusted-types-for": ("'script'",),
    "trusted-types": ("'none'",),
}
#: What a view may declare wider. Scripts, plug-ins, base and Trusted Types are not for loosening.
MAY_LOOSEN = frozenset(
    {"img-src", "media-src", "connect-src", "font-src", "frame-src", "worker-src", "frame-ancestors", "form-action"}
)
#: What a page needs that starts a service worker of this site: workers from here, and the one Trusted Types policy by
#: which `static/worker.js` lets a fixed kind of address through. Text from anywhere else still reaches no sink.
STARTS_WORKER = (("worker-src", ("'self'",)), ("trusted-types", ("doorward-worker",)))
_SCHEMES = frozenset({"*", "http:", "https:", "ws:", "wss:"})  # everybody
_WRITTEN_BY_PAGES = frozenset({"data:", "blob:", "filesystem:"})  # a worker from there is a script from anywhere
_UNSAFE_TEXT = re.compile(r"[^\x21-\x7e]|[;,]")
_WILD_HOST = re.compile(r"\*(\.[a-z0-9-]+){2,}")
_NONCE = "\0nonce\0"

_STEADY = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
#: What no page may use, unless its view says that it does.
_DEVICES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "usb"),
)
#: What a view may say that its page uses: what a person is asked for by the browser, each time or once.
MAY_USE = frozenset({"camera", "display-capture", "geolocation", "microphone"})
#: Two years, as the preload lists ask; sub-domains are not ours to promise.
HSTS = ("Strict-Transport-Security", "max-age=63072000")

Loosened = tuple[tuple[str, tuple[str, ...]], ...]


def content_security_policy(nonce: str, loosened: Loosened = ()) -> str:
    """The policy of one response: nonce only for scripts, no inline code, no third-party origin.

    Arguments:
        nonce: fresh random characters, new for each response.
        loosened: directives that the view declared wider, with the added sources.
    """
    return _template(loosened).replace(_NONCE, nonce)


@lru_cache(maxsize=64)
def _template(loosened: Loosened) -> str:
    directives = {**_DIRECTIVES, "script-src": (f"'nonce-{_NONCE}'",)}
    for name, sources in loosened:
        standing = tuple(source for source in directives.get(name, ()) if source != "'none'")
        directives[name] = standing + sources
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
    # report-uri alone: browsers that are told of report-to as well hold their reports back, and send none without TLS.
    return f"{policy}; report-uri {REPORT_PATH}"


def refuse_loosening(name: str, sources: Iterable[str]) -> str | None:
    """Why this loosening may not be declared; None when it may."""
    if name not in MAY_LOOSEN:
        return f"{name} cannot be loosened (possible: {', '.join(sorted(MAY_LOOSEN))})"
    bad = [source for source in sources if _is_too_wide(name, source.lower())]
    return f"{bad[0]} is too wide for {name}: name an origin" if bad else None


def _is_too_wide(name: str, source: str) -> bool:
    if (
        not source
        or _UNSAFE_TEXT.search(source)
        or source in _SCHEMES
        or (source in _WRITTEN_BY_PAGES and name == "worker-src")
    ):
        return True
    if source.startswith("'"):
        return source != "'self'"
    host = source.split("://")[-1].split("/")[0].split(":")[0]
    return "*" in host and not _WILD_HOST.fullmatch(host)


#: For what people sent: nothing of it runs, loads or leads anywhere, wherever it is opened (OWASP ASVS 3.2.1).
FILE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


@lru_cache(maxsize=16)
def _permissions(uses: frozenset[str]) -> str:
    return ", ".join(f"{name}={'(self)' if name in uses else '()'}" for name in _DEVICES)


def browser_headers(
    nonce: str,
    *,
    secure: bool,
    private: bool,
    loosened: Loosened = (),
    uses: Collection[str] = (),
    file_caching: str | None = None,
) -> list[tuple[str, str]]:
    """Every header of the door for one response.

    Arguments:
        nonce: the nonce of the response.
        secure: True when this request really came over TLS; only then HSTS is sent (law 6).
        private: True for a page of a signed-in person, which no cache may keep.
        loosened: see `content_security_policy`.
        uses: the devices that the page uses itself, of `MAY_USE`; no other page may.
        file_caching: for an answer that is a file somebody sent, what caches may do with it.
    """
    policy = content_security_policy(nonce, loosened) if file_caching is None else FILE_POLICY
    headers = [("Content-Security-Policy", policy), *_STEADY, ("Permissions-Policy", _permissions(frozenset(uses)))]
    if secure:
        headers.append(HSTS)
    if file_caching is not None:
        headers.append(("Cache-Control", file_caching))
    elif private:
        headers.append(("Cache-Control", "no-store"))
    return headers
