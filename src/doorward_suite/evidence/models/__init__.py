"""The records of evidence. What belongs to whom is by account id and not by foreign key: accounts are the kit's."""

from .evidence import CHANGED, INTACT, ITEMS, LINKS, MISSING, VERSIONS, WORDS, Item, Link, Totals, Version, Word
from .packages import Package
from .planning import Entry, Milestone
from .ssp import Mapping
from .work import MEMBERS, NOTES, PROGRESS, Assessment, Member, Mention, Note, Progress, Shelved

__all__ = [
    "CHANGED",
    "INTACT",
    "ITEMS",
    "LINKS",
    "MEMBERS",
    "MISSING",
    "NOTES",
    "PROGRESS",
    "VERSIONS",
    "WORDS",
    "Assessment",
    "Entry",
    "Item",
    "Link",
    "Mapping",
    "Member",
    "Mention",
    "Milestone",
    "Note",
    "Package",
    "Progress",
    "Shelved",
    "Totals",
    "Version",
    "Word",
]
