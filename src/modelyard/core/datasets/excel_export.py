"""A version as an Excel workbook of one sheet, written row by row in bounded memory.

What becomes of values, so that nothing is lost that a cell cannot hold:

- Texts stay texts, also where they look like a formula, a number or an address. One of more than 32,767 characters
  (as UTF-16 counts them) fits into no cell: the export ends with an error that says where it is.
- Numbers keep all digits of a double. Whole numbers beyond 2^53, decimals and durations (in seconds) that no double
  holds are texts with all their digits; infinity is the text ``inf`` or ``-inf``. NaN is missing in every version.
- Days, date times and times of day are Excel's own, if all of the column lie in March 1900 to 9999 and have no more
  than milliseconds; else all of the column are texts in ISO 8601. Date times with a zone always are, in UTC.
- Bytes are texts in base64, nested values the text that DuckDB makes of them. What is missing is an empty cell.

Read again by our own import every value is the same, but a workbook does not say all: empty texts are missing, rows
without any value are left out, date times that are all at midnight are days, a column of numbers that are all whole
is one of whole numbers, and infinity and doubles beyond 2^63 make a column of texts.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import connection, one_row
from modelyard.core.datasets.scan import make_view
from modelyard.core.datasets.types import ColumnInfo
from modelyard.core.datasets.value_text import seconds_of, text_of

if TYPE_CHECKING:
    import duckdb
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

type Put = Callable[..., None]

MOST_ROWS = 1_048_575
"""Of a sheet, below the row of names."""

MOST_COLUMNS = 16_384
"""Of a sheet."""

SHEET = "Data"
"""How the sheet is called."""

_MOST_CHARACTERS = 32_767
_CUT = -2  # what the library answers when it cuts a text
_EXACT = 2**53  # up to here a double holds every whole number
_REMEDY = "Export as CSV or Parquet."
_SHOWN = {"date": "yyyy-mm-dd", "timestamp": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}
_DAY = 86_400_000_000  # microseconds
_DAY_ZERO = 25_569 * _DAY  # of Excel, before that of computers
_SPAN = (-25_508 * _DAY, 2_932_897 * _DAY - 1)  # March 1900, since Excel has a leap day too many before; to 9999


def check_fits(rows: int, columns: int) -> None:
    """Raise `InvalidInput` for what is too long or too wide for a sheet.

    Examples
    --------
    >>> check_fits(2_000_000, 3)
    Traceback (most recent call last):
    ...
    modelyard.core.common.errors.InvalidInput: A sheet holds at most 1,048,575 rows, and there are 2,000,000. ...
    """
    for n, most, what in ((rows, MOST_ROWS, "rows"), (columns, MOST_COLUMNS, "columns")):
        if n > most:
            raise InvalidInput(f"A sheet holds at most {most:,} {what}, and there are {n:,}.", remedy=_REMEDY)


def write_excel(
    paths: Sequence[Path],
    columns: Sequence[ColumnInfo],
    path: Path,
    *,
    batch_rows: int,
    on_rows: Callable[[int], object],
) -> int:
    """Write the rows of a version as a workbook, and return how many there are.

    Parameters
    ----------
    paths : sequence of path
        The parts.
    columns : sequence of ColumnInfo
        Of the version.
    path : Path
        The workbook.
    batch_rows : int
        How many rows to hold at once.
    on_rows : callable
        Called with the number of rows that are written so far.

    Raises
    ------
    InvalidInput
        If the rows, the columns or a text do not fit.
    """
    rows = 0
    with connection() as con, _book(path) as book:
        make_view(con, list(paths), len(columns), "parts")
        sheet = book.add_worksheet(SHEET, worksheet_class=_exact_sheet())
        asked, puts = _plan(con, columns, book, sheet)
        for batch in con.sql(f"SELECT {asked} FROM parts").to_arrow_reader(batch_rows):  # noqa: S608
            values = [column.to_pylist() for column in batch.columns]
            for i in range(batch.num_rows):
                rows += 1
                for j, put in enumerate(puts):
                    if (value := values[j][i]) is not None:
                        put(rows, j, value)
            on_rows(rows)
    return rows


@contextmanager
def _book(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """Yield a workbook whose rows go to the disk where it will be, and not to memory."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".modelyard-") as folder:
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        try:
            with xlsxwriter.Workbook(str(path), options) as book:
                yield book
        except FileCreateError as error:  # around what the disk says
            raise error.args[0] from error


def _exact_sheet() -> type[Worksheet]:
    """Return the class of sheets that write what they are given."""
    from xlsxwriter.utility import _preserve_whitespace
    from xlsxwriter.worksheet import Worksheet

    class ExactSheet(Worksheet):
        def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
            # the library keeps 16 digits; a double has up to 17
            said = "".join(f' {key}="{value}"' for key, value in attributes)
            self.fh.write(f"<c{said}><v>{number!r}</v></c>")

        def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
            # the library takes a text between <r> and </r> for XML of its own
            self._xml_inline_string(string, _preserve_whitespace(string), attributes)

    return ExactSheet


def _plan(
    con: duckdb.DuckDBPyConnection, columns: Sequence[ColumnInfo], book: xlsxwriter.Workbook, sheet: Worksheet
) -> tuple[str, list[Put]]:
    """Write the row of names; return what is asked of the parts, and what puts each column's values into cells."""
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    asked, puts = [], []
    for j, column in enumerate(columns):
        put_text = _text_put(sheet, column.name)
        put_text(0, j, column.name, bold)
        sql, format = _cells(con, f"c{j}", column.type)
        if format is not None:
            sheet.set_column(j, j, len(format) + 3)
        asked.append(sql)
        puts.append(_put(column.type, sheet, put_text, book.add_format({"num_format": format}) if format else None))
    return ", ".join(asked), puts


def _cells(con: duckdb.DuckDBPyConnection, x: str, type_: str) -> tuple[str, str | None]:
    """Return the SQL of what goes into the cells of a column, and how Excel shows it if it is a moment."""
    if type_ in ("bool", "double") or type_.startswith(("int", "uint", "decimal")):
        return x, None
    if type_ == "float":
        return f"{x}::VARCHAR::DOUBLE", None  # 0.1, not 0.10000000149011612
    if type_.startswith("duration"):
        return seconds_of(x), None
    kind = next((kind for kind in _SHOWN if type_.startswith(kind)), None)
    if kind is None or "tz=" in type_:
        return text_of(x, type_), None
    us = f"epoch_us({x})" if kind == "time" else f"epoch_us({x}::TIMESTAMP)"
    low, high = (1, _DAY - 1) if kind == "time" else _SPAN  # if all were midnight, a reader would take them for days
    fits, whole = one_row(
        con,
        f"SELECT max({us}) >= {low} AND min({us}) >= {0 if kind == 'time' else low} AND max({us}) <= {high} "  # noqa: S608
        f"AND bool_and({us} % 1000 = 0), bool_and({us} % 1000000 = 0) FROM parts",
    )
    if not fits:
        return text_of(x, type_), None
    start = 0 if kind == "time" else _DAY_ZERO
    return f"({us} + {start}) / {_DAY}", _SHOWN[kind] if whole else f"{_SHOWN[kind]}.000"


def _put(type_: str, sheet: Worksheet, put_text: Put, format: Format | None) -> Put:
    """Return what puts a value of a column into a cell."""

    def put_number(row: int, column: int, value: float) -> None:
        sheet.write_number(row, column, value, format)

    def put_double(row: int, column: int, value: float) -> None:
        (put_number if math.isfinite(value) else put_text)(row, column, value)

    def put_whole(row: int, column: int, value: int) -> None:
        (put_number if abs(value) <= _EXACT else put_text)(row, column, value)

    def put_decimal(row: int, column: int, value: Decimal) -> None:
        near = float(value)
        if Decimal(repr(near)) == value:
            put_number(row, column, near)
        else:
            put_text(row, column, f"{value:f}")

    def put_truth(row: int, column: int, value: bool) -> None:
        sheet.write_boolean(row, column, value)

    if format is not None:
        return put_number
    if type_ == "bool":
        return put_truth
    if type_ in ("float", "double"):
        return put_double
    if type_.startswith(("int", "uint")):
        return put_whole
    return put_decimal if type_.startswith(("decimal", "duration")) else put_text


def _text_put(sheet: Worksheet, name: str) -> Put:
    def put_text(row: int, column: int, value: object, format: Format | None = None) -> None:
        if sheet.write_string(row, column, str(value), format) == _CUT:
            raise InvalidInput(
                f"A cell holds at most {_MOST_CHARACTERS:,} characters, and there is a longer text.",
                where=f"row {row:,} of the column {name[:60]!r}",
                remedy=f"{_REMEDY} Or shorten the texts by a step of Transform.",
            )

    return put_text
