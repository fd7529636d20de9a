"""Commands on the host work on the same store as the server, at the same time if it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorward.clock import system_clock
from doorward.errors import StartRefused
from doorward.settings import Settings
from doorward.web.parts import Parts, open_parts


@contextmanager
def opened(data: Path, *, must_exist: bool = False) -> Iterator[Parts]:
    """Open the parts of the server whose data folder this is; close them afterwards.

    Arguments:
        data: the data folder; made where it is missing.
        must_exist: refuse a folder that is not there. An empty answer about the wrong folder would be a false one.

    Errors:
        StartRefused: the folder is missing, or what is in it cannot be used.
    """
    if must_exist and not data.is_dir():
        raise StartRefused(f"There is no data folder {data}. Name it with --data, or with DOORWARD_DATA.")
    parts = open_parts(Settings.load(data, os.environ), (), system_clock)
    try:
        yield parts
    finally:
        parts.close()
