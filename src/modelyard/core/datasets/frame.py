"""Rows as a pandas frame: at the engine's door, where estimators want one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

_BATCH_ROWS = 65_536
_EXACT_IN_FLOAT = 2**53


def read_frame(
    paths: Sequence[str | Path],
    columns: Sequence[str] | None = None,
    rows: int | None = None,
    *,
    random_state: int = 0,
) -> pd.DataFrame:
    """Read the parts of a version into a frame.

    Text is of dtype ``str``, dates and times are ``datetime64[us]``, times of day ``timedelta64[us]`` since midnight,
    decimals ``float64``. Whole numbers with gaps are ``float64``, or ``Int64`` where that would lose digits; truth
    values with gaps are ``boolean``.

    Parameters
    ----------
    paths : sequence of path
        The Parquet parts.
    columns : sequence of str, optional
        Which columns, in which order; all of them by default.
    rows : int, optional
        At most so many rows, spread evenly over the table, in its order.
    random_state : int
        Seed of that sample: the same rows for the same seed.

    Raises
    ------
    InvalidInput
        If a column does not exist.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"x": [1, 2, 3]}), path)
    >>> read_frame([path])["x"].tolist()
    [1, 2, 3]
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = [pq.ParquetFile(path) for path in paths]
    try:
        schema = files[0].schema_arrow
        wanted = list(columns) if columns is not None else schema.names
        known = set(schema.names)
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise InvalidInput(f"There is no column {unknown[0]!r}.", possible=schema.names)
        total = sum(file.metadata.num_rows for file in files)
        # Positions, since names may hold dots, which Parquet takes for paths into nested columns.
        picked = None if rows is None or rows >= total else _spread(total, rows, random_state)
        batches = list(_batches(files, schema, wanted, picked))
        kept = pa.schema([schema.field(name) for name in wanted])
        return _to_pandas(pa.Table.from_batches(batches, kept))
    finally:
        for file in files:
            file.close()


def _spread(total: int, rows: int, random_state: int) -> np.ndarray[Any, Any]:
    """Return the positions of `rows` rows: one at random from each of as many equal stretches."""
    import numpy as np

    edges = np.linspace(0, total, rows + 1)
    jitter = np.random.default_rng(random_state).random(rows)
    return np.minimum((edges[:-1] + jitter * np.diff(edges)).astype(np.int64), total - 1)


def _batches(
    files: Sequence[Any], schema: pa.Schema, wanted: list[str], picked: np.ndarray[Any, Any] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns of all rows, or of those that were picked."""
    import numpy as np
    import pyarrow as pa

    positions = [schema.get_field_index(name) for name in wanted]
    start = 0
    for file in files:
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            inside = (
                None
                if picked is None
                else picked[np.searchsorted(picked, start) : np.searchsorted(picked, start + rows)]
            )
            if inside is None or len(inside):
                table = _read_group(file, group, positions, wanted)
                if inside is not None:
                    table = table.take(pa.array(inside - start))
                yield from table.to_batches(_BATCH_ROWS)
            start += rows


def _read_group(file: Any, group: int, positions: list[int], wanted: list[str]) -> pa.Table:
    # By position, since a name with a dot is taken for a path into a nested column; they come in the order of the file.
    table = file.reader.read_row_group(group, column_indices=sorted(set(positions)))
    order = {position: k for k, position in enumerate(sorted(set(positions)))}
    return table.select([order[position] for position in positions]).rename_columns(wanted)


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    series = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_decimal(field.type):
            column = column.cast(pa.float64())
        elif pa.types.is_time(field.type):
            column = column.cast(pa.int64()).cast(pa.duration("us"))
        elif pa.types.is_date(field.type):
            column = column.cast(pa.timestamp("us"))
        if column.null_count and pa.types.is_boolean(column.type):
            series[field.name] = column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
        elif column.null_count and pa.types.is_integer(column.type) and not _fits_float(column):
            unsigned = pa.types.is_unsigned_integer(column.type)
            dtype: Any = pd.UInt64Dtype() if unsigned else pd.Int64Dtype()
            series[field.name] = column.cast(pa.uint64() if unsigned else pa.int64()).to_pandas(
                types_mapper=lambda _t, d=dtype: d
            )
        else:
            series[field.name] = column.to_pandas()
    frame = pd.DataFrame(series, index=pd.RangeIndex(table.num_rows))
    return frame


def _fits_float(column: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    extremes = pc.min_max(column).as_py()
    low, high = extremes["min"], extremes["max"]
    return low is None or max(abs(low), abs(high)) <= _EXACT_IN_FLOAT
