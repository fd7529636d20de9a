"""Evidence behind the real door: an assessment with somebody in every role."""

from __future__ import annotations

import io
import re

from flask import Flask

from doorward.testing import Browser, signed_in


class Room:
    """An assessment that Ada, an administrator, has begun; Lea leads it, and each role has somebody."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ada = signed_in(app, "Ada", "admin")
        self.lea, self.cleo, self.rosa, self.vera, self.sven = (
            signed_in(app, name) for name in ("Lea", "Cleo", "Rosa", "Vera", "Sven")
        )
        assert self.ada.post("/evidence/", {"name": "A system", "lead": "lea"}).status_code == 303
        listed = self.lea.get("/evidence/").get_data(as_text=True)
        self.number = max(int(one) for one in re.findall(r'/evidence/(\d+)"', listed))
        self.path = f"/evidence/{self.number}"
        for name, role in (("cleo", "collector"), ("rosa", "reviewer"), ("vera", "viewer")):
            assert self.lea.post(f"{self.path}/people", {"member": name, "role": role}).status_code == 303

    def guest(self, days: str = "30") -> tuple[Browser, str]:
        page = self.lea.post(f"{self.path}/guests", {"guest": "An assessor", "days": days})
        secret = re.search(r'id="guest-token">([^<]+)<', page.get_data(as_text=True))
        assert secret, page.get_data(as_text=True)
        browser = Browser(self.app)
        assert browser.post("/login/token", {"token": secret[1]}).status_code == 303
        browser.get(self.path)
        return browser, secret[1]


def sent(content: bytes, called: str, **fields: str) -> dict:
    """A form that brings a file."""
    return {**fields, "file": (io.BytesIO(content), called)}
