"""The way in, as a picture that phones read."""

from __future__ import annotations

import io


def qr_svg(address: str) -> bytes:
    """An address as a QR code in SVG: black on white whatever the page around it, and it fills what it is put into."""
    import segno

    picture = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=2, dark="#000", light="#fff", omitsize=True, xmldecl=False)
    return picture.getvalue()
