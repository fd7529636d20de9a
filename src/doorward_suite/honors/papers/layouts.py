"""How certificates, the board and cards look. Only what everybody may see is put on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..queries.roll import Line
from .sheet import BRASS, INK, LINE, SOFT, Bar, Code, Disc, Sheet, Text

#: A4 on its side, and a card as pages that show links want it (1,200 by 630 pixels at scale 2).
_WIDE, _HIGH = 841.89, 595.28
_CARD_WIDE, _CARD_HIGH = 600.0, 315.0
#: Awards of one person on their certificate; lines of the board.
MOST_ON_ONE, MOST_ON_BOARD = 9, 50
_MEDALS = {1: "#c9a227", 2: "#9aa3ad", 3: "#a8683a"}
Say = Callable[..., str]


def medal_colour(line: Line) -> str:
    """The colour of a medal: its own, or that of its rank."""
    return line.medal.colour or _MEDALS.get(line.medal.rank, SOFT)


def award_certificate(line: Line, site: str, language: str, say: Say, address: str, number: str) -> Sheet:
    """The certificate of one award.

    Arguments:
        line: a listed award.
        site: what the server is called.
        say: gives texts in the language.
        address: of the page that verifies it.
        number: of the certificate, for people.
    """
    name = _holder(line)
    sheet = _framed(f"{say('Certificate')}: {name}")
    middle = _WIDE / 2
    sheet.add(Text(middle, 132, 34, say("Certificate"), True, BRASS, widest=620))
    sheet.add(Text(middle, 172, 13, say("This certifies that"), colour=SOFT, widest=620))
    sheet.add(Text(middle, 228, 42, name, True, widest=660), Bar(middle - 130, 246, 260, 1, LINE))
    sheet.add(Text(middle, 278, 13, say("was awarded"), colour=SOFT, widest=620))
    sheet.add(Disc(middle, 318, 17, medal_colour(line)), Disc(middle, 318, 12.5, "#ffffff"))
    sheet.add(Disc(middle, 318, 10.5, medal_colour(line)))
    sheet.add(Text(middle, 366, 25, line.medal.label(language), True, widest=620))
    sheet.add(Text(middle, 396, 16, _event(line, language), widest=640))
    if more := " · ".join(part for part in (_school(line, language), line.award.result) if part):
        sheet.add(Text(middle, 420, 13, more, colour=SOFT, widest=620))
    _foot(sheet, site, say, address, number)
    return sheet


def person_certificate(
    name: str, lines: Sequence[Line], site: str, language: str, say: Say, address: str, number: str
) -> Sheet:
    """The certificate of all that somebody was awarded, as far as it is public."""
    sheet = _framed(f"{say('Certificate')}: {name}")
    middle = _WIDE / 2
    sheet.add(Text(middle, 116, 24, say("Certificate"), True, BRASS, widest=620))
    sheet.add(Text(middle, 155, 32, name, True, widest=660), Bar(middle - 130, 169, 260, 1, LINE))
    sheet.add(Text(middle, 191, 12, say("was awarded"), colour=SOFT, widest=620))
    for place, line in enumerate(lines[:MOST_ON_ONE]):
        y = 222 + place * 25
        sheet.add(Disc(158, y - 4.5, 6, medal_colour(line)))
        sheet.add(Text(174, y, 13, line.medal.label(language), True, anchor="left", widest=190))
        sheet.add(Text(374, y, 13, _event(line, language), anchor="left", widest=320))
    if len(lines) > MOST_ON_ONE:
        more = say("and %(count)s more", count=len(lines) - MOST_ON_ONE)
        sheet.add(Text(middle, 220 + MOST_ON_ONE * 25, 12, more, colour=SOFT))
    _foot(sheet, site, say, address, number)
    return sheet


def board(lines: Sequence[Line], title: str, site: str, language: str, say: Say) -> Sheet:
    """The board: lines of the roll as one picture, for a screen in a hall or a wall."""
    shown = lines[:MOST_ON_BOARD]
    high = 118 + max(1, len(shown)) * 24 + 40
    sheet = Sheet(_WIDE, high, title)
    sheet.add(Bar(0, 0, _WIDE, 6, BRASS), Text(48, 62, 28, title, True, anchor="left", widest=740))
    sheet.add(Text(48, 86, 12, site, colour=SOFT, anchor="left", widest=740))
    for place, line in enumerate(shown):
        y = 126 + place * 24
        if place % 2 == 0:
            sheet.add(Bar(36, y - 16, _WIDE - 72, 24, "#f3ecdb"))
        sheet.add(Disc(54, y - 4.5, 6, medal_colour(line)))
        sheet.add(Text(68, y, 13, _holder(line), True, anchor="left", widest=210, least=0.8))
        sheet.add(Text(288, y, 12, line.medal.label(language), anchor="left", widest=112, least=0.8))
        sheet.add(Text(408, y, 12, _event(line, language), anchor="left", widest=210, least=0.8))
        sheet.add(Text(_WIDE - 48, y, 12, _school(line, language), False, SOFT, "right", 168, 0.8))
    if not shown:
        sheet.add(Text(_WIDE / 2, 140, 14, say("No awards here"), colour=SOFT))
    return sheet


def card(title: str, below: str, site: str, medals: Sequence[str]) -> Sheet:
    """What a page that links here shows of a page.

    Arguments:
        medals: colours, of the highest first.
    """
    sheet = Sheet(_CARD_WIDE, _CARD_HIGH, title, background=INK)
    sheet.add(Bar(0, 0, 10, _CARD_HIGH, BRASS))
    sheet.add(Text(44, 62, 15, site, colour="#d9c9a3", anchor="left", widest=500))
    sheet.add(Text(44, 150, 44, title, True, "#ffffff", "left", widest=510))
    sheet.add(Text(44, 192, 19, below, colour="#c8cdd6", anchor="left", widest=510))
    for place, colour in enumerate(medals[:12]):
        sheet.add(Disc(58 + place * 40, 252, 14, colour), Disc(58 + place * 40, 252, 8, INK))
    return sheet


def _framed(title: str) -> Sheet:
    sheet = Sheet(_WIDE, _HIGH, title)
    sheet.frame(22, 2.5, BRASS)
    sheet.frame(30, 0.8, LINE)
    _mark(sheet, _WIDE / 2, 46)
    return sheet


def _mark(sheet: Sheet, x: float, y: float) -> None:
    """A door that stands open, the mark of the house."""
    sheet.add(Disc(x, y + 14, 14, BRASS), Bar(x - 14, y + 14, 28, 22, BRASS))
    sheet.add(Disc(x, y + 14, 11, "#fbf7ee"), Bar(x - 11, y + 14, 22, 22, "#fbf7ee"))
    sheet.add(Bar(x - 7, y + 8, 11, 28, BRASS), Disc(x + 1, y + 23, 1.6, "#fbf7ee"))


def _foot(sheet: Sheet, site: str, say: Say, address: str, number: str) -> None:
    sheet.add(Code(_WIDE - 152, _HIGH - 152, 104, address))
    sheet.add(Text(52, _HIGH - 92, 14, site, True, anchor="left", widest=420))
    sheet.add(Text(52, _HIGH - 72, 10, say("Number %(number)s", number=number), colour=SOFT, anchor="left"))
    told = say("The code leads to a page that says whether this is real.")
    sheet.add(Text(52, _HIGH - 56, 10, told, colour=SOFT, anchor="left", widest=560))


def _holder(line: Line) -> str:
    if line.person:
        return line.person.shown
    return line.team.name if line.team else ""


def _event(line: Line, language: str) -> str:
    parts = [line.edition.label(language)]
    if str(line.edition.year) not in parts[0]:
        parts.append(str(line.edition.year))
    if line.subject:
        parts.append(line.subject.label(language))
    return " · ".join(parts)


def _school(line: Line, language: str) -> str:
    return line.school.label(language) if line.school else ""
