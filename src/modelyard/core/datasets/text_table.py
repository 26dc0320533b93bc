"""Rows of text to typed Parquet parts: types from a sample, held against every row by the cast itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import infer
from modelyard.core.datasets.arrow_types import parse_type
from modelyard.core.datasets.duck import connection
from modelyard.core.datasets.fast_cast import fast_cast
from modelyard.core.datasets.formats import missing
from modelyard.core.datasets.infer import Alive, Choice
from modelyard.core.datasets.options import TextOptions
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.types import Part
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

type Progress = Callable[[float, str], None]

SAMPLE_ROWS = 100_000
TABLE_ROWS = 65_536
_CAST_FAILED = "modelyard: cast of column"


class _CastFailed(Exception):
    """A value after the sample has another form."""


class TextRows(Protocol):
    """Rows that can be read any number of times as text columns ``c0``, ``c1``, …."""

    path: Path

    @property
    def width(self) -> int:
        """How many columns there are."""

    @property
    def fraction(self) -> float:
        """How much of the file was read."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the beginning."""

    def tables(self, rows: int = ...) -> Iterator[pa.Table]:
        """Yield the rows in tables of at least so many rows, fewer where rows are wide."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Parts, and how the columns were read.

    Parameters
    ----------
    parts : tuple of Part
        In the order of the rows.
    rows : int
        In all parts.
    kept : tuple of int
        Columns that were kept.
    choices : list of Choice
        Of every column, kept or not.
    notes : tuple of str
        What was done to the data.
    names : tuple of str
        Of the kept columns.
    """

    parts: tuple[Part, ...]
    rows: int
    kept: tuple[int, ...]
    choices: list[Choice]
    notes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Name and Arrow type of each kept column."""
        return tuple((name, _type(self.choices[i])) for i, name in zip(self.kept, self.names, strict=True))


def write_typed(
    rows: TextRows,
    names: Callable[[Sequence[int]], Sequence[str]],
    artifacts: ArtifactStore,
    options: TextOptions,
    on_progress: Progress,
    *,
    needless: Collection[int] = (),
    said_text: Collection[int] = (),
) -> Typed:
    """Find the type of each column and write all rows as parts.

    Parameters
    ----------
    rows : TextRows
        The rows.
    names : callable
        Given the columns that are kept, returns their names.
    artifacts : ArtifactStore
        Where the parts are kept.
    options : TextOptions
        What is given and not guessed.
    on_progress : callable
        Called with a fraction and a message.
    needless : collection of int
        Columns to leave out if they have no value.
    said_text : collection of int
        Columns that the file itself calls text: only dates and times are looked for in them.
    """
    on_progress(0.1, "Finding the types of the columns")
    if options.missing:
        rows = Without(rows, options.missing)
    with connection() as con:
        sample, complete = _sample(rows)
        alive, empty = _infer(con, rows, sample, complete, options, said_text)
        kept = [i for i in range(rows.width) if not (i in empty and i in needless)]
        named = names(kept)
        for i in _chosen(options.as_text, kept, named, rows.path):
            alive[i] = ()
        choices = infer.choose(alive, options)
        try:
            parts, n_rows = _write(con, rows, kept, named, choices, artifacts, on_progress)
        except _CastFailed:  # a value after the sample has another form: ask all rows, then cast again
            alive = infer.over_all(con, rows.tables, alive)
            choices = infer.choose(alive, options)
            parts, n_rows = _write(con, rows, kept, named, choices, artifacts, on_progress)
        notes = _notes(con, sample, choices, dict(zip(kept, named, strict=True)), said_text)
    return Typed(parts, n_rows, tuple(kept), choices, tuple(notes), tuple(named))


class Without:
    """Rows in which some words are missing values.

    Parameters
    ----------
    rows : TextRows
        As they are in the file.
    words : sequence of str
        Whole cells, blanks around them not counted.
    """

    def __init__(self, rows: TextRows, words: Sequence[str]) -> None:
        self._rows = rows
        self._words = words
        self.path = rows.path

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self._rows.width

    @property
    def fraction(self) -> float:
        """How much of the file was read."""
        return self._rows.fraction

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the beginning."""
        import pyarrow as pa

        for batch in self._rows.batches():
            yield pa.RecordBatch.from_arrays([self._clean(column) for column in batch.columns], schema=batch.schema)

    def tables(self, rows: int = TABLE_ROWS) -> Iterator[pa.Table]:
        """Yield the rows in tables."""
        import pyarrow as pa

        for table in self._rows.tables(rows):
            yield pa.table([self._clean(column) for column in table.columns], schema=table.schema)

    def _clean(self, column: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pa.array([word.strip() for word in self._words], pa.string())
        there = pc.is_in(pc.utf8_trim_whitespace(column), words)
        return pc.if_else(there, pa.scalar(None, column.type), column)


def _chosen(wanted: Sequence[str], kept: Sequence[int], names: Sequence[str], path: Path) -> list[int]:
    places = dict(zip(names, kept, strict=True))
    for name in wanted:
        if name not in places:
            raise InvalidInput(f"There is no column {name!r} to be kept as text.", where=str(path), possible=names)
    return [places[name] for name in wanted]


def _sample(rows: TextRows) -> tuple[pa.Table, bool]:
    """Return the first rows as text, and whether they are all rows."""
    tables = rows.tables(SAMPLE_ROWS)
    first = next(tables, None)
    if first is None:
        raise InvalidInput(
            "The file has no rows.", where=str(rows.path), remedy="Import a file with at least one row of data."
        )
    return first.combine_chunks(), next(tables, None) is None


def _infer(
    con: duckdb.DuckDBPyConnection,
    rows: TextRows,
    sample: pa.Table,
    complete: bool,
    options: TextOptions,
    said_text: Collection[int],
) -> tuple[Alive, set[int]]:
    """Return the formats that columns may have, and the columns without any value in the whole file."""
    import pyarrow as pa

    alive, undecided = infer.from_sample(con, sample, range(rows.width), options, said_text)
    if undecided and not complete:
        late = infer.first_values(rows.batches(), undecided)
        for i, values in late.items():
            alive[i] = infer.from_sample(con, pa.table({f"c{i}": values}), [i], options, said_text)[0][i]
        undecided = [i for i in undecided if i not in late]
    for i in undecided:
        alive[i] = ()
    if options.text:
        alive = [()] * rows.width
    return alive, set(undecided)


def _write(
    con: duckdb.DuckDBPyConnection,
    rows: TextRows,
    kept: Sequence[int],
    names: Sequence[str],
    choices: Sequence[Choice],
    artifacts: ArtifactStore,
    on_progress: Progress,
) -> tuple[tuple[Part, ...], int]:
    import pyarrow as pa

    schema = pa.schema([(name, parse_type(_type(choices[i]))) for i, name in zip(kept, names, strict=True)])
    with PartsWriter(artifacts, schema) as writer:
        # Table by table: a query over a stream would hold hundreds of megabytes before its first row comes out.
        for table in rows.tables():
            columns = _cast(con, table, kept, choices, schema)
            writer.write([pa.RecordBatch.from_arrays(columns, schema=schema)])
            on_progress(0.15 + 0.8 * rows.fraction, f"Read {writer.rows:,} rows")
    return writer.parts(), writer.rows


def _cast(
    con: duckdb.DuckDBPyConnection,
    table: pa.Table,
    kept: Sequence[int],
    choices: Sequence[Choice],
    schema: pa.Schema,
) -> list[pa.Array]:
    """Return the kept columns in their types: by Arrow where that is safe, by SQL where it is not."""
    import duckdb
    import pyarrow as pa

    columns: list[pa.Array | None] = []
    for i in kept:
        text, form = _one_array(table.column(f"c{i}")), choices[i].format
        columns.append(text if form is None else fast_cast(text, form))
    hard = [position for position, column in enumerate(columns) if column is None]
    if hard:
        con.register("source", table.select([f"c{kept[position]}" for position in hard]))
        sql = ", ".join(_expression(kept[position], choices[kept[position]]) for position in hard)
        try:
            read = con.sql(f"SELECT {sql} FROM source").to_arrow_table()  # noqa: S608
        except duckdb.Error as error:
            if _CAST_FAILED in str(error):
                raise _CastFailed(str(error)) from error
            raise
        for position, column in zip(hard, read.columns, strict=True):
            columns[position] = (
                pa.array([], schema.types[position])
                if not len(column)
                else _one_array(column.cast(schema.types[position]))
            )
    return [column for column in columns if column is not None]


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if hasattr(combined, "num_chunks") else combined


def _expression(i: int, choice: Choice) -> str:
    """Return the SQL of a column's values, which fails where a value is neither of its format nor missing."""
    x = f"c{i}"
    if choice.format is None:
        return x
    failure = f"CASE WHEN {missing(x)} THEN NULL ELSE error('{_CAST_FAILED} {i}') END"
    return f"coalesce({choice.format.value(x)}, {failure})"


def _type(choice: Choice) -> str:
    return "string" if choice.format is None else choice.format.type


def _notes(
    con: duckdb.DuckDBPyConnection,
    sample: pa.Table,
    choices: Sequence[Choice],
    names: dict[int, str],
    said_text: Collection[int],
) -> list[str]:
    typed = {i: form for i in names if (form := choices[i].format) is not None}
    texts = [i for i in names if choices[i].format is None and i not in said_text]
    notes = [f"Column {names[i]!r}: {note}." for i in typed for note in choices[i].notes]
    for i, words in infer.words_for_missing(sample, typed).items():
        shown = ", ".join(repr(word) for word in words)
        notes.append(f"Column {names[i]!r}: {shown} {'was' if len(words) == 1 else 'were'} taken as missing.")
    for i in infer.digits_kept_as_text(con, sample, texts):
        notes.append(f"Column {names[i]!r}: digits with leading zeros, or too long for 64 bits, were kept as text.")
    return notes
