"""The dialect of a CSV text: separator, quotes, what precedes the table, whether the first row holds names.

DuckDB's own sniffer drops the rows that do not fit its guess (a header that is one name short, lines with decimal
commas), which loses data without a word; so a dialect is chosen here by how evenly it cuts the rows, and every row
that does not fit is dealt with by the reader.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from modelyard.core.datasets.header import has_header, number_like
from modelyard.core.datasets.options import CsvOptions

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = (",", ";", "\t", "|", " ")
NEVER = "\x1f"
"""The separator of a file with one column: a character that texts do not have."""

_ROWS = 400
_MAX_PREAMBLE = 30


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to cut a text into cells.

    Parameters
    ----------
    separator : str
        One character.
    quote : str
        One character; empty if there are no quotes.
    escape : str
        Character before a quote inside quotes; empty if quotes are doubled.
    skip_space : bool
        Whether blanks after a separator belong to the separator.
    skip : int
        Rows before the first row of data, blank ones and the header included.
    header : bool
        Whether there is a header.
    names : tuple of str
        As found in the header, not yet repaired; empty without a header.
    width : int
        Cells in a row.
    notes : tuple of str
        What to tell of it.
    """

    separator: str = ","
    quote: str = '"'
    escape: str = ""
    skip_space: bool = False
    skip: int = 0
    header: bool = True
    names: tuple[str, ...] = ()
    width: int = 1
    notes: tuple[str, ...] = ()

    def rows(self, lines: io.TextIOBase) -> Reader:
        """Return Python's own reader for this dialect."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            doublequote=not self.escape,
            escapechar=self.escape or None,
            skipinitialspace=self.skip_space,
        )


def sniff(text: str, options: CsvOptions, complete: bool) -> Dialect:
    """Find the dialect of a text.

    Parameters
    ----------
    text : str
        The beginning of the file.
    options : CsvOptions
        What is given and not guessed.
    complete : bool
        Whether `text` is the whole file; otherwise its last row may be cut and is left out.
    """
    text = text.removeprefix("\ufeff")
    separators = (options.sep,) if options.sep else SEPARATORS
    escape = "\\" if options.quote is None and _escaped(text) else ""
    quote = '"' if options.quote is None else options.quote
    tried = [
        (separator, _cut(text, Dialect(separator, quote, escape, skip_space=separator == " "), complete))
        for separator in separators
    ]
    separator, rows = max(tried, key=lambda pair: _evenness(pair[0], pair[1]))
    if options.sep is None and _evenness(separator, rows) <= 0:
        separator, rows = NEVER, _cut(text, Dialect(NEVER, quote, escape), complete)
    dialect = Dialect(separator, quote, escape)
    if options.quote is None and _apostrophes(rows):
        dialect = replace(dialect, quote="'")
    if separator == " " or (separator != NEVER and _spaced(text, separator)):
        dialect = replace(dialect, skip_space=True)
    return _table(dialect, text, _cut(text, dialect, complete), options)


def _cut(text: str, dialect: Dialect, complete: bool) -> list[list[str]]:
    """Return the first rows of a text, without blank ones."""
    rows: list[list[str]] = []
    try:
        for row in dialect.rows(io.StringIO(text, newline="")):
            if row:
                rows.append(row)
            if len(rows) > _ROWS:
                return rows[:_ROWS]
    except csv.Error:  # a field larger than the limit: quotes of another kind
        return rows
    return rows if complete or len(rows) < 2 else rows[:-1]


def _evenness(separator: str, rows: Sequence[Sequence[str]]) -> float:
    """Return how well a separator explains the rows; nothing if it leaves them whole."""
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    share = count / len(rows)
    if width == 1 or share < (0.9 if separator == " " else 0.5):
        return 0.0
    cells = [cell for row in rows if len(row) == width for cell in row]
    typed = sum(not cell or number_like(cell) for cell in cells) / len(cells)
    score = share + 0.2 * typed
    if len(rows[0]) == 1:  # a header that this separator does not cut speaks against it
        score *= 0.7
    return score * 0.4 if separator == " " else score


def _escaped(text: str) -> bool:
    r"""Tell whether quotes inside quotes are written ``\"``."""
    return re.search(r'\\"(?![,;|\t\r\n"])[^\n]', text) is not None and re.search(r'[,;|\t\n]"', text) is not None


def _apostrophes(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether some column, or a cell with its separator inside, is wrapped in apostrophes."""
    data = rows[1:] or rows
    wrapped: Counter[int] = Counter()
    for row in data:
        wrapped.update(i for i, cell in enumerate(row) if len(cell) > 1 and cell[0] == cell[-1] == "'")
    if any(count >= max(1, len(data) * 0.9) for count in wrapped.values()):
        return True
    opened = sum(row[i].startswith("'") and not row[i].endswith("'") for row in data for i in range(len(row)))
    return opened >= max(1, len(data) * 0.2) and len({len(row) for row in rows}) > 1


def _spaced(text: str, separator: str) -> bool:
    """Tell whether separators are followed by a blank as a rule, as in ``39, State-gov, 77516``."""
    if separator.isspace():
        return False
    total = text.count(separator)
    return total > 0 and text.count(separator + " ") >= 0.95 * total


def _table(dialect: Dialect, text: str, rows: list[list[str]], options: CsvOptions) -> Dialect:
    """Find where the table begins and whether it has a header."""
    widths = Counter(len(row) for row in rows[options.skip or 0 :])
    width = max(widths, key=lambda w: (widths[w], w), default=1)
    start = next((i for i, row in enumerate(rows[:_MAX_PREAMBLE]) if len(row) >= width), 0)
    start = start if options.skip is None else min(options.skip, len(rows))
    notes: list[str] = []
    table = rows[start:]
    names: tuple[str, ...] = ()
    if options.skip is None and start and _lacks_a_name(rows, start, width, options):
        names = ("", *rows[start - 1])
        start -= 1
        notes.append("The header is one name short; the first column has none.")
    elif options.skip is None and start and len(rows[start - 1]) == width - 1 and _trailing(rows, width):
        names, start = (*rows[start - 1], ""), start - 1
    if start:
        shown = dialect.separator.join(rows[0])[:60]
        what = "row before the table was" if start == 1 else f"{start} rows before the table were"
        notes.append(f"The first {what} skipped, beginning with {shown!r}.")
    header = bool(names) or (has_header(table) if options.header is None else options.header)
    if header and not names:
        names = tuple(table[0]) if table else ()
    if not header:
        notes.append("The file has no header; columns were named by their position.")
    return replace(
        dialect,
        skip=_rows_with_blanks(text, dialect, start + header),
        header=header,
        names=names,
        width=max(width, len(names)),
        notes=tuple(notes),
    )


def _rows_with_blanks(text: str, dialect: Dialect, rows: int) -> int:
    """Return how many rows, blank ones included, hold the first `rows` that are not blank."""
    reader = enumerate(dialect.rows(io.StringIO(text, newline="")), start=1)
    filled = (number for number, row in reader if row)
    return next(islice(filled, rows - 1, None), 0) if rows else 0


def _trailing(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether every full row ends with a separator."""
    full = [row for row in rows if len(row) == width]
    return width > 1 and bool(full) and all(not row[-1].strip() for row in full)


def _lacks_a_name(rows: list[list[str]], start: int, width: int, options: CsvOptions) -> bool:
    """Tell whether the row before the table is a header without a name for the first column, as R writes it."""
    if options.header is False or len(rows[start - 1]) != width - 1 or _trailing(rows, width):
        return False
    return options.header is True or not has_header(rows[start:])
