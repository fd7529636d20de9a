"""A call that is relayed and nothing else, by Debian's coturn; and a call whose network breaks."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import coturn, services
from tests.support.browser import shots
from tests.support.server import Server

from .in_calls import account_of, chromiums, close_all, sees, serve, two_in_a_call

pytestmark = [pytest.mark.browser, pytest.mark.coturn]

SECRET = "shared with the TURN server"
#: Chromium leaves loopback out of a call, unless it is told not to.
LOOPBACK = "--allow-loopback-in-peer-connection"


def tile_of(page: Page, other: Page) -> str:
    return f'.tile[data-account="{account_of(other)}"]'


def test_two_browsers_meet_at_the_turn_server_alone_and_meet_again_after_it_and_the_stream_were_away(
    tmp_path: Path,
) -> None:
    services.need("coturn")
    with ExitStack() as relaying, chromiums(2, LOOPBACK) as (one, two):
        port = relaying.enter_context(coturn.turn_server(SECRET, tmp_path))
        turn = {"SERVERS": f"turn:127.0.0.1:{port}?transport=udp", "SECRET": SECRET, "ONLY": "true"}
        server = serve(tmp_path, **{f"DOORWARD_TURN_{name}": value for name, value in turn.items()})
        try:
            mona, ben = relayed(server, one, two)
            shots(mona, "chat-call-relayed")
            relaying.close()  # the only way between them is gone
            for page, other in ((mona, ben), (ben, mona)):
                expect(page.locator(f"{tile_of(page, other)} [data-state]")).to_have_text(
                    "connecting again", timeout=30_000
                )
            # Who must offer anew, or ask for it, cannot: the network to the server is away, too.
            ben.context.set_offline(True)
            expect(ben.locator("#call")).not_to_have_attribute("data-live", "live")
            relaying.enter_context(coturn.turn_server(SECRET, tmp_path, port))
            ben.context.set_offline(False)
            for page, other in ((mona, ben), (ben, mona)):
                expect(page.locator(f"{tile_of(page, other)} [data-state]")).to_have_text("")
                sees(page, other)
                expect(page.locator(tile_of(page, other))).to_have_attribute("data-way", "relayed")
        finally:
            close_all(one, two)
            server.kill()  # how a server stops is shown elsewhere


def relayed(server: Server, one: Browser, two: Browser) -> tuple[Page, Page]:
    """Mona and Ben, who see each other by the relay."""
    mona, ben = two_in_a_call(server, "Join with video", one, two)
    for page, other in ((mona, ben), (ben, mona)):
        sees(page, other)
        expect(page.locator(tile_of(page, other))).to_have_attribute("data-way", "relayed")
        expect(page.locator(f"{tile_of(page, other)} [data-relayed]")).to_be_visible()
    return mona, ben
