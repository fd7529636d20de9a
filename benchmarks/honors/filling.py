"""A roll of so many awards, the same in Honors and in the honor roll: five to a person, in ten subjects."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

from doorward import Caller
from doorward.store.engine import open_engine
from doorward.store.store import Store, using
from doorward_suite.honors.actions import importing, writing
from doorward_suite.honors.importing.columns import guessed
from tests.support.server import Server

_HOST = Caller(name="(host)", roles=frozenset({"admin"}))
_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ")
_GIVEN = ("Văn Ễ", "Thị Ánh", "Minh Đức", "Hoàng Long", "Quốc Bảo", "Thu Hà", "Gia Huy", "Ngọc Mai")
MEDALS = ("GOLD", "SILVER", "BRONZE")
SUBJECTS = 10


def results(count: int) -> list[dict[str, str]]:
    """So many awards, each time the same."""
    dice = random.Random(7)
    rows = []
    for number in range(count):
        person = number // 5
        name = f"{_FAMILIES[person % 10]} {_GIVEN[person // 10 % 8]} {person}"
        rows.append(
            {
                "name": name,
                "grade": str(6 + person % 7),
                "school": f"School {person % 300}",
                "subject": f"SUBJECT_{number % SUBJECTS}",
                "medal": dice.choice(MEDALS),
                "rank": str(number % 50 + 1),
                "candidate_no": str(person),
            }
        )
    return rows


def fill(data: Path, env: dict[str, str], count: int) -> None:
    """Make a data folder with a published edition of so many awards, whose people are shown."""
    Server(data, env=env, args=["--apps", "honors"]).wait_ready().stop()
    store = Store(open_engine(f"sqlite:///{data / 'doorward.sqlite3'}"))
    with using(store):
        competition = writing.add(_HOST, "competitions", {"name": "Olympiad"})
        form = {"competition": str(competition), "year": "2025", "name": "Olympiad 2025"}
        edition = writing.add(_HOST, "editions", form)
        for rank, medal in enumerate(MEDALS, start=1):
            writing.add(_HOST, "medals", {"rank": str(rank), "name": medal.title()})
        writing.publish(_HOST, edition, published=True)
        rows = results(count)
        file = io.BytesIO(json.dumps(rows).encode())
        number = importing.begin_with(_HOST, file, "results.json")
        importing.choose(_HOST, number, guessed(list(rows[0])), edition=edition, consent="full")
        report = importing.run(_HOST, number, file, dry=False, progress=lambda done, total: None)
    store.close()
    assert report["added"] == count, report
