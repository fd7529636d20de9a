"""What a restore ends, and what stays as it is now: nobody gets back in by old records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from doorward.core.access import Caller
from doorward.core.tokens import token_hash
from doorward.store import accounts, codes, emails, invitations, leaving, mails, sessions, tokens
from doorward.store.accounts import ACTIVE, BLOCKED
from doorward.store.factor_models import Passkey, RecoveryCode, TotpRecord
from doorward.store.identity_models import Identity
from doorward.store.mail_models import EmailRecord, MailCode, OutboxMail
from doorward.store.mails import NewMail
from doorward.store.models import Account, OneTimeCode, SessionRecord
from doorward.store.restore import Restored
from doorward.store.token_models import Token, TokenSecret
from doorward.store.tokens import NewToken
from doorward.store.transaction import Transaction
from tests.support import postgres, services
from tests.support.backups import House

CODE = "a code of an invitation"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished(House(tmp_path / "data"))


def furnished(house: House) -> House:
    """People with every kind of way in."""
    with house.open() as store, store.transaction() as tx:
        for name, roles in (("Ada", "admin editor"), ("Bob", ""), ("Cleo", ""), ("Dora", "editor")):
            made = accounts.add(tx, accounts.NewAccount(name, name.lower(), name.lower(), f"hash of {name}"))
            made.roles = roles
            give_ways_in(tx, made.id, name)
        sessions.open_session(tx, id_of(tx.db, "Bob"), agent="", keep=False)
        codes.replace(tx, codes.SETUP, "a code for the set-up")
        invitations.add(tx, CODE, roles=frozenset(), life=timedelta(days=7), uses=5, note="")
        invitations.add(tx, f"{CODE} 2", roles=frozenset(), life=timedelta(days=7), uses=5, note="taken back")
    return house


def give_ways_in(tx: Transaction, account_id: str, name: str) -> None:
    tx.db.add(TotpRecord(account_id=account_id, secret=f"totp of {name}", confirmed_at=tx.now))
    tx.db.add(RecoveryCode(account_id=account_id, hash=f"code of {name}", created_at=tx.now))
    tx.db.add(Passkey(account_id=account_id, credential_id=f"passkey of {name}", public_key="k", rp_id="h", name="n",
                      sign_count=0, transports="", created_at=tx.now))  # fmt: skip
    tx.db.add(Identity(account_id=account_id, issuer="https://id.example.org", subject=name, created_at=tx.now))
    address = f"{name.lower()}@example.org"
    tx.db.add(EmailRecord(account_id=account_id, address=address, address_key=address, verified_at=tx.now))
    tokens.add(tx, NewToken(account_id, f"token of {name}", frozenset({"a:read"}), timedelta(days=9), False))


def id_of(db: Session, name: str) -> str:
    found = accounts.by_name_key(db, name.lower())
    assert found is not None
    return found.id


def of(db: Session, kind: Any, name: str) -> list[Any]:
    """The rows of one kind that belong to somebody."""
    return list(db.scalars(select(kind).where(kind.account_id == id_of(db, name))))


@contextmanager
def looking(house: House) -> Iterator[Session]:
    with house.open() as store, store.reading() as db:
        yield db


def later(house: House, *changes: Callable[[Transaction], object]) -> None:
    """What happens after the backup."""
    house.clock.forward(days=1)
    for change in changes:
        with house.open() as store, store.transaction(Caller()) as tx:
            change(tx)


def restored(house: House, tmp_path: Path, *changes: Callable[[Transaction], object], **wanted: Any) -> Restored:
    made = house.backup(tmp_path / "b.tar")
    later(house, *changes)
    return house.restore(made, **wanted)


def account(tx: Transaction, name: str) -> Account:
    found = accounts.held(tx, id_of(tx.db, name))
    assert found is not None
    return found


def test_everybody_is_signed_out_and_no_code_on_its_way_works(house: House, tmp_path: Path) -> None:
    with house.open() as store, store.transaction() as tx:
        mails.add(tx, NewMail("told", "Hello", "m1@x", "sealed", recipient="bob@example.org"))
        code = MailCode(purpose="recover", browser="b", address_key="k", code_mac="m", link_hash="l", asked_from="",
                        created_at=tx.now, expires_at=tx.now + timedelta(hours=1))  # fmt: skip
        tx.db.add(code)
        tx.db.flush()
        mails.add(tx, NewMail("recover", "Code", "m2@x", "sealed", recipient="bob@example.org", code_id=code.id))
    for wanted in ({}, {"as_it_was": True}):
        done = restored(house, tmp_path, lambda tx: None, **wanted)
        (tmp_path / "b.tar").unlink()
        with looking(house) as db:
            for kind in (SessionRecord, OneTimeCode, MailCode):
                assert db.scalar(select(func.count()).select_from(kind)) == 0
            states = {mail.subject: (mail.state, mail.sealed) for mail in db.scalars(select(OutboxMail))}
            assert states == {"Hello": (mails.FAILED, "sealed"), "Code": (mails.FAILED, None)}
    assert done.settled.sessions == 0  # the second time there was nobody left


def test_who_was_blocked_since_stays_blocked(house: House, tmp_path: Path) -> None:
    done = restored(house, tmp_path, lambda tx: setattr(account(tx, "Bob"), "status", BLOCKED))
    assert done.settled.blocked == ["Bob"]
    with looking(house) as db:
        assert {row.name: row.status for row in db.scalars(select(Account))} == {
            "Ada": ACTIVE, "Bob": BLOCKED, "Cleo": ACTIVE, "Dora": ACTIVE}  # fmt: skip


def test_who_was_deleted_since_is_there_again_but_kept_out(house: House, tmp_path: Path) -> None:
    done = restored(house, tmp_path, lambda tx: leaving.close(tx, account(tx, "Cleo"), leaving.HARD))
    assert done.settled.deleted == ["Cleo"]
    with looking(house) as db:
        assert accounts.by_name_key(db, "cleo").status == BLOCKED  # type: ignore[union-attr]
        for kind in (TotpRecord, Passkey, RecoveryCode, Identity, EmailRecord):
            assert of(db, kind, "Cleo") == []
            assert len(of(db, kind, "Ada")) == 1
        token = db.scalars(select(Token).where(Token.name == "token of Cleo")).one()
        assert token.revoked_at is not None


def test_roles_that_were_taken_away_since_do_not_come_back_and_new_ones_are_gone(house: House, tmp_path: Path) -> None:
    def change(tx: Transaction) -> None:
        account(tx, "Ada").roles = "admin"
        account(tx, "Dora").roles = "editor admin"

    done = restored(house, tmp_path, change)
    assert done.settled.lost_roles == ["Ada"]
    with looking(house) as db:
        assert {row.name: row.roles for row in db.scalars(select(Account)) if row.roles} == {
            "Ada": "admin", "Dora": "editor"}  # fmt: skip


def test_passwords_factors_addresses_and_identities_are_those_of_now(house: House, tmp_path: Path) -> None:
    def change(tx: Transaction) -> None:
        accounts.replace_password(tx, account(tx, "Bob"), "a new hash", keep=0)
        tx.db.execute(delete(Passkey).where(Passkey.account_id == id_of(tx.db, "Dora")))
        tx.db.execute(update(TotpRecord).where(TotpRecord.account_id == id_of(tx.db, "Dora")).values(secret="another"))
        # Ada's address went to Cleo, and her identity too: two accounts that want the same row.
        for kind in (EmailRecord, Identity):
            tx.db.execute(delete(kind).where(kind.account_id == id_of(tx.db, "Cleo")))
            tx.db.execute(
                update(kind).where(kind.account_id == id_of(tx.db, "Ada")).values(account_id=id_of(tx.db, "Cleo"))
            )

    done = restored(house, tmp_path, change)
    assert done.settled.ways_in == {"Ada", "Bob", "Cleo", "Dora"}
    with looking(house) as db:
        assert accounts.by_name_key(db, "bob").password_hash == "a new hash"  # type: ignore[union-attr]
        assert of(db, Passkey, "Dora") == []
        assert [row.secret for row in of(db, TotpRecord, "Dora")] == ["another"]
        assert [row.address for row in of(db, EmailRecord, "Cleo")] == ["ada@example.org"]
        assert [row.subject for row in of(db, Identity, "Cleo")] == ["Ada"]
        assert of(db, EmailRecord, "Ada") == of(db, Identity, "Ada") == []
        owner = emails.owner_of(db, "ada@example.org")
        assert owner is not None
        assert owner.name == "Cleo"


def test_using_a_way_in_is_no_change_of_it(house: House, tmp_path: Path) -> None:
    def change(tx: Transaction) -> None:
        tx.db.execute(update(TotpRecord).values(last_step=99, used_at=tx.now))
        tx.db.execute(update(Passkey).values(sign_count=7, used_at=tx.now))

    done = restored(house, tmp_path, change)
    assert done.settled.ways_in == set()
    with looking(house) as db:  # and yet what was used once is not used again
        assert {row.last_step for row in db.scalars(select(TotpRecord))} == {99}
        assert {row.sign_count for row in db.scalars(select(Passkey))} == {7}


def test_tokens_that_were_revoked_since_stay_revoked_and_renewed_secrets_hold(house: House, tmp_path: Path) -> None:
    secrets: list[str] = []

    def number(tx: Transaction, name: str) -> int:
        return tx.db.scalars(select(Token.id).where(Token.name == f"token of {name}")).one()

    def change(tx: Transaction) -> None:
        tokens.revoke(tx, number(tx, "Bob"))
        secrets.append(tokens.rotate(tx, number(tx, "Dora"), None, timedelta(days=9), timedelta(0)))

    done = restored(house, tmp_path, change)
    assert done.settled.tokens == 2
    with looking(house) as db:
        assert {row.name for row in db.scalars(select(Token)) if row.revoked_at is not None} == {"token of Bob"}
        dora = db.scalars(select(Token.id).where(Token.name == "token of Dora")).one()
        rows = db.scalars(select(TokenSecret).where(TokenSecret.token_id == dora)).all()
        working = [row.hash for row in rows if row.expires_at is None or row.expires_at > house.clock()]
        assert working == [token_hash(secrets[0])]


def test_invitations_that_were_used_or_taken_back_since_are_so(house: House, tmp_path: Path) -> None:
    def change(tx: Transaction) -> None:
        for _ in range(3):
            assert invitations.use(tx, CODE)
        found = invitations.find(tx.db, f"{CODE} 2", tx.now)
        tx.db.delete(found)

    done = restored(house, tmp_path, change)
    assert done.settled.invitations == 2
    with looking(house) as db:
        found = invitations.find(db, CODE, house.clock())
        assert found is not None
        assert found.uses_left == 2
        assert invitations.find(db, f"{CODE} 2", house.clock()) is None


def test_as_it_was_means_as_it_was_but_for_sessions(house: House, tmp_path: Path) -> None:
    """After somebody broke in and changed passwords, those of now are not wanted."""

    def change(tx: Transaction) -> None:
        accounts.replace_password(tx, account(tx, "Ada"), "the thief's", keep=0)
        account(tx, "Bob").status = BLOCKED
        tx.db.execute(delete(Passkey))

    done = restored(house, tmp_path, change, as_it_was=True)
    assert (done.settled.known, done.settled.sessions) == (False, 1)
    with looking(house) as db:
        assert accounts.by_name_key(db, "ada").password_hash == "hash of Ada"  # type: ignore[union-attr]
        assert accounts.by_name_key(db, "bob").status == ACTIVE  # type: ignore[union-attr]
        assert len(of(db, Passkey, "Dora")) == 1


def test_where_nothing_can_be_seen_of_now_that_is_said(tmp_path: Path) -> None:
    old = furnished(House(tmp_path / "old"))
    made = old.backup(tmp_path / "b.tar")
    there = House(tmp_path / "new")
    assert there.restore(made, unsigned=True).settled.known is False
    damaged = furnished(House(tmp_path / "damaged"))
    made = damaged.backup(tmp_path / "c.tar")
    (damaged.data / "doorward.sqlite3").write_bytes(b"no database any more")
    done = damaged.restore(made)
    assert done.settled.known is False
    with looking(damaged) as db:
        assert accounts.by_name_key(db, "ada") is not None
    assert done.aside is not None
    assert (done.aside / "doorward.sqlite3").read_bytes() == b"no database any more"


def test_on_postgresql_it_is_the_same(tmp_path: Path) -> None:
    def change(tx: Transaction) -> None:
        account(tx, "Bob").status = BLOCKED
        accounts.replace_password(tx, account(tx, "Ada"), "a new hash", keep=0)
        for kind in (EmailRecord, Identity, Passkey):
            tx.db.execute(delete(kind).where(kind.account_id == id_of(tx.db, "Ada")))
            dora = update(kind).where(kind.account_id == id_of(tx.db, "Dora"))
            tx.db.execute(dora.values(account_id=id_of(tx.db, "Ada")))
        tokens.revoke_all(tx, id_of(tx.db, "Ada"))
        leaving.close(tx, account(tx, "Cleo"), leaving.HARD)
        invitations.use(tx, CODE)

    services.need("postgres")
    with postgres.database() as url:
        house = furnished(House(tmp_path / "data", url))
        settled = restored(house, tmp_path, change).settled
        assert (settled.sessions, settled.blocked, settled.deleted) == (1, ["Bob"], ["Cleo"])
        assert (settled.ways_in, settled.tokens, settled.invitations) == ({"Ada", "Dora"}, 2, 1)
        with looking(house) as db:
            assert accounts.by_name_key(db, "ada").password_hash == "a new hash"  # type: ignore[union-attr]
            assert [row.credential_id for row in of(db, Passkey, "Ada")] == ["passkey of Dora"]
        with house.open() as store, store.transaction() as tx:  # and numbers are given out as before
            give_ways_in(tx, accounts.add(tx, accounts.NewAccount("Eve", "eve", "eve", "h")).id, "Eve")
