"""Tests rows by the rules of their dataset, and keeps the bad ones aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.kinds import Facts, kind_of
from modelyard.core.datasets.quality.assess import Version, looking
from modelyard.core.datasets.quality.base import Table
from modelyard.core.datasets.quality.rule_store import Outcome, RuleInfo
from modelyard.core.datasets.quality.rules import Tested, tested
from modelyard.core.datasets.quality.types import Rows
from modelyard.core.datasets.types import ColumnInfo
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from modelyard.core.datasets.preview import Page

MOST_ROWS = 100_000
"""So many bad rows are kept of each rule."""

_BATCH = 16_384


def outcomes_of(
    rules: Sequence[RuleInfo],
    version: Version,
    artifacts: ArtifactStore,
    *,
    now: datetime,
    target: str | None = None,
    other: Version | None = None,
) -> dict[str, Outcome]:
    """Return how each rule went, by its id.

    Parameters
    ----------
    rules : sequence of RuleInfo
        Of the dataset.
    version : Version
        The rows to be tested.
    artifacts : ArtifactStore
        Where bad rows are kept.
    now : datetime
        The time of the test.
    target : str, optional
        For checks that need one.
    other : Version, optional
        The version before, for checks that compare.
    """
    known = {column.name for column in version.columns}
    with looking(version, target=target if target in known else None, other=other, now=now) as table:
        return {info.id: _outcome(info, tested(info.rule, table), table, artifacts) for info in rules}


@dataclass(frozen=True, slots=True)
class Judged:
    """How rules went over rows, and which rows break those that make imports fail.

    Parameters
    ----------
    outcomes : dict of str to Outcome
        By the id of the rule.
    places : pyarrow.Table
        The number of the file, of the row in it, and of the first rule that it breaks; in the order of the rows.
    shown : frozenset of str
        The rules whose rows are among the places; a rule about the table as a whole has none.
    """

    outcomes: dict[str, Outcome]
    places: pa.Table
    shown: frozenset[str]


def judge(
    rules: Sequence[RuleInfo],
    version: Version,
    artifacts: ArtifactStore,
    *,
    now: datetime,
    target: str | None = None,
    other: Version | None = None,
) -> Judged:
    """Return how each rule went, and where rows break those that make imports fail; see `outcomes_of`."""
    known = {column.name for column in version.columns}
    with looking(version, target=target if target in known else None, other=other, now=now) as table:
        tests = {info.id: tested(info.rule, table) for info in rules}
        outcomes = {info.id: _outcome(info, tests[info.id], table, artifacts) for info in rules}
        broken = {
            number: rows
            for number, info in enumerate(rules)
            if outcomes[info.id].state == "failed" and (rows := tests[info.id].rows) is not None
        }
        return Judged(outcomes, _places(broken, table), frozenset(rules[number].id for number in broken))


def _places(broken: Mapping[int, Rows], table: Table) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([("file", pa.int64()), ("row", pa.int64()), ("rule", pa.int64())])
    if not broken:
        return schema.empty_table()
    each = (
        f"SELECT file_index AS file, file_row_number AS row, {number} AS rule FROM parts WHERE ({rows.sql})"  # noqa: S608
        for number, rows in broken.items()
    )
    asked = f"SELECT file, row, min(rule) AS rule FROM ({' UNION ALL '.join(each)}) GROUP BY ALL ORDER BY file, row"  # noqa: S608
    values = [value for rows in broken.values() for value in rows.values]
    found: pa.Table = table.scan.con.sql(asked, params=values).to_arrow_table()
    return found.cast(schema)


def _outcome(info: RuleInfo, test: Tested, table: Table, artifacts: ArtifactStore) -> Outcome:
    state = "passed" if test.passed else "failed" if info.action == "fail" else "warned"
    key = None if test.passed or test.rows is None else _kept(test.rows, table, artifacts)
    return Outcome(table.now.isoformat(), state, test.sentence, test.count, key)


def _kept(rows: Rows, table: Table, artifacts: ArtifactStore) -> str:
    """Write the bad rows to a Parquet file of their own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in table.columns]
    selected = ", ".join(column.x for column in table.columns)
    asked = f"SELECT {selected} FROM parts WHERE ({rows.sql}) ORDER BY file_index, file_row_number LIMIT {MOST_ROWS}"  # noqa: S608
    with artifacts.write(".parquet") as file:
        reader: Any = table.scan.con.sql(asked, params=list(rows.values)).to_arrow_reader(_BATCH)
        schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
        with pq.ParquetWriter(file.path, schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return file.artifact.key


def kept_rows(path: Path, offset: int = 0, limit: int = 50) -> Page:
    """Return a page of the bad rows that were kept of a rule."""
    import pyarrow.parquet as pq

    from modelyard.core.datasets.preview import preview

    fields = [(field.name, str(field.type)) for field in pq.read_schema(path)]
    columns = [ColumnInfo(name, type_, kind_of(type_, Facts(1, 1, 1))) for name, type_ in fields]
    return preview([path], columns, offset, limit)
