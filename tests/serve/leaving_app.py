"""An app in which letting go takes so long, the first time, that the server can be killed in the middle."""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from doorward import Doorward, Leaving, Transaction

app = Flask("leaving_app", static_folder=None)


def _hard(tx: Transaction, who: str) -> None:
    tx.db.execute(text("DELETE FROM shelf WHERE account_id = :who AND thing = 'first'"), {"who": who})
    begun = Path(os.environ["LEAVING_TRACE"])
    if not begun.exists():
        begun.write_text("begun")
        time.sleep(60)
    tx.db.execute(text("DELETE FROM shelf WHERE account_id = :who"), {"who": who})


leaving = Leaving("shelf", lambda _db, _who: [], lambda _tx, _who: None, _hard, "Things stay.", "Things go.")
Doorward(app, leaving=[leaving])
