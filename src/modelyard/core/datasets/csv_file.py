"""A CSV file to Parquet parts: find encoding and dialect, then types, then cast in one streaming pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.csv_rows import CsvRows, UnevenRow, beginning
from modelyard.core.datasets.dialect import NEVER, Dialect, sniff
from modelyard.core.datasets.encoding import TextFile, examine
from modelyard.core.datasets.infer import Choice
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.options import CsvOptions
from modelyard.core.datasets.packing import Packed
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.text_table import write_typed
from modelyard.core.storage.artifacts import ArtifactStore

type Progress = Callable[[float, str], None]


def import_csv(packed: Packed, artifacts: ArtifactStore, options: CsvOptions, on_progress: Progress) -> RawTable:
    """Write the rows of a CSV file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    options.check()
    file = examine(packed, options.encoding, lambda done: on_progress(0.1 * done, "Reading the encoding"))
    text, complete = beginning(packed, file.encoding)
    dialect = sniff(text, options, complete)
    if complete and not _has_rows(text, dialect):
        raise InvalidInput(
            "The file has a header and no rows." if dialect.header else "The file has no rows.",
            where=str(packed.path),
            remedy="Import a file with at least one row of data.",
        )
    rows = CsvRows(packed, file.encoding, dialect)
    try:
        return _import(rows, file, artifacts, options, on_progress)
    except UnevenRow:
        rows.patient = True
        return _import(rows, file, artifacts, options, on_progress)


def _import(
    rows: CsvRows, file: TextFile, artifacts: ArtifactStore, options: CsvOptions, on_progress: Progress
) -> RawTable:
    dialect = rows.dialect
    typed = write_typed(
        rows,
        lambda kept: _names(dialect, kept)[0],
        artifacts,
        options,
        on_progress,
        needless={i for i in range(dialect.width) if _nameless(dialect, i)},
    )
    return RawTable(
        parts=typed.parts,
        fields=typed.fields,
        rows=typed.rows,
        size=file.size,
        sha256=file.sha256,
        options=_found(file, dialect, typed.choices),
        notes=(
            *filter(None, [file.note]),
            *dialect.notes,
            *_width_notes(rows),
            *_names(dialect, typed.kept)[1],
            *typed.notes,
        ),
    )


def _has_rows(text: str, dialect: Dialect) -> bool:
    rows = enumerate(dialect.rows(io.StringIO(text.removeprefix("\ufeff"), newline="")), start=1)
    try:
        return any(row for number, row in rows if number > dialect.skip)
    except csv.Error:  # what is wrong with the row is told when it is read
        return True


def _nameless(dialect: Dialect, i: int) -> bool:
    return dialect.header and (i >= len(dialect.names) or not dialect.names[i].strip())


def _names(dialect: Dialect, kept: Sequence[int]) -> tuple[list[str], list[str]]:
    """Return the repaired names of the kept columns, and what was done to them."""
    if not dialect.header:
        return [f"column_{i + 1}" for i in kept], []
    found = [*dialect.names, *[""] * (dialect.width - len(dialect.names))]
    names, notes = repair(found)
    lost = sorted(set(range(dialect.width)) - set(kept))
    if lost:
        notes = [note for note in notes if not any(note.startswith(f"Column {i + 1} ") for i in lost)]
        notes.append("A column without a name and without values was left out." if len(lost) == 1 else
                     f"{len(lost)} columns without a name and without values were left out.")  # fmt: skip
    return [names[i] for i in kept], notes


def _width_notes(rows: CsvRows) -> list[str]:
    notes = []
    if rows.padded:
        some = "1 row was" if rows.padded == 1 else f"{rows.padded:,} rows were"
        notes.append(f"{some} shorter than the header; the cells at the end were taken as missing.")
    if rows.trimmed:
        some = "1 row ends" if rows.trimmed == 1 else f"{rows.trimmed:,} rows end"
        notes.append(f"{some} with empty cells beyond the last column; these were left out.")
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
