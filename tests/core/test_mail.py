"""Mails as messages: no header can be slipped in, whatever a name, a subject or an address holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.mail import MOST_ATTEMPTS, Mail, UnsafeHeader, compose, pause_after
from doorward.core.mail_addresses import BadAddress
from doorward.core.mail_bodies import Body, seal, unseal
from doorward.core.mail_texts import VEIL, Asker, recover, verify
from doorward.core.secrets import KeyRing, SecretError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OURS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
MIME = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
ASKER = Asker("Firefox on Linux", "192.0.2.7")


def mail(to: str = "ada@example.org", subject: str = "Hello", text: str = "Text", message_id: str = "1@a.org") -> Mail:
    return Mail(to, subject, text, message_id, NOW)


def headers(raw: bytes) -> list[str]:
    return list(message_from_bytes(raw, policy=default).keys())


def test_a_mail_is_composed() -> None:
    message = compose(mail(text="Grüße\nund Codes"), "door@example.org", "Größe & Co, <Ltd>")
    raw = message.as_bytes()
    again = message_from_bytes(raw, policy=default)
    assert again["From"].addresses[0].display_name == "Größe & Co, <Ltd>"
    assert again["From"].addresses[0].addr_spec == "door@example.org"
    assert [one.addr_spec for one in again["To"].addresses] == ["ada@example.org"]
    assert again.get_content().split() == ["Grüße", "und", "Codes"]
    assert sorted(headers(raw)) == sorted(OURS + MIME)
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: b@evil.com", "a\nX: y", "a\rX: y", "a\0b", "a\x0bb", "a\u2028b", "a\u202eb"]
)
def test_no_control_character_enters_a_header(evil: str) -> None:
    for bad in (mail(subject=evil), mail(message_id=evil), mail(to=evil)):
        with pytest.raises((UnsafeHeader, BadAddress)):
            compose(bad, "door@example.org", "Site")
    for sender, name in ((evil, "Site"), ("door@example.org", evil)):
        with pytest.raises((UnsafeHeader, BadAddress)):
            compose(mail(), sender, name)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(subject=texts, name=texts, text=texts, to=texts)
def test_whatever_is_given_there_are_only_our_headers_and_one_recipient(
    subject: str, name: str, text: str, to: str
) -> None:
    for recipient in ("ada@example.org", to):
        try:
            raw = compose(mail(recipient, subject, text), "door@example.org", name).as_bytes(policy=SMTP)
        except (UnsafeHeader, BadAddress):
            assert recipient == to or not (subject + name).isprintable()
            continue
        assert sorted(headers(raw)) == sorted(OURS + MIME)
        read = message_from_bytes(raw, policy=default)
        assert len(read["To"].addresses) == 1
        assert read["To"].addresses[0].addr_spec.lower() == recipient.strip().lower()


def test_pauses_grow_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[-1] is None
    grown = [pause for pause in pauses if pause is not None]
    assert len(grown) == MOST_ATTEMPTS - 1
    assert grown == sorted(grown)
    assert max(grown) <= timedelta(hours=4)


def test_a_body_opens_only_with_the_key_and_for_its_own_mail() -> None:
    keys, body = KeyRing(["one" * 20]), Body("the code", "a@example.org", "a@example.org", ASKER)
    sealed = seal(keys, "1@a.org", body)
    assert "code" not in sealed
    assert unseal(KeyRing(["two" * 20, "one" * 20]), "1@a.org", sealed) == body
    for ring, message_id in ((keys, "2@a.org"), (KeyRing(["two" * 20]), "1@a.org")):
        with pytest.raises(SecretError):
            unseal(ring, message_id, sealed)
    with pytest.raises(SecretError):
        unseal(keys, "1@a.org", "")


def test_texts_say_who_asked_and_what_to_do_and_no_subject_holds_a_code() -> None:
    for text in (
        verify("Site", "ada", ASKER, "ABCD-EFGH", "https://a.example/verify/secret"),
        recover("Site", ASKER, "ABCD-EFGH", "https://a.example/recover/link/secret"),
    ):
        assert "ABCD-EFGH" in text.body
        assert "https://a.example/" in text.body
        assert "Firefox on Linux" in text.body
        assert "192.0.2.7" in text.body
        assert "If this was not you" in text.body
        assert "30 minutes" in text.body
        assert "ABCD" not in text.subject
    veiled = recover("Site", ASKER, VEIL, VEIL)
    assert "ABCD" not in veiled.body
