"""A sheet of tokens to print: one page that needs nothing else, cards with a QR code each to cut out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

_STYLE = """
@page { margin: 10mm }
body { font: 10pt/1.35 system-ui, sans-serif; margin: 0; color: #000; background: #fff }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm }
article { border: .3mm dashed #777; padding: 4mm; display: grid; grid-template-columns: 32mm 1fr; gap: 4mm }
article { break-inside: avoid }
svg { width: 32mm; height: 32mm } h2 { font-size: 11pt; margin: 0 0 1mm }
p { margin: 0 0 1mm; overflow-wrap: anywhere }
code { font: 8pt ui-monospace, monospace }
"""


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the sheet.

    Arguments:
        name: whose, such as "Resident 12".
        secret: the token.
    """

    name: str
    secret: str = field(repr=False)


def sheet_page(title: str, ends_at: datetime, address: str, cards: Iterable[Card]) -> Iterator[str]:
    """The sheet as HTML, in parts: its beginning, one for each card, its end.

    Arguments:
        title: of the consultation.
        ends_at: when the tokens end.
        address: of the page where they are entered. A token stands behind its `#`, which browsers send to nobody.
        cards: in their order.
    """
    import segno

    name = escape(title)
    yield (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}: tokens</title>'
        f"<style>{_STYLE}</style></head><body><main>"
    )
    for card in cards:
        picture = segno.make(f"{address}#{card.secret}", error="m", micro=False)
        drawn = picture.svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
        yield (
            f"<article>{drawn}<div><h2>{name}</h2><p>{escape(card.name)} · until {ends_at:%Y-%m-%d}</p>"
            f"<p>Take part with this code, or at {escape(address)} with</p><p><code>{escape(card.secret)}</code></p>"
            "<p>Whoever has it takes part in your place: keep it to yourself.</p></div></article>"
        )
    yield "</main></body></html>"
