"""What has changed between two versions: columns, types, and how far the values of each column have moved.

The effect size of a column is between 0 (the same shares) and 1 (nothing in common) and does not grow with the number
of rows: for what has an order the largest difference between the two shares of values up to a point (the distance of
Kolmogorov and Smirnov, to within 0.01), else half the sum of the differences of shares (total variation). A missing
value counts as well: where the share of missing values has moved further, that is the effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.distances import Side, distance
from modelyard.core.datasets.duck import as_strings, connection
from modelyard.core.datasets.profile_types import Value
from modelyard.core.datasets.types import ColumnInfo, VersionInfo

COLUMNS = 300
"""At most so many columns are compared where none are named."""

SIZES = ((0.3, "large"), (0.15, "medium"), (0.05, "small"), (0.0, "none"))
"""What an effect is called from which size on."""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """How one column has changed.

    Parameters
    ----------
    name : str
        Of the column.
    change : str
        ``same``, ``added``, ``removed`` or ``retyped``.
    types : tuple of (str or None)
        Before and after; None where it is not there.
    effect : float, optional
        From 0 to 1; None where the two cannot be compared.
    missing : tuple of (float or None)
        Share of missing values before and after.
    mean : tuple of (float or None)
        Of numbers.
    labels : tuple of value
        Where the bins of the picture begin, with the end of the last; or the values.
    shares : tuple of tuple of float
        Of the rows in each bin or with each value, before and after.
    """

    name: str
    change: str
    types: tuple[str | None, str | None]
    effect: float | None = None
    missing: tuple[float | None, float | None] = (None, None)
    mean: tuple[float | None, float | None] = (None, None)
    labels: tuple[Value, ...] = ()
    shares: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @property
    def size(self) -> str:
        """The effect in a word: none, small, medium or large; empty where there is no effect to speak of."""
        effect = self.effect
        return "" if effect is None else next(word for least, word in SIZES if effect >= least)

    @property
    def binned(self) -> bool:
        """Whether the picture shows bins rather than values."""
        return len(self.labels) == len(self.shares[0]) + 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different in a later version.

    Parameters
    ----------
    before, after : VersionInfo
        What was compared.
    columns : tuple of ColumnChange
        In the order of the later version, then those that are gone.
    left_out : int
        Columns that were not looked at.
    """

    before: VersionInfo
    after: VersionInfo
    columns: tuple[ColumnChange, ...]
    left_out: int = 0

    def changed(self, change: str) -> tuple[ColumnChange, ...]:
        """Return the columns with that kind of change: ``added``, ``removed`` or ``retyped``."""
        return tuple(column for column in self.columns if column.change == change)

    @property
    def drifted(self) -> tuple[ColumnChange, ...]:
        """Columns with at least a small effect, the largest first."""
        moved = [column for column in self.columns if (column.effect or 0) >= SIZES[2][0]]
        return tuple(sorted(moved, key=lambda column: -(column.effect or 0)))

    @property
    def same(self) -> bool:
        """Whether both hold the same rows in the same types."""
        return self.before.hash == self.after.hash

    def column(self, name: str) -> ColumnChange:
        """Return the change of one column.

        Raises
        ------
        InvalidInput
            If there is no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise InvalidInput(f"There is no column {name!r}.", possible=[column.name for column in self.columns])


def compare(
    before: VersionInfo,
    after: VersionInfo,
    paths: tuple[Sequence[Path], Sequence[Path]],
    *,
    columns: Sequence[str] | None = None,
) -> Comparison:
    """Compare two versions.

    Parameters
    ----------
    before, after : VersionInfo
        Of one dataset or of two.
    paths : pair of sequences of path
        Their Parquet parts.
    columns : sequence of str, optional
        Only these; by default the first `COLUMNS`.

    Raises
    ------
    InvalidInput
        If a column is in neither.
    """
    old, new = ({column.name: column for column in version.columns} for version in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    for name in columns or ():
        if name not in names:
            raise InvalidInput(f"There is no column {name!r}.", possible=names)
    wanted = [name for name in names if columns is None or name in columns][: None if columns else COLUMNS]
    with connection() as con:
        sides = (Side(con, before, as_strings(paths[0])), Side(con, after, as_strings(paths[1])))
        found = tuple(_change(sides, old.get(name), new.get(name)) for name in wanted)
    return Comparison(before, after, found, len(names) - len(wanted) if columns is None else 0)


def _change(sides: tuple[Side, Side], old: ColumnInfo | None, new: ColumnInfo | None) -> ColumnChange:
    if old is None or new is None:
        change, known = ("added", new) if old is None else ("removed", old)
        return ColumnChange(known.name if known else "", change, (old.type if old else None, new.type if new else None))
    found = distance(sides, (old, new))
    return ColumnChange(
        new.name,
        "same" if old.type == new.type else "retyped",
        (old.type, new.type),
        found.effect,
        found.missing,
        found.mean,
        found.labels,
        found.shares,
    )
