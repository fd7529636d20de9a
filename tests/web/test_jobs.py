"""Background jobs through the door: asked for with a change, done once, seen by their owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward import Job, JobKind, NotFound, StartRefused, Unavailable, access, current_caller, own_job, transaction
from doorward.core.jobs import FAILED, RUNNING, WAITING
from doorward.serve.housekeeping import Housekeeping
from doorward.store import accounts, jobs
from doorward.testing import Browser, Clock, add_account, door_of, run_jobs, signed_in
from tests.support.doors import bare_app, behind

_ran: list[tuple[str, int]] = []
_seen: list[str] = []


def _count(job: Job) -> None:
    _ran.append((job.id, job.attempt))
    for number in range(job.arguments["to"]):
        job.progress(number + 1, job.arguments["to"])


def _export(job: Job) -> None:
    with job.file("my numbers.csv") as file:
        file.write(f"for {job.actor.name}\n".encode())


def _stumble(job: Job) -> None:
    _ran.append((job.id, job.attempt))
    if job.attempt < 3:
        raise OSError("the secret of /etc/somewhere")
    with job.file("late.csv") as file:
        file.write(b"late")


def _say_no(job: Job) -> None:
    raise NotFound("This poll is gone.")


def _no_storage(job: Job) -> None:
    raise Unavailable


def _chain(job: Job) -> None:
    with transaction(job.actor) as tx:
        tx.job("test.count", {"to": 1})


KINDS = {
    "test.count": _count,
    "test.export": _export,
    "test.secret": JobKind(_export, fresh=True),
    "test.stumble": _stumble,
    "test.no": _say_no,
    "test.storage": JobKind(_no_storage, tries=2),
    "test.chain": _chain,
}


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    more = {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres_url")}
    _ran.clear()
    _seen.clear()
    app = bare_app()

    @app.post("/ask/<kind>")
    @access.member
    def ask(kind: str) -> str:
        with transaction(current_caller()) as tx:
            return tx.job(kind, {"to": 3}, title="Count to three", owner=current_caller().id)

    @app.get("/box/<job_id>")
    @access.member
    def box(job_id: str) -> str:
        return own_job(job_id).text

    door = behind(app, tmp_path / "data", clock, jobs=KINDS, **more)
    if request.param == "postgres":
        with door.store.transaction() as tx:
            for record in jobs.due(tx.db, KINDS, clock.now):
                jobs.cancel(tx, record)
    yield app
    door.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def person(app: Flask, name: str) -> Browser:
    return signed_in(app, name)


def ask(browser: Browser, kind: str = "test.count") -> str:
    return browser.post(f"/ask/{kind}").get_data(as_text=True)


def state(browser: Browser, job_id: str) -> dict[str, object]:
    found: dict[str, object] = browser.get(f"/account/jobs/{job_id}/state").get_json()
    return found


def test_a_job_waits_runs_once_and_says_how_far_it_is(app: Flask) -> None:
    maria = person(app, "maria")
    job_id = ask(maria)
    assert state(maria, job_id)["state"] == WAITING
    assert run_jobs(app) == 1
    assert run_jobs(app) == 0
    assert _ran == [(job_id, 1)]
    told = state(maria, job_id)
    assert (told["state"], told["done"], told["total"]) == ("done", 3, 3)
    assert "All done." in maria.get(f"/account/jobs/{job_id}").get_data(as_text=True)
    assert maria.get(f"/box/{job_id}").get_data(as_text=True) == "All done."


def test_a_job_that_is_asked_for_in_a_change_that_fails_does_not_exist(app: Flask) -> None:
    store = door_of(app).store

    def change_and_fail() -> None:
        with store.transaction() as tx:
            tx.job("test.count", {"to": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with pytest.raises(ValueError, match=r"test\.unknown"), store.transaction() as tx:
        tx.job("test.unknown")
    assert run_jobs(app) == 0
    with store.transaction() as tx:
        tx.job("test.chain")
    assert run_jobs(app) == 2  # and the one that it asks for
    assert len(_ran) == 1


def test_nobody_else_sees_the_job_or_its_file(app: Flask) -> None:
    maria, other, boss = person(app, "maria"), person(app, "other"), signed_in(app, "boss", "admin")
    job_id = ask(maria, "test.export")
    assert run_jobs(app) == 1
    for path in ("", "/state", "/file"):
        address = f"/account/jobs/{job_id}{path}"
        assert maria.get(address).status_code == 200
        assert other.get(address).status_code == boss.get(address).status_code == 404
        assert Browser(app).get(address).status_code == 303
        assert maria.get(f"/account/jobs/j{'0' * 24}{path}").status_code == 404
    assert other.get(f"/box/{job_id}").status_code == 404


def test_the_result_is_a_download_that_nobody_keeps(app: Flask, tmp_path: Path) -> None:
    maria = person(app, "maria")
    job_id = ask(maria, "test.export")
    assert maria.get(f"/account/jobs/{job_id}/file").status_code == 404
    run_jobs(app)
    answer = maria.get(f"/account/jobs/{job_id}/file")
    assert answer.data == b"for maria\n"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my numbers.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    folder = tmp_path / "data" / "results"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


def test_a_result_that_asks_for_a_fresh_sign_in_is_not_given_to_an_old_session(app: Flask, clock: Clock) -> None:
    maria = person(app, "maria")
    job_id = ask(maria, "test.secret")
    run_jobs(app)
    assert maria.get(f"/account/jobs/{job_id}/file").status_code == 200
    clock.forward(minutes=11)
    answer = maria.get(f"/account/jobs/{job_id}/file")
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/account/confirm")
    assert "once more who you are" in maria.get(f"/account/jobs/{job_id}").get_data(as_text=True)


def test_results_are_kept_for_a_day_and_jobs_for_a_month(app: Flask, clock: Clock, tmp_path: Path) -> None:
    maria, door = person(app, "maria"), door_of(app)
    job_id = ask(maria, "test.export")
    run_jobs(app)
    keeper = Housekeeping(door.store, door.settings, door.jobs.files)
    clock.forward(hours=23)
    keeper.tidy_jobs()
    assert maria.get(f"/account/jobs/{job_id}/file").status_code == 200
    clock.forward(hours=2)
    keeper.tidy_jobs()
    assert maria.get(f"/account/jobs/{job_id}/file").status_code == 404
    assert "is gone" in maria.get(f"/account/jobs/{job_id}").get_data(as_text=True)
    assert list((tmp_path / "data" / "results").iterdir()) == []
    clock.forward(days=30)
    keeper.tidy_jobs()
    assert signed_in(app, "maria").get(f"/account/jobs/{job_id}").status_code == 404


def test_a_failure_is_tried_again_later_and_tells_nobody_what_went_wrong_inside(app: Flask, clock: Clock) -> None:
    maria = person(app, "maria")
    job_id = ask(maria, "test.stumble")
    assert run_jobs(app) == 1
    assert run_jobs(app) == 0
    assert state(maria, job_id)["state"] == WAITING
    clock.forward(seconds=11)
    assert run_jobs(app) == 1
    clock.forward(seconds=11)
    assert run_jobs(app) == 0
    clock.forward(seconds=40)
    assert run_jobs(app) == 1
    assert _ran == [(job_id, 1), (job_id, 2), (job_id, 3)]
    assert maria.get(f"/account/jobs/{job_id}/file").data == b"late"
    hopeless = ask(maria, "test.storage")
    run_jobs(app)
    clock.forward(minutes=1)
    run_jobs(app)
    clock.forward(days=1)
    assert run_jobs(app) == 0
    told = state(signed_in(app, "maria"), hopeless)
    assert told["state"] == FAILED
    assert "secret" not in str(told)


def test_what_the_function_refuses_is_said_and_not_tried_again(app: Flask, clock: Clock) -> None:
    maria = person(app, "maria")
    job_id = ask(maria, "test.no")
    assert run_jobs(app) == 1
    clock.forward(hours=2)
    assert run_jobs(app) == 0
    assert (state(maria, job_id)["state"], state(maria, job_id)["text"]) == (FAILED, "This poll is gone.")


def test_a_job_is_claimed_by_one_worker_and_taken_up_when_that_one_is_lost(app: Flask, clock: Clock) -> None:
    store, runner = door_of(app).store, door_of(app).jobs
    with store.transaction() as tx:
        job_id = tx.job("test.count", {"to": 1})
    tries = dict.fromkeys(runner.kinds, 3)
    for attempt in (1, 2, 3):
        with store.transaction() as tx:
            first, second = jobs.claim(tx, job_id, tries), jobs.claim(tx, job_id, tries)
            assert first is not None
            assert (first.state, first.attempts, second) == (RUNNING, attempt, None)
            old = first.claim
        runner.take_up_lost()
        assert run_jobs(app) == 0  # its heart beat a moment ago
        clock.forward(seconds=16)
        runner.take_up_lost()
        with store.transaction() as tx:  # the one that was thought dead comes back
            assert not jobs.finish(tx, job_id, old, "x.csv", "x.y")
            assert not jobs.move_on(tx, job_id, old, 1, 1)
    with store.reading() as db:
        lost = jobs.by_id(db, job_id)
        assert lost is not None
        assert (lost.state, lost.result_key) == (FAILED, "")
    assert _ran == []


def test_an_account_that_may_not_sign_in_has_nothing_done_for_it(app: Flask) -> None:
    nora, store = person(app, "nora"), door_of(app).store
    before, running = ask(nora, "test.export"), ask(nora, "test.count")
    with store.transaction() as tx:
        account = accounts.by_name_key(tx.db, "nora")
        assert account is not None
        account.status = accounts.BLOCKED
    run_jobs(app)
    with store.reading() as db:
        for job_id in (before, running):
            found = jobs.by_id(db, job_id)
            assert found is not None
            assert (found.state, found.result_key) == (FAILED, "")


def test_a_cancelled_job_ends_at_its_next_step_and_leaves_no_file(app: Flask, tmp_path: Path) -> None:
    door = door_of(app)
    owner = add_account(app, f"mara{door.store.engine.dialect.name}")

    def work(job: Job) -> None:
        job.file("half.csv").write(b"half")
        with job.store.transaction() as tx:
            assert jobs.cancel(tx, job.id)
        job.progress(1, 1)
        _seen.append("went on")

    door.jobs.kinds["test.count"] = JobKind(work)  # type: ignore[index]
    with door.store.transaction() as tx:
        job_id = tx.job("test.count", owner=owner)
    assert run_jobs(app) == 1
    assert _seen == []
    with door.store.reading() as db:
        found = jobs.by_id(db, job_id)
        assert found is not None
        assert found.state == "cancelled"
    assert list((tmp_path / "data" / "results").iterdir()) == []


def test_jobs_of_an_app_that_is_not_served_wait(app: Flask, clock: Clock) -> None:
    door = door_of(app)
    kinds = dict(door.jobs.kinds)
    with door.store.transaction() as tx:
        tx.job("test.count", {"to": 1})
    door.jobs.kinds = {name: kind for name, kind in kinds.items() if name != "test.count"}
    assert run_jobs(app) == 0
    door.jobs.kinds = kinds
    assert run_jobs(app) == 1


def test_an_app_cannot_take_a_name_of_the_kit(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"kit\.mail"):
        behind(bare_app(), tmp_path, jobs={"kit.mail": _count})


def test_a_kind_that_recurs_is_done_again_and_again_and_never_twice_at_once(tmp_path: Path, clock: Clock) -> None:
    ran: list[int] = []

    def work(job: Job) -> None:
        ran.append(job.attempt)
        if len(ran) == 2:
            raise NotFound("Not today.")

    def start() -> Flask:
        app = bare_app()
        behind(app, tmp_path / "data", clock, jobs={"test.daily": JobKind(work, every=timedelta(days=1))})
        return app

    first = start()
    assert run_jobs(first) == 0  # the first comes a day after the first start
    second = start()  # another start, or another process, asks for nothing more
    clock.forward(days=1)
    assert run_jobs(second) == 1
    assert run_jobs(first) == 0
    clock.forward(days=1, seconds=1)
    assert run_jobs(second) == 1  # it fails for good, and is asked for all the same
    clock.forward(days=1, seconds=1)
    assert run_jobs(first) == 1
    with door_of(first).store.transaction() as tx:  # its job got lost, as after too many kills
        jobs.cancel(tx, jobs.due(tx.db, ["test.daily"], clock.now + timedelta(days=2))[0])
    clock.forward(hours=1)
    door_of(first).jobs.take_up_lost()
    clock.forward(days=1)
    assert run_jobs(first) == 1
    assert len(ran) == 4
    for app in (first, second):
        door_of(app).close()
