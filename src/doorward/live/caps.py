"""How many streams anybody may hold: by browser, account and address, and in all (OWASP API4:2023)."""

from __future__ import annotations

from dataclasses import dataclass

from doorward.core.streams import StreamRequest
from doorward.errors import Limited, Unavailable


@dataclass(frozen=True, slots=True)
class Caps:
    """The most streams at once. The address comes last and widest: a whole school may sit behind one."""

    listener: int = 6
    account: int = 20
    address: int = 5000
    total: int = 20000


class Count:
    """How many streams each key holds now. Keys that hold none take no room."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def of(self, key: str) -> int:
        return self._held.get(key, 0)

    def up(self, key: str) -> int:
        self._held[key] = held = self.of(key) + 1
        return held

    def down(self, key: str) -> int:
        held = self.of(key) - 1
        if held > 0:
            self._held[key] = held
        else:
            self._held.pop(key, None)
        return max(0, held)

    def keys(self) -> list[str]:
        """Every key that holds some. From any thread: the copy is made in one step."""
        return list(self._held)

    def __len__(self) -> int:
        return len(self._held)


def refuse_beyond(caps: Caps, request: StreamRequest, listener: int, account: int, address: int, total: int) -> None:
    """Raises `Limited` or `Unavailable` when one more stream would be too many.

    Arguments:
        listener, account, address, total: the streams held now by the browser, account, address, and by all.
    """
    if total >= caps.total:
        raise Unavailable("This server holds as many live pages as it can. Try again shortly.", retry_after=10)
    if listener >= caps.listener:
        raise Limited(5, "This browser has too many live pages open. Close one.")
    if request.account_id is not None and account >= caps.account:
        raise Limited(5, "This account has too many live pages open. Close one.")
    if address >= caps.address:
        raise Limited(10, "Too many live pages are open from this network.")
