"""A thief with the whole database finds nothing in it that opens anything.

Every kind of credential is made and used through the door; then every value of every table, and every file of the data
folder but the keys, is searched for it. To add a kind: a function under `@kind` that uses it and gives its secrets.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from doorward import access, current_caller, issue_tokens, transaction
from doorward.cli.account import make_setup_code
from doorward.core import totp
from doorward.core.access import HOST
from doorward.core.tokens import token_hash
from doorward.prove.authenticator import Authenticator
from doorward.serve.consumer import Workers
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, Clock, Program, add_account, add_token, door_of, signed_in
from doorward.web.recovery import make_reset_code
from tests.support.doors import BOTH, app_behind, where
from tests.support.factors import Phone, code_step, enrol, password_step
from tests.support.loot import carried_off, disguises, rows_of, texts
from tests.support.mails import Got, sent
from tests.support.oidc import by_provider, leave
from tests.support.pretended_provider import PretendedProvider
from tests.support.provider import parameters

Secrets = list[str | bytes]
LINK = re.compile(r"/join/([\w-]{43})")
TOKEN = re.compile(r"dw_[0-9A-Za-z]{49}")
OTHER = "seven quiet lamps by the canal"
CLIENT_SECRET = "four-hundred-little-lanterns"
BOOTSTRAP = "9f1c0a7be24d58833c6e1d7a0b42f5698cd3e7a1"


@dataclass
class Scene:
    app: Flask
    clock: Clock
    data: Path
    boss: Browser
    provider: PretendedProvider
    earlier: list[bytes] = field(default_factory=list)

    def steal(self) -> None:
        """A thief was here already, while something was on its way."""
        self.earlier.append(carried_off(door_of(self.app).store.engine, self.data))


KINDS: dict[str, Callable[[Scene], Secrets]] = {}


def kind(use: Callable[[Scene], Secrets]) -> Callable[[Scene], Secrets]:
    """A kind of credential: made, used, and told here so that the thief can look for it."""
    KINDS[use.__name__] = use
    return use


@kind
def passwords(at: Scene) -> Secrets:
    maria = signed_in(at.app, "maria")
    maria.get("/account/password")
    fields = {"current_password": PASSWORD, "password": OTHER, "password_again": OTHER}
    assert maria.post("/account/password", fields).status_code == 303
    parts = door_of(at.app).parts
    with parts.store.transaction(HOST) as tx:  # as the profiles do that remember earlier passwords
        account = accounts.by_name_key(tx.db, "maria")
        assert account is not None
        accounts.replace_password(tx, account, parts.hashing.hash(PASSWORD), keep=5)
    mistyped = "the password of another place"
    assert Browser(at.app).try_to_sign_in("maria", mistyped).status_code == 401
    assert Browser(at.app).try_to_sign_in(mistyped, PASSWORD).status_code == 401  # typed in the wrong field
    return [PASSWORD, OTHER, mistyped]


@kind
def cookies(at: Scene) -> Secrets:
    """The session's, the visit's, and the mark of a known browser."""
    nora = signed_in(at.app, "nora")
    assert nora.get("/me").status_code == 200
    visitor = Browser(at.app)
    visitor.get("/login")
    return [*_cookies(nora), nora.token, *_cookies(visitor), visitor.token]


@kind
def second_step_under_way(at: Scene) -> Secrets:
    enrol(signed_in(at.app, "paul"), at.clock)
    return _cookies(password_step(at.app, "paul"))


@kind
def authenticator_app(at: Scene) -> Secrets:
    phone: Phone = enrol(signed_in(at.app, "petra"), at.clock)
    browser = password_step(at.app, "petra")
    assert code_step(browser, phone.code()).status_code == 303
    offered = signed_in(at.app, "quentin")
    offered.post("/account/factors/totp")
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', offered.get("/account/factors/totp").text)
    assert found
    return [phone.secret, found[1].replace(" ", "")]


@kind
def recovery_codes(at: Scene) -> Secrets:
    phone = enrol(signed_in(at.app, "rosa"), at.clock)
    assert code_step(password_step(at.app, "rosa"), phone.codes[0]).status_code == 303
    assert len(phone.codes) == 10
    return [*phone.codes]


@kind
def passkeys(at: Scene) -> Secrets:
    """The public half is stored; the half that signs is not, nor a challenge that could be answered again."""
    browser, key = signed_in(at.app, "sami"), Authenticator()
    browser.get("/account/factors")
    headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
    got = browser.send("POST", "/account/factors/passkeys/options", headers=headers).get_json()
    fields = {"ticket": got["ticket"], "credential": key.create(got["publicKey"])}
    assert browser.post("/account/factors/passkeys", fields).status_code == 200
    private = key.key.private_numbers().private_value
    pem = key.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return [private.to_bytes(32, "big"), pem, got["ticket"], got["publicKey"]["challenge"]]


@kind
def access_tokens(at: Scene) -> Secrets:
    add_account(at.app, "tara")
    token = add_token(at.app, "tara", "house:read")
    assert Program(at.app, token).get("/reading").status_code == 200
    browser = signed_in(at.app, "tara")
    browser.get("/account/tokens/new")
    made = browser.post("/account/tokens/new", {"name": "Export", "scope": ["house:read"], "days": "90"})
    (shown,) = TOKEN.findall(made.text)
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert Program(at.app, wrong).get("/reading").status_code == 401
    return [token, shown, wrong]


@kind
def participants(at: Scene) -> Secrets:
    add_account(at.app, "uma")
    token = add_token(at.app, "uma", "house:read", for_person=True)
    guest = Browser(at.app)
    guest.get("/login/token")
    assert guest.post("/login/token", {"token": token}).status_code == 303
    assert guest.get("/reading").status_code == 200
    return [token, *_cookies(guest)]


@kind
def invitations(at: Scene) -> Secrets:
    codes = []
    for note in ("kept", "used"):
        answer = at.boss.post("/admin/invitations", {"role": "member", "days": "7", "uses": "2", "note": note})
        assert answer.status_code == 201, answer.text
        codes += LINK.findall(answer.text)[:1]
    guest, fields = Browser(at.app), {"username": "vera", "password": OTHER, "password_again": OTHER}
    guest.get(f"/join/{codes[1]}")
    assert guest.post(f"/join/{codes[1]}", fields).status_code == 303
    return [*codes]


@kind
def links_of_the_host(at: Scene) -> Secrets:
    parts = door_of(at.app).parts
    unused = make_reset_code(parts, HOST, add_account(at.app, "wanda"))
    used = make_reset_code(parts, HOST, add_account(at.app, "xaver"))
    browser = Browser(at.app)
    browser.get(f"/reset/{used}")
    assert browser.post(f"/reset/{used}", {"password": OTHER, "password_again": OTHER}).status_code == 303
    return [unused, used]


@kind
def codes_by_mail(at: Scene) -> Secrets:
    """To verify an address and to recover: while the mail waits, after it was sent, and after the code was used."""
    yara = signed_in(at.app, "yara")
    mails = [_mailed(at, yara, "/account/email", "yara@example.org")]
    assert yara.post("/account/email/code", {"code": mails[0].code}).status_code == 303
    mails.append(_mailed(at, yara, "/account/email", "other@example.org"))
    for used in (True, False):
        visitor = Browser(at.app)
        mails.append(_mailed(at, visitor, "/recover", "yara@example.org"))
        visitor.get("/recover/code")
        if used:
            assert visitor.post("/recover/code", {"code": mails[-1].code}).status_code == 303
    return [secret for mail in mails for secret in (mail.code, mail.link.rpartition("/")[2])]


def _mailed(at: Scene, browser: Browser, form: str, address: str) -> Got:
    browser.get(form)
    assert browser.post(form, {"email": address}).status_code == 303
    at.steal()
    (mail,) = [mail for mail in sent(at.app) if "Your code:" in mail.text]
    browser.get(form)
    return mail


@kind
def providers(at: Scene) -> Secrets:
    """What is sent to a provider and back: where somebody came in, where they linked, and where nobody came back."""
    zoe, secrets = signed_in(at.app, "zoe"), []
    assert by_provider(zoe, at.provider, "zoe", "/account/identities/school").status_code == 303
    secrets += [*at.provider.last.values(), *_cookies(zoe)]
    again = Browser(at.app)
    assert by_provider(again, at.provider, "zoe").status_code == 303
    secrets += [*at.provider.last.values(), *_cookies(again)]
    lost = Browser(at.app)
    asked = parameters(leave(lost))
    newcomer = Browser(at.app)
    assert by_provider(newcomer, at.provider, "stranger").headers["Location"] == "/register/identity"
    return [*secrets, asked["state"], asked["nonce"], CLIENT_SECRET, *_cookies(lost), *_cookies(newcomer)]


@kind
def issued_tokens(at: Scene) -> Secrets:
    """Of participants, by the hundred; one of them used."""
    issuer = signed_in(at.app, "ines")
    shown = issuer.post("/issue").get_data(as_text=True).split()
    assert len(shown) == 3
    guest = Browser(at.app)
    guest.get("/login/token")
    assert guest.post("/login/token", {"token": shown[0]}).status_code == 303
    return [*shown, *_cookies(guest)]


@kind
def held_forms(at: Scene) -> Secrets:
    """What was typed before a fresh sign-in was asked for: it is in that page alone."""
    omar, typed = signed_in(at.app, "omar"), "an announcement that is not out yet"
    at.clock.forward(minutes=11)
    refused = omar.post("/danger", {"note": typed}, headers={"Referer": "http://localhost/me"})
    found = re.search(r'name="held" value="([^"]+)"', refused.get_data(as_text=True))
    assert refused.status_code == 403
    assert found
    return [typed, html.unescape(found[1])]


@kind
def background_jobs(at: Scene) -> Secrets:
    """A job that ran, by the real consumer with its queue on disk; its arguments and its result stay."""
    lena = signed_in(at.app, "lena")
    lena.get("/account/export")
    door = door_of(at.app)
    workers = Workers(door.parts, door.jobs, 1)
    workers.start()
    page = lena.post("/account/export").headers["Location"]
    deadline = time.monotonic() + 30
    while lena.get(f"{page}/file").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    workers.stop()
    assert list((at.data / "results").iterdir())
    assert (at.data / "queue.sqlite3").stat().st_size > 0
    return [*_cookies(lena), lena.token]


@pytest.fixture(scope="module", params=BOTH)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    def routes(app: Flask) -> None:
        app.add_url_rule("/me", "me", access.member(lambda: "in"))
        app.add_url_rule("/reading", "reading", access.scope("house:read")(lambda: "in"))
        app.add_url_rule("/danger", "danger", access.member(access.fresh(lambda: "boom")), methods=["POST"])
        app.add_url_rule("/issue", "issue", access.member(_issue), methods=["POST"])

    data, clock = tmp_path_factory.mktemp("stolen"), Clock()
    generous = dict.fromkeys(("setup", "registration", "sign_in_per_address", "requests_per_address"), "100000/minute")
    provider = PretendedProvider(clock)
    school = {**provider.table, "client_secret": CLIENT_SECRET, "registration": "open"}
    app = app_behind(
        data, routes, clock, bootstrap_token=BOOTSTRAP, oidc={"school": school}, **generous, **where(request)
    )
    provider.stands_in_for_the_network(app)
    made = Scene(app, clock, data, Browser(app), provider)
    yield made
    door_of(app).close()


def _issue() -> str:
    with transaction(current_caller()) as tx:
        made = issue_tokens(tx, ["Una", "Vito", "Wim"], kind="house:guests", scopes=["house:read"])
    return " ".join(one.secret for one in made)


@pytest.fixture(scope="module")
def used(scene: Scene) -> dict[str, Secrets]:
    """Every kind, used; by kind, what a thief must not find."""
    setup = make_setup_code(door_of(scene.app).parts)
    assert Browser(scene.app).get(f"/setup/{setup}").status_code == 200
    scene.boss = signed_in(scene.app, "boss", "admin")
    found = {name: use(scene) for name, use in KINDS.items()}
    return {**found, "set-up": [setup, BOOTSTRAP], "administrator": _cookies(scene.boss)}


def _cookies(browser: Browser) -> Secrets:
    """The values of a browser's cookies, and the random parts that signed ones carry in the clear."""
    values = [cookie.value for cookie in browser.client._cookies.values()]  # type: ignore[attr-defined]
    assert values
    return [value for value in values if len(value) >= 16]


def test_no_stored_value_is_a_credential_or_contains_one(scene: Scene, used: dict[str, Secrets]) -> None:
    loot = b"\n".join([*scene.earlier, carried_off(door_of(scene.app).store.engine, scene.data)])
    assert b"house:read" in loot
    assert b"yara@example.org" in loot
    assert b"zoe@subjects" in loot
    assert b"PK" in loot
    assert b"<!doctype html>" in loot  # the page in the archive of an export: archives were opened
    assert token_hash(str(used["access_tokens"][0])).encode() in loot  # so that looking would find what is there
    assert b"tallies" in loot  # the file of the limits was read too
    found = {
        (name, secret)
        for name, secrets in used.items()
        for secret in secrets
        if any(form in loot for form in disguises(secret))
    }
    assert found == set()


def test_codes_of_six_digits_are_not_written_down(scene: Scene, used: dict[str, Secrets]) -> None:
    code = totp.code_at(str(used["authenticator_app"][0]), scene.clock.now)
    loot = carried_off(door_of(scene.app).store.engine, scene.data)
    assert not re.search(rb'["\s:=]' + code.encode() + rb'["\s,}]', loot)


def test_nothing_that_is_stored_opens_anything(scene: Scene, used: dict[str, Secrets]) -> None:
    """A hash sent in the place of what it is the hash of, or of anything else, is worth nothing."""
    tried = texts(door_of(scene.app).store.engine)
    assert token_hash(str(used["access_tokens"][0])) in tried
    assert len(tried) > 50
    for value in sorted(tried):
        scene.clock.forward(minutes=1)
        thief = Browser(scene.app, address="203.0.113.66")
        for cookie in (value, f"p.{value}"):
            thief.client.set_cookie("doorward", cookie)
            assert thief.get("/me").status_code in (303, 400), value
            assert thief.get("/reading").status_code in (303, 400, 401, 403), value
        thief.client.delete_cookie("doorward")
        assert Program(scene.app, value, address="203.0.113.67").get("/reading").status_code in (400, 401, 429), value
        for path in ("reset", "join", "setup", "verify", "recover/link"):
            assert thief.get(f"/{path}/{value}").status_code == 404, (path, value)


def test_a_stored_password_hash_is_no_password(scene: Scene, used: dict[str, Secrets]) -> None:
    with door_of(scene.app).store.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT name, password_hash FROM accounts").all()
    assert len(stored) > 5
    for name, value in stored:
        scene.clock.forward(hours=1)
        assert Browser(scene.app).try_to_sign_in(name, value).status_code == 401


def test_every_table_was_looked_at(scene: Scene, used: dict[str, Secrets]) -> None:
    """Those that hold credentials have rows here; a new one of that sort belongs into this list, and its use above."""
    filled = {name for name, rows in rows_of(door_of(scene.app).store.engine).items() if rows}
    assert {"accounts", "sessions", "password_history", "one_time_codes", "totp", "recovery_codes", "passkeys", "spent",
            "invitations", "tokens", "token_secrets", "journal", "mail_codes", "mail_outbox", "account_emails",
            "identities", "identity_sessions", "jobs"} <= filled  # fmt: skip


@pytest.mark.parametrize(
    "hidden",
    [
        b"id=Zm9v.AbCd-1234_efgh5678",
        b'{"x":"416243642d313233345f6566676835363738"}',
        b"QWJDZC0xMjM0X2VmZ2g1Njc4",
        b"abcd-1234_efgh5678",
    ],
)
def test_the_search_finds_what_is_only_disguised(hidden: bytes) -> None:
    assert any(form in hidden for form in disguises("AbCd-1234_efgh5678"))
