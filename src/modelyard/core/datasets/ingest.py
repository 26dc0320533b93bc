"""From a file to Parquet parts in the artifact store: bounded memory, no value lost without a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from modelyard.core.datasets.csv_file import SAMPLE_ROWS, import_csv
from modelyard.core.datasets.detect import detect
from modelyard.core.datasets.duck import as_strings, connection, one_row, parts_table
from modelyard.core.datasets.kinds import Facts, suggest
from modelyard.core.datasets.parquet_file import import_parquet
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.types import CsvOptions, Ingested
from modelyard.core.storage.artifacts import ArtifactStore

_COLUMNS_AT_ONCE = 10  # each count of distinct values takes some 10 MB, however few rows there are


def ingest_file(
    path: str | Path,
    artifacts: ArtifactStore,
    *,
    name: str | None = None,
    on_progress: Callable[[float, str], None] | None = None,
    options: CsvOptions | None = None,
) -> Ingested:
    r"""Import a CSV or Parquet file; what it is is told from its bytes.

    Separator, quotes, encoding, header and the type of each column are found, not asked for. Nothing is guessed without
    a word: repairs and open questions are in the notes. The rules for types are those of
    `modelyard.core.datasets.formats`.

    Parameters
    ----------
    path : str or Path
        The file.
    artifacts : ArtifactStore
        Where the parts are kept. An import that fails keeps nothing.
    name : str, optional
        The name of the file, where `path` is an upload under another name.
    on_progress : callable, optional
        Called with a fraction from 0 to 1 and a message, from the thread that imports.
    options : CsvOptions, optional
        How to read a CSV file, where the guess should be overruled.

    Returns
    -------
    Ingested
        For `Catalog.create_version`.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, holds something else than it seems, or has rows that do not fit.

    Examples
    --------
    >>> from modelyard.core.storage.artifacts import ArtifactStore
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "people.csv").write_text("name;height\nAnn;1,68\nBob;1,81\n")
    >>> found = ingest_file(folder / "people.csv", ArtifactStore(folder / "artifacts"))
    >>> [(column.name, column.kind) for column in found.columns]
    [('name', 'category'), ('height', 'number')]
    """
    path = Path(path)
    report = on_progress or _silent
    kind = detect(path)
    notes: list[str] = []
    if kind == "parquet":
        raw = import_parquet(path, artifacts, report)
        if path.suffix.lower() in (".csv", ".tsv", ".txt"):
            notes.append(f"The file is named {path.suffix} and holds Parquet; it was read as Parquet.")
    else:
        raw = import_csv(path, artifacts, options or CsvOptions(), report)
    facts = _facts(raw, artifacts)
    report(1.0, f"{raw.rows:,} rows imported")
    return Ingested(
        parts=raw.parts,
        columns=suggest(raw.fields, facts, raw.nested),
        rows=raw.rows,
        origin={
            "kind": kind,
            "file": name or path.name,
            "size": raw.size,
            "sha256": raw.sha256,
            "options": raw.options,
        },
        notes=(*notes, *raw.notes),
    )


def _silent(_fraction: float, _message: str) -> None:
    pass


def _facts(raw: RawTable, artifacts: ArtifactStore) -> dict[str, Facts]:
    """Return what the first rows say of each column."""
    paths = as_strings([artifacts.path(part.key) for part in raw.parts[:1]])
    rows = min(SAMPLE_ROWS, raw.parts[0].rows)
    source = f"(SELECT * FROM {parts_table(len(raw.fields))} LIMIT {SAMPLE_ROWS})"  # noqa: S608
    facts: dict[str, Facts] = {}
    with connection() as con:
        for start in range(0, len(raw.fields), _COLUMNS_AT_ONCE):
            fields = raw.fields[start : start + _COLUMNS_AT_ONCE]
            sql = ", ".join(_measures(f"c{start + i}", type_) for i, (_, type_) in enumerate(fields))
            row = one_row(con, f"SELECT {sql} FROM {source}", [paths])  # noqa: S608
            for i, (name, _) in enumerate(fields):
                facts[name] = _fact(rows, row[4 * i : 4 * i + 4])
    return facts


def _measures(x: str, type_: str) -> str:
    lengths = f"avg(length({x})), avg(length({x}) - length(replace({x}, ' ', '')) + 1)"
    return f"count({x}), count(DISTINCT {x}), {lengths if type_ == 'string' else '0, 0'}"


def _fact(rows: int, measures: Sequence[float | None]) -> Facts:
    count, distinct, length, words = measures
    return Facts(rows, int(count or 0), int(distinct or 0), float(length or 0), float(words or 0))
