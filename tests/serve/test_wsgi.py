"""The WSGI entry, under a foreign threaded server: the whole door, and modest live streams."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from werkzeug.serving import make_server

from doorward.serve.wsgi import make_application

PASSWORD = "a quiet harbour in late november"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("wsgi") / "data"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
            patch.delenv(name)
        patch.setenv("DOORWARD_DATA", str(data))
        patch.setenv("DOORWARD_ENV", "development")
        patch.setenv("DOORWARD_HASH_PROFILE", "cheap")
        application = make_application()
    server = make_server("127.0.0.1", 0, application, threaded=True)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    running.join(5)


def test_the_door_stands_there_too(url: str) -> None:
    assert httpx.get(f"{url}/readyz").text == "ready\n"
    guarded = httpx.get(f"{url}/admin/people")
    assert guarded.status_code == 303
    assert "'unsafe-inline'" not in guarded.headers["content-security-policy"]
    assert guarded.headers["location"].startswith("/login")


def test_an_unauthorised_stream_does_not_open(url: str) -> None:
    assert httpx.get(f"{url}/live?topic=polls.present:1", timeout=5).status_code == 404


def test_importing_the_entry_makes_nothing_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    import doorward.serve.wsgi as entry

    assert "application" not in vars(entry)
    assert list(tmp_path.iterdir()) == []


def test_it_tidies_up_and_looks_for_mail_that_waits_there_too(url: str) -> None:
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert "housekeeping" in {thread.name for thread in threading.enumerate()}
