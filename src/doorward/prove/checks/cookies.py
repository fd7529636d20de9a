"""When browsers send the session cookie."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.prove.checks.facts import Facts
from doorward.prove.checks.kinds import Kind
from doorward.prove.findings import Finding, Severity

SAMESITE = Kind(
    "cookies.samesite-none",
    "The session cookie goes along with requests of other sites",
    Severity.MEDIUM,
    "One line of defence against forged requests is gone; the token and the browser's headers remain.",
    "Set cookie_samesite to lax, unless the pages are embedded in another site.",
    ("3.3.2",),
)


def check(facts: Facts) -> Iterator[Finding]:
    """The one attribute that a setting decides; the others follow the transport."""
    if facts.settings.cookie_samesite == "none":
        yield SAMESITE.found("SameSite=None is set.", "cookie_samesite")
