"""Checks of a table as a whole: what is there twice, and what is missing together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from modelyard.core.datasets.quality.base import Check, Column, Table
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import named, percent, some


class DuplicateRows(Check):
    """Rows that are there before."""

    code = "Q401"
    name = "duplicate_rows"
    title = "Duplicate rows"
    severity = "low"
    advice = "If they are not separate events, remove them: copies on both sides of a split make scores too good."

    def find(self, table: Table) -> Iterator[Finding]:
        """Look at what the profile counted."""
        n = table.profile.duplicate_rows
        if not n:
            return
        share = n / table.n_rows
        every = ", ".join(column.x for column in table.columns)
        repeated = f"hash({every}) IN (SELECT hash({every}) FROM parts GROUP BY 1 HAVING count(*) > 1)"  # noqa: S608
        yield self.finding(
            (),
            f"{some(n, 'row')} of {table.n_rows:,} ({percent(share)}) repeat an earlier row in every column.",
            severity="medium" if share > 0.01 else "low",
            count=n,
            rows=Rows(repeated),
        )


class DuplicateColumns(Check):
    """Columns with the same value in every row."""

    code = "Q402"
    name = "duplicate_columns"
    title = "The same column twice"
    advice = "Keep one of them."

    def find(self, table: Table) -> Iterator[Finding]:
        """Compare fingerprints of those columns whose facts are the same."""
        alike: dict[Hashable, list[Column]] = defaultdict(list)
        for column in table.columns:
            f = column.facts
            if f.count and f.distinct > 1:
                facts = (column.info.type, f.count, f.distinct, f.min, f.max, f.true_share, f.length_mean, f.top)
                alike[facts].append(column)
        for columns in alike.values():
            if len(columns) > 1:
                # hashed twice: DuckDB joins the hashes of several values by xor, which forgets their order
                for same in _same(table, columns, "hash(hash({x}, file_index, file_row_number))"):
                    names = tuple(column.name for column in same)
                    yield self.finding(names, f"{named(names)} have the same value in every row.")


class MissingTogether(Check):
    """Columns that are missing in the same rows."""

    code = "Q403"
    name = "missing_together"
    title = "Missing in blocks"
    severity = "low"
    advice = "They seem to come from one source that was not always there: one column that says so may be enough."

    def find(self, table: Table) -> Iterator[Finding]:
        """Compare fingerprints of where columns are missing."""
        alike: dict[Hashable, list[Column]] = defaultdict(list)
        for column in table.columns:
            if column.facts.missing >= max(3, 0.005 * table.n_rows) and column.facts.count:
                alike[column.facts.missing].append(column)
        for columns in alike.values():
            if len(columns) > 1:
                gaps = "CASE WHEN {x} IS NULL THEN hash(file_index, file_row_number) END"
                yield from (self._said(table, same) for same in _same(table, columns, gaps))

    def _said(self, table: Table, same: Sequence[Column]) -> Finding:
        names = tuple(column.name for column in same)
        missing = same[0].facts.missing
        share = percent(missing / table.n_rows)
        sentence = f"{named(names)} are missing in the same {some(missing, 'row')} ({share})."
        return self.finding(names, sentence, count=missing, rows=Rows(f"{same[0].x} IS NULL"))


_AT_ONCE = 100


def _same(table: Table, columns: Sequence[Column], hashed: str) -> list[list[Column]]:
    """Return groups of columns with the same set of hashes; one pass, whatever their number."""
    groups: dict[int, list[Column]] = defaultdict(list)
    for start in range(0, len(columns), _AT_ONCE):
        some_ = columns[start : start + _AT_ONCE]
        prints = table.scan.row(", ".join(f"bit_xor({hashed.format(x=column.x)})" for column in some_))
        for column, fingerprint in zip(some_, prints, strict=True):
            groups[fingerprint].append(column)
    return [group for group in groups.values() if len(group) > 1]
