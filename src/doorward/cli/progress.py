"""How far something is: one line that changes at a terminal, and a plain line at every tenth elsewhere."""

from __future__ import annotations

import shutil
from typing import TextIO

_TENTHS = 10


class Told:
    """Tells how far a run is.

    Arguments:
        stream: where to; usually standard error, so that output stays clean.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._tenth = -1
        self._said = ""

    def __call__(self, done: int, of: int, what: str) -> None:
        """Say that `done` of `of` steps are done, and what is done now."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._say(f"\r\033[K{f'{done} of {of}: {what}'[:width]}")
        elif done == 0 and of <= 1 and what.partition("/")[0] != self._said:
            self._said = what.partition("/")[0]  # a phase whose length nobody knows
            self._say(f"{what}\n")
        elif of > 1 and (tenth := done * _TENTHS // of) > self._tenth:
            self._tenth = tenth
            self._say(f"{tenth * 10:3} %: {done} of {of}\n")

    def over(self) -> None:
        """Leave no half line behind."""
        if self._live:
            self._say("\r\033[K")

    def _say(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
