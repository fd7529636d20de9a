"""Workbooks in the shape of NIST's two, with their flaws and with words of the tests; and ways to spoil a workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import openpyxl

from doorward_suite.evidence.catalogue import built_in

Rows = list[list[str | None]]

REQUIREMENT_HEADINGS = [
    *("Family", "Basic/Derived Security Requirement", "Identifier", "Sort-As"),
    *(" Security Requirement", "Discussion"),
]
OBJECTIVE_HEADINGS = [
    *("Family", "Identifier", "Sort-As", "Security Requirement", "Assessment Objective"),
    "Potential Assessment Method and Objects: Examine",
    "Potential Assessment Method and Objects: Interview",
    "Potential Assessment Method and Objects: Test",
]
#: What NIST's workbook really writes in place of the number.
FLAWS = {
    "3.1.1[a]": "3.1.1[a]\t ",
    "3.1.1[b]": "3.1.1[b] ",
    "3.1.16[a]": "3.1.16[a] ",
    "3.1.17[a]": "3.1.17[a] ",
    "3.12.4[h]": "3.12.4.[h]",
}


def requirement_rows() -> Rows:
    """The rows of SP 800-171, below the headings."""
    return [
        [
            family.name,
            "Basic" if requirement.basic else "Derived",
            requirement.id,
            "",
            f"Words of {requirement.id}. ",
            f"What {requirement.id} means.\n\n  More of it.",
        ]
        for family in built_in().families
        for requirement in family.requirements
    ]


def objective_rows() -> Rows:
    """The rows of SP 800-171A, below the headings, with its flaws."""
    rows: Rows = []
    for family in built_in().families:
        for requirement in family.requirements:
            label = "Personnel Security" if requirement.id == "3.10.1" else family.name
            methods = [f"{method} of {requirement.id}" for method in ("Papers", "People", "Trials")]
            alone = len(requirement.objectives) == 1
            determine = f"Determine if words of {requirement.id}[a]." if alone else "Determine If: "
            rows.append([label, requirement.id, "", f"Words of {requirement.id}.", determine, *methods])
            if not alone:
                rows += [
                    [label, FLAWS.get(each.id, each.id), "", None, f"\n\twords of {each.id}. ", None, None, None]
                    for each in requirement.objectives
                ]
    return rows


def workbook(headings: Sequence[str], rows: Rows, *, readme: bool = True) -> io.BytesIO:
    """A workbook with a sheet of these rows, behind a sheet without any, as NIST has it."""
    book = openpyxl.Workbook(write_only=True)
    if readme:
        book.create_sheet("README")
    sheet = book.create_sheet("SP 800-171")
    sheet.append(list(headings))
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def spoiled(file: io.BytesIO, spoil: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> io.BytesIO:
    """The same workbook with its parts changed, and with more parts."""
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, spoil(name, before.read(name)))
        for name, content in (more or {}).items():
            after.writestr(name, content)
    changed.seek(0)
    return changed
