"""A dictionary of sets that keeps a lone member bare: a set for each of 10,000 sessions would cost 2 MB."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Index(Generic[K, V]):
    """Members by key. A member must not be a set."""

    __slots__ = ("_members",)

    def __init__(self) -> None:
        self._members: dict[K, V | set[V]] = {}

    def add(self, key: K, member: V) -> None:
        found = self._members.get(key)
        if found is None:
            self._members[key] = member
        elif isinstance(found, set):
            found.add(member)
        else:
            self._members[key] = {found, member}

    def discard(self, key: K, member: V) -> None:
        found = self._members.get(key)
        if isinstance(found, set):
            found.discard(member)
        if found is member or found == set():
            del self._members[key]

    def of(self, key: K) -> tuple[V, ...]:
        """The members at this key."""
        found = self._members.get(key)
        if found is None:
            return ()
        return tuple(found) if isinstance(found, set) else (found,)

    def keys(self) -> list[K]:
        """Every key that has a member."""
        return list(self._members)

    def count(self, key: K) -> int:
        found = self._members.get(key)
        if found is None:
            return 0
        return len(found) if isinstance(found, set) else 1

    def __len__(self) -> int:
        return len(self._members)
