"""The places in which the kit itself keeps files: the same for the server, a backup and a restore."""

from __future__ import annotations

from doorward.errors import StartRefused
from doorward.settings import Settings
from doorward.store.file_place import place_of
from doorward.store.files import Files
from doorward.store.places import Place


def kit_files(settings: Settings) -> Files:
    """The bytes of all files that came in.

    Errors:
        StartRefused: the settings name a store of another kind, which this version does not have.
    """
    if settings.files_url:
        raise StartRefused("files_url is set, but this version keeps files in the data folder only. Remove it.")
    return Files(settings.data / "files")


def kit_places(settings: Settings) -> list[Place]:
    """Every place of the kit. Whoever keeps further files that rows name adds a line."""
    return place_of(kit_files(settings))
