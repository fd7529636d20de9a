"""In which order the files of tests are run: the longest first.

A file is run by one process, for what its tests share. Whoever takes up a long one last keeps everybody waiting, while
the other processes have nothing left to do. `make test` says `--no-loadscope-reorder`, so that this order is kept.
"""

from __future__ import annotations

import pytest

#: What takes longer than half a minute, the longest first. The others follow as they were found.
LONGEST = (
    "tests/prove/test_defences.py",
    "tests/prove/test_mistakes.py",
    "tests/web/test_factor_states.py",
    "tests/prove/test_weakened_server.py",
    "tests/prove/test_the_suite.py",
    "tests/serve/test_serve.py",
    "tests/serve/test_jobs.py",
    "tests/browser/test_factors.py",
    "tests/browser/test_keys.py",
    "tests/suite/test_openapi.py",
    "tests/serve/test_kill.py",
    "tests/cli/test_prove.py",
    "tests/cli/test_new.py",
    "tests/browser/test_mail.py",
    "tests/browser/test_people.py",
    "tests/browser/test_first_poll.py",
    "tests/prove/test_markup_in_browser.py",
    "tests/prove/test_prove_bare.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turns = {file: turn for turn, file in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(item.nodeid.partition("::")[0], len(turns)))
