"""The command `doorward`, which besides writes down how many statements it sends to its database, twice a second."""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from doorward.cli.main import main

_all, _of_chat = count(), count()
_so_far = [0, 0]


def _counts(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    _so_far[0] = next(_all) + 1
    if "chat_" in statement:
        _so_far[1] = next(_of_chat) + 1


def _write(path: Path) -> None:
    over = threading.Event()
    while not over.wait(0.5):
        path.with_suffix(".new").write_text(f"{_so_far[0]} {_so_far[1]}")
        path.with_suffix(".new").replace(path)


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", _counts)
    threading.Thread(target=_write, args=(Path(os.environ["CHAT_BENCHMARK_COUNTS"]),), daemon=True).start()
    main()
