"""A proof that an administrator asks for: a job in a process of its own, one at a time, and only for administrators."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward.errors import Conflict
from doorward.serve import proving_now
from doorward.serve.proving_now import AppProver
from doorward.serve.proving_place import _environment
from doorward.store import check_runs
from doorward.testing import Browser, door_of, run_jobs, signed_in
from tests.support.doors import bare_app, behind, last_entry

PROGRAM = ("tests.serve.slow_proof",)
PROOF = "/admin/security/proof"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = bare_app()
    door = behind(app, tmp_path / "data")
    door.prover = AppProver(tmp_path / "data", None, PROGRAM)
    yield app
    door.close()


def page(browser: Browser) -> str:
    answer = browser.get("/admin/security")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_administrator_runs_a_proof_and_gets_its_report(app: Flask) -> None:
    ada = signed_in(app, "Ada", "admin")
    assert "Nothing has been proved yet" in page(ada)
    job = ada.post(PROOF).headers["Location"]
    assert job.startswith("/account/jobs/")
    assert ada.post(PROOF).headers["Location"] == job, "asked for twice, it is one"
    assert "A proof is running" in page(ada)
    assert run_jobs(app) == 1
    html = page(ada)
    for part in ("1 high got through", "It was &lt;b&gt;done&lt;/b&gt;.", "POST /a", "2 ways into the app", job):
        assert part in html
    report = ada.get(f"{job}/file")
    assert report.get_data(as_text=True).startswith("<!doctype html>")
    assert report.headers["Content-Disposition"].startswith("attachment")
    assert report.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in report.headers["Cache-Control"]
    assert last_entry(door_of(app), "prove.ran").who_name == "Ada"
    assert last_entry(door_of(app), "prove.asked").who_name == "Ada"


def test_only_administrators_who_just_signed_in_run_one(app: Flask) -> None:
    assert Browser(app).post(PROOF).status_code in (303, 401)
    assert signed_in(app, "tom").post(PROOF).status_code == 403
    ada = signed_in(app, "Ada", "admin")
    door_of(app).clock.forward(hours=3)  # type: ignore[attr-defined]
    ada.get("/account")
    answer = ada.post(PROOF)
    assert answer.status_code == 403
    assert "Location" not in answer.headers
    assert run_jobs(app) == 0
    with door_of(app).store.reading() as db:
        assert check_runs.last(db, check_runs.PROVE) is None


def test_the_report_is_for_who_asked_alone(app: Flask) -> None:
    ada, eve = signed_in(app, "Ada", "admin"), signed_in(app, "Eve", "admin")
    job = ada.post(PROOF).headers["Location"]
    run_jobs(app)
    assert ada.get(f"{job}/file").status_code == 200
    assert eve.get(f"{job}/file").status_code == 404
    assert "1 high got through" in page(eve), "what came of it is for all administrators"


def test_it_runs_with_low_priority(app: Flask, tmp_path: Path) -> None:
    AppProver(tmp_path / "data", None, PROGRAM).run(lambda done, of: None)
    assert int((tmp_path / "data" / "niceness").read_text()) == 19


def test_there_is_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "slow").touch()
    prover, begun, over = AppProver(tmp_path, None, PROGRAM), threading.Event(), threading.Event()

    class Enough(Exception):
        pass

    def progress(done: int, of: int) -> None:
        begun.set()
        if over.is_set():
            raise Enough

    def first() -> None:
        with pytest.raises(Enough):
            prover.run(progress)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(20)
    with pytest.raises(Conflict, match="Another proof is running"):
        AppProver(tmp_path, None, PROGRAM).run(lambda done, of: None)
    over.set()
    thread.join(20)
    assert not thread.is_alive()
    assert (tmp_path / "stopped").exists(), "it was asked to stop, so that it cleans up"
    (tmp_path / "slow").unlink()
    assert prover.run(lambda done, of: None).summary["held"] == 7, "and then the next may"


def test_one_that_cannot_be_done_says_why_and_what_was_kept_stays(app: Flask, tmp_path: Path) -> None:
    ada = signed_in(app, "Ada", "admin")
    ada.post(PROOF)
    run_jobs(app)
    (tmp_path / "data" / "fail").touch()
    job = ada.post(PROOF).headers["Location"]
    run_jobs(app)
    assert "The app did not start." in ada.get(job).get_data(as_text=True)
    assert "1 high got through" in page(ada)
    assert "The app did not start." in page(ada), "whoever comes back to the page sees it there"
    assert "The app did not start." not in page(signed_in(app, "Eve", "admin")), "it is told to who asked"
    (tmp_path / "data" / "fail").unlink()
    ada.post(PROOF)
    run_jobs(app)
    assert "The app did not start." not in page(ada)


def test_the_app_that_is_attacked_does_not_let_itself_be_attacked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each proof would start another one, without end."""
    door = door_of(app)
    door.prover = None
    proving_now.install(door, None)
    assert door.prover is not None
    door.prover = None
    for name, value in _environment().items():
        if name not in os.environ:
            monkeypatch.setenv(name, value)
    proving_now.install(door, None)
    assert door.prover is None
    ada = signed_in(app, "Ada", "admin")
    assert "Run a proof" not in page(ada)
    job = ada.post(PROOF).headers["Location"]
    run_jobs(app)
    assert "cannot let itself be attacked" in ada.get(job).get_data(as_text=True)
