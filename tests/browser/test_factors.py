"""Second factors as people use them: an authenticator app, recovery codes, a passkey with and without a password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from doorward.core import totp
from tests.browser.test_first_poll import PASSWORD, complaints_of, set_up
from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
WIDE = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A new server that is opened by the name localhost: browsers allow passkeys there, and none under an address."""
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def by_name(server: Server, path: str = "/") -> str:
    return f"http://localhost:{server.port}{path}"


def set_up_by_name(page: Page, server: Server) -> None:
    page.goto(server.setup_url.replace("127.0.0.1", "localhost"))
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(by_name(server))


def type_password(page: Page) -> None:
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="ms.harper").click()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(re.compile("/logout$"))


def device(page: Page, *, verifies: bool = True) -> CDPSession:
    """A device with passkeys, which Chromium simulates. It answers at once, as if somebody put a finger on it."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def test_an_authenticator_app_and_a_recovery_code(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    set_up(page, server)
    page.goto(f"{server.url}/account")
    axe(page)
    shots(page, "account-without-factor")
    page.get_by_role("link", name="Set one up").click()
    axe(page)
    shots(page, "factors-none")
    page.get_by_role("button", name="Set up an authenticator app").click()
    image = page.get_by_role("img", name=re.compile("QR code"))
    expect(image).to_be_visible()
    assert image.evaluate("image => image.complete && image.naturalWidth > 100")
    axe(page)
    shots(page, "totp")
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("Six digits").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("This is not the code that the app shows now.").first).to_be_visible()
    page.get_by_label("Six digits").fill(totp.code_at(secret, datetime.now(UTC)))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    axe(page)
    shots(page, "recovery-codes")
    codes = page.locator("#recovery-codes").inner_text().split()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 left")).to_be_visible()
    axe(page)
    shots(page, "factors-totp")

    page.goto(f"{server.url}/admin/security")
    page.get_by_label("Administrators").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Administrators")).to_be_checked()
    axe(page)
    shots(page, "admin-security-factors")

    sign_out(page)
    page.goto(f"{server.url}/login")
    type_password(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    axe(page)
    shots(page, "second-step")
    page.goto(f"{server.url}/account")
    expect(page).to_have_url(re.compile("/login"))  # skipping the step leads nowhere
    page.goto(f"{server.url}/login/factor")
    page.get_by_label("Code").fill(totp.code_at(secret, datetime.now(UTC) + timedelta(seconds=30)))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{server.url}/")

    sign_out(page)
    page.goto(f"{server.url}/login")
    type_password(page)
    page.get_by_label("Code").fill(codes[0].lower())
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{server.url}/account")
    expect(page.get_by_text("9 recovery codes left")).to_be_visible()
    shots(page, "account-with-factor")
    assert [text for text in complaints if "422" not in text and "401" not in text] == []


def look(page: Page, name: str) -> None:
    """The same page in a second tab, checked and pictured there: both would stop the simulated device."""
    tab = page.context.new_page()
    tab.goto(page.url)
    axe(tab)
    shots(tab, name)
    tab.close()
    page.bring_to_front()


def test_a_passkey_as_second_factor_and_without_a_password(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    complaints = complaints_of(page)
    set_up_by_name(page, server)
    device(page)
    page.goto(by_name(server, "/account/factors"))
    page.get_by_label("Name for a new passkey").fill("Blue laptop")
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("rowheader", name="Blue laptop")).to_be_visible()
    look(page, "factors-passkey")

    sign_out(page)
    page.goto(by_name(server, "/login"))
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page, "second-step-passkey")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(by_name(server))

    assert complaints == []


def test_the_sign_in_page_offers_the_passkey_by_itself(server: Server, new_context: NewContext) -> None:
    """Conditional UI: with a device that answers at once, opening the page is enough; the button works as well."""
    page = new_context(**WIDE).new_page()
    set_up_by_name(page, server)
    device(page)
    page.goto(by_name(server, "/account/factors"))
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)
    page.goto(by_name(server, "/login?next=/account"))
    expect(page).to_have_url(by_name(server, "/account"))
    expect(page.get_by_text("Where you are signed in")).to_be_visible()


def test_the_button_signs_in_where_the_browser_offers_nothing_by_itself(
    server: Server, new_context: NewContext
) -> None:
    page = new_context(**WIDE).new_page()
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    set_up_by_name(page, server)
    device(page)
    page.goto(by_name(server, "/account/factors"))
    page.get_by_role("button", name="Set up a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)
    page.goto(by_name(server, "/login"))
    expect(page.get_by_label("User name")).to_have_attribute("autocomplete", "username webauthn")
    look(page, "login-passkey")
    page.get_by_label("Keep me signed in on this device").check()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(by_name(server))
    kept = [cookie for cookie in page.context.cookies() if cookie["name"] == "doorward"]
    assert kept[0]["expires"] > 0
    page.goto(by_name(server, "/account/confirm?next=/account"))
    look(page, "confirm-passkey")
    page.get_by_role("button", name="Use your passkey instead").click()
    expect(page).to_have_url(by_name(server, "/account"))


def test_a_device_that_verifies_nobody_is_no_way_in_without_a_password(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    set_up_by_name(page, server)
    device(page, verifies=False)
    page.goto(by_name(server, "/account/factors"))
    page.get_by_role("button", name="Set up a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)
    page.goto(by_name(server, "/login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-message]")).to_have_text(re.compile("Try again|did not work"))
    type_password(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(by_name(server))


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("delete window.PublicKeyCredential", "This browser cannot use passkeys."),
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "only over HTTPS"),
    ],
)
def test_where_there_are_no_passkeys_the_page_says_why(
    server: Server, new_context: NewContext, missing: str, sentence: str
) -> None:
    page = new_context(**WIDE).new_page()
    page.add_init_script(missing)
    set_up_by_name(page, server)
    page.goto(by_name(server, "/account/factors"))
    expect(page.locator("[data-passkey-message]")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Set up a passkey")).to_be_hidden()


def test_what_the_person_cancels_can_be_tried_again(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    set_up_by_name(page, server)
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable", {"enableUI": False})
    page.goto(by_name(server, "/account/factors"))
    page.evaluate(
        "() => { navigator.credentials.create = async () => { throw new DOMException('', 'NotAllowedError'); }; }"
    )
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.locator("[data-passkey-message]")).to_have_text("Nothing was chosen, or it took too long. Try again.")
    expect(page.get_by_role("button", name="Set up a passkey")).to_be_enabled()
