"""Checks of what any column holds; the profile knows enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from modelyard.core.datasets.quality.base import NUMBERS, TEXTS, Column, ColumnCheck, Table, count
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import are, percent, some

_FEW_ROWS = 20


class NoValues(ColumnCheck):
    """A column without any value."""

    code = "Q101"
    name = "all_missing"
    title = "No values"
    severity = "high"
    advice = "Ignore the column, or look for what went wrong where the file was made."

    def applies(self, column: Column) -> bool:
        """Tell whether it is empty."""
        return not column.facts.count

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Say it."""
        return self.finding((column.name,), f"{column.name!r} has no value in any row.")


class MostlyMissing(ColumnCheck):
    """A column that is missing in more than half of the rows."""

    code = "Q102"
    name = "mostly_missing"
    title = "Mostly missing"
    advice = "Ask why: if missing has a meaning, keep it; otherwise ignore the column."

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the share."""
        share = column.facts.missing_share
        if share <= 0.5:
            return None
        sentence = f"{column.name!r} has no value in {percent(share)} of the rows."
        rows = Rows(f"{column.x} IS NULL")
        return self.finding((column.name,), sentence, count=column.facts.missing, rows=rows)


class Constant(ColumnCheck):
    """A column with one value."""

    code = "Q103"
    name = "constant"
    title = "Only one value"
    advice = "Ignore the column: nothing can be learned from it."

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the number of different values."""
        facts = column.facts
        if facts.distinct != 1 or (not facts.distinct_exact and not facts.top):
            return None
        only = facts.top[0].value if facts.top else facts.min
        if not facts.missing:
            return self.finding((column.name,), f"{column.name!r} is always {only!r}.")
        there = percent(1 - facts.missing_share)
        return self.finding(
            (column.name,),
            f"{column.name!r} is always {only!r} where it is not missing ({there} of the rows).",
            severity="low",
            advice="Check what missing means here.",
            count=facts.count,
            rows=Rows(f"{column.x} IS NOT NULL"),
        )


class NearlyConstant(ColumnCheck):
    """A column in which one value dominates."""

    code = "Q104"
    name = "nearly_constant"
    title = "One value dominates"
    severity = "low"
    advice = "As a feature it may add little; look at the rows that differ."
    kinds = TEXTS | NUMBERS | {"boolean"}
    share: ClassVar[Mapping[str, float]] = {"category": 0.95, "boolean": 0.95, "text": 0.99, "integer": 0.99}

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the most frequent value."""
        facts = column.facts
        if facts.distinct < 2 or not facts.top or facts.count < _FEW_ROWS or column.info.role == "target":
            return None
        top = facts.top[0]
        share = top.count / facts.count
        if share < self.share.get(column.info.kind, 0.99):
            return None
        sentence = f"{percent(share)} of the values of {column.name!r} are {top.value!r}."
        simple = column.info.kind in ("category", "text", "boolean", "integer")
        rows = Rows(f"{column.x} <> ?", (top.value,)) if simple else None
        return self.finding((column.name,), sentence, count=facts.count - top.count, rows=rows)


class IdLike(ColumnCheck):
    """A column that names its row."""

    code = "Q105"
    name = "id_like"
    title = "Looks like an id"
    severity = "low"
    advice = "It is left out of training while its role is id; change the role if it carries meaning."
    kinds = TEXTS | {"integer"}

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the role, and at how many values repeat."""
        facts, role = column.facts, column.info.role
        if role == "id":
            return self.finding((column.name,), f"{column.name!r} has another value in every row.")
        words = facts.words_mean or 0
        codes = column.info.kind != "integer" and words < 2
        distinct = facts.distinct if facts.distinct_exact else 0.9 * facts.distinct
        if role != "feature" or not codes or facts.count < 100 or distinct < 0.95 * facts.count:
            return None
        return self.finding(
            (column.name,),
            f"{facts.distinct:,} of {facts.count:,} values of {column.name!r} are different.",
            advice="Nothing repeats from which to learn: give it the role id or ignore, or derive what it means.",
        )


class ManyCategories(ColumnCheck):
    """A category with very many values."""

    code = "Q106"
    name = "many_categories"
    title = "Many categories"
    severity = "low"
    advice = "Rare values teach little; think of grouping them."
    kinds = frozenset({"category"})

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the number of different values."""
        facts = column.facts
        if facts.distinct <= max(50, 0.05 * facts.count):
            return None
        return self.finding(
            (column.name,), f"{column.name!r} has {facts.distinct:,} different values in {facts.count:,} rows."
        )


class Infinite(ColumnCheck):
    """Numbers without end."""

    code = "Q107"
    name = "infinite"
    title = "Infinite numbers"
    advice = "They often come from a division by zero; replace them where the file is made."
    kinds = frozenset({"number"})

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at their number."""
        n = column.facts.infinite
        if not n:
            return None
        sentence = f"{some(n, 'value')} of {column.name!r} {are(n)} infinite."
        return self.finding((column.name,), sentence, count=n, rows=Rows(f"isinf({column.x})"))


class Outliers(ColumnCheck):
    """A few numbers far from all others, on the scale of the values and on that of their logarithms."""

    code = "Q108"
    name = "outliers"
    title = "Far from all others"
    advice = "Look at these rows: an error of typing or of units is often among them."
    kinds = NUMBERS
    most: ClassVar[float] = 0.005

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count what lies outside."""
        limits = self.limits(column)
        return {} if limits is None else {"n": count(_outside(column, *limits))}

    def limits(self, column: Column) -> tuple[float, float] | None:
        """Return where outliers begin on both sides, None where the values have no middle half."""
        import math

        facts = column.facts
        if column.info.role == "id" or facts.count < 50 or len(facts.quantiles) < 5:
            return None
        low, high, smallest = (float(str(facts.quantiles[k])) for k in (2, 4, 0))
        width = high - low
        if width <= 0:
            return None
        least, most = low - 5 * width, high + 5 * width
        if smallest > 0 and low > 0:
            wide = 5 * math.log(high / low)
            least, most = min(least, low * math.exp(-wide)), max(most, high * math.exp(min(wide, 600)))
        return least, most

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Few are outliers, many are a long tail."""
        n = int(got.get("n") or 0)
        limits = self.limits(column)
        if not n or limits is None or n > max(1, self.most * column.facts.count):
            return None
        low, high = column.facts.quantiles[2], column.facts.quantiles[4]
        sentence = (
            f"{some(n, 'value')} of {column.name!r} {are(n)} far outside: half of all lie between {low:.6g} and "
            f"{high:.6g}, these below {limits[0]:.6g} or above {limits[1]:.6g}."
        )
        return self.finding((column.name,), sentence, count=n, rows=Rows(_outside(column, *limits)))


def _outside(column: Column, least: float, most: float) -> str:
    x = f"{column.x}::DOUBLE"
    return f"(isfinite({x}) AND ({x} < {least!r}::DOUBLE OR {x} > {most!r}::DOUBLE))"


class Negative(ColumnCheck):
    """A few negative numbers where the rest is positive."""

    code = "Q109"
    name = "negative"
    title = "Negative among positive"
    advice = "Check whether they are codes for missing (-1, -99), refunds or errors."
    kinds = NUMBERS

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count them."""
        below = self.below(column)
        return {} if below is None else {"n": count(f"{column.x} < 0"), "far": count(f"{column.x} < {below!r}")}

    def below(self, column: Column) -> float | None:
        """Return below what a negative value does not belong to the rest, None where most are not positive."""
        facts = column.facts
        if facts.count < 50 or len(facts.quantiles) < 3 or column.info.role == "id":
            return None
        low, quarter = float(str(facts.quantiles[1])), float(str(facts.quantiles[2]))
        if low < 0 or not isinstance(facts.min, int | float) or facts.min >= 0:
            return None
        return min(0.0, low - 2 * (quarter - low))

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Few, and apart from the rest."""
        n, far = int(got.get("n") or 0), int(got.get("far") or 0)
        if not n or n > 0.01 * column.facts.count or 2 * far < n:
            return None
        sentence = f"{some(n, 'value')} of {column.name!r} {are(n)} negative, down to {column.facts.min:.6g}."
        return self.finding((column.name,), sentence, count=n, rows=Rows(f"{column.x} < 0"))
