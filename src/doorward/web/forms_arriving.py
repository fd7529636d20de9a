"""How many forms with files one sender has on the way: each holds a thread until it is there, and there are few.

Files that a page's script sends hold none, and are not counted (OWASP ASVS 15.2.2).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from doorward.errors import Limited

#: Of four threads for them (`serve.bridge`): so one person never keeps all others waiting.
MOST_OF_ONE = 2
_SECONDS = 10


class FormsArriving:
    """The forms that arrive in this process. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Counter[str] = Counter()

    @contextmanager
    def one_of(self, holder: str) -> Iterator[None]:
        """While this is entered, one more form of this sender arrives. Errors: Limited: there are too many."""
        with self._lock:
            if self._of[holder] >= MOST_OF_ONE:
                raise Limited(_SECONDS, "You are sending other files just now. Wait until they are there.")
            self._of[holder] += 1
        try:
            yield
        finally:
            with self._lock:
                self._of[holder] -= 1
                if not self._of[holder]:
                    del self._of[holder]
