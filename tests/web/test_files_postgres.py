"""Files on PostgreSQL, where requests really run side by side: the same promises as on SQLite, kept under a crowd."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from doorward.store.file_models import FileRecord, FileUsage
from doorward.store.file_sweep import sweep
from doorward.testing import PASSWORD, Browser, Clock, signed_in
from tests.support.shelf import Shelf, offer, patch, send

TEXT = b"one line\nanother line\n"
ROOM = 4096
_TESTS = count(1)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def shelf(postgres_url: str, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Shelf]:
    data = tmp_path_factory.mktemp("shelf") / "data"
    made = Shelf(data, settings={"database_url": postgres_url}, clock=clock, per_account=ROOM, in_all=10 * ROOM)
    yield made
    made.door.close()


@pytest.fixture
def somebody(shelf: Shelf) -> Callable[..., Browser]:
    """People of this test's own."""
    prefix = f"p{next(_TESTS)}"
    return lambda name: named(signed_in(shelf.app, f"{prefix}.{name}"), f"{prefix}.{name}")


def named(browser: Browser, name: str) -> Browser:
    browser.box = f"box:{name}"  # type: ignore[attr-defined]
    return browser


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What came of all of them, begun in the same moment."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        answers[place] = work()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def take(browser: Any, file_id: str) -> int:
    """Put it into one's box. The status."""
    return int(browser.post(f"/boxes/{browser.box[4:]}", {"file": file_id}).status_code)


def states(shelf: Shelf, *ids: str) -> list[str]:
    with shelf.door.store.reading() as db:
        return [row.state if (row := db.get(FileRecord, one)) else "" for one in ids]


def stored(shelf: Shelf, browser: Any) -> int:
    """What counts against somebody's quota."""
    with shelf.door.store.reading() as db:
        holder = db.query(FileRecord.holder).filter(FileRecord.about == browser.box).first()
        row = db.get(FileUsage, ("shelf.box", holder[0])) if holder else None
        return row.stored if row else 0


def again(browser: Browser, shelf: Shelf) -> Any:
    """The same person at another browser, so that two of their requests can run at once."""
    name = browser.box[4:]  # type: ignore[attr-defined]
    return named(signed_in(shelf.app, name), name)


def test_a_file_is_begun_resumed_finished_taken_given_and_dropped(shelf: Shelf, somebody: Any) -> None:
    ada = somebody("ada")
    file_id = offer(ada, "notes.txt", len(TEXT), ada.box).json["id"]
    assert patch(ada, file_id, TEXT[:9]).json["offset"] == 9
    assert ada.get(f"/files/{file_id}").json["offset"] == 9
    assert patch(ada, file_id, TEXT[5:], 5).status_code == 409
    assert patch(ada, file_id, TEXT[9:], 9).json["state"] == "arrived"
    assert take(ada, file_id) == 303
    assert take(ada, file_id) in (409, 422)
    assert ada.get(f"/files-of/{ada.box[4:]}/{file_id}").data == TEXT
    assert ada.post(f"/files-of/{ada.box[4:]}/{file_id}/drop").status_code == 303
    assert (states(shelf, file_id)[0] in ("", "dropped"), stored(shelf, ada)) == (True, 0)


def test_uploads_of_one_name_at_once_keep_all(shelf: Shelf, somebody: Any) -> None:
    browsers = [somebody(name) for name in ("ada", "bob", "cleo")]
    browsers += [again(browsers[0], shelf)]
    texts = [f"the list of {number}\n".encode() for number in range(len(browsers))]
    sent = at_once(*(lambda b=b, t=t: send(b, "list.txt", t, b.box) for b, t in zip(browsers, texts, strict=True)))
    assert [one.status_code for one in sent] == [200] * 4, [one.json for one in sent]
    ids = [one.json["id"] for one in sent]
    assert len({*ids}) == len(browsers)
    taken = at_once(*(lambda b=b, i=i: take(b, i) for b, i in zip(browsers, ids, strict=True)))
    assert taken == [303] * len(browsers)
    given = [b.get(f"/files-of/{b.box[4:]}/{i}").data for b, i in zip(browsers, ids, strict=True)]
    assert given == texts


def test_the_first_files_of_all_are_let_in_together(shelf: Shelf, somebody: Any) -> None:
    """The row that counts for everybody is made by whoever is first; the others must not take it for a full one."""
    browsers = [somebody(f"first{number}") for number in range(6)]
    for _ in range(4):
        with shelf.door.store.transaction() as tx:
            tx.db.query(FileUsage).delete()
        answers = at_once(*(lambda b=b: offer(b, "a.txt", 10, b.box) for b in browsers))
        assert [one.status_code for one in answers] == [201] * 6, [one.json for one in answers]


def test_one_file_is_taken_once_by_however_many_forms(shelf: Shelf, somebody: Any) -> None:
    ada = somebody("ada")
    others = [ada, *(again(ada, shelf) for _ in range(3))]
    file_id = send(ada, "once.txt", TEXT, ada.box).json["id"]
    statuses = at_once(*(lambda b=b: take(b, file_id) for b in others))
    assert statuses.count(303) == 1
    assert {*statuses} <= {303, 409, 422}


def test_a_quota_is_not_passed_by_sending_many_at_once(shelf: Shelf, somebody: Any) -> None:
    ada = somebody("ada")
    browsers = [ada, *(again(ada, shelf) for _ in range(5))]
    size = ROOM // 3
    answers = at_once(*(lambda b=b: offer(b, "third.txt", size, ada.box) for b in browsers))
    assert sorted(one.status_code for one in answers) == [201] * 3 + [413] * 3
    assert stored(shelf, ada) == 3 * size
    kept = next(one for one in answers if one.status_code == 201).json["id"]
    headers = {"X-CSRF-Token": ada.token, "Accept": "application/json"}
    assert ada.send("DELETE", f"/files/{kept}", headers=headers).status_code == 204
    assert offer(ada, "third.txt", size, ada.box).status_code == 201


def test_two_who_go_on_with_one_file_at_once_do_not_mix_their_bytes(shelf: Shelf, somebody: Any) -> None:
    ada = somebody("ada")
    other = again(ada, shelf)
    data = b"a line that is long enough\n" * 40
    file_id = offer(ada, "one.txt", len(data), ada.box).json["id"]
    answers = at_once(lambda: patch(ada, file_id, data), lambda: patch(other, file_id, data))
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert take(ada, file_id) == 303
    assert ada.get(f"/files-of/{ada.box[4:]}/{file_id}").data == data


def test_what_nobody_took_is_swept_and_what_is_taken_meanwhile_stays(shelf: Shelf, somebody: Any, clock: Clock) -> None:
    ada = somebody("ada")
    half = offer(ada, "half.txt", 100, ada.box).json["id"]
    waits = send(ada, "waits.txt", TEXT, ada.box).json["id"]
    kept = send(ada, "kept.txt", TEXT, ada.box).json["id"]
    assert take(ada, kept) == 303
    clock.forward(hours=25)
    assert sweep(shelf.door.store) >= 2
    assert states(shelf, half, waits, kept) == ["", "", "taken"]
    assert stored(shelf, ada) == len(TEXT)
    on_disk = {path.name.partition(".")[0] for path in shelf.bytes_on_disk()}
    with shelf.door.store.reading() as db:
        assert on_disk == {row.key for row in db.query(FileRecord)}


def test_a_closed_account_leaves_no_file_that_nobody_took(shelf: Shelf, somebody: Any) -> None:
    ada, bob = somebody("ada"), somebody("bob")
    half = offer(ada, "half.txt", 100, ada.box).json["id"]
    patch(ada, half, b"begun")
    waits, kept = (send(ada, name, TEXT, ada.box).json["id"] for name in ("waits.txt", "kept.txt"))
    of_bob = send(bob, "waits.txt", TEXT, bob.box).json["id"]
    assert take(ada, kept) == 303
    before = len(shelf.bytes_on_disk())
    ada.get("/account/delete")
    left = ada.post("/account/delete", {"password": PASSWORD, "how": "soft"})
    assert left.status_code == 200, left.get_data(as_text=True)[:2000]
    assert states(shelf, half, waits)[0] in ("", "dropped")
    assert states(shelf, half, waits)[1] in ("", "dropped")
    assert states(shelf, kept, of_bob) == ["taken", "arrived"]
    assert len(shelf.bytes_on_disk()) == before - 2
