"""The journal's entry of a start: that the server started, and which settings are others than at the last start.

Settings come from files and the environment, where nobody writes an entry. So the start compares (OWASP ASVS 16.3.3).
"""

from __future__ import annotations

import json
from pathlib import Path

from doorward.core.access import HOST
from doorward.settings import describe
from doorward.web.parts import Parts

_SEEN = "settings.seen.json"
#: A password that people type could be guessed from a fast hash. Its change has an entry of its own.
_TYPED = frozenset({"admin_password"})


def journal_start(parts: Parts) -> list[str]:
    """Write the entry. The names of the settings that changed; the values of secrets are nowhere in it."""
    now = _fingerprints(parts)
    before = _read(parts.settings.data / _SEEN)
    changed = sorted(name for name in now if before and before.get(name) != now[name])
    with parts.store.transaction(HOST) as tx:
        tx.journal("server.started", env=parts.settings.env, database=parts.store.engine.dialect.name)
        if changed:
            tx.journal("settings.changed", names=changed)
    _write(parts.settings.data / _SEEN, now)
    return changed


def _fingerprints(parts: Parts) -> dict[str, str]:
    """Each setting's value as a keyed hash: the file tells that one changed, and nothing of what it is."""
    values = {row.name: repr(getattr(parts.settings, row.name)) for row in describe() if row.name not in _TYPED}
    # The oldest key, so that a rotation shows up as a change of the keys and not of everything.
    return {name: parts.keys.mac_all("settings", value.encode())[-1].hex() for name, value in values.items()}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, fingerprints: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(fingerprints, indent=1, sort_keys=True))
