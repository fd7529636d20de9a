"""Sending over a real mail server on loopback: only over verified TLS, again when it failed, and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.errors import SettingsError
from doorward.serve.housekeeping import Housekeeping
from doorward.store import emails, mails
from doorward.store.mail_models import OutboxMail
from doorward.testing import Browser, Clock, add_account, door_of, run_jobs, signed_in, test_settings
from tests.support.doors import bare_app, behind, entries, everything_stored, last_entry
from tests.support.mails import found, sent
from tests.support.smtp import PASSWORD, Certificate, MailServer, certificate


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("good"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(good: Certificate) -> Iterator[Any]:
    servers: list[MailServer] = []

    def starts(given: Certificate | None = good, **options: Any) -> MailServer:
        servers.append(MailServer(given, **options))
        return servers[-1].start()

    yield starts
    for server in servers:
        server.stop()


def place(data: Path, clock: Clock, server: MailServer, authority: Path, **settings: Any) -> Flask:
    app = bare_app()
    given = {"smtp_url": server.url(), "smtp_ca": str(authority), "mail_from": "door@example.org", **settings}
    behind(app, data, clock, **given)
    return app


def asked(app: Flask, name: str = "ada") -> Browser:
    """Somebody with a verified address asks for another password."""
    account_id, store = add_account(app, name), door_of(app).store
    with store.transaction(HOST) as tx:
        wanted = read_address(f"{name}@example.org")
        emails.want(tx, account_id, wanted)
        emails.confirm(tx, account_id, wanted.key)
    visitor = Browser(app)
    visitor.get("/recover")
    assert visitor.post("/recover", {"email": f"{name}@example.org"}).status_code == 303
    return visitor


def the_mail(app: Flask) -> OutboxMail:
    with door_of(app).store.reading() as db:
        found = [mail for state in mails.STATES for mail in mails.page(db, state, 0, 10)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("implicit", [True, False])
def test_a_mail_goes_over_tls_and_is_forgotten(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any, implicit: bool
) -> None:
    server = start(implicit=implicit)
    app = place(tmp_path, clock, server, good.authority, site_name="Größe & Söhne")
    visitor = asked(app)
    assert server.raw == [], "the page waited for no mail server"
    run_jobs(app)
    assert the_mail(app).problem == ""
    (mail,) = server.mails
    assert mail["To"] == "ada@example.org"
    assert mail["From"].addresses[0].display_name == "Größe & Söhne"
    assert mail["From"].addresses[0].addr_spec == "door@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert server.passwords == [PASSWORD]
    kept = the_mail(app)
    assert (kept.state, kept.sealed, kept.outline) == (mails.SENT, None, "")
    code = found(r"Your code:  (\S+)", mail.get_content())
    visitor.get("/recover/code")
    assert visitor.post("/recover/code", {"code": code}).status_code == 303
    run_jobs(app)
    assert len(server.raw) == 1


def test_a_server_with_a_wrong_certificate_learns_nothing(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    strangers, elsewhere = certificate(tmp_path / "stranger"), certificate(tmp_path / "named", "mail.example.com")
    for number, (server, authority) in enumerate(
        [
            (start(strangers), good.authority),
            (start(strangers, implicit=True), good.authority),
            (start(elsewhere), elsewhere.authority),
            (start(elsewhere, implicit=True), elsewhere.authority),
        ]
    ):
        app = place(tmp_path / f"data{number}", clock, server, authority)
        asked(app)
        run_jobs(app)
        assert (server.raw, server.said, server.passwords) == ([], [], [])
        kept = the_mail(app)
        assert kept.state == mails.WAITING
        assert "certificate" in kept.problem
        door_of(app).close()


def test_a_server_that_speaks_no_tls_learns_nothing(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start(None)
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    run_jobs(app)
    assert (server.raw, server.said, server.passwords) == ([], [], [])
    assert "no TLS" in the_mail(app).problem


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:secretword@mail.example.org:25",
        "smtp://mail.example.org",
        "https://mail.example.org",
        "smtps://mail.example.org/path",
        "smtps://user@mail.example.org",
        "smtps://:secretword@mail.example.org",
        "smtps://mail.example.org:99999",
        "smtps://",
    ],
)
def test_no_setting_sends_in_the_clear(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        test_settings(tmp_path, smtp_url=url)
    assert "secretword" not in str(refused.value)


def test_what_is_refused_for_now_is_sent_later_and_once(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start(answers=["451 try later", "421 closing"])
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    run_jobs(app)
    first = the_mail(app)
    assert (first.state, first.attempts) == (mails.WAITING, 1)
    assert "451" in first.problem
    run_jobs(app)
    assert the_mail(app).attempts == 1, "not before its time"
    clock.forward(seconds=31)
    run_jobs(app)
    assert the_mail(app).attempts == 2
    clock.forward(seconds=61)
    run_jobs(app)
    clock.forward(hours=1)
    run_jobs(app)
    (mail,) = server.mails
    assert mail["Message-ID"] == f"<{first.message_id}>"
    assert the_mail(app).state == mails.SENT


def test_what_is_refused_for_good_is_shown_to_administrators(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start(answers=["550 no such mailbox <script>"])
    app = place(tmp_path, clock, server, good.authority)
    boss, member = signed_in(app, "boss", "admin"), signed_in(app, "member.one")
    assert "in order" in boss.get("/admin/security").get_data(as_text=True)
    assert "No mail yet" in boss.get("/admin/mail").get_data(as_text=True)
    asked(app)
    run_jobs(app)
    kept = the_mail(app)
    assert (kept.state, kept.attempts) == (mails.FAILED, 1)
    entry = last_entry(door_of(app), "mail.failed")
    assert entry.outcome == "failed"
    assert "550" not in entry.details
    page = boss.get("/admin/mail").get_data(as_text=True)
    assert "550" in page
    assert "<script>" not in page.split("<h1>")[1].split("<script")[0]
    assert "1 could not be sent" in boss.get("/admin/security").get_data(as_text=True)
    again = f"/admin/mail/{kept.id}/again"
    assert member.get("/admin/mail").status_code == 403
    assert member.post(again).status_code == 403
    assert Browser(app).post(again).status_code in (303, 401)
    assert boss.send("POST", again).status_code == 400
    assert server.raw == []
    boss.get("/admin/mail")
    assert boss.post(again).status_code == 303
    run_jobs(app)
    assert len(server.raw) == 1
    assert boss.post(again).status_code == 409
    assert last_entry(door_of(app), "mail.tried_again").who_name == "boss"


def test_while_the_server_is_away_nothing_is_lost_and_late_codes_are_not_sent(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start()
    server.stop()
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    for _ in range(3):
        run_jobs(app)
        clock.forward(minutes=3)
    kept = the_mail(app)
    assert kept.state == mails.WAITING
    assert "cannot be reached" in kept.problem
    server.start()
    run_jobs(app)
    assert len(server.raw) == 1
    server.stop()
    asked(app, "bob")
    for _ in range(40):
        run_jobs(app)
        clock.forward(minutes=1)
    with door_of(app).store.reading() as db:
        (late,) = mails.page(db, mails.FAILED, 0, 10)
    assert late.recipient == "bob@example.org"
    server.start()
    clock.forward(hours=9)
    run_jobs(app)
    assert len(server.raw) == 1
    boss = signed_in(app, "boss", "admin")
    boss.get("/admin/mail")
    assert boss.post(f"/admin/mail/{late.id}/again").status_code == 409, "its code has run out"


def test_attempts_end(tmp_path: Path, clock: Clock, good: Certificate, start: Any) -> None:
    server = start(answers=["451 later"] * 50)
    app = place(tmp_path, clock, server, good.authority)
    ada = signed_in(app, "ada")
    with door_of(app).store.transaction(HOST) as tx:
        wanted = read_address("ada@example.org")
        emails.want(tx, ada_id := entries(door_of(app), "session.started")[0].on.removeprefix("account:"), wanted)
        emails.confirm(tx, ada_id, wanted.key)
    ada.get("/account/email")
    assert ada.post("/account/email/remove").status_code == 303
    for _ in range(60):
        run_jobs(app)
        clock.forward(hours=1)
    kept = the_mail(app)
    assert (kept.state, kept.attempts) == (mails.FAILED, 10)
    assert len(server.answers) == 40


def test_a_wrong_password_is_tried_again_and_shown_to_nobody(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start()
    wrong = f"smtp+starttls://door:wrong%20word@127.0.0.1:{server.port}"
    app = place(tmp_path, clock, server, good.authority, smtp_url=wrong)
    asked(app)
    run_jobs(app)
    kept = the_mail(app)
    assert kept.state == mails.WAITING
    assert "smtp_url" in kept.problem
    assert "wrong word" not in kept.problem
    assert (set(server.passwords), server.raw) == ({"wrong word"}, [])


def test_what_was_committed_is_sent_after_a_restart_and_once(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start()
    first = place(tmp_path, clock, server, good.authority)
    asked(first)
    door_of(first).close()
    again = place(tmp_path, clock, server, good.authority)
    run_jobs(again)
    assert len(server.raw) == 1
    door_of(again).close()
    third = place(tmp_path, clock, server, good.authority)
    clock.forward(hours=1)
    run_jobs(third)
    assert len(server.raw) == 1


def test_who_was_killed_while_sending_is_followed_by_another(
    tmp_path: Path, clock: Clock, good: Certificate, start: Any
) -> None:
    server = start()
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    store = door_of(app).store
    with store.transaction() as tx:
        claimed = mails.claim(tx, "another job")
        assert claimed is not None
        assert mails.claim(tx, "mine") is None, "nobody else gets it"
    run_jobs(app)
    assert server.raw == []
    clock.forward(minutes=5, seconds=1)
    run_jobs(app)
    assert len(server.raw) == 1
    with store.transaction() as tx:
        assert not mails.note_sent(tx, claimed.id, claimed.attempts)
        assert not mails.put_back(tx, claimed.id, claimed.attempts, "late", tx.now)
    assert the_mail(app).state == mails.SENT


def test_a_job_that_got_lost_is_asked_for_again(tmp_path: Path, clock: Clock, good: Certificate, start: Any) -> None:
    server = start()
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    door = door_of(app)
    with door.store.transaction() as tx:
        tx.db.execute(text("DELETE FROM jobs"))
    run_jobs(app)
    assert server.raw == []
    keeper = Housekeeping(door.store, door.settings, door.jobs.files)
    keeper.look_for_mail()
    keeper.look_for_mail()
    clock.forward(seconds=2)
    assert run_jobs(app) == 1
    assert len(server.raw) == 1


def test_old_mails_and_codes_go(tmp_path: Path, clock: Clock, good: Certificate, start: Any) -> None:
    server = start(answers=["550 no"])
    app = place(tmp_path, clock, server, good.authority)
    asked(app)
    run_jobs(app)
    door = door_of(app)
    keeper = Housekeeping(door.store, door.settings, door.jobs.files)
    assert the_mail(app).sealed
    clock.forward(hours=3)
    keeper.tidy()
    assert the_mail(app).sealed is None, "a code that ran out is not kept"
    with door.store.reading() as db:
        assert db.execute(text("SELECT count(*) FROM mail_codes")).scalar() == 0
    clock.forward(days=30)
    keeper.tidy()
    with door.store.reading() as db:
        assert mails.how_many(db) == {"waiting": 0, "sent": 0, "failed": 0}


def test_without_a_mail_server_administrators_see_mails_but_no_codes(tmp_path: Path, clock: Clock) -> None:
    app = bare_app()
    behind(app, tmp_path, clock)
    boss = signed_in(app, "boss", "admin")
    asked(app)
    (mail,) = sent(app)
    for state in ("", "?state=sent", "?state=waiting", "?state=failed", "?state=nonsense&page=99"):
        page = boss.get(f"/admin/mail{state}").get_data(as_text=True)
        assert mail.code not in page
        assert mail.link not in page
    shown = boss.get("/admin/mail?state=sent").get_data(as_text=True)
    assert "ada@example.org" in shown
    assert "Somebody forgot the password" in shown
    assert "(not shown)" in shown
    assert mail.code.encode() not in everything_stored(tmp_path)
