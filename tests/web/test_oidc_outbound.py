"""Where a provider of sign-in says that it answers is judged like every other address that the server fetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.testing import door_of
from tests.support.doors import entries
from tests.support.elsewhere import Elsewhere
from tests.support.oidc import come_back, leave, oidc_app, visitor
from tests.support.provider import Provider


@pytest.mark.parametrize(
    "grants", ["", "kit.oidc=127.0.0.1:{port}", "127.0.0.1:{port}"], ids=["none", "for it", "for all"]
)
def test_a_provider_sends_this_server_nowhere_inside(tmp_path: Path, provider: Provider, grants: str) -> None:
    """The issuer is on this machine, and granted by being named; that opens nothing else on it."""
    with Elsewhere() as inside:
        more = {"outbound_lan": grants.format(port=inside.port)}
        app = oidc_app(tmp_path, provider, settings=more)
        provider.behave(discovery={"token_endpoint": inside.at("/token")})
        browser = visitor(app)
        try:
            arrived = come_back(browser, provider.sign_in(leave(browser), "maria"))
        finally:
            provider.behave()
        assert arrived.status_code in (403, 503)
        reason = entries(door_of(app), "identity.refused")[0].details
        if "kit.oidc" in grants:
            assert inside.paths() == ["POST /token"]
            assert "did not accept the code" in reason
        else:
            assert inside.visits == 0
            assert "127.0.0.1 is not asked" in reason
