"""How the columns of a version hang together, and what each tells of the target, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.profile_types import TopValue

FORMAT = 1
METHODS = {
    "correlation": "the larger of Pearson's and Spearman's correlation",
    "cramers_v": "Cramér's V, corrected for chance",
    "correlation_ratio": "the correlation ratio, corrected for chance",
}
"""What a strength is, by the kinds of the two columns: numbers, categories, or one of each. Dates count as numbers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns and how strongly they hang together.

    Parameters
    ----------
    first, second : str
        Their names, in the order of the data.
    method : str
        One of `METHODS`.
    strength : float, optional
        From 0 (not at all) to 1; None where too few rows have both, or one of them never changes.
    rows : int
        In which both have a value.
    pearson, spearman : float, optional
        Of two columns of numbers, from -1 to 1.
    """

    first: str
    second: str
    method: str
    strength: float | None
    rows: int
    pearson: float | None = None
    spearman: float | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """What one column tells of the target.

    Parameters
    ----------
    column : str
        Its name.
    told : float
        Share of the target's uncertainty that it takes away by itself, tried on rows that it was not learned from:
        of the errors of always guessing the most frequent class, or of the variance.
    suspect : bool
        Whether it tells so much that it may know the target.
    """

    column: str
    told: float
    suspect: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be predicted.

    Parameters
    ----------
    name : str
        Of the column.
    classes : bool
        Whether it is a class, not a number.
    balance : tuple of TopValue
        How often each class occurs in all rows, the most frequent ones first; empty for numbers, whose histogram is in
        the profile.
    related : tuple of Related
        The column that tells most first.
    """

    name: str
    classes: bool
    balance: tuple[TopValue, ...]
    related: tuple[Related, ...]

    @property
    def suspects(self) -> tuple[str, ...]:
        """Columns that may know the target."""
        return tuple(each.column for each in self.related if each.suspect)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Target:
        """Rebuild from JSON values."""
        balance = tuple(TopValue(**each) for each in values["balance"])
        return cls(values["name"], values["classes"], balance, tuple(Related(**each) for each in values["related"]))


@dataclass(frozen=True, slots=True)
class Relations:
    """How columns hang together.

    Parameters
    ----------
    rows, sampled : int
        Of the version, and those that were looked at.
    columns : tuple of str
        That were compared, in the order of the data.
    left_out : tuple of str
        That were not: constant, an id, of too many different texts, or beyond the most columns that are compared.
    pairs : tuple of Pair
        Each two columns once.
    target : Target, optional
        Where there is something to be predicted.
    """

    rows: int
    sampled: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    pairs: tuple[Pair, ...]
    target: Target | None = None

    def __str__(self) -> str:
        """Return the strongest pairs, a line each."""
        lines = [self.note, *(f"{one.strength:.2f}  {one.first}, {one.second}" for one in self.strongest(20))]
        return "\n".join(lines)

    @property
    def note(self) -> str:
        """What the strengths stand on."""
        from_ = f"all {self.rows:,} rows" if self.sampled >= self.rows else f"{self.sampled:,} of {self.rows:,} rows"
        error = "" if self.sampled >= self.rows or not self.sampled else f", within about {2 / self.sampled**0.5:.2f}"
        out = len(self.left_out)
        rest = f"; {out:,} {'column is' if out == 1 else 'columns are'} left out" if out else ""
        return f"{len(self.columns):,} columns compared in {from_}{error}{rest}."

    @property
    def matrix(self) -> tuple[tuple[float | None, ...], ...]:
        """The strength of each two of `columns`, 1 on the diagonal."""
        known = {(pair.first, pair.second): pair.strength for pair in self.pairs}
        known |= {(second, first): strength for (first, second), strength in known.items()}
        return tuple(tuple(1.0 if a == b else known.get((a, b)) for b in self.columns) for a in self.columns)

    def pair(self, a: str, b: str) -> Pair:
        """Return what is known of two columns, in any order.

        Raises
        ------
        NotFound
            If one of them was not compared.
        """
        for pair in self.pairs:
            if {a, b} == {pair.first, pair.second}:
                return pair
        raise NotFound.named("column among those compared", a if a not in self.columns else b, list(self.columns))

    def strongest(self, most: int = 10) -> tuple[Pair, ...]:
        """Return the pairs that hang together most."""
        known = [pair for pair in self.pairs if pair.strength is not None]
        return tuple(sorted(known, key=lambda pair: -(pair.strength or 0.0))[:most])

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Json) -> Relations:
        """Rebuild from `to_json`.

        Raises
        ------
        InvalidInput
            If a newer version wrote it.
        """
        if values.get("format") != FORMAT:
            raise InvalidInput(
                f"The relations have format {values.get('format')!r} and this version reads {FORMAT}.",
                remedy="Compute them again.",
            )
        return cls(
            rows=values["rows"],
            sampled=values["sampled"],
            columns=tuple(values["columns"]),
            left_out=tuple(values["left_out"]),
            pairs=tuple(Pair(**pair) for pair in values["pairs"]),
            target=values["target"] and Target.from_json(values["target"]),
        )
