"""A CSV file to Parquet parts: find encoding, dialect and types, then cast in one streaming pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import infer
from modelyard.core.datasets.arrow_types import parse_type
from modelyard.core.datasets.csv_rows import CsvRows, UnevenRow, beginning
from modelyard.core.datasets.dialect import NEVER, Dialect, sniff
from modelyard.core.datasets.duck import connection
from modelyard.core.datasets.encoding import TextFile, examine
from modelyard.core.datasets.formats import missing
from modelyard.core.datasets.infer import Alive, Choice
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.types import CsvOptions, Part
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

type Progress = Callable[[float, str], None]

SAMPLE_ROWS = 100_000
_CAST_FAILED = "modelyard: cast of column"


class _CastFailed(Exception):
    """A value after the sample has another form."""


def import_csv(path: Path, artifacts: ArtifactStore, options: CsvOptions, on_progress: Progress) -> RawTable:
    """Write the rows of a CSV file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    _check(options)
    file = examine(path, options.encoding, lambda done: on_progress(0.1 * done, "Reading the encoding"))
    text, complete = beginning(path, file.encoding)
    dialect = sniff(text, options, complete)
    rows = CsvRows(path, file.encoding, dialect)
    try:
        return _import(rows, file, artifacts, options, on_progress)
    except UnevenRow:
        rows.patient = True
        return _import(rows, file, artifacts, options, on_progress)


def _import(
    rows: CsvRows, file: TextFile, artifacts: ArtifactStore, options: CsvOptions, on_progress: Progress
) -> RawTable:
    dialect = rows.dialect
    on_progress(0.1, "Finding the types of the columns")
    with connection() as con:
        sample, complete = _sample(rows)
        con.register("sample", sample)
        alive, empty = _infer(con, rows, complete, options)
        kept = [i for i in range(dialect.width) if not (i in empty and _nameless(dialect, i))]
        choices = infer.choose(alive, options)
        try:
            parts, n_rows = _write(con, rows, kept, choices, artifacts, on_progress)
        except _CastFailed:  # a value after the sample has another form: ask all rows, then cast again
            alive = infer.over_all(con, rows.tables(), alive)
            choices = infer.choose(alive, options)
            parts, n_rows = _write(con, rows, kept, choices, artifacts, on_progress)
        names, notes = _names(dialect, kept)
        notes += _type_notes(con, choices, dict(zip(kept, names, strict=True)))
    return RawTable(
        parts=parts,
        fields=tuple((name, _type(choices[i])) for i, name in zip(kept, names, strict=True)),
        rows=n_rows,
        size=file.size,
        sha256=file.sha256,
        options=_found(file, dialect, choices),
        notes=(*filter(None, [file.note]), *dialect.notes, *_width_notes(rows), *notes),
    )


def _check(options: CsvOptions) -> None:
    for name in ("separator", "quote", "decimal"):
        value = getattr(options, name)
        if value is not None and (len(value) != 1 or not value.isascii()) and not (name == "quote" and value == ""):
            raise InvalidInput(f"The {name} must be one plain character, not {value!r}.")
    if options.decimal not in (None, ".", ","):
        raise InvalidInput(f"The decimal sign cannot be {options.decimal!r}.", possible=[".", ","])


def _sample(rows: CsvRows) -> tuple[pa.Table, bool]:
    """Return the first rows as text, and whether they are all rows."""
    tables = rows.tables(SAMPLE_ROWS)
    first = next(tables, None)
    if first is None:
        raise InvalidInput(
            "The file has a header and no rows." if rows.dialect.header else "The file has no rows.",
            where=str(rows.path),
            remedy="Import a file with at least one row of data.",
        )
    return first, next(tables, None) is None


def _infer(
    con: duckdb.DuckDBPyConnection, rows: CsvRows, complete: bool, options: CsvOptions
) -> tuple[Alive, set[int]]:
    """Return the formats that columns may have, and the columns without any value in the whole file."""
    import pyarrow as pa

    width = rows.dialect.width
    alive, undecided = infer.from_sample(con, "sample", range(width), options)
    if undecided and not complete:
        late = infer.first_values(rows.batches(), undecided)
        for i, values in late.items():
            con.register("late", pa.table({f"c{i}": values}))
            alive[i] = infer.from_sample(con, "late", [i], options)[0][i]
        undecided = [i for i in undecided if i not in late]
    for i in undecided:
        alive[i] = ()
    if options.text:
        alive = [()] * width
    return alive, set(undecided)


def _write(
    con: duckdb.DuckDBPyConnection,
    rows: CsvRows,
    kept: Sequence[int],
    choices: Sequence[Choice],
    artifacts: ArtifactStore,
    on_progress: Progress,
) -> tuple[tuple[Part, ...], int]:
    import duckdb
    import pyarrow as pa

    names, _ = _names(rows.dialect, kept)
    schema = pa.schema([(name, parse_type(_type(choices[i]))) for i, name in zip(kept, names, strict=True)])
    sql = f"SELECT {', '.join(_expression(i, choices[i]) for i in kept)} FROM source"  # noqa: S608
    with PartsWriter(artifacts, schema) as writer:
        # Table by table: a query over a stream would hold hundreds of megabytes before its first row comes out.
        for table in rows.tables():
            con.register("source", table)
            try:
                read = con.sql(sql).to_arrow_table()
            except duckdb.Error as error:
                if _CAST_FAILED in str(error):
                    raise _CastFailed(str(error)) from error
                raise
            writer.write(
                [pa.RecordBatch.from_arrays(_cast(batch, schema), schema=schema) for batch in read.to_batches()]
            )
            on_progress(0.15 + 0.8 * rows.fraction, f"Read {writer.rows:,} rows")
    return writer.parts(), writer.rows


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> list[pa.Array]:
    return [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]


def _expression(i: int, choice: Choice) -> str:
    """Return the SQL of a column's values, which fails where a value is neither of its format nor missing."""
    x = f"c{i}"
    if choice.format is None:
        return x
    failure = f"CASE WHEN {missing(x)} THEN NULL ELSE error('{_CAST_FAILED} {i}') END"
    return f"coalesce({choice.format.value(x)}, {failure})"


def _type(choice: Choice) -> str:
    return "string" if choice.format is None else choice.format.type


def _nameless(dialect: Dialect, i: int) -> bool:
    return dialect.header and (i >= len(dialect.names) or not dialect.names[i].strip())


def _names(dialect: Dialect, kept: Sequence[int]) -> tuple[list[str], list[str]]:
    """Return the repaired names of the kept columns, and what was done to them."""
    if not dialect.header:
        return [f"column_{i + 1}" for i in kept], []
    found = [*dialect.names, *[""] * (dialect.width - len(dialect.names))]
    names, notes = repair(found)
    lost = dialect.width - len(kept)
    if lost:
        notes = [note for note in notes if not any(note.startswith(f"Column {i + 1} ") for i in _lost(dialect, kept))]
        notes.append("A column without a name and without values was left out." if lost == 1 else
                     f"{lost} columns without a name and without values were left out.")  # fmt: skip
    return [names[i] for i in kept], notes


def _lost(dialect: Dialect, kept: Sequence[int]) -> list[int]:
    return [i for i in range(dialect.width) if i not in set(kept)]


def _width_notes(rows: CsvRows) -> list[str]:
    notes = []
    if rows.padded:
        some = "1 row was" if rows.padded == 1 else f"{rows.padded:,} rows were"
        notes.append(f"{some} shorter than the header; the cells at the end were taken as missing.")
    if rows.trimmed:
        some = "1 row ends" if rows.trimmed == 1 else f"{rows.trimmed:,} rows end"
        notes.append(f"{some} with empty cells beyond the last column; these were left out.")
    return notes


def _type_notes(con: duckdb.DuckDBPyConnection, choices: Sequence[Choice], names: dict[int, str]) -> list[str]:
    typed = [i for i in names if choices[i].format is not None]
    texts = [i for i in names if choices[i].format is None]
    notes = [f"Column {names[i]!r}: {note}." for i in typed for note in choices[i].notes]
    for i, words in infer.words_for_missing(con, "sample", typed).items():
        shown = ", ".join(repr(word) for word in words)
        notes.append(f"Column {names[i]!r}: {shown} {'was' if len(words) == 1 else 'were'} taken as missing.")
    for i in infer.digits_kept_as_text(con, "sample", texts):
        notes.append(f"Column {names[i]!r}: digits with leading zeros, or too long for 64 bits, were kept as text.")
    return notes


def _found(file: TextFile, dialect: Dialect, choices: Sequence[Choice]) -> dict[str, object]:
    """Return how the file was read, for the origin of the version."""
    comma = any(choice.format is not None and choice.format.decimal == "," for choice in choices)
    return {
        "encoding": file.encoding,
        "separator": None if dialect.separator == NEVER else dialect.separator,
        "quote": dialect.quote,
        "header": dialect.header,
        "decimal": "," if comma else ".",
    }
