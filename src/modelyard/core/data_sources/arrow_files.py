"""Files and folders on any filesystem that pyarrow opens: a file, a folder or a glob is one table."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, NotFound
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.filters import Condition, Filter, conditions, typed
from modelyard.core.data_sources.paths import Path, format_path, parse_path
from modelyard.core.data_sources.types import BATCH_ROWS, FileAt, Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.fs as pafs

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".orc": "orc",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
}
"""Suffixes that are read batch by batch; text may be packed (``.csv.gz``)."""

_PACKED = (".gz", ".bz2", ".zst", ".lz4")


class ArrowFiles(BaseSource):
    """A tree of files. A folder (also with hive partitions, ``year=2026/``) or a glob is read as one table.

    A subclass opens the filesystem (`_filesystem`) and says what its errors mean (`_explain`).
    """

    writable = True

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return the folders and files of one folder."""
        import pyarrow.fs as pafs

        parts = self._parts(path)
        with self._told():
            filesystem, root = self._filesystem()
            selector = pafs.FileSelector(_join(root, parts), allow_not_found=True)
            found = [each for each in filesystem.get_file_info(selector) if search.lower() in each.base_name.lower()]
        found.sort(key=lambda each: each.base_name)
        return Listing(
            tuple(_item(parts, each) for each in found[offset : offset + limit]), len(found) > offset + limit, offset
        )

    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as `BaseSource.read` promises; Parquet skips what the filter rules out."""
        if isinstance(what, Query):
            raise InvalidInput("Files take no query.", where=self.name, remedy="Import them, and query the dataset.")
        yield from self._rows(self._parts(what), None, columns, filter, batch_rows, limit)

    def files(self, path: Path) -> list[FileAt]:
        """Return the files of an item, with the time at which each was written."""
        with self._told():
            filesystem, root = self._filesystem()
            found = self._files(filesystem, root, self._parts(path))
            return [FileAt(info.path, info.mtime_ns, info.size) for info in found]

    def read_files(
        self,
        path: Path,
        files: Sequence[FileAt],
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some of the `files` of an item, as `read` does those of all."""
        import pyarrow.fs as pafs

        chosen = [pafs.FileInfo(file.path, pafs.FileType.File, size=file.size) for file in files]
        return self._rows(self._parts(path), chosen, columns, filter, batch_rows, None)

    def _rows(
        self,
        parts: tuple[str, ...],
        files: Sequence[pafs.FileInfo] | None,
        columns: Sequence[str] | None,
        filter: Filter | None,
        batch_rows: int,
        limit: int | None,
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self._told():
            dataset = self._dataset(parts, files)
            wanted = conditions(filter)
            for name in [*(columns or ()), *(one.column for one in wanted)]:
                if name not in dataset.schema.names:
                    raise NotFound.named("column", name, dataset.schema.names)
            scanner = dataset.scanner(
                columns=None if columns is None else list(columns),
                filter=_expression(wanted, dataset.schema),
                batch_size=batch_rows,
                batch_readahead=2,
                fragment_readahead=1,
                use_threads=limit is None,
            )
            left, some = limit, False
            for batch in scanner.to_batches():
                piece = batch if left is None else batch.slice(0, left)
                left = left if left is None else left - piece.num_rows
                if piece.num_rows:
                    some = True
                    yield piece
                if left == 0:
                    break
            if not some:
                yield pa.RecordBatch.from_pylist([], schema=scanner.projected_schema)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write one Parquet file; it is there when all of it is."""
        import pyarrow.parquet as pq

        self._check_mode(mode)
        parts = self._parts(path)
        if mode == "append" or not parts or not parts[-1].lower().endswith((".parquet", ".pq")):
            raise InvalidInput(
                "Only whole Parquet files can be written.", where=format_path(parts), possible=["orders.parquet"]
            )
        with self._told(), tempfile.TemporaryDirectory() as folder:
            filesystem, root = self._filesystem()
            target, rows = _join(root, parts), 0
            if mode == "create" and filesystem.get_file_info(target).type.name == "File":
                raise AlreadyExists(f"The file {format_path(parts)!r} is there.", remedy="Write with mode 'replace'.")
            written = FilePath(folder) / "written.parquet"
            with pq.ParquetWriter(written, schema, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch)
                    rows += batch.num_rows
            self._put(written, target)
        return rows

    def local_copy(self, path: Path, folder: FilePath) -> FilePath | None:
        """Return a file of text or a workbook, which an import reads better than we do; None for others."""
        parts = self._parts(path)
        if not parts or _format(parts[-1]) in ("parquet", "ipc", "orc"):
            return None
        with self._told():
            filesystem, root = self._filesystem()
            info = filesystem.get_file_info(_join(root, parts))
            if info.type.name != "File":
                if _is_glob(parts) or info.type.name == "Directory":
                    return None
                raise self.missing(parts)
            return self._fetch(info.path, folder)

    def _dataset(self, parts: tuple[str, ...], chosen: Sequence[pafs.FileInfo] | None = None) -> ds.Dataset:
        import pyarrow.dataset as ds

        filesystem, root = self._filesystem()
        files = self._files(filesystem, root, parts) if chosen is None else list(chosen)
        formats = {_format(each.path) for each in files}
        if len(formats) != 1 or None in formats:
            raise InvalidInput(
                "These files are not of one kind that can be read batch by batch.",
                where=format_path(parts),
                possible=FORMATS,
                remedy="Name a folder or glob of one kind; a single workbook or JSON file can be imported.",
            )
        kind: Any = formats.pop()
        if kind == "csv" and _unpacked(files[0].path).endswith(".tsv"):
            import pyarrow.csv as pacsv

            kind = ds.CsvFileFormat(pacsv.ParseOptions(delimiter="\t"))
        base = _join(root, parts) if not _is_glob(parts) else root
        return ds.dataset(files, format=kind, filesystem=filesystem, partitioning="hive", partition_base_dir=base)

    def _files(self, filesystem: pafs.FileSystem, root: str, parts: tuple[str, ...]) -> list[pafs.FileInfo]:
        """Return the files of an item: itself, all that are in a folder, or those that a glob matches.

        With their sizes, so that none is asked for again when it is opened.
        """
        import pyarrow.fs as pafs

        info = filesystem.get_file_info(_join(root, parts))
        if info.type.name == "File":
            return [info]
        folder = parts
        while _is_glob(folder):
            folder = folder[:-1]
        if info.type.name == "NotFound" and not _is_glob(parts):
            raise self.missing(parts)
        found = filesystem.get_file_info(pafs.FileSelector(_join(root, folder), recursive=True, allow_not_found=True))
        files = [each for each in found if each.type.name == "File" and not each.base_name.startswith((".", "_"))]
        pattern = _join(root, parts)
        if info.type.name == "NotFound":
            files = [each for each in files if _matches(each.path, pattern)]
        if not files:
            raise NotFound(f"There is no file at {format_path(parts)!r} in the source {self.name!r}.")
        return sorted(files, key=lambda each: each.path)

    def _parts(self, path: Path) -> tuple[str, ...]:
        parts = parse_path(path)
        if any("/" in part or part in (".", "..") for part in parts):
            raise InvalidInput("A path of a file has no '..' and no slash within a name.", where=format_path(parts))
        return parts

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ModelyardError:
            raise
        except self._errors as error:
            told = self._explain(error)
            told.details = told.details or self.scrubbed(error)
            raise told from None

    @property
    def _errors(self) -> tuple[type[BaseException], ...]:
        import pyarrow as pa

        return (OSError, pa.ArrowException)

    @abstractmethod
    def _filesystem(self) -> tuple[pafs.FileSystem, str]:
        """Return the filesystem, and where on it the source begins."""

    @abstractmethod
    def _put(self, file: FilePath, target: str) -> None:
        """Bring a local file to its place, all of it or nothing."""

    @abstractmethod
    def _fetch(self, path: str, folder: FilePath) -> FilePath:
        """Return a local file with what is at `path`."""

    @abstractmethod
    def _explain(self, error: BaseException) -> ModelyardError:
        """Return our error for what the filesystem raised."""


def _join(root: str, parts: Sequence[str]) -> str:
    return "/".join([root.rstrip("/"), *parts]) if root else "/".join(parts)


def _item(parts: Sequence[str], info: Any) -> Item:
    is_file = info.type.name == "File"
    size = info.size if is_file else None
    return Item((*parts, info.base_name), "file" if is_file else "folder", None, size, info.mtime)


def _format(name: str) -> str | None:
    return FORMATS.get(FilePath(_unpacked(name)).suffix)


def _unpacked(name: str) -> str:
    lower = name.lower()
    for suffix in _PACKED:
        lower = lower.removesuffix(suffix)
    return lower


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) and path.count("/") == pattern.count("/")


def _is_glob(parts: Sequence[str]) -> bool:
    return any(sign in part for part in parts for sign in "*?[")


def _expression(wanted: Sequence[Condition], schema: pa.Schema) -> Any:
    """Return the conditions as pyarrow has them, or None."""
    import functools
    import operator

    each = [_one(one, schema.field(one.column).type) for one in wanted]
    return functools.reduce(operator.and_, each) if each else None


def _one(one: Condition, type_: pa.DataType) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    field = pc.field(one.column)
    if one.op.startswith("is "):
        return field.is_valid() if "not" in one.op else field.is_null()
    try:
        given = one.value if "in" in one.op else [one.value]
        values = pa.array([typed(value, type_) for value in given], type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        if isinstance(one.value, float) and pa.types.is_integer(type_):
            field, values = field.cast(pa.float64()), pa.array([one.value])
        else:
            raise InvalidInput(
                f"A column of the type {type_} cannot be compared with {one.value!r}.",
                where=f"filter on {one.column!r}",
            ) from None
    if one.op == "in":
        return field.isin(values)
    if one.op == "not in":
        return field.is_valid() & ~field.isin(values)
    compare = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
    return getattr(field, compare[one.op])(pc.scalar(values[0]))
