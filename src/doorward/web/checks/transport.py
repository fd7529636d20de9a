"""First: the request must be for a host that is ours (OWASP ASVS 4.1.3; CWE-644, host header attacks)."""

from __future__ import annotations

from doorward.core.transport import host_allowed
from doorward.errors import WrongHost
from doorward.web.here import Here


def check(at: Here) -> None:
    """Refuse hosts that are not on the list, before anything builds a link from them."""
    if not host_allowed(at.client.host, at.door.hosts):
        raise WrongHost
