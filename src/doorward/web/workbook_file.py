"""The file of an XLSX workbook (ECMA-376, part 1: SpreadsheetML; part 2: the package), written part by part.

Written here and not by a library because of tables with tens of thousands of rows: a cell costs one text, where a
library makes an object and a tree of elements of it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import IO

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Places in the list of looks below. None is the spreadsheet's own.
PLAIN, DAY, MOMENT, HEAD = 1, 2, 3, 4
_ALIGNED = '<alignment vertical="top" wrapText="1"/>'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
        f' applyFont="1" applyAlignment="1">{_ALIGNED}</xf>'
        for number, font in ((0, 0), (164, 0), (165, 0), (0, 1))
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
#: In a text, "_x0041_" stands for "A" (22.9.2.19): whoever writes that must not get an "=" past us so.
_CODE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: Rows that are handed on at once.
_AT_ONCE = 500
#: Of the deflate of RFC 1951: half the work of the usual, and a tenth larger.
_LEVEL = 3


class WorkbookFile:
    """A workbook that is being written.

    Arguments:
        file: where to; it is not closed.
        title: of the document; printable.
    """

    def __init__(self, file: IO[bytes], title: str) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._title = title
        self._names: list[str] = []

    def sheet(self, name: str, widths: Sequence[int], rows: Iterable[str]) -> Iterator[None]:
        """One sheet, whose first row stays in sight. It is written as the result is read, some rows at a time.

        Arguments:
            name: on its tab, allowed and not taken.
            widths: of all columns, in characters.
            rows: as `row` gives them, the headings first; read once.
        """
        self._names.append(name)
        with self._archive.open(self._part(f"xl/worksheets/sheet{len(self._names)}.xml"), "w") as part:
            columns = "".join(
                f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
                for place, width in enumerate(widths, start=1)
            )
            part.write(
                f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
                '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
                f'<sheetFormatPr defaultRowHeight="15"/>{f"<cols>{columns}</cols>" if columns else ""}'
                "<sheetData>".encode()
            )
            held: list[str] = []
            for row in rows:
                held.append(row)
                if len(held) == _AT_ONCE:
                    part.write("".join(held).encode())
                    held.clear()
                    yield
            part.write(f"{''.join(held)}</sheetData></worksheet>".encode())

    def close(self) -> None:
        """Write what holds the sheets together. Nothing can be added afterwards."""
        numbers = range(1, len(self._names) + 1)
        sheets = "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, self._names, strict=True)
        )
        self._add(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
        )
        leads = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
        self._add(
            "xl/_rels/workbook.xml.rels",
            _relations([(f"{_OFFICE}/{to}", at) for to, at in [*leads, ("styles", "styles.xml")]]),
        )
        self._archive.writestr(self._part("xl/styles.xml"), _STYLES)
        self._add(
            "docProps/core.xml",
            f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
            f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(self._title)}</dc:title></cp:coreProperties>',
        )
        document, properties = f"{_OFFICE}/officeDocument", f"{_PACKAGE}/relationships/metadata/core-properties"
        self._add("_rels/.rels", _relations([(document, "xl/workbook.xml"), (properties, "docProps/core.xml")]))
        kinds = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
        kinds |= {f"/xl/worksheets/sheet{number}.xml": "worksheet" for number in numbers}
        named = "".join(f'<Override PartName="{at}" ContentType="{_TYPES}.{kind}+xml"/>' for at, kind in kinds.items())
        self._add(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{named}<Override PartName="/docProps/core.xml"'
            ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        )
        self._archive.close()

    def _add(self, name: str, content: str) -> None:
        self._archive.writestr(self._part(name), _HEAD + content)

    @staticmethod
    def _part(name: str) -> zipfile.ZipInfo:
        # Without the hour at which it was written: the same table is the same file.
        part = zipfile.ZipInfo(name)
        part.compress_type = zipfile.ZIP_DEFLATED
        return part


def _relations(to: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{at}"/>' for number, (kind, at) in enumerate(to, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def column(place: int) -> str:
    """The letters of a column, from 0: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def text_cell(at: str, look: int, text: str) -> str:
    """A cell that says itself that it is text, so that nothing in it is calculated.

    Arguments:
        at: where, such as "A1".
        look: `PLAIN` or another.
        text: printable.
    """
    if "_x" in text:
        text = _CODE.sub("_x005F_", text)
    return f'<c r="{at}" s="{look}" t="inlineStr"><is><t xml:space="preserve">{escape(text, quote=False)}</t></is></c>'


def number_cell(at: str, look: int, number: float) -> str:
    """A cell with a number, among them days since the end of 1899."""
    return f'<c r="{at}" s="{look}"><v>{number!r}</v></c>'


def truth_cell(at: str, look: int, is_true: bool) -> str:
    return f'<c r="{at}" s="{look}" t="b"><v>{int(is_true)}</v></c>'


def row(number: int, cells: Iterable[str]) -> str:
    """A row, from 1."""
    return f'<row r="{number}">{"".join(cells)}</row>'
