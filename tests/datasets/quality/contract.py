"""The suite that every check passes: a planted fault is found in the right columns and rows, a clean twin is silent."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from modelyard.core.datasets.kinds import Facts, kind_of, suggest
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.quality.assess import Version, assess
from modelyard.core.datasets.quality.base import Check
from modelyard.core.datasets.quality.rows import rows_of
from modelyard.core.datasets.quality.types import SEVERITIES, Quality
from modelyard.core.datasets.types import ColumnInfo


@dataclass(frozen=True)
class Planted:
    """A table, what is to be found in it, and in which rows."""

    columns: dict[str, Any]
    """Names and values of the table."""
    found: tuple[tuple[str, ...], ...] = ()
    """Columns of each finding."""
    rows: int | None = None
    """How many rows show the first finding; None where columns show it."""
    severity: str | None = None
    """Of the first finding."""
    says: str = ""
    """Part of the first sentence."""
    target: str | None = None
    """The column to be predicted."""
    other: dict[str, Any] | None = None
    """A table to compare with."""
    same_dataset: bool = False
    """Whether that is a version of the same dataset."""


class CheckContract:
    """Inherit it, and say which check it is, what it finds, and what it does not."""

    check: type[Check]
    faults: tuple[Planted, ...]
    clean: tuple[Planted, ...]

    def test_is_described(self) -> None:
        check = self.check
        assert check.code[0] == "Q"
        assert check.code[1:].isdecimal()
        assert check.severity in SEVERITIES
        assert check.title
        assert check.advice.endswith(".")
        assert check.__doc__

    def test_finds_the_planted_fault(self, tmp_path: Path) -> None:
        for k, fault in enumerate(self.faults):
            version, quality = looked_at(tmp_path / str(k), fault, self.check())
            assert tuple(finding.columns for finding in quality.findings) == fault.found, quality
            assert {finding.code for finding in quality.findings} == {self.check.code}
            first = quality.findings[0]
            assert first.severity == (fault.severity or first.severity)
            assert fault.says in first.sentence
            assert first.sentence.endswith(".")
            if fault.rows is None:
                assert first.rows is None or first.count is None
            else:
                assert first.rows is not None
                other = table_of(tmp_path / str(k) / "o", fault.other) if fault.other else None
                compared = None if other is None else (other.paths, len(other.columns))
                page = rows_of(first.rows, version.paths, version.columns, limit=5, other=compared)
                assert (page.total, len(page.rows)) == (fault.rows, min(fault.rows, 5))
            assert Quality.from_json(json.loads(json.dumps(quality.to_json()))) == quality

    def test_is_silent_on_the_clean_twin(self, tmp_path: Path) -> None:
        for k, twin in enumerate(self.clean):
            assert looked_at(tmp_path / str(k), twin, self.check())[1].findings == ()


def table_of(folder: Path, columns: dict[str, Any]) -> Version:
    """Write a table, and profile it."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / "part.parquet"
    table = pa.table(columns)
    pq.write_table(table, path)
    fields = [(field.name, str(field.type)) for field in table.schema]
    rough = tuple(ColumnInfo(name, type_, kind_of(type_, Facts(1, 1, 1))) for name, type_ in fields)
    infos = suggest(fields, compute_profile([path], rough).facts())
    return Version((path,), infos, compute_profile([path], infos))


def looked_at(folder: Path, planted: Planted, *checks: Check) -> tuple[Version, Quality]:
    """Return a planted table and what checks find in it."""
    version = replace(table_of(folder, planted.columns), dataset="one")
    other = None if planted.other is None else table_of(folder / "o", planted.other)
    if other is not None and planted.same_dataset:
        other = replace(other, dataset="one")
    return version, assess(version, target=planted.target, other=other, checks=checks or None)
