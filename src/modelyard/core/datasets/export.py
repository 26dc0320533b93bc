"""A version as one file, streamed from its parts in bounded memory: whole under its name, or not there at all.

What text formats make of values:

- CSV: RFC 4180 in UTF-8 with a header. Texts are always quoted, and a missing value is an empty cell; so ``""`` is an
  empty text. (In a table of one column a missing value is ``""`` as well, since many readers skip a blank line.)
- JSON lines: one object a line, all columns in it, null where a value is missing.
- Both: times in ISO 8601, those with a zone in UTC; durations in seconds; bytes in base64; numbers with all their
  digits. JSON knows no infinity: it is the text ``inf`` or ``-inf``.

Parquet and Arrow keep every type as it is. What Excel makes of values is told in
`modelyard.core.datasets.excel_export`.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, Unavailable
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.datasets.duck import connection, literal
from modelyard.core.datasets.excel_export import SHEET, check_fits, write_excel
from modelyard.core.datasets.rewrite import schema_of
from modelyard.core.datasets.scan import make_view
from modelyard.core.datasets.types import ColumnInfo
from modelyard.core.datasets.value_text import text_of
from modelyard.core.storage.failures import explained_disk

if TYPE_CHECKING:
    import pyarrow as pa

type Progress = Callable[[int], object]

FORMATS = {"csv": ".csv", "jsonl": ".jsonl", "parquet": ".parquet", "arrow": ".arrow", "xlsx": ".xlsx"}
"""What can be written, and how such files end."""

COMPRESSIONS = {"gzip": ".gz", "zstd": ".zst"}
"""How text can be packed, and what is added to the name."""

_ALSO = {".ndjson": "jsonl", ".pq": "parquet", ".feather": "arrow"}
_TEXT = ("csv", "jsonl")
_BATCH = 65_536
_CELLS = 1 << 21
_BYTES = 32 << 20  # of a batch in memory


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be written.

    Parameters
    ----------
    format : str
        One of `FORMATS`.
    compression : str, optional
        One of `COMPRESSIONS`, for text; Parquet is packed inside.
    """

    format: str
    compression: str | None = None

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return FORMATS[self.format] + COMPRESSIONS.get(self.compression or "", "")


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written.

    Parameters
    ----------
    path : Path
        Where it is.
    rows, bytes : int
        What is in it, and its size.
    sha256 : str
        Of the file.
    reading : dict
        Options by which `import_file` reads it as it was: which columns are text, whatever they look like.
    """

    path: Path
    rows: int
    bytes: int
    sha256: str
    reading: Json

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return {**asdict(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, values: Json) -> Exported:
        """Rebuild from `to_json`; other entries are left aside."""
        return cls(Path(values["path"]), *(values[name] for name in ("rows", "bytes", "sha256", "reading")))


def target_of(path: Path | None, format: str | None = None, compression: str | None = None) -> Target:
    """Return what is to be written, from what was said and the name of the file.

    Raises
    ------
    InvalidInput
        If that cannot be written, or the name says nothing.

    Examples
    --------
    >>> target_of(Path("flights.csv.gz"))
    Target(format='csv', compression='gzip')
    >>> target_of(None, "parquet").suffix
    '.parquet'
    """
    suffixes = [suffix.lower() for suffix in path.suffixes] if path is not None else []
    if suffixes and (packing := _key(COMPRESSIONS, suffixes[-1])):
        compression = compression or packing
        suffixes = suffixes[:-1]
    ending = suffixes[-1] if suffixes else ""
    format = format or _ALSO.get(ending) or _key(FORMATS, ending) or ("csv" if path is None else None)
    if format not in FORMATS:
        said = format or ending or "a file without a suffix"
        raise InvalidInput(
            f"A dataset cannot be written as {said}.",
            where=None if path is None else str(path),
            possible=FORMATS,
            remedy="Name the format, or give the file one of their suffixes.",
        )
    if compression is not None and compression not in COMPRESSIONS:
        raise InvalidInput(f"A file cannot be packed by {compression!r}.", possible=COMPRESSIONS)
    if compression is not None and format not in _TEXT:
        raise InvalidInput(f"Only text is packed, and {format} is none.", possible=_TEXT, remedy="Leave it as it is.")
    return Target(format, compression)


def export(
    paths: Sequence[Path],
    columns: Sequence[ColumnInfo],
    path: Path,
    target: Target,
    *,
    overwrite: bool = False,
    on_rows: Progress = lambda rows: None,
) -> Exported:
    """Write the rows of a version to a file, which has another name until it is whole.

    Parameters
    ----------
    paths : sequence of path
        The parts.
    columns : sequence of ColumnInfo
        Of the version.
    path : Path
        The file.
    target : Target
        What to write.
    overwrite : bool
        Whether a file that is there may be replaced.
    on_rows : callable
        Called with the number of rows that are written so far.

    Raises
    ------
    AlreadyExists
        If the file is there.
    Unavailable
        If there can be no file at that place, or the disk is full.
    InvalidInput
        If the rows, the columns or a text do not fit into a sheet of Excel.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> part = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"name": ["Ann", "", None], "height": [1.68, None, 1.81]}), part)
    >>> columns = [ColumnInfo("name", "string", "text"), ColumnInfo("height", "double", "number")]
    >>> done = export([part], columns, part.with_name("people.csv"), Target("csv"))
    >>> print(done.path.read_text(), end="")
    "name","height"
    "Ann",1.68
    "",
    ,1.81
    """
    with whole(path, overwrite) as partial:
        if target.format == "xlsx":
            check_fits(_rows_in(paths), len(columns))
            rows = write_excel(paths, columns, partial, batch_rows=_batch_rows(paths), on_rows=on_rows)
        elif target.format in _TEXT:
            rows = _write_text(paths, columns, partial, target, on_rows)
        else:
            rows = _write_typed(paths, partial, target.format, on_rows)
        size, sha256 = facts_of(partial)
    return Exported(path, rows, size, sha256, _reading(columns, target))


@contextmanager
def whole(path: Path, overwrite: bool) -> Iterator[Path]:
    """Yield a file to write to, which gets its name when it is whole; raises as `export`."""
    check_place(path, overwrite)
    partial = path.with_name(f".{path.name}.{new_id('partial')}")
    with _reached(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
    with explained_disk(str(path)):
        try:
            yield partial
            check_free(path, overwrite)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def facts_of(path: Path) -> tuple[int, str]:
    """Return the bytes and the SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def check_place(path: Path, overwrite: bool) -> None:
    """Raise `AlreadyExists` if a file is there that is to stay, and `Unavailable` if there can be none."""
    with _reached(path):
        check_free(path, overwrite)
        there = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass  # only trying tells: some folders refuse whatever their rights say


@contextmanager
def _reached(path: Path) -> Iterator[None]:
    try:
        with explained_disk(str(path)):
            yield
    except OSError as error:
        if isinstance(error, ModelyardError):
            raise
        raise Unavailable(
            "There can be no file at this place.", where=str(path), remedy="Choose another folder.", details=str(error)
        ) from error


def check_free(path: Path, overwrite: bool) -> None:
    """Raise `AlreadyExists` if a file is there that is to stay."""
    if path.is_dir() or (path.exists() and not overwrite):
        raise AlreadyExists(
            "There is something of that name already.", where=str(path), remedy="Choose another name, or overwrite it."
        )


def rows_of(paths: Sequence[Path], on_rows: Progress = lambda rows: None) -> Iterator[pa.RecordBatch]:
    """Yield all rows as batches, in the types that they are kept in."""
    import pyarrow.parquet as pq

    done = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_batch_rows([path]), use_threads=False):
                yield batch
                done += batch.num_rows
                on_rows(done)


def _rows_in(paths: Sequence[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(int(pq.read_metadata(path).num_rows) for path in paths)


def _batch_rows(paths: Sequence[Path]) -> int:
    """Return how many rows to hold at once: fewer where they are wide."""
    import pyarrow.parquet as pq

    rows = _BATCH
    for path in paths:
        facts = pq.read_metadata(path)
        rows = min(rows, _CELLS // max(1, facts.num_columns))
        for group in map(facts.row_group, range(facts.num_row_groups)):
            rows = min(rows, _BYTES * group.num_rows // max(1, group.total_byte_size))
    return max(16, rows)


def _write_typed(paths: Sequence[Path], path: Path, format: str, on_rows: Progress) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, schema = 0, schema_of(paths[0])
    with pa.OSFile(str(path), "wb") as sink:
        writer: Any = (
            pq.ParquetWriter(sink, schema, compression="zstd") if format == "parquet" else pa.ipc.new_file(sink, schema)
        )
        with writer:
            for batch in rows_of(paths, on_rows):
                writer.write_batch(batch.replace_schema_metadata(None))
                rows += batch.num_rows
    return rows


def _write_text(
    paths: Sequence[Path], columns: Sequence[ColumnInfo], path: Path, target: Target, on_rows: Progress
) -> int:
    """Let DuckDB make a line of each row: its own writer has no room for names that differ in case alone."""
    rows = 0
    with connection() as con, _sink(path, target.compression) as sink:
        make_view(con, list(paths), len(columns), "parts")
        line = (_csv_line if target.format == "csv" else _json_line)(columns)
        if target.format == "csv":
            names = [column.name.replace('"', '""') for column in columns]
            sink.write((",".join(f'"{name}"' for name in names) + "\n").encode())
        asked = con.sql(f"SELECT {line} || chr(10) FROM parts")  # noqa: S608
        for batch in asked.to_arrow_reader(_batch_rows(paths)):
            sink.write("".join(batch.column(0).to_pylist()).encode())
            rows += batch.num_rows
            on_rows(rows)
    return rows


@contextmanager
def _sink(path: Path, compression: str | None) -> Iterator[Any]:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as raw:
        if compression is None:
            yield raw
        else:
            with pa.CompressedOutputStream(raw, compression) as packed:
                yield packed


def _csv_line(columns: Sequence[ColumnInfo]) -> str:
    missing = "''" if len(columns) > 1 else literal('""')
    cells = []
    for i, column in enumerate(columns):
        text = text_of(f"c{i}", column.type)
        if column.type in ("string", "binary"):
            text = f"""'"' || replace({text}, '"', '""') || '"'"""
        cells.append(f"coalesce({text}, {missing})")
    return f"concat_ws(',', {', '.join(cells)})"


def _json_line(columns: Sequence[ColumnInfo]) -> str:
    # DuckDB's own functions for objects keep the digits of a double alone, and much memory for wide tables.
    names = [literal(json.dumps(column.name, ensure_ascii=False) + ":") for column in columns]
    values = [f"coalesce({_json(f'c{i}', column.type)}, 'null')" for i, column in enumerate(columns)]
    members = [f"{name} || {value}" for name, value in zip(names, values, strict=True)]
    return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"


def _json(x: str, type_: str) -> str:
    text = text_of(x, type_)
    if type_ in ("float", "double"):
        return f"CASE WHEN isinf({x}) THEN to_json({text})::VARCHAR ELSE {text} END"
    plain = type_ == "bool" or type_.startswith(("int", "uint", "decimal", "duration"))
    return text if plain else f"to_json({text})::VARCHAR"


def _reading(columns: Sequence[ColumnInfo], target: Target) -> Json:
    if target.format in ("parquet", "arrow"):
        return {}
    texts = [column.name for column in columns if column.type in ("string", "binary")]
    said: Json = {"as_text": texts} if texts else {}
    if target.format == "csv":
        said |= {"separator": ",", "quote": '"', "encoding": "utf-8", "header": True, "skip": 0}
    if target.format == "xlsx":
        said |= {"sheet": SHEET, "header": True, "skip": 0}
    return said


def _key(names: dict[str, str], suffix: str) -> str | None:
    return next((name for name, ending in names.items() if ending == suffix), None)
