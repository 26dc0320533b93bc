"""A sheet of an Excel or OpenDocument workbook to the parts of a version.

Cells are taken as text (formulas by the value that was saved with them) and typed by the same rules as text from
anywhere else. A workbook is read whole, as its format wants; a sheet has at most 1,048,576 rows.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.excel_merges import merged_ranges
from modelyard.core.datasets.header import has_header
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.options import ExcelOptions
from modelyard.core.datasets.packing import Packed
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.text_table import write_typed
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

type Progress = Callable[[float, str], None]

_MOST_BYTES = 4 << 30  # unpacked; a bomb of a few kilobytes may claim more
_LOOK = 400  # rows by which the beginning of the table and its header are found
_TITLE = 30
_TABLE_ROWS = 65_536


def import_excel(path: Path, artifacts: ArtifactStore, options: ExcelOptions, on_progress: Progress) -> RawTable:
    """Write the rows of a sheet as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    on_progress(0.0, "Reading the workbook")
    sheet = _choose(path, options)
    table = _find_table(path, sheet, options)
    rows = _SheetRows(path, table.cells)
    typed = write_typed(rows, lambda kept: [table.names[i] for i in kept], artifacts, options, on_progress)
    packed = Packed(path)
    return RawTable(
        parts=typed.parts,
        fields=typed.fields,
        rows=typed.rows,
        size=packed.size,
        sha256=packed.sha256(),
        options={"sheet": sheet.name, "header": table.header},
        notes=(*sheet.notes, *table.notes, *typed.notes),
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    cells: pa.RecordBatch
    left: int  # empty columns before the first cell
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    cells: pa.Table
    names: list[str]
    header: bool
    notes: tuple[str, ...]


class _SheetRows:
    """The cells below the header as text columns ``c0``, ``c1``, …."""

    def __init__(self, path: Path, cells: pa.Table) -> None:
        self.path = path
        self.width: int = cells.num_columns
        self.fraction = 0.0
        self._cells = cells.rename_columns([f"c{i}" for i in range(cells.num_columns)])

    def batches(self) -> Iterator[pa.RecordBatch]:
        for table in self.tables():
            yield from table.to_batches()

    def tables(self, rows: int = _TABLE_ROWS) -> Iterator[pa.Table]:
        total = self._cells.num_rows
        for start in range(0, total, rows):
            self.fraction = min(1.0, (start + rows) / total)
            yield self._cells.slice(start, rows)


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook, none where it cannot be read."""
    import fastexcel

    try:
        return tuple(fastexcel.read_excel(str(path)).sheet_names)
    except fastexcel.FastExcelError:  # the import will say what is wrong
        return ()


def _choose(path: Path, options: ExcelOptions) -> _Sheet:
    """Load the sheet that was asked for, or the first with more than one row."""
    import fastexcel

    _refuse_bomb(path)
    try:
        book = fastexcel.read_excel(str(path))
        names = list(book.sheet_names)
        if options.sheet is not None:
            return _load(book, path, _named(options.sheet, names, path))
        best: _Sheet | None = None
        for name in names:
            found = _load(book, path, name)
            if found.cells.num_rows > 1 and _filled(found.cells).sum() > 1:
                others = [other for other in names if other != name]
                note = f"The rows are those of the sheet {name!r}; the workbook also has {_list(others)}."
                return replace(found, notes=(*((note,) if others else ()), *found.notes))
            best = best or (found if found.cells.num_rows else None)
    except fastexcel.FastExcelError as error:
        raise InvalidInput(
            "The workbook is damaged, has a password, or is no workbook.",
            where=str(path),
            remedy="Open it in the program that made it, remove the password, and save it again as .xlsx.",
            details=str(error),
        ) from error
    if best is None:
        raise InvalidInput("Every sheet of the workbook is empty.", where=str(path), possible=None)
    return best


def _named(wanted: str | int, names: Sequence[str], path: Path) -> str:
    if wanted in names:
        return str(wanted)
    if str(wanted).isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise InvalidInput(f"The workbook has no sheet {wanted!r}.", where=str(path), possible=names)


def _load(book: Any, path: Path, name: str) -> _Sheet:
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells, problems = sheet.to_arrow_with_errors()
    cells = _with_all_digits(book, name, cells)
    notes: list[str] = []
    broken = [] if problems is None else problems.errors
    if broken:
        some = "1 cell holds an error" if len(broken) == 1 else f"{len(broken):,} cells hold errors"
        notes.append(f"{some} of a formula, such as #DIV/0!; taken as missing.")
    merged = merged_ranges(path, name)
    if merged:
        what = "1 range of cells is" if len(merged) == 1 else f"{len(merged):,} ranges of cells are"
        notes.append(f"{what} merged ({_list(merged)}); the value is in the first cell, the others are missing.")
    left = min((column.absolute_index for column in sheet.available_columns()), default=0)
    return _Sheet(name, cells, left, tuple(notes))


def _with_all_digits(book: Any, name: str, cells: pa.RecordBatch) -> pa.RecordBatch:
    """Give numbers their own digits: the reader's text of one has nine decimals at most."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = [pc.match_substring_regex(column, r"^-?\d+(\.\d+)?$") for column in cells.columns]
    if not any(pc.any(each).as_py() for each in plain):
        return cells
    numbers, _ = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="float").to_arrow_with_errors()
    exact = []
    for text, number, is_plain in zip(cells.columns, numbers.columns, plain, strict=True):
        said = pc.cast(pc.if_else(is_plain, text, pa.scalar(None, text.type)), pa.float64())
        lost = pc.fill_null(pc.not_equal(said, number), False)
        exact.append(pc.if_else(lost, pc.cast(number, text.type), text))
    return pa.record_batch(exact, names=cells.schema.names)


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > _MOST_BYTES:
        raise InvalidInput(
            f"The workbook unpacks to {size / 2**30:.1f} GB, which is more than can be read.",
            where=str(path),
            remedy="Save the sheet as CSV and import that.",
        )


def _filled(cells: pa.RecordBatch) -> Any:
    """Return for each row whether it has any value."""
    import numpy as np

    filled = np.zeros(cells.num_rows, np.bool_)
    for column in cells.columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
    return filled


def _find_table(path: Path, sheet: _Sheet, options: ExcelOptions) -> _Table:
    import numpy as np
    import pyarrow as pa

    cells = sheet.cells
    filled = _filled(cells)
    if not filled.any():
        raise InvalidInput(f"The sheet {sheet.name!r} is empty.", where=str(path))
    there = np.flatnonzero(filled)
    head = [[column[int(row)].as_py() or "" for column in cells.columns] for row in there[:_LOOK]]
    widths = [sum(bool(cell) for cell in row) for row in head]
    start = next(k for k, width in enumerate(widths[:_TITLE]) if width >= 0.6 * max(widths))
    start = start if options.skip is None else min(options.skip, len(there) - 1)
    below = cells.slice(int(there[start]))
    used = [i for i, column in enumerate(below.columns) if column.null_count < len(column)]
    notes = _empty_columns(sheet.left + cells.num_columns, used)
    if there[start]:
        notes.append(_rows_above(int(there[start]), head[0] if start else None))
    head = [[row[i] for i in used] for row in head]
    header = has_header(head[start:]) if options.header is None else options.header
    names, repairs = repair(head[start]) if header else ([f"column_{k + 1}" for k in range(len(used))], [])
    if not header:
        notes.append("The sheet has no header; columns were named by their position.")
    data = there[start + header :]
    if not len(data):
        raise InvalidInput(f"The sheet {sheet.name!r} has a header and no rows.", where=str(path))
    holes = int(data[-1] - data[0] + 1 - len(data))
    if holes:
        notes.append("1 empty row was left out." if holes == 1 else f"{holes:,} empty rows were left out.")
    kept = pa.array(data)
    columns = [_without_midnight(cells.column(i).take(kept)) for i in used]
    return _Table(pa.table(columns, names=[str(k) for k in range(len(used))]), names, header, (*notes, *repairs))


def _empty_columns(width: int, used: Sequence[int]) -> list[str]:
    lost = width - len(used)
    if not lost:
        return []
    return ["1 empty column was left out." if lost == 1 else f"{lost} empty columns were left out."]


def _rows_above(n: int, title: list[str] | None) -> str:
    what = "row above the table was" if n == 1 else f"{n} rows above the table were"
    shown = f", beginning with {next(cell for cell in title if cell)[:60]!r}" if title else ""
    return f"The first {what} {'skipped' if title else 'empty and skipped'}{shown}."


def _without_midnight(column: pa.Array) -> pa.Array:
    """Turn moments to days where all are at midnight, and to times of day where all are on the day zero of Excel."""
    import pyarrow.compute as pc

    def every(pattern: str) -> bool:
        return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())

    if column.null_count == len(column):
        return column
    if every(r"^\d{4}-\d\d-\d\d 00:00:00$"):
        return pc.utf8_slice_codeunits(column, 0, 10)
    if every(r"^1899-12-3[01] \d\d:\d\d:\d\d(\.\d+)?$"):
        return pc.utf8_slice_codeunits(column, 11)
    return column


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
