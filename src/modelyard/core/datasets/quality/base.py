"""The contract of a check.

A check looks at a `Table` and returns findings. What it wants to know of the rows of a column, beyond the profile, it
asks in `ColumnCheck.ask`: the questions of all checks to a column are answered in one pass. A check never changes
anything, draws nothing at random, and says nothing where the data is as it should be.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from modelyard.core.datasets.profile_types import ColumnProfile, Profile
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.scan import Scan
from modelyard.core.datasets.types import ColumnInfo

TEXTS = frozenset({"text", "category"})
NUMBERS = frozenset({"integer", "number"})
DATES = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a check sees it.

    Parameters
    ----------
    index : int
        Its place, from 0.
    info : ColumnInfo
        Kind and role.
    facts : ColumnProfile
        From the profile.
    """

    index: int
    info: ColumnInfo
    facts: ColumnProfile

    @property
    def x(self) -> str:
        """Its name in SQL."""
        return f"c{self.index}"

    @property
    def name(self) -> str:
        """Its name in the data."""
        return self.info.name


@dataclass(frozen=True, slots=True)
class Table:
    """A version as a check sees it.

    Parameters
    ----------
    scan : Scan
        Its rows.
    columns : tuple of Column
        In the order of the data.
    profile : Profile
        Of all rows.
    now : datetime
        The time of the check.
    target : Column, optional
        What is to be predicted, where that is known.
    other : Table, optional
        What it is compared with.
    same_dataset : bool
        Whether `other` is a version of the same dataset.
    """

    scan: Scan
    columns: tuple[Column, ...]
    profile: Profile
    now: datetime
    target: Column | None = None
    other: Table | None = None
    same_dataset: bool = False

    @property
    def n_rows(self) -> int:
        """How many rows it has."""
        return self.profile.rows


class Check(ABC):
    """One thing that may be wrong with a table.

    Attributes
    ----------
    code : str
        A letter and a number, unique for good: ``Q103``.
    name : str
        Unique, lower case: ``constant``.
    title : str
        A few words.
    severity : str
        ``high``, ``medium`` or ``low``, where a finding says nothing else.
    advice : str
        What to do, where a finding says nothing else.
    needs : str
        ``target`` or ``other`` where it makes no sense without.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[str] = "medium"
    advice: ClassVar[str]
    needs: ClassVar[str] = ""

    @abstractmethod
    def find(self, table: Table) -> Iterator[Finding]:
        """Yield what is wrong."""

    def finding(
        self,
        columns: tuple[str, ...],
        sentence: str,
        *,
        severity: str | None = None,
        advice: str | None = None,
        count: int | None = None,
        rows: Rows | None = None,
    ) -> Finding:
        """Return a finding of this check."""
        return Finding(
            code=self.code,
            name=self.name,
            title=self.title,
            severity=severity or self.severity,
            columns=columns,
            sentence=sentence,
            advice=advice or self.advice,
            count=count,
            rows=rows,
        )


class ColumnCheck(Check):
    """A check that looks at each column by itself.

    Attributes
    ----------
    kinds : frozenset of str
        Kinds of columns that it looks at; empty for all.
    """

    kinds: ClassVar[frozenset[str]] = frozenset()

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Return SQL aggregates by name, over rows with the column and ``n``, how often the row counts; none is free.

        Use `count` to count: values that repeat may come once, with their number.
        """
        return {}

    @abstractmethod
    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Return what is wrong with the column, with the answers to what was asked."""

    def applies(self, column: Column) -> bool:
        """Tell whether it looks at such a column."""
        return bool(column.facts.count) and (not self.kinds or column.info.kind in self.kinds)

    def find(self, table: Table) -> Iterator[Finding]:
        """Ask for this check alone; many checks are asked together by `assess`."""
        from modelyard.core.datasets.quality.asking import answers

        got = answers(table, [self])
        for column in table.columns:
            if self.applies(column):
                found = self.judge(column, table, got[column.index, self.code])
                if found is not None:
                    yield found


def count(condition: str) -> str:
    """Return the aggregate that counts the rows where a condition holds.

    Examples
    --------
    >>> count("c0 < 0")
    'coalesce(sum(n) FILTER (WHERE c0 < 0), 0)::BIGINT'
    """
    return f"coalesce(sum(n) FILTER (WHERE {condition}), 0)::BIGINT"
