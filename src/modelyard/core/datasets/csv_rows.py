"""Rows of a CSV file as Arrow batches of text: a fast strict reader, and a patient one for uneven rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.dialect import Dialect
from modelyard.core.datasets.packing import Packed

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 1 << 20  # Arrow parses some thirty blocks ahead
_WIDE_BLOCK = 2 << 20  # each column of each block costs a kilobyte beside its values
_WIDE = 1000
_LARGEST_BLOCK = 1 << 28  # bytes of one row; more would not fit the memory of an import
_TABLE_ROWS = 65_536
_TABLE_BYTES = 32 << 20
_WIDE_TABLE_BYTES = 8 << 20  # a table is held several times while its columns are cast
_PATIENT_ROWS = 16_384  # in a batch of the patient reader
_SHOWN = 80


class UnevenRow(Exception):
    """The strict reader met a row of another width."""


class CsvRows:
    """Reads one file, any number of times, as text columns ``c0``, ``c1``, ….

    Parameters
    ----------
    packed : Packed
        The file.
    encoding : str
        A codec that decodes all of it.
    dialect : Dialect
        How rows are cut.
    """

    def __init__(self, packed: Packed, encoding: str, dialect: Dialect) -> None:
        self.packed = packed
        self.path = packed.path
        self.encoding = encoding
        self.dialect = dialect
        # Python's reader alone knows how to skip the blanks after a separator.
        self.patient = dialect.skip_space
        self.padded = 0
        self.trimmed = 0
        self._block = _BLOCK if dialect.width < _WIDE else _WIDE_BLOCK
        self._table_bytes = _TABLE_BYTES if dialect.width < _WIDE else _WIDE_TABLE_BYTES
        self._position: Callable[[], int] = lambda: 0
        self._size = max(1, packed.size)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.dialect.width

    @property
    def fraction(self) -> float:
        """How much of the file was read."""
        try:
            return min(1.0, self._position() / self._size)
        except (ValueError, OSError):  # closed, since all of it was read
            return 1.0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the beginning.

        Raises
        ------
        UnevenRow
            If a row has another width, unless `patient`.
        InvalidInput
            If the text cannot be cut into the table.
        """
        import pyarrow as pa

        schema = pa.schema([(f"c{i}", pa.string()) for i in range(self.dialect.width)])
        last = None
        for batch in self._patient(schema) if self.patient else self._strict(schema):
            if batch.num_rows:
                last = batch
            yield batch
        if last is not None:
            self._refuse_open_quote(last)

    def tables(self, rows: int = _TABLE_ROWS) -> Iterator[pa.Table]:
        """Yield the rows in tables of some tens of thousands, fewer where rows are wide."""
        import pyarrow as pa

        waiting: list[pa.RecordBatch] = []
        count = size = 0
        for batch in self.batches():
            waiting.append(batch)
            count += batch.num_rows
            size += batch.nbytes
            if count >= rows or size >= self._table_bytes:
                yield pa.Table.from_batches(waiting)
                waiting, count, size = [], 0, 0
        if count:
            yield pa.Table.from_batches(waiting)

    def _strict(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        produced = 0
        while True:
            try:
                skipped = 0
                for batch in self._open(schema):
                    if skipped + batch.num_rows <= produced:  # seen before the block grew
                        skipped += batch.num_rows
                        continue
                    fresh = batch.slice(max(0, produced - skipped))
                    skipped += batch.num_rows
                    produced = max(produced, skipped)
                    yield fresh
                return
            except pa.ArrowInvalid as error:
                if "straddl" not in str(error):
                    raise InvalidInput(
                        "The file cannot be read as separated text.", where=str(self.path), details=str(error)
                    ) from error
                if self._block >= _LARGEST_BLOCK:
                    raise InvalidInput(
                        f"A row is longer than {_LARGEST_BLOCK >> 20} MB.",
                        where=str(self.path),
                        remedy="Look for a quote that is never closed, or for line ends that are missing.",
                    ) from error
                self._block = min(8 * self._block, _LARGEST_BLOCK)  # one row is longer than a block

    def _open(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        import pyarrow.csv as pc

        uneven: list[Any] = []

        def keep(row: Any) -> str:
            uneven.append(row)
            return "error"

        quote = self.dialect.quote
        with self.packed.open() as unpacked:
            self._position = unpacked.position
            try:
                yield from pc.open_csv(
                    unpacked.stream,
                    read_options=pc.ReadOptions(
                        encoding=self.encoding if self.encoding != "utf-8-sig" else "utf-8",
                        column_names=schema.names,
                        skip_rows_after_names=self.dialect.skip,
                        block_size=self._block,
                        use_threads=False,
                    ),
                    parse_options=pc.ParseOptions(
                        delimiter=self.dialect.separator,
                        quote_char=quote or False,
                        escape_char=self.dialect.escape or False,
                        double_quote=not self.dialect.escape,
                        newlines_in_values=bool(quote),
                        invalid_row_handler=keep,
                    ),
                    convert_options=pc.ConvertOptions(
                        column_types={name: pa.string() for name in schema.names},
                        strings_can_be_null=True,
                        null_values=[""],
                    ),
                )
            except pa.ArrowInvalid as error:
                if uneven:
                    raise UnevenRow(str(uneven[0])) from error
                if "Empty CSV" not in str(error):
                    raise

    def _patient(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self.padded = self.trimmed = 0
        csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_BLOCK))
        with self.packed.open() as unpacked:
            self._position = unpacked.position
            reader = self.dialect.rows(unpacked.text(self.encoding))
            waiting: list[list[str | None]] = []
            try:
                for number, row in enumerate(reader, start=1):
                    if number > self.dialect.skip and row:
                        waiting.append(self._even(row, number, reader.line_num))
                    if len(waiting) >= _PATIENT_ROWS:
                        yield _batch(waiting, schema)
                        waiting = []
            except csv.Error as error:
                raise InvalidInput(
                    f"Line {reader.line_num} cannot be cut into cells: {error}.", where=str(self.path)
                ) from error
            if waiting:
                yield _batch(waiting, schema)

    def _even(self, row: list[str], number: int, line: int) -> list[str | None]:
        """Give a row the width of the table, or refuse it."""
        width = self.dialect.width
        if len(row) > width:
            if any(cell.strip() for cell in row[width:]):
                raise self._too_long(row, number, line)
            self.trimmed += 1
            row = row[:width]
        elif len(row) < width:
            self.padded += 1
        cells: list[str | None] = [cell or None for cell in row]
        return cells + [None] * (width - len(cells))

    def _too_long(self, row: list[str], number: int, line: int) -> InvalidInput:
        text = self.dialect.separator.join(row)
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        return InvalidInput(
            f"Row {number} has {len(row)} cells and the table has {self.dialect.width} columns: {shown!r}.",
            where=f"{self.path}, line {line}",
            remedy=f"Correct the row, or name the separator if it is not {self.dialect.separator!r}.",
        )

    def _refuse_open_quote(self, last: pa.RecordBatch) -> None:
        """Refuse a file whose last cell swallowed lines because its quote was never closed."""
        cells = [column[-1].as_py() for column in last.columns]
        present = [cell for cell in cells if cell is not None]
        if not present or not self.dialect.quote or "\n" not in present[-1].replace("\r", "\n"):
            return
        if (
            not _tail(self.packed, self.encoding)
            .rstrip("\r\n \t" + self.dialect.separator)
            .endswith(self.dialect.quote)
        ):
            raise InvalidInput(
                f"A quote is opened and never closed: the last cell begins with {present[-1][:_SHOWN]!r}.",
                where=str(self.path),
                remedy="Close the quote, or import the file as one without quotes.",
            )


def _batch(rows: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _tail(packed: Packed, encoding: str) -> str:
    """Return the last characters of a file."""
    if encoding in ("utf-16", "utf-32"):  # without their mark these would be read in the machine's byte order
        with packed.open() as unpacked:
            big = unpacked.stream.read(4).startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
        encoding = f"{encoding}-{'be' if big else 'le'}"
    return packed.tail(4096).decode(encoding, errors="replace")


def beginning(packed: Packed, encoding: str, characters: int = 1 << 18) -> tuple[str, bool]:
    """Return the first characters of a file, and whether they are all of it."""
    with packed.open() as unpacked:
        handle = unpacked.text(encoding)
        text = handle.read(characters)
        return text, not handle.read(1)
