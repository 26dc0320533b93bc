"""Checks of what is to be predicted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import batched
from typing import ClassVar

from modelyard.core.datasets.quality.base import NUMBERS, Check, Column, Table
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import are, percent, some

CLASSES = 20
"""Different numbers up to which a target counts as a class."""

_COLUMNS_AT_ONCE = 50
_USED = ("feature", "time", "group", "weight")


class Leakage(Check):
    """A column that knows the target."""

    code = "Q501"
    name = "leakage"
    title = "Knows the target"
    severity = "high"
    advice = "Ask whether its value is there before the target is known; if not, give it the role ignore."
    needs = "target"
    least: ClassVar[float] = 0.95

    def find(self, table: Table) -> Iterator[Finding]:
        """Try how well each column alone tells the target."""
        if table.target is None:
            return
        for column, share in relations(table):
            if share >= self.least:
                name, target = column.name, table.target.name
                what = "errors of always guessing the most frequent value" if classes(table.target) else "variance"
                sentence = f"{name!r} alone tells {target!r}: it takes away {percent(share)} of the {what}."
                yield self.finding((name,), sentence)


def relations(table: Table) -> Iterator[tuple[Column, float]]:
    """Yield each column with the share of the target that it tells by itself, from a sample."""
    from modelyard.core.datasets.frame import read_frame
    from modelyard.core.datasets.quality.relations import SAMPLE, told

    target = table.target
    if target is None or target.facts.distinct < 2:
        return
    asked = [
        column
        for column in table.columns
        if column is not target and column.info.role in _USED and column.facts.distinct > 1 - bool(column.facts.missing)
    ]
    for some_ in batched(asked, _COLUMNS_AT_ONCE):
        names = [target.name, *(column.name for column in some_ if column.info.kind != "binary")]
        frame = read_frame(table.scan.paths, columns=names, rows=SAMPLE)
        for column in some_:
            if column.name in names[1:]:
                yield column, told(frame[column.name], frame[target.name], classes=classes(target))


def classes(target: Column) -> bool:
    """Tell whether a target is a class, not a number."""
    return target.info.kind not in NUMBERS | {"duration"} or target.facts.distinct <= CLASSES


class Imbalance(Check):
    """A class that hardly occurs."""

    code = "Q502"
    name = "imbalance"
    title = "A rare class"
    advice = "Judge models by a metric that looks at the rare class, such as average precision, and stratify splits."
    needs = "target"

    def find(self, table: Table) -> Iterator[Finding]:
        """Look at the rarest class."""
        target = table.target
        if target is None or not classes(target) or not 2 <= target.facts.distinct <= len(target.facts.top):
            return
        rare = target.facts.top[-1]
        share = rare.count / target.facts.count
        if share >= 0.05 or target.facts.count < 50:
            return
        n, name = rare.count, target.name
        yield self.finding(
            (name,),
            f"{some(n, 'row')} ({percent(share)}) of the target {name!r} {are(n)} {rare.value!r}.",
            severity="high" if share < 0.005 or rare.count < 20 else "medium",
            count=rare.count,
            rows=Rows(f"{target.x} = ?", (rare.value,)) if target.info.kind != "number" else None,
        )


class TargetMissing(Check):
    """Rows without a target."""

    code = "Q503"
    name = "target_missing"
    title = "Rows without a target"
    advice = "Nothing can be learned from these rows; find out why they have none before you leave them out."
    needs = "target"

    def find(self, table: Table) -> Iterator[Finding]:
        """Look at what is missing."""
        target = table.target
        if target is not None and target.facts.missing and target.facts.count:
            n = target.facts.missing
            sentence = (
                f"{some(n, 'row')} ({percent(target.facts.missing_share)}) have no value of the target {target.name!r}."
            )
            yield self.finding((target.name,), sentence, count=n, rows=Rows(f"{target.x} IS NULL"))
