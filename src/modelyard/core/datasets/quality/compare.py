"""Checks of one version against another: rows in both, columns that changed, values that drifted."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.core.datasets.quality.base import Check, Column, Table
from modelyard.core.datasets.quality.drift import LEAST_ROWS, drift
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import named, percent, some

_KINDS = ("integer", "number", "boolean", "category", "time", "duration")


class Overlap(Check):
    """Rows that are in both of two datasets, such as those to train and to test with."""

    code = "Q701"
    name = "overlap"
    title = "Rows in both"
    severity = "high"
    advice = "Remove them from one of the two: a model that has seen a row is not tested by it."
    needs = "other"

    def find(self, table: Table) -> Iterator[Finding]:
        """Look for each row in the other, without its id."""
        if table.other is None or table.same_dataset:
            return
        pairs = [(a, b) for a, b in _pairs(table) if a.info.role != "id" and b.info.role != "id"]
        if not pairs or all(a.facts.distinct <= 1 for a, _ in pairs):
            return
        mine, theirs = (", ".join(pair[k].x for pair in pairs) for k in (0, 1))
        there = f"hash({mine}) IN (SELECT hash({theirs}) FROM other)"  # noqa: S608
        n = int(table.scan.row("count(*)", f"WHERE {there}")[0])
        if not n:
            return
        share = n / table.n_rows
        sentence = f"{some(n, 'row')} ({percent(share)}) are in the other dataset, too; ids were not compared."
        yield self.finding((), sentence, severity="high" if share > 0.01 else "medium", count=n, rows=Rows(there))


class ChangedColumns(Check):
    """Columns that came, went, or have another type."""

    code = "Q702"
    name = "changed_columns"
    title = "Other columns"
    advice = "Whoever uses the dataset by these names has to know."
    needs = "other"

    def find(self, table: Table) -> Iterator[Finding]:
        """Compare names and types."""
        if table.other is None:
            return
        here = {column.name: column.info.type for column in table.columns}
        there = {column.name: column.info.type for column in table.other.columns}
        gone = tuple(name for name in there if name not in here)
        come = tuple(name for name in here if name not in there)
        if gone:
            yield self.finding(
                (), f"{named(gone)} {'is' if len(gone) == 1 else 'are'} not there any more.", severity="high"
            )
        if come:
            yield self.finding(come, f"{named(come)} {'is' if len(come) == 1 else 'are'} new.", severity="low")
        for name, type_ in here.items():
            if name in there and there[name] != type_:
                yield self.finding((name,), f"{name!r} is {type_} now, and was {there[name]}.")


class Drift(Check):
    """Values that are distributed otherwise than they were."""

    code = "Q703"
    name = "drift"
    title = "Distributed otherwise"
    advice = "Find out what changed: a model that learned from the one may be wrong on the other."
    needs = "other"
    least = 0.1

    def find(self, table: Table) -> Iterator[Finding]:
        """Measure each column that is in both, with an interval that allows for their number."""
        other = table.other
        if other is None or min(table.n_rows, other.n_rows) < LEAST_ROWS:
            return
        pairs = [(a, b) for a, b in _pairs(table) if a.info.kind in _KINDS and a.info.role not in ("id", "ignore")]
        for mine, theirs in pairs:
            found = drift(table.scan, mine, other.scan, theirs, tests=len(pairs))
            if found is not None and found.low >= self.least:
                yield self.finding(
                    (mine.name,),
                    f"{mine.name!r} is distributed otherwise: {percent(found.effect)} of its values would have to "
                    f"change (at least {percent(found.low)}, at most {percent(found.high)}); {found.most}.",
                    severity="high" if found.low >= 0.3 else "medium",
                )


def _pairs(table: Table) -> list[tuple[Column, Column]]:
    """Return the columns that both have with the same kind."""
    there = {column.name: column for column in (table.other.columns if table.other else ())}
    both = [(column, there[column.name]) for column in table.columns if column.name in there]
    return [(a, b) for a, b in both if a.info.kind == b.info.kind]
