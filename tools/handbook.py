"""Write the handbook's pages about findings: `python -m tools.handbook`."""

from __future__ import annotations

from pathlib import Path

from doorward.prove.handbook import FOLDER, pages

folder = Path(__file__).resolve().parents[1] / FOLDER
folder.mkdir(parents=True, exist_ok=True)
for name, text in pages().items():
    (folder / name).write_text(text, "utf-8")
