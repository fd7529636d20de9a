"""How settings and pages write amounts: durations (`14d`), sizes (`256KiB`) and rates (`5/15minutes`).

Each pair reads what it writes: `parse_x(format_x(value)) == value`. A text that does not read raises
ValueError with a sentence fit for the person who wrote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
BYTES = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1}
PERIODS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}

#: Nothing is configured beyond this; it keeps every sum of a duration and a date inside the calendar.
LONGEST = timedelta(days=3_660)

_DURATION = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_SIZE = re.compile(r"([0-9]{1,12}) ?(GiB|MiB|KiB|B)?")
_RATE = re.compile(r"([0-9]{1,9})/([0-9]{0,6}) ?(second|minute|hour|day)s?")


def parse_duration(text: str) -> timedelta:
    """A duration from parts such as `14d`, `12h`, `1h30m`: weeks, days, hours, minutes, seconds."""
    if not _DURATION.fullmatch(text):
        raise ValueError("must be a duration such as 30s, 10m, 12h or 14d")
    seconds = sum(int(part[:-1]) * SECONDS[part[-1]] for part in re.findall(r"[0-9]+[wdhms]", text))
    if seconds > LONGEST.total_seconds():
        raise ValueError("must be at most ten years")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """The shortest parts that add up to the duration in whole seconds; days are the largest."""
    rest, parts = int(value.total_seconds()), []
    for unit in "dhms":
        count, rest = divmod(rest, SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """A number of bytes from `256KiB`, `1 MiB` or a plain number."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError("must be a size such as 32KiB, 256KiB or 1MiB")
    return int(match[1]) * BYTES[match[2] or "B"]


def format_size(value: int) -> str:
    """The size in the largest unit that divides it."""
    unit = next(unit for unit, count in BYTES.items() if value % count == 0 and (value or unit == "B"))
    return f"{value // BYTES[unit]}{unit}"


def readable_size(value: int) -> str:
    """About how many bytes, for people: `812 bytes`, `1.5 MB`, `23 GB`; units of a thousand, as disks are sold."""
    amount, unit = float(value), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 9.95 else f"{amount:.1f} {unit}"


def readable_span(value: timedelta) -> str:
    """A length of time for people, after "every": `day`, `12 hours`; what is no whole hours, as in the settings."""
    for name, seconds in (("day", 86_400), ("hour", 3_600)):
        count, rest = divmod(int(value.total_seconds()), seconds)
        if count and not rest:
            return name if count == 1 else f"{count} {name}s"
    return format_duration(value)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many within a period.

    Arguments:
        count: how many are let through, at least 1.
        seconds: the length of the period, at least 1.
    """

    count: int
    seconds: int

    def __str__(self) -> str:
        """`5/15minutes`: also the notation of the `limits` package."""
        unit = next(unit for unit in ("day", "hour", "minute", "second") if self.seconds % PERIODS[unit] == 0)
        number = self.seconds // PERIODS[unit]
        return f"{self.count}/{unit}" if number == 1 else f"{self.count}/{number}{unit}s"


def parse_rate(text: str) -> Rate:
    """A rate from `10/minute`, `5/15minutes` or `20/hour`."""
    match = _RATE.fullmatch(text)
    if not match:
        raise ValueError("must be a rate such as 10/minute, 5/15minutes or 20/hour")
    rate = Rate(int(match[1]), int(match[2] or 1) * PERIODS[match[3]])
    if rate.count < 1 or rate.seconds < 1:
        raise ValueError("must let at least 1 through, in a period of at least 1 second")
    if rate.seconds > LONGEST.total_seconds():
        raise ValueError("must have a period of at most ten years")
    return rate
