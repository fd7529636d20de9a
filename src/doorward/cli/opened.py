"""Commands on the host work on the same store as the server, at the same time if it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorward.clock import system_clock
from doorward.settings import Settings
from doorward.web.parts import Parts, open_parts


@contextmanager
def opened(data: Path) -> Iterator[Parts]:
    """Open the parts of the server whose data folder this is; close them afterwards."""
    parts = open_parts(Settings.load(data, os.environ), (), system_clock)
    try:
        yield parts
    finally:
        parts.close()
