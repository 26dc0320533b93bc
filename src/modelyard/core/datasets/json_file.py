"""JSON and JSON lines to Parquet parts: records to columns of text, then types as for any text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.datasets.duck import connection, literal
from modelyard.core.datasets.encoding import TextFile, examine
from modelyard.core.datasets.json_records import Records
from modelyard.core.datasets.json_structure import Node, learn
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.options import JsonOptions
from modelyard.core.datasets.packing import Packed
from modelyard.core.datasets.raw import RawTable
from modelyard.core.datasets.text_table import write_typed
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

type Progress = Callable[[float, str], None]
type KeyPath = tuple[str, ...]

_LEARNED_ROWS = 10_000
_TABLE_ROWS = 65_536
_TABLE_BYTES = 32 << 20


class _NewStructure(Exception):
    """A record after the sample has keys of its own, or another value where objects were."""


def import_json(packed: Packed, artifacts: ArtifactStore, options: JsonOptions, on_progress: Progress) -> RawTable:
    """Write the records of a JSON file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    file = examine(packed, options.encoding, lambda done: on_progress(0.1 * done, "Reading the encoding"))
    records = Records(packed, file.encoding)
    root = Node()
    with connection() as con:
        rows = _JsonRows(con, records, root)
        rows.learn_sample()
        try:
            return _import(rows, file, artifacts, options, on_progress)
        except _NewStructure:  # learn from all records, then read them again
            rows.learn_all()
            return _import(rows, file, artifacts, options, on_progress)


def _import(
    rows: _JsonRows, file: TextFile, artifacts: ArtifactStore, options: JsonOptions, on_progress: Progress
) -> RawTable:
    names, notes = repair([".".join(path) for path, _ in rows.leaves])
    typed = write_typed(
        rows,
        lambda kept: [names[i] for i in kept],
        artifacts,
        options,
        on_progress,
        said_text={i for i, (_, leaf) in enumerate(rows.leaves) if leaf.kinds == {"text"}},
    )
    listed = [i for i, (_, leaf) in enumerate(rows.leaves) if leaf.kinds & {"list", "object"}]
    if listed:
        shown = ", ".join(repr(names[i]) for i in listed[:5]) + ("…" if len(listed) > 5 else "")
        notes.append(f"Lists and mixed values were kept as JSON text: {shown}.")
    if any(len(path) > 1 for path, _ in rows.leaves):
        notes.append("Objects inside records were spread over columns named with dots.")
    records = rows.records
    if records.left_out:
        shown = ", ".join(repr(key) for key in list(records.left_out)[:5])
        notes.append(f"The rows are those of {records.member!r}; beside it the file holds {shown}, which was left out.")
    return RawTable(
        parts=typed.parts,
        fields=typed.fields,
        rows=typed.rows,
        size=file.size,
        sha256=file.sha256,
        options={"encoding": file.encoding, "form": records.form},
        notes=(*filter(None, [file.note]), *notes, *typed.notes),
        nested=frozenset(names[i] for i in listed if typed.choices[i].format is None),
    )


class _JsonRows:
    """The records as text columns ``c0``, ``c1``, …, checked against the structure that was learned.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Which cuts the records.
    records : Records
        The file.
    root : Node
        What is known of the records.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, records: Records, root: Node) -> None:
        self.records = records
        self.path: Path = records.path
        self._con = con
        self._root = root
        self.leaves: list[tuple[KeyPath, Node]] = []

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.leaves)

    @property
    def fraction(self) -> float:
        """How much of the file was read."""
        return self.records.fraction

    def learn_sample(self) -> None:
        """Learn the keys from the first records."""
        seen = 0
        with _placed(self.path):
            for batch in self.records.batches():
                texts = batch.column(0).slice(0, _LEARNED_ROWS - seen).to_pylist()
                learn(self._root, texts, seen + 1)
                seen += len(texts)
                if seen >= _LEARNED_ROWS:
                    break
        self._settle(seen)

    def learn_all(self) -> None:
        """Learn the keys from those records, of all, that are not as the sample was."""
        seen = 0
        with _placed(self.path):
            for batch in self.records.batches():
                if self._is_new(batch, seen):
                    learn(self._root, batch.column(0).to_pylist(), seen + 1)
                    self._settle(1)
                seen += batch.num_rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the beginning."""
        for table in self.tables():
            yield from table.to_batches()

    def tables(self, rows: int = _TABLE_ROWS) -> Iterator[pa.Table]:
        """Yield the rows in tables of at least so many rows, fewer where rows are wide."""
        import pyarrow as pa

        waiting: list[pa.Table] = []
        count = size = seen = 0
        for batch in self.records.batches():
            table = self._cut(batch, seen)
            seen += batch.num_rows
            waiting.append(table)
            count += table.num_rows
            size += table.nbytes
            if count >= rows or size >= _TABLE_BYTES:
                yield pa.concat_tables(waiting)
                waiting, count, size = [], 0, 0
        if count:
            yield pa.concat_tables(waiting)

    def _settle(self, seen: int) -> None:
        if not seen:
            raise InvalidInput(
                "The file has no records.", where=str(self.path), remedy="Import a file with at least one record."
            )
        self.leaves = list(self._root.leaves())
        if not self.leaves:
            raise InvalidInput("The records have no keys.", where=str(self.path))

    def _cut(self, batch: pa.RecordBatch, seen: int) -> pa.Table:
        import pyarrow as pa

        if self._is_new(batch, seen):
            raise _NewStructure
        template, others = _plan(self._root)
        selected = [f"json_transform(c0, {literal(json.dumps(template))}) AS s"] if template else []
        selected += [f"json_extract_string(c0, {literal(_pointer(path))}) AS o{k}" for k, path in enumerate(others)]
        table = self._query(f"SELECT {', '.join(selected)} FROM records", batch, seen)  # noqa: S608
        columns: dict[KeyPath, pa.Array] = {}
        if template:
            _flatten(table.column("s"), (), columns)
        for k, path in enumerate(others):
            columns[path] = table.column(f"o{k}")
        return pa.table({f"c{i}": columns[path] for i, (path, _) in enumerate(self.leaves)})

    def _is_new(self, batch: pa.RecordBatch, seen: int) -> bool:
        """Tell whether a record has an unknown key, or no object where columns were made of objects."""
        branches = dict(self._root.branches())
        inner = [path for path in branches if path]
        pointers = "[" + ", ".join(literal(_pointer(path)) for path in inner) + "]"
        nested = f", json_keys(c0, {pointers}), json_type(c0, {pointers})" if inner else ", [], []"
        shapes = self._query(f"SELECT DISTINCT json_keys(c0), json_type(c0){nested} FROM records", batch, seen)  # noqa: S608
        known = [set(branches[path].children) for path in [(), *inner]]
        for top, kind, keys, kinds in zip(*(column.to_pylist() for column in shapes.columns), strict=True):
            if kind != "OBJECT" or any(found not in (None, "NULL", "OBJECT") for found in kinds):
                return True
            if any(found and not known[i].issuperset(found) for i, found in enumerate([top, *keys])):
                return True
        undecided = [path for path, leaf in self.leaves if not leaf.kinds]
        return bool(undecided) and self._has_values(undecided, batch, seen)

    def _has_values(self, paths: Sequence[KeyPath], batch: pa.RecordBatch, seen: int) -> bool:
        pointers = ", ".join(literal(_pointer(path)) for path in paths)
        sql = f"SELECT DISTINCT json_type(c0, [{pointers}]) AS t FROM records"  # noqa: S608
        kinds = self._query(sql, batch, seen).column(0).to_pylist()
        return any(kind not in (None, "NULL") for row in kinds for kind in row)

    def _query(self, sql: str, batch: pa.RecordBatch, seen: int) -> pa.Table:
        import duckdb
        import pyarrow as pa

        self._con.register("records", pa.Table.from_batches([batch]))
        try:
            return self._con.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            with _placed(self.path):
                learn(Node(), batch.column(0).to_pylist(), seen + 1)  # says which record, if Python finds it
            raise InvalidInput(
                f"A record from {seen + 1:,} to {seen + batch.num_rows:,} is not valid JSON.",
                where=str(self.path),
                details=str(error),
            ) from error


@contextmanager
def _placed(path: Path) -> Iterator[None]:
    """Add the file to an error that names a record."""
    try:
        yield
    except InvalidInput as error:
        if error.where is not None:
            raise
        raise InvalidInput(
            error.what,
            where=str(path),
            possible=error.possible or None,
            remedy=error.remedy,
            details=error.details,
        ) from error


def _plan(node: Node, path: KeyPath = ()) -> tuple[Json, list[KeyPath]]:
    """Return a template for `json_transform`, and the paths it cannot take: ``x`` and ``X`` are one key to it."""
    alike = Counter(key.casefold() for key in node.children)
    template: Json = {}
    others: list[KeyPath] = []
    for key, child in node.children.items():
        inner, rest = _plan(child, (*path, key)) if child.is_branch else ("VARCHAR", [])
        if not key or alike[key.casefold()] > 1:
            others += [(*path, key, *leaf) for leaf, _ in child.leaves()] if child.is_branch else [(*path, key)]
            continue
        if inner:
            template[key] = inner
        others += rest
    return template, others


def _pointer(path: KeyPath) -> str:
    """Return a JSON pointer.

    Examples
    --------
    >>> _pointer(("a/b", "c"))
    '/a~1b/c'
    """
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _flatten(column: pa.Array, path: KeyPath, columns: dict[KeyPath, pa.Array]) -> None:
    """Add the leaves of a struct."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for k in range(column.type.num_fields):
        inner = pc.struct_field(column, [k])
        place = (*path, column.type.field(k).name)
        if pa.types.is_struct(inner.type):
            _flatten(inner, place, columns)
        else:
            columns[place] = inner
