"""From a file to Parquet parts in the artifact store: bounded memory, no value lost without a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.arrow_file import import_arrow
from modelyard.core.datasets.csv_file import import_csv
from modelyard.core.datasets.detect import Detected, detect
from modelyard.core.datasets.json_file import import_json
from modelyard.core.datasets.kinds import Facts, suggest
from modelyard.core.datasets.options import KINDS, MODELS, CsvOptions, ExcelOptions, JsonOptions, ReadingOptions
from modelyard.core.datasets.parquet_file import import_parquet
from modelyard.core.datasets.parts import first_rows
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.room import room_told
from modelyard.core.datasets.text_table import SAMPLE_ROWS
from modelyard.core.datasets.types import Ingested, Part
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

type Progress = Callable[[float, str], None]


def ingest_file(
    path: str | Path,
    artifacts: ArtifactStore,
    *,
    name: str | None = None,
    on_progress: Callable[[float, str], None] | None = None,
    options: ReadingOptions | Mapping[str, Any] | None = None,
) -> Ingested:
    r"""Import a file; what it is is told from its bytes.

    Separated text (CSV, TSV and the like), JSON, JSON lines, Parquet, Arrow and Feather, and Excel or OpenDocument
    workbooks. Text may be packed by gzip, zstd, bzip2, xz, or in a zip archive of one file; it is unpacked while it is
    read, so that memory stays bounded at any size.

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
    options : CsvOptions, JsonOptions, ExcelOptions or mapping, optional
        How to read the file, where the guess should be overruled.

    Returns
    -------
    Ingested
        For `Catalog.create_version`.

    Raises
    ------
    InvalidInput
        If there is no such file, it is empty, holds something else than it seems, or has rows that do not fit.
    Unavailable
        If the disk is full or may not be written to.

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
    found = detect(path)
    chosen = _options(found, options)
    with room_told(artifacts.root, report) as watched:
        raw = _read(found, artifacts, chosen, watched)
    facts = facts_of(raw.parts, raw.fields, artifacts)
    report(1.0, f"{raw.rows:,} rows imported")
    return Ingested(
        parts=raw.parts,
        columns=suggest(raw.fields, facts, raw.nested),
        rows=raw.rows,
        origin={
            "kind": found.kind,
            "file": name or path.name,
            "size": raw.size,
            "sha256": raw.sha256,
            "options": raw.options,
            **({"given": chosen.given} if chosen.given else {}),
        },
        notes=(*_name_notes(found), *raw.notes),
    )


def _options(found: Detected, options: ReadingOptions | Mapping[str, Any] | None) -> ReadingOptions:
    model = MODELS[found.kind]
    if type(options) is model:
        return options
    said = options.given if isinstance(options, ReadingOptions) else options or {}
    return model.parse(said, what=KINDS[found.kind])


def _read(found: Detected, artifacts: ArtifactStore, options: ReadingOptions, report: Progress) -> RawTable:
    path = found.packed.path
    if isinstance(options, ExcelOptions):
        from modelyard.core.datasets.excel_file import import_excel

        return import_excel(path, artifacts, options, report)
    if isinstance(options, CsvOptions):
        return import_csv(found.packed, artifacts, options, report)
    if isinstance(options, JsonOptions):
        return import_json(found.packed, artifacts, options, report)
    return (import_parquet if found.kind == "parquet" else import_arrow)(path, artifacts, report)


_TEXT_NAMES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")


def _name_notes(found: Detected) -> list[str]:
    suffix = found.packed.path.suffix.lower()
    if found.kind in ("parquet", "arrow", "excel") and suffix in _TEXT_NAMES:
        kind = KINDS[found.kind]
        return [f"The file is named {suffix} and holds {kind}; it was read as {kind}."]
    return []


def _silent(_fraction: float, _message: str) -> None:
    pass


def facts_of(parts: Sequence[Part], fields: Sequence[tuple[str, str]], artifacts: ArtifactStore) -> dict[str, Facts]:
    """Return what the first rows say of each column."""
    sample = first_rows(artifacts.path(parts[0].key), SAMPLE_ROWS)
    return {name: _fact(sample.column(i), type_, sample.num_rows) for i, (name, type_) in enumerate(fields)}


def _fact(column: pa.ChunkedArray, type_: str, rows: int) -> Facts:
    import pyarrow.compute as pc

    length = words = 0.0
    count = len(column) - column.null_count
    if type_ == "string" and count:
        length = float(pc.mean(pc.utf8_length(column)).as_py())
        words = float(pc.mean(pc.count_substring(column, " ")).as_py()) + 1
    return Facts(rows, count, int(pc.count_distinct(column).as_py()), length, words)
