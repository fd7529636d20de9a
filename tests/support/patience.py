"""Browser tests act as people do: on a page that has loaded, and without giving up while the machine is busy.

A page's scripts are modules, which run after its text is there. A test that writes as soon as it sees the text can be
quicker than the script that listens, which no person is. So each act first waits for the page's `load` event.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from playwright.sync_api import Locator, expect

#: How long an expectation may take to come true, in milliseconds: two cores are shared with another test process.
PATIENCE = 20_000
ACTS = [
    "check",
    "click",
    "dblclick",
    "fill",
    "hover",
    "press",
    "press_sequentially",
    "select_option",
    "set_input_files",
]
LOOKS = [
    "all",
    "bounding_box",
    "count",
    "evaluate",
    "get_attribute",
    "inner_text",
    "input_value",
    "is_visible",
    "text_content",
]


def be_patient() -> None:
    """Let every act and look of a locator wait for its page, and every expectation for `PATIENCE`. Once a process."""
    expect.set_options(timeout=PATIENCE)
    for name in [*ACTS, *LOOKS]:
        act = getattr(Locator, name)
        if not getattr(act, "is_patient", False):
            setattr(Locator, name, _on_a_loaded_page(act))


def _on_a_loaded_page(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def wait_then_act(self: Locator, *args: Any, **options: Any) -> Any:
        self.page.wait_for_load_state("load")
        return act(self, *args, **options)

    wait_then_act.is_patient = True  # type: ignore[attr-defined]
    return wait_then_act
