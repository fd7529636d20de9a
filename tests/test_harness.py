"""The tests' own tools can be trusted: a missing service is never passed over in silence, and a bad page is caught."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import Engine, create_engine, text

from doorward.store import migrate as real
from doorward.store.engine import open_engine
from doorward_suite.polls import MIGRATIONS
from tests.support import browser, order, thrift

ROOT = Path(__file__).resolve().parents[1]
STRICT = (
    "default-src 'none'; script-src 'nonce-x'; style-src 'self'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
GOOD = "<!doctype html><html lang=en><title>Good</title><main><h1>Good</h1><p>Nothing wrong here.</p></main></html>"
BAD = "<!doctype html><html lang=en><title>Bad</title><main><h1>Bad</h1><img src=x.png><input></main></html>"
NO_SERVICES = {
    "TEST_POSTGRES_URL": "postgresql+psycopg://postgres@127.0.0.1:1/none",
    "TEST_REDIS_URL": "redis://127.0.0.1:1",
}


def run_pytest(tmp_path: Path, source: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run pytest with the harness on one planted test file."""
    (tmp_path / "test_planted.py").write_text(source)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\nmarkers =\n  redis: planted\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.services", "-p", "no:cacheprovider", "-rs", "."]
    return subprocess.run(command, cwd=tmp_path, env={"PATH": "/nowhere", **env}, capture_output=True, text=True)


MARKED = "import pytest\n@pytest.mark.redis\ndef test_x(): pass\n"
SKIPPED = "import pytest\ndef test_x(): pytest.skip('not today')\n"
SKIPPED_MODULE = "import pytest\npytest.skip('not today', allow_module_level=True)\n"


def test_a_missing_service_skips_with_a_sentence_that_names_it(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MARKED, NO_SERVICES)
    assert result.returncode == 0, result.stdout
    assert "needs redis: redis://127.0.0.1:1 does not answer" in result.stdout


def test_a_missing_service_that_is_required_fails(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MARKED, {**NO_SERVICES, "TEST_REQUIRE": "postgres, redis"})
    assert result.returncode == 1
    assert "redis is required by TEST_REQUIRE" in result.stdout


@pytest.mark.parametrize("source", [SKIPPED, SKIPPED_MODULE])
def test_no_skip_at_all_passes_where_services_are_required(tmp_path: Path, source: str) -> None:
    assert run_pytest(tmp_path, source, {}).returncode in (0, 5)
    result = run_pytest(tmp_path, source, {"TEST_REQUIRE": "redis"})
    assert result.returncode in (1, 2)
    assert "not today" in result.stdout


def test_a_service_that_is_not_required_may_still_be_missing(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MARKED, {**NO_SERVICES, "TEST_REQUIRE": "postgres"})
    assert result.returncode == 0, result.stdout


def test_a_misspelt_requirement_is_an_error(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MARKED, {"TEST_REQUIRE": "postgers"})
    assert result.returncode == 4
    assert "postgers" in result.stderr


def test_a_module_gets_an_empty_postgresql_database(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("create table mine (id int)"))
        assert connection.scalar(text("select count(*) from pg_tables where schemaname = 'public'")) == 1
    engine.dispose()


def test_a_module_gets_an_empty_redis_database(redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("mine", "1")


@pytest.fixture(scope="module")
def strict_site() -> Iterator[str]:
    """Two pages under a policy as strict as the door's."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/good": GOOD, "/bad": BAD}.get(self.path, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_axe_lets_a_good_page_pass_under_a_strict_policy(page: Page, strict_site: str) -> None:
    page.goto(f"{strict_site}/good")
    browser.axe(page)


@pytest.mark.browser
def test_axe_fails_on_a_grave_violation_and_names_the_place(page: Page, strict_site: str) -> None:
    page.goto(f"{strict_site}/bad")
    with pytest.raises(pytest.fail.Exception, match="image-alt"):
        browser.axe(page)


@pytest.mark.browser
def test_shots_saves_four_pictures(
    page: Page, strict_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SHOTS", str(tmp_path))
    page.goto(f"{strict_site}/good")
    files = browser.shots(page, "good")
    assert [file.name for file in files] == [
        "good-360-light.png",
        "good-360-dark.png",
        "good-1440-light.png",
        "good-1440-dark.png",
    ]
    assert all(file.stat().st_size > 0 for file in files)


def test_each_person_in_the_browser_has_cookies_of_their_own(
    new_context: Callable[..., object], strict_site: str
) -> None:
    first, second = new_context(), new_context()
    first.add_cookies([{"name": "mine", "value": "1", "url": strict_site}])  # type: ignore[attr-defined]
    assert second.cookies() == []  # type: ignore[attr-defined]


def test_records_that_are_copied_are_those_that_the_migrations_make(tmp_path: Path) -> None:
    made, copied = (open_engine(f"sqlite:///{tmp_path / name}") for name in ("made", "copied"))
    assert real.migrate(made, [MIGRATIONS]) is thrift.migrate(copied, [MIGRATIONS]) is True
    assert _schema(made) == _schema(copied) != {}
    assert real.migrate(copied, [MIGRATIONS]) is thrift.migrate(copied, [MIGRATIONS]) is False
    made.dispose()
    copied.dispose()


def _schema(engine: Engine) -> dict[str, list[str]]:
    """Of each table and index the lines that made it, in whatever order its constraints were written down."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {name: sorted(line.strip(" \t,") for line in sql.splitlines()) for name, sql in found}


def test_the_files_that_are_run_first_are_there() -> None:
    assert [file for file in order.LONGEST if not (ROOT / file).is_file()] == []
