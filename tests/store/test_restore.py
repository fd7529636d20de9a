"""A restore brings back one moment, whole, or changes nothing; what was there is kept, with the date."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from doorward.core.backup_seal import PIECE
from doorward.core.secrets import KeyRing
from doorward.errors import BackupRefused, StartRefused
from doorward.store import accounts, in_use, journal
from doorward.store.engine import open_engine
from doorward.store.journal import Filter
from doorward.store.migrate import KIT, migrate_to
from doorward.store.places import Place
from doorward.store.restore import SETTINGS_BESIDE
from doorward.store.restore_swap import ready_for_use
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward_suite.polls import MIGRATIONS as POLLS
from tests.store.records import add_account, names, new
from tests.support import postgres, services
from tests.support.backups import House, a_key, backups_of, forge, looked_into, named

Change = Callable[[dict[str, bytes]], dict[str, bytes]]


@contextmanager
def a_house(kind: str, data: Path) -> Iterator[House]:
    if kind == "sqlite":
        yield House(data, apps=[POLLS])
        return
    services.need("postgres")
    with postgres.database() as url:
        yield House(data, url, apps=[POLLS])


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A server with somebody in it, a file, and a journal."""
    with a_house(request.param, tmp_path / "data") as made:
        yield furnished(made)


@pytest.fixture
def small(tmp_path: Path) -> House:
    """Likewise, on SQLite: for what has nothing to do with the database."""
    return furnished(House(tmp_path / "data", apps=[POLLS]))


def furnished(house: House) -> House:
    with house.open() as store:
        add_account(store, "Ada", "admin")
        add_account(store, "Bob")
    house.keep("ab/one", b"the first evidence")
    return house


def without(picture: dict[str, Any], *tables: str) -> dict[str, Any]:
    rows = {name: rows for name, rows in picture["rows"].items() if name not in tables}
    return {"rows": rows, "files": picture["files"], "broken": picture["broken"]}


def last_entry(house: House) -> journal.Sealed:
    with house.open() as store, store.reading() as db:
        return journal.page(db, Filter(), 1)[0]


def test_everything_is_as_it_was_then_and_what_was_there_is_kept(house: House, tmp_path: Path) -> None:
    then = house.picture()
    made = house.backup(tmp_path / "b.tar")
    house.keep("ab/two", b"later")
    (house.places[0].folder / "ab" / "one").unlink()
    with house.open() as store:
        add_account(store, "Cleo")
    later = house.picture()
    done = house.restore(made, as_it_was=True)
    now = house.picture()
    assert without(now, "journal", "journal_head") == without(then, "journal", "journal_head")
    assert now["broken"] is None
    assert now["seals"][: len(then["seals"])] == then["seals"]
    assert done.aside is not None
    assert (done.aside / "files" / "ab" / "two").read_bytes() == b"later"
    with closing(SealFile(done.aside / "journal.seals")) as old:
        assert list(old.seals()) == later["seals"]
    if done.schema_aside:
        with house.open() as store, store.engine.connect() as connection:
            rows = connection.execute(text(f"SELECT name FROM {done.schema_aside}.accounts")).scalars().all()
            assert "Cleo" in rows
    else:
        shutil.copytree(done.aside, tmp_path / "old")
        with House(tmp_path / "old", apps=[POLLS]).open() as store:
            assert "Cleo" in names(store)
    assert house.left_behind() == []


def test_the_restore_is_in_the_journal_and_ties_the_old_one_to_it(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar")
    replaced = last_entry(house)
    house.restore(made)
    entry = last_entry(house)
    details = json.loads(entry.entry.details)
    assert entry.entry.event == "backup.restored"
    assert (details["replaced_entries"], details["replaced_seal"]) == (replaced.seq, replaced.seal)
    assert entry.seq == details["entries"] + 1


def test_after_it_the_server_goes_on(house: House, tmp_path: Path) -> None:
    """Numbers go on, constraints hold, the chain grows, and the next backup and restore work too."""
    made = house.backup(tmp_path / "b.tar", key := a_key())
    house.restore(made, key)
    with house.open() as store:
        add_account(store, "Dora")
        with store.transaction() as tx:
            tx.db.execute(text("INSERT INTO password_history (account_id, password_hash, replaced_at) "
                               "SELECT id, 'h', 0 FROM accounts WHERE name = 'Dora'"))  # fmt: skip
        with pytest.raises(Exception, match=r"(?i)foreign key"), store.transaction() as tx:
            tx.db.execute(text("INSERT INTO password_history (account_id, password_hash, replaced_at) "
                               "VALUES ('nobody', 'h', 0)"))  # fmt: skip
    house.keep("cd/three", b"3")
    again = house.backup(tmp_path / "c.tar", key)
    house.restore(again, key)
    found = house.picture()
    assert found["broken"] is None
    assert set(found["files"]) == {"ab/one", "cd/three"}
    assert house.left_behind() == []


def test_numbers_are_never_given_twice(house: House, tmp_path: Path) -> None:
    columns = "account_id, credential_id, public_key, rp_id, name, sign_count, backup_eligible, backed_up, transports"
    values = "SELECT id, :c, '', '', '', 0, false, false, '', 0 FROM accounts WHERE name = 'Ada'"

    def add(count: int) -> list[int]:
        with house.open() as store, store.transaction() as tx:
            for number in range(count):
                given = {"c": f"{count}-{number}"}
                tx.db.execute(text(f"INSERT INTO passkeys ({columns}, created_at) {values}"), given)
            return list(tx.db.execute(text("SELECT id FROM passkeys ORDER BY id")).scalars())

    given = add(3)
    with house.open() as store, store.transaction() as tx:
        tx.db.execute(text("DELETE FROM passkeys"))
    house.restore(house.backup(tmp_path / "b.tar"), as_it_was=True)
    assert min(add(1)) > max(given)


# -- what is refused, and changes nothing --------------------------------------------------------------------


@contextmanager
def refused(house: House, match: str) -> Iterator[None]:
    before, schemas = house.picture(), house.schemas()
    with pytest.raises(BackupRefused, match=match) as problem:
        yield
    assert house.picture() == before
    assert house.schemas() == schemas
    assert house.left_behind() == []
    assert not list(house.data.glob("before-restore*"))
    assert "Traceback" not in str(problem.value)


def forged(house: House, made: Path, change: Change) -> Path:
    """Signed by whoever has the server's keys: so each other check is what refuses it."""
    target = made.with_name("forged.tar")
    target.write_bytes(forge(made, change, KeyRing(house.settings.secret_keys)))
    return target


def about(**changes: object) -> Change:
    return lambda found: found | {"backup.json": json.dumps({**json.loads(found["backup.json"]), **changes}).encode()}


def test_the_forger_of_these_tests_makes_backups_that_are_taken(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar")
    house.restore(forged(house, made, lambda found: found))
    house.restore(forged(house, made, about(version="9.9.9")))


def test_with_another_key_or_none_it_stays_shut(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.backup", key := a_key())
    with refused(house, "not the key of this backup"):
        house.restore(made, a_key())
    with refused(house, "--key-file"):
        house.restore(made)
    house.restore(made, key)


def test_cut_short_changed_or_put_together_anew_it_is_refused(small: House, tmp_path: Path) -> None:
    house = small
    house.keep("big", bytes(300_000))
    plain, sealed = house.backup(tmp_path / "b.tar"), house.backup(tmp_path / "b.backup", key := a_key())
    spoiled = tmp_path / "spoiled"
    for made in (plain, sealed):
        content = made.read_bytes()
        middle = len(content) // 2
        pieces = content[:1000] + content[1000 + PIECE : 1000 + 2 * PIECE] + content[1000 : 1000 + PIECE]
        for other in (
            content[:-1],
            content[:middle],
            content[: middle - middle % 512],
            b"",
            content + b"\0",
            content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            pieces + content[1000 + 2 * PIECE :],
        ):
            spoiled.write_bytes(other)
            with refused(house, "backup"):
                house.restore(spoiled, key)
    house.restore(plain)
    house.restore(sealed, key)


def test_one_that_nobody_signed_is_taken_only_on_purpose(small: House, tmp_path: Path) -> None:
    made = small.backup(tmp_path / "b.tar")
    strange = tmp_path / "strange.tar"
    strange.write_bytes(forge(made, about(version="9"), KeyRing(["a key of somebody else, of another server"])))
    with refused(small, "anybody can have made it"):
        small.restore(strange)
    small.restore(strange, unsigned=True)
    entry = last_entry(small)
    assert json.loads(entry.entry.details)["signed"] is False


def test_another_servers_backup_is_not_ours(small: House, tmp_path: Path) -> None:
    other = furnished(House(tmp_path / "other", apps=[POLLS]))
    with refused(small, "anybody can have made it"):
        small.restore(other.backup(tmp_path / "o.tar"))


def test_a_newer_schema_is_refused_by_name(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar")
    with refused(house, "kit_9999"):
        house.restore(forged(house, made, about(revisions=["kit_9999", POLLS.head], version="7.0.0")))


def test_of_an_app_that_is_not_installed_it_is_refused(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar")
    house.apps = []
    with refused(house, POLLS.head):
        house.restore(made)


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    """Made by an older version: rows of then, and every table and column of now."""
    for kind in ("sqlite", "postgres"):
        with a_house(kind, tmp_path / kind) as house:
            made = older_backup(house, tmp_path / f"{kind}.tar")
            furnished(house)
            house.restore(made)
            found = house.picture()
            assert found["rows"]["alembic_version"] == [f"('{head}',)" for head in sorted((KIT.head, POLLS.head))]
            with house.open() as store:
                assert names(store) == {"Old"}
            assert found["broken"] is None
            assert "check_runs" in found["rows"]


def older_backup(house: House, target: Path) -> Path:
    """Of the records as they were before the kit's last migration but one, without polls."""
    older = ["kit_0008"]
    engine = open_engine(house.settings.database_url)
    migrate_to(engine, older)
    store = Store(engine, seals=SealFile(house.data / "journal.seals"), clock=house.clock)
    store.places = house.places
    with store.transaction() as tx:
        accounts.add(tx, new("Old"))
        tx.journal("account.created", name="Old")
    with closing(SealFile(house.data / "journal.seals")) as seals:
        made = backups_of(store, seals, house.settings).make(target, None).path
    store.close()
    assert json.loads(looked_into(made)["backup.json"])["revisions"] == older
    return made


def test_of_the_other_database_it_is_refused(small: House, tmp_path: Path) -> None:
    made = small.backup(tmp_path / "b.tar")
    with refused(small, "keeps its records in sqlite"):
        small.restore(forged(small, made, about(database="postgresql")))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda found: found | {"files/zz/more": b"x"}, "that no record names"),
        (lambda found: {name: c for name, c in found.items() if name != "files/ab/one"}, "missing"),
        (lambda found: found | {"files/ab/one": b"other"}, "another one"),
        (lambda found: found | {"strange": b"x"}, "has no place"),
        (lambda found: found | {"tables/accounts/00000001": b"x"}, "has no place"),
        (lambda found: found | {"files/ab/one/below": b"x"}, "in the way"),
        (lambda found: {name: c for name, c in found.items() if name != "journal.seals"}, "seals"),
        (lambda found: found | {"journal.seals": found["journal.seals"][:-32] + bytes(31) + b"x"}, "broken at entry"),
        (lambda found: {name: c for name, c in found.items() if name != "database.sqlite3"}, "missing"),
        (lambda found: found | {"database.sqlite3": found["database.sqlite3"][:5000]}, "damaged"),
        (lambda found: found | {"database.sqlite3": b"no database"}, "damaged"),
        (lambda found: dict(reversed(found.items())), "no backup"),
        (about(places=["files", "pictures"]), "pictures"),
    ],
)
def test_what_does_not_fit_together_is_refused(small: House, tmp_path: Path, change: Change, why: str) -> None:
    made = small.backup(tmp_path / "b.tar")
    with refused(small, why):
        small.restore(forged(small, made, change))


def test_rows_that_do_not_fit_are_refused_in_postgresql(tmp_path: Path) -> None:
    with a_house("postgres", tmp_path / "data") as house:
        furnished(house)
        made = house.backup(tmp_path / "b.tar")
        found = looked_into(made)
        row = found["tables/accounts/00000001"].splitlines(keepends=True)[0]
        for change, why in (
            ({"tables/password_history/00000001": b"1\tnobody\thash\t0\n"}, "do not fit together"),
            ({"tables/accounts/00000002": row}, "rows of accounts do not fit"),  # twice the same key
            ({"tables/strange/00000001": b"1\n"}, "has no place"),
        ):
            with refused(house, why):
                house.restore(forged(house, made, lambda found, change=change: found | change))  # type: ignore[misc]
        with refused(house, "that no app here makes so"):
            house.restore(forged(house, made, about(tables={"strange": ["id"]})))


def test_a_broken_journal_is_taken_only_on_purpose(small: House, tmp_path: Path) -> None:
    with small.open() as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET outcome = 'failed' WHERE seq = 1"))
    made = small.backup(tmp_path / "b.tar")
    with refused(small, "broken at entry 1"):
        small.restore(made)
    done = small.restore(made, broken_journal=True)
    assert done.broken is not None


def test_files_that_were_lost_already_then_do_not_stand_in_the_way(small: House, tmp_path: Path) -> None:
    small.keep("ab/two", b"2")
    (small.places[0].folder / "ab" / "one").unlink()
    (small.places[0].folder / "ab" / "two").write_bytes(b"changed")
    done = small.restore(small.backup(tmp_path / "b.tar"))
    assert {problem.what for problem in done.found.problems} == {"missing", "changed"}
    assert small.picture()["files"] == {"ab/two": b"changed"}


# -- nobody else may be there ----------------------------------------------------------------------------------


def test_while_a_server_runs_nothing_is_put_in_its_place_but_can_be_checked(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar")
    with house.open():
        with pytest.raises(BackupRefused, match="Stop it first"):
            house.restore(made)
        done = house.restore(made, only_check=True)
    assert done.aside is None
    assert house.left_behind() == []
    house.restore(made)


def test_a_server_of_another_data_folder_on_the_same_database_counts_too(tmp_path: Path) -> None:
    with a_house("postgres", tmp_path / "data") as house:
        made = furnished(house).backup(tmp_path / "b.tar")
        elsewhere = House(tmp_path / "elsewhere", house.settings.database_url, apps=[POLLS])
        with elsewhere.open() as store:
            names(store)
            with refused(house, "connected to this database"):
                house.restore(made)
        house.restore(made)


def test_while_it_is_restored_no_server_starts(small: House) -> None:
    lock = in_use.alone(small.data)
    with pytest.raises(StartRefused, match="being restored"):
        ready_for_use(small.settings)
    lock.release()
    ready_for_use(small.settings).release()


def test_checking_changes_nothing_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    made = house.backup(tmp_path / "b.tar", key := a_key())
    before, schemas = house.picture(), house.schemas()
    house.restore(made, key, only_check=True)
    assert house.picture() == before
    assert house.schemas() == schemas
    assert house.left_behind() == []


# -- what the host keeps ---------------------------------------------------------------------------------------


def test_a_new_machine_gets_the_keys_and_the_authority_and_the_settings_beside(tmp_path: Path) -> None:
    old = furnished(House(tmp_path / "old", apps=[POLLS]))
    (old.data / "doorward.toml").write_text('site_name = "Hill School"\n')
    (old.data / "tls").mkdir()
    (old.data / "tls" / "authority.pem").write_text("the authority")
    sealed = KeyRing(old.settings.secret_keys).encrypt("totp", b"a secret")
    made = old.backup(tmp_path / "b.backup", key := a_key())
    there = House(tmp_path / "new", apps=[POLLS])
    done = there.restore(made, key)
    assert (done.new_keys, done.lacking_keys, done.settings_beside, done.aside) == (1, 0, True, None)
    settings = House(tmp_path / "new").settings
    assert settings.secret_keys == (*there.settings.secret_keys, *old.settings.secret_keys)
    assert KeyRing(settings.secret_keys).decrypt("totp", sealed) == b"a secret"
    assert (there.data / "tls" / "authority.pem").read_text() == "the authority"
    assert (there.data / SETTINGS_BESIDE).read_text() == 'site_name = "Hill School"\n'
    assert not (there.data / "doorward.toml").exists()
    assert {path.stat().st_mode & 0o077 for path in there.data.rglob("*")} == {0}


def test_settings_and_authority_of_now_stay(small: House, tmp_path: Path) -> None:
    for name in ("doorward.toml", "tls/authority.pem"):
        (small.data / name).parent.mkdir(exist_ok=True)
        (small.data / name).write_text("# then")
    made = small.backup(tmp_path / "b.backup", key := a_key())
    for name in ("doorward.toml", "tls/authority.pem"):
        (small.data / name).write_text("# now")
    keys = (small.data / "secrets.toml").read_bytes()
    done = small.restore(made, key)
    assert (small.data / "doorward.toml").read_text() == "# now"
    assert (small.data / "tls/authority.pem").read_text() == "# now"
    assert (small.data / "secrets.toml").read_bytes() == keys
    assert (small.data / SETTINGS_BESIDE).read_text() == "# then"
    assert (done.new_keys, done.lacking_keys) == (0, 0)


def test_without_the_keys_it_was_made_with_that_is_said(small: House, tmp_path: Path) -> None:
    made = small.backup(tmp_path / "b.tar")
    there = House(tmp_path / "new", apps=[POLLS])
    assert there.restore(made, unsigned=True).lacking_keys == 1


def test_a_folder_that_cannot_be_renamed_is_noticed_before_anything_is(
    small: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small.backup(tmp_path / "b.tar")
    real = Path.is_mount
    monkeypatch.setattr(Path, "is_mount", lambda self: self.name == "kept" or real(self))
    with refused(small, "a disk of its own"):
        small.restore(made)


def test_the_places_of_these_tests_are_like_any_other(small: House) -> None:
    assert [place.name for place in small.places] == ["files"]
    with small.open() as store, store.reading() as db:
        assert [one.path for one in named(db)] == ["ab/one"]
    assert isinstance(small.places[0], Place)
