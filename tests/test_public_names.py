"""The public names are a promise: one more or one less is a decision, not an accident."""

from __future__ import annotations

import doorward

#: Every name an app may import from `doorward`, sorted. Whoever changes the list says so in CHANGELOG.md.
PUBLIC_NAMES: tuple[str, ...] = ()


def test_the_public_names_are_these_and_no_others() -> None:
    assert tuple(sorted(getattr(doorward, "__all__", ()))) == PUBLIC_NAMES


def test_every_public_name_is_there() -> None:
    missing = [name for name in PUBLIC_NAMES if not hasattr(doorward, name)]
    assert not missing
