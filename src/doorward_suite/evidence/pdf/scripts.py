"""Text in the order and the shapes in which it is seen: what a PDF needs and a font alone does not know.

A PDF holds glyphs from left to right. So Hebrew and Arabic are turned round here, line by line, and Arabic letters get
the forms that join them (Unicode's presentation forms, read from Python's own table). It is the part of UAX #9 and of
Arabic joining that names and sentences in a report need, not the whole of either.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_OPENERS = {")": "(", "]": "[", "}": "{", ">": "<", "»": "«", "›": "‹"}
_FORMS = ("isolated", "final", "initial", "medial")
_LAM = "\u0644"
_KASHIDA = "\u0640"


def is_right_to_left(text: str) -> bool:
    """Whether anything in a text is written from the right."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def as_seen(line: str) -> str:
    """A line as its glyphs stand from left to right. What is written from the left stays as it is.

    Arguments:
        line: one line, in the order in which it is read.
    """
    if not is_right_to_left(line):
        return line
    out: list[str] = []
    start = 0
    while start < len(line):
        if unicodedata.bidirectional(line[start]) not in ("R", "AL"):
            out.append(line[start])
            start += 1
            continue
        end = _end_of_run(line, start)
        out.append(_turned(_joined(line[start:end])))
        start = end
    return "".join(out)


def _end_of_run(line: str, start: int) -> int:
    """Behind the last letter from the right that no letter from the left comes before, and what closes its brackets."""
    end = start
    for place in range(start, len(line)):
        kind = unicodedata.bidirectional(line[place])
        if kind == "L":
            break
        if kind in ("R", "AL", "NSM"):
            end = place + 1
    while end < len(line) and (opener := _OPENERS.get(line[end])):
        run = line[start:end]
        if run.count(opener) <= run.count(line[end]):
            break
        end += 1
    return end


def _turned(run: str) -> str:
    """From right to left, marks behind their letters, numbers as they are."""
    clusters: list[str] = []
    for char in run:
        kind = unicodedata.bidirectional(char)
        is_number = kind in ("EN", "AN") or (char in ".,:/" and bool(clusters) and clusters[-1][-1].isdigit())
        if clusters and (unicodedata.combining(char) or (is_number and clusters[-1][-1].isdigit())):
            clusters[-1] += char
        else:
            clusters.append(char)
    return "".join(clusters[::-1]).translate(_MIRRORED)


@cache
def _arabic() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """The forms of each letter, and of each pair that is written as one (lam with alef)."""
    letters: dict[str, dict[str, str]] = {}
    pairs: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFBE9), *range(0xFE80, 0xFEFD)):
        form, _, points = unicodedata.decomposition(chr(code)).partition("> ")
        letter = "".join(chr(int(point, 16)) for point in points.split())
        kind = form.removeprefix("<")
        if kind in _FORMS and len(letter) == 1:
            letters.setdefault(letter, {}).setdefault(kind, chr(code))
        elif kind in _FORMS and len(letter) == 2 and letter[0] == _LAM:
            pairs.setdefault(letter, {}).setdefault(kind, chr(code))
    letters.setdefault(_KASHIDA, dict.fromkeys(_FORMS, _KASHIDA))
    return letters, pairs


def _joined(run: str) -> str:
    """Arabic letters in the forms that their neighbours ask for."""
    letters, pairs = _arabic()
    if not any(char in letters for char in run):
        return run
    out: list[str] = []
    joins_before = False
    place = 0
    while place < len(run):
        char = run[place]
        if unicodedata.combining(char):
            out.append(char)
            place += 1
            continue
        pair = pairs.get(run[place : place + 2])
        forms = pair or letters.get(char, {})
        place += 2 if pair else 1
        after = next((each for each in run[place:] if not unicodedata.combining(each)), "")
        joins_after = "initial" in forms and "final" in letters.get(after, {})
        wanted = _FORMS[(1 if joins_before and "final" in forms else 0) + (2 if joins_after else 0)]
        # Alone, a letter looks as it is; fonts seldom have the form of that name. The pairs have no other.
        out.append(char if wanted == "isolated" and not pair else forms.get(wanted) or forms.get("isolated") or char)
        joins_before = joins_after
    return "".join(out)
