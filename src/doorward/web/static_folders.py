"""Static routes give what lies in a folder to whoever asks. So no such folder may lead to what the server keeps.

Evidence, the database and the keys lie in the data folder (OWASP ASVS 5.3.1, 13.4.7).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from doorward.errors import StartRefused


def refuse_those_with_data(app: Flask, data: Path) -> None:
    """Stop the start where a static folder of the framework lies in the data folder, or the data folder in it.

    Arguments:
        data: the data folder, with the files that came in.

    Errors:
        StartRefused: it says which folder of whom that is.
    """
    place = data.resolve()
    for whose, folder in _folders(app):
        for reached in (folder, *_links(folder)):
            target = reached.resolve()
            if target.is_relative_to(place) or place.is_relative_to(target):
                raise StartRefused(
                    f"The static folder of {whose}, {reached}, leads to the data folder {data}: everybody could read "
                    "files and keys there. Name another folder, and give files out with file_answer."
                )


def _folders(app: Flask) -> Iterator[tuple[str, Path]]:
    for whose, holder in (("the app", app), *((f"the blueprint {name}", one) for name, one in app.blueprints.items())):
        if holder.static_folder is not None:
            yield whose, Path(holder.static_folder)


def _links(folder: Path) -> Iterator[Path]:
    """What lies in the folder and points elsewhere: the framework follows it."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink():
                yield path
