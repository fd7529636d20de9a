"""The page that tells a device how to trust this server."""

from __future__ import annotations

from doorward.web.pages.trust import _for_other_devices


def test_a_phone_is_not_sent_to_itself() -> None:
    own = ["https://localhost:8000", "https://127.0.0.1:8000", "https://[::1]:8000"]
    others = ["https://school.local:8000", "https://192.168.1.20:8000", "https://[fd00::2]:8000"]
    assert _for_other_devices(own + others) == others
