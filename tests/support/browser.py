"""A real Chromium, the accessibility check and the pictures of a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: No sandbox, since CI runs as root, which Chromium's sandbox refuses; the others keep it from calling home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: What a person with a disability cannot get past; the lesser ones are for the eye of whoever looks at the page.
GRAVE = ("serious", "critical")
RUN_AXE = "axe.run(document, {resultTypes: ['violations'], preload: false}).then(result => result.violations)"


def executable() -> str | None:
    """The Chromium of this machine: `TEST_CHROMIUM`, or the first that is on the path."""
    return os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def why_missing() -> str | None:
    """Why there can be no browser test, or None."""
    if executable() is None:
        return f"no Chromium on the path ({', '.join(NAMES)}); see TEST_CHROMIUM"
    if not AXE.exists():
        return "axe-core is not installed in tests/browser (make test does it, where npm is there)"
    return None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium. Playwright runs an event loop in this thread: no other can run before it is closed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def axe(page: Page) -> None:
    """Fail the test if axe-core finds a serious or critical violation on the page, with a list for people.

    The source goes in through the developer tools, since the door's content security policy forbids a script tag.
    """
    violations = [found for found in _violations(page) if found["impact"] in GRAVE]
    if violations:
        listing = "\n".join(map(_describe, violations))
        pytest.fail(f"{len(violations)} grave accessibility violations at {page.url}:\n{listing}", pytrace=False)


def _violations(page: Page) -> list[dict[str, Any]]:
    tools = page.context.new_cdp_session(page)
    try:
        _evaluate(tools, _axe_source() + "; true")
        ran = _evaluate(tools, RUN_AXE)
    finally:
        tools.detach()
    assert isinstance(ran, list)
    return ran


def _evaluate(tools: Any, expression: str) -> Any:
    options = {"awaitPromise": True, "returnByValue": True, "allowUnsafeEvalBlockedByCSP": True}
    answer = tools.send("Runtime.evaluate", {"expression": expression, **options})
    if "exceptionDetails" in answer:
        raise RuntimeError(f"axe-core did not run: {answer['exceptionDetails']}")
    return answer["result"].get("value")


def _describe(violation: dict[str, Any]) -> str:
    places = [f"      {' '.join(map(str, node['target']))}   {node['html'][:160]}" for node in violation["nodes"]]
    return "\n".join([f"  {violation['impact']}: {violation['id']}: {violation['help']}", *places])


@cache
def _axe_source() -> str:
    return AXE.read_text()


def shots(page: Page, name: str) -> list[Path]:
    """Save the whole page at 360 and 1440 pixels, light and dark, for people to look at; gives the four files.

    They go to `.build/shots/`, or to the folder in `TEST_SHOTS`. The page is left as it was.
    """
    folder = Path(os.environ.get("TEST_SHOTS") or ROOT / ".build" / "shots")
    before = page.viewport_size
    files = []
    for width, height in ((360, 740), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            files.append(folder / f"{name}-{width}-{scheme}.png")
            page.screenshot(path=files[-1], full_page=True, animations="disabled")
    page.emulate_media(color_scheme="null")
    if before:
        page.set_viewport_size(before)
    return files
