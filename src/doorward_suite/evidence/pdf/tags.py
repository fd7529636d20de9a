"""The tags of a PDF: what is a heading, a table, a row, so that it can be read aloud (ISO 32000-1, 14.7 and 14.8).

US agencies must be able to (Section 508, by way of WCAG 2.0). What only decorates is marked as such and is not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tag:
    """A part of the document.

    Arguments:
        role: one of the standard types, such as "H1", "P", "Table", "TR", "TH", "TD".
        kids: what is in it: other parts, and pieces of pages as (page, number), in reading order.
    """

    role: str
    kids: list[Tag | tuple[int, int]] = field(default_factory=list)

    def add(self, role: str) -> Tag:
        """A new part at its end."""
        tag = Tag(role)
        self.kids.append(tag)
        return tag


class Marker:
    """Numbers the pieces of each page, and writes what begins and ends one."""

    def __init__(self) -> None:
        self._owners: list[list[Tag]] = []

    def begin_page(self) -> None:
        self._owners.append([])

    def begin(self, tag: Tag) -> str:
        """The operators that begin a piece of the running page."""
        owners = self._owners[-1]
        number = len(owners)
        owners.append(tag)
        tag.kids.append((len(self._owners) - 1, number))
        return f"/{tag.role} <</MCID {number}>> BDC"

    @staticmethod
    def end() -> str:
        return "EMC"

    @staticmethod
    def decoration(operators: str) -> str:
        """What is drawn and not read."""
        return f"/Artifact BMC\n{operators}\nEMC"

    def write(self, document: Any, root: Tag, pages: list[Any]) -> None:
        """Hang the tree into the document.

        The elements are written as text here: there are as many as cells in the report, and the library's own
        dictionaries would take longer than all the rest.

        Arguments:
            document: reportlab's.
            root: the whole, whose role is "Document".
            pages: reportlab's, one for each `begin_page`.
        """
        from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName

        paper = _Paper(document)
        page_numbers = [paper.number_of(page) for page in pages]
        top, top_number = paper.reserve()
        known: dict[int, int] = {}
        root_number = _write_tag(paper, root, top_number, page_numbers, known)
        places: list[str] = []
        for place, (page, owners) in enumerate(zip(pages, self._owners, strict=True)):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents"]
            page.StructParents = place
            page.Tabs = PDFName("S")
            listed, number = paper.reserve()
            listed.content = f"[{' '.join(f'{known[id(tag)]} 0 R' for tag in owners)}]"
            places.append(f"{place} {number} 0 R")
        tree, tree_number = paper.reserve()
        tree.content = f"<</Nums [{' '.join(places)}]>>"
        top.content = (
            f"<</Type /StructTreeRoot /K [{root_number} 0 R] /ParentTree {tree_number} 0 R"
            f" /ParentTreeNextKey {len(pages)}>>"
        )
        document.Catalog.StructTreeRoot = top
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})


class _Paper:
    """The objects of a document, by their numbers."""

    def __init__(self, document: Any) -> None:
        from reportlab.pdfbase.pdfdoc import PDFObject

        class Written(PDFObject):  # type: ignore[misc]
            """An object of the file whose number is known before its content is."""

            __RefOnly__ = 1
            content = ""

            def format(self, document: Any) -> bytes:
                return self.content.encode("ascii")

        self._document = document
        self._written = Written

    def number_of(self, thing: Any) -> int:
        reference = self._document.Reference(thing)
        number: int = self._document.idToObjectNumberAndVersion[reference.name][0]
        return number

    def reserve(self) -> tuple[Any, int]:
        """An object whose `content` is still to be said, and its number."""
        thing = self._written()
        return thing, self.number_of(thing)


def _write_tag(paper: _Paper, tag: Tag, parent: int, pages: list[int], known: dict[int, int]) -> int:
    """Write a tag and all below it.

    Returns: its number in the file.
    """
    slot, number = paper.reserve()
    known[id(tag)] = number
    match tag.kids:
        case [(int(sheet), int(piece))]:
            # One piece of one page, as nearly all of many thousand are.
            slot.content = f"<</Type /StructElem /S /{tag.role} /P {parent} 0 R /Pg {pages[sheet]} 0 R /K [{piece}]>>"
            return number
    home = next((kid[0] for kid in tag.kids if not isinstance(kid, Tag)), None)
    kids = []
    for kid in tag.kids:
        if isinstance(kid, Tag):
            kids.append(f"{_write_tag(paper, kid, number, pages, known)} 0 R")
        elif kid[0] == home:
            kids.append(str(kid[1]))
        else:
            kids.append(f"<</Type /MCR /Pg {pages[kid[0]]} 0 R /MCID {kid[1]}>>")
    page = f" /Pg {pages[home]} 0 R" if home is not None else ""
    slot.content = f"<</Type /StructElem /S /{tag.role} /P {parent} 0 R{page} /K [{' '.join(kids)}]>>"
    return number
