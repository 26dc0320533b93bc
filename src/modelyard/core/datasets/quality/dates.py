"""Checks of dates and times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from modelyard.core.datasets.quality.base import DATES, Check, Column, ColumnCheck, Table, count
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import are, some

_DAY = 86_400
_HOUR = 3_600


class ImpossibleDates(ColumnCheck):
    """Dates that stand for none, and dates that have not come."""

    code = "Q301"
    name = "impossible_dates"
    title = "Dates that cannot be"
    advice = "Treat 1900-01-01, 9999-12-31 and the like as missing; look at what lies in the future."
    kinds = DATES

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count them by reason."""
        return {name: count(where) for name, where in self.reasons(column, table).items()}

    def reasons(self, column: Column, table: Table) -> dict[str, str]:
        """Return conditions by what they mean."""
        x, now = column.x, table.now.strftime("%Y-%m-%d %H:%M:%S")
        reasons = {
            "before 1900-01-02": f"{x} < '1900-01-02'",
            "after the year 2200": f"{x} >= '2200-01-01'",
            "in the future": f"{x} > '{now}'::TIMESTAMP + INTERVAL 1 DAY AND {x} < '2200-01-01'",
        }
        if len(column.facts.quantiles) > 1 and str(column.facts.quantiles[1]) > "1971":
            reasons["1970-01-01, where computers begin to count"] = f"{x} = '1970-01-01'"
        return reasons

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Few are suspect, many are what the column is about."""
        seen = {why: int(n) for why, n in got.items() if 0 < int(n) <= max(1, 0.05 * column.facts.count)}
        if not seen:
            return None
        said = ", ".join(f"{n:,} {are(n)} {why}" for why, n in seen.items())
        where = " OR ".join(f"({self.reasons(column, table)[why]})" for why in seen)
        sentence = f"Dates of {column.name!r} that cannot be: {said}."
        return self.finding((column.name,), sentence, count=sum(seen.values()), rows=Rows(where))


class DateGaps(Check):
    """Days or hours that are not there in a series that is regular otherwise."""

    code = "Q302"
    name = "date_gaps"
    title = "Gaps in time"
    severity = "low"
    advice = "Find out whether nothing happened then, or nothing was recorded."

    def find(self, table: Table) -> Iterator[Finding]:
        """Look at the steps between the days, or hours, that are there."""
        for column in table.columns:
            if column.info.kind in DATES and column.facts.distinct >= 20:
                found = self._of(column, table)
                if found is not None:
                    yield found

    def _of(self, column: Column, table: Table) -> Finding | None:
        unit, name = _unit(column)
        if unit is None:
            return None
        steps = _steps(column, table, unit)
        total = sum(n for _, n, _, _ in steps)
        usual, often, _, _ = max(steps, key=lambda step: step[1], default=(0, 0, 0, 0))
        if total < 19 or often < 0.75 * total:
            return None
        least = 2 * usual if often >= 0.95 * total else 5 * usual + 1
        gaps = sorted((step for step in steps if step[0] >= least), reverse=True)
        n = sum(step[1] for step in gaps)
        if not n:
            return None
        widest, _, begins, ends = gaps[0]
        shown = "%Y-%m-%d" if unit == _DAY else "%Y-%m-%d %H:00"
        between = " and ".join(f"{datetime.fromtimestamp(t, table.now.tzinfo):{shown}}" for t in (begins, ends))
        sentence = f"{column.name!r} has {some(n, 'gap')}: a value each {_every(usual, unit, name)}, but none for "
        edges = f"epoch({column.x}) // {unit} * {unit} IN ({begins}, {ends})"
        return self.finding(
            (column.name,), f"{sentence}{_every(widest, unit, name)} between {between}.", count=None, rows=Rows(edges)
        )


def _every(seconds: int, unit: int, name: str) -> str:
    n = seconds // unit
    return name if n == 1 else f"{n:,} {name}s"


def _unit(column: Column) -> tuple[int | None, str]:
    """Return the unit in which a series is looked at: hours where there are enough of them for the time it spans."""
    low, high = (
        (datetime.fromisoformat(str(value)) for value in (column.facts.min, column.facts.max) if value)
        if (column.facts.min and column.facts.max)
        else (None, None)
    )
    if low is None or high is None:
        return None, ""
    span = (high - low).total_seconds()
    if span > 400 * 366 * _DAY:
        return None, ""
    hourly = column.info.kind == "datetime" and column.facts.distinct > 3 * span / _DAY
    return (_HOUR, "hour") if hourly else (_DAY, "day")


def _steps(column: Column, table: Table, unit: int) -> list[tuple[int, int, int, int]]:
    """Return steps in seconds, how often each occurs, and the ends of one of that length."""
    scan = table.scan.loaded([column.index]) if table.scan.wide else table.scan
    x = f"(epoch({column.x}) // {unit} * {unit})::BIGINT"
    sql = (
        f"WITH seen AS (SELECT DISTINCT {x} AS t FROM {scan.source} WHERE isfinite({column.x})), "  # noqa: S608
        "steps AS (SELECT t, t - lag(t) OVER (ORDER BY t) AS step FROM seen) "
        "SELECT step, count(*), min(t) - step, min(t) FROM steps WHERE step IS NOT NULL GROUP BY step"
    )
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in scan.con.execute(sql).fetchall()]
